// `subband._native`: the compiled kernels.
#include <nanobind/nanobind.h>

#include "instructions.h"

namespace subband {
void declare_filterbank(nanobind::module_& m);
void declare_plane(nanobind::module_& m);
}

NB_MODULE(_native, m) {
    nanobind::set_leak_warnings(false);  // tables that are kept between calls live as long as the process
    m.attr("instructions") = subband::kernels().name;
    m.attr("register_bytes") = subband::kernels().register_bytes;
    subband::declare_filterbank(m);
    subband::declare_plane(m);
}
