// `subband._native`: the compiled kernels.
#include <nanobind/nanobind.h>

#include "instructions.h"

namespace subband {
void declare_filterbank(nanobind::module_& m);
}

NB_MODULE(_native, m) {
    m.attr("instructions") = subband::kernels().name;
    subband::declare_filterbank(m);
}
