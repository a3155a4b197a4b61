// `subband._native`: the compiled kernels.
#include <nanobind/nanobind.h>

#include "instructions.h"

namespace subband {
void declare_filterbank(nanobind::module_& m);
void declare_analytic_bank(nanobind::module_& m);
void declare_best_path(nanobind::module_& m);
}

NB_MODULE(_native, m) {
    m.attr("instructions") = subband::kernels().name;
    m.attr("register_bytes") = subband::kernels().register_bytes;
    subband::declare_filterbank(m);
    subband::declare_analytic_bank(m);
    subband::declare_best_path(m);
}
