// The compiled line integrals, as the rest of the extension sees them.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
struct RadonMaps {
    /// detectors ← the integrals of one view; `rays` is scratch.
    void (*project_view)(const T* image, T* rays, T* detectors, Index view, const ParallelTables<T>& t);
    /// rays ← the transpose of the detectors' interpolation.
    void (*spread_view)(const T* detectors, T* rays, Index view, const ParallelTables<T>& t);
    /// line r of the image ← the transpose of the rays' integrals, over all views.
    void (*smear_line)(const T* rays, T* line, Index r, const ParallelTables<T>& t);
    /// The integral along ray k.
    T (*project_ray)(const T* image, Index k, const RayTables<T>& t);
    /// Lines start … stop − 1 of the image += value along ray k.
    void (*smear_ray)(T* image, T value, Index k, Index start, Index stop, const RayTables<T>& t);
};

struct RadonKernels {
    RadonMaps<float> narrow;
    RadonMaps<double> wide;
};

}  // namespace subband
