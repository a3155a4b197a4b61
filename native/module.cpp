// `subband._native`: the compiled kernels.
#include <nanobind/nanobind.h>

#include "instructions.h"

namespace subband {
void declare_analytic_bank(nanobind::module_& m);
void declare_best_path(nanobind::module_& m);
void declare_dilated(nanobind::module_& m);
void declare_filterbank(nanobind::module_& m);
void declare_filtered_relu(nanobind::module_& m);
void declare_fourier(nanobind::module_& m);
void declare_fractal(nanobind::module_& m);
void declare_joint(nanobind::module_& m);
void declare_line(nanobind::module_& m);
void declare_plane(nanobind::module_& m);
void declare_radon(nanobind::module_& m);
}

NB_MODULE(_native, m) {
    nanobind::set_leak_warnings(false);  // Python's caches hold plans until the process ends
    m.attr("instructions") = subband::kernels().name;
    m.attr("register_bytes") = subband::kernels().register_bytes;
    subband::declare_analytic_bank(m);
    subband::declare_best_path(m);
    subband::declare_dilated(m);
    subband::declare_filterbank(m);
    subband::declare_filtered_relu(m);
    subband::declare_fourier(m);
    subband::declare_fractal(m);
    subband::declare_joint(m);
    subband::declare_line(m);
    subband::declare_plane(m);
    subband::declare_radon(m);
}
