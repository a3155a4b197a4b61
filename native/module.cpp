// `subband._native`: the compiled kernels.
#include <nanobind/nanobind.h>

#include "instructions.h"

namespace subband {
void declare_filterbank(nanobind::module_& m);
}

NB_MODULE(_native, m) {
    m.attr("instructions") = subband::kernels().name;
    m.attr("register_bytes") = subband::kernels().register_bytes;
    subband::declare_filterbank(m);
}
