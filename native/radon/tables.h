// The tables of rays through an image, made in `subband.kernels.radon`.
//
// An image is a stack of lines: its rows for rays that are steeper than 45 degrees, its columns for the others, which the
// caller transposes. Lines have `MARGIN` zeros at both ends, so that whole registers may be read beyond them.
#pragma once

#include "../index.h"

namespace subband {

inline constexpr Index MARGIN = 64;

/// Parallel rays of `views` views that meet line r of `width` samples at u + shift[view][r] + fraction[view][r], for the
/// rays u = 0 … rays − 1, and `detectors` that interpolate between the rays.
template <class T>
struct ParallelTables {
    Index views, lines, width, rays, detectors, taken, given;
    const Index* shift;        // (views, lines)
    const T* fraction;         // (views, lines)
    const Index* shift_of;     // (lines, views), the same
    const T* fraction_of;      // (lines, views)
    const Index* take_first;   // (views, detectors): the first of the `taken` rays that a detector reads
    const T* take_weight;      // (views, detectors, taken)
    const Index* give_first;   // (views, rays): the first of the `given` detectors that read a ray
    const T* give_weight;      // (views, rays, given)
};

/// Rays one by one: ray k meets line r at start[k] + slope[k] r, for r from first[k] to last[k] − 1.
template <class T>
struct RayTables {
    Index rays, lines, width;
    const double *start, *slope;  // (rays)
    const T* weight;              // (rays): length of a ray between two lines
    const Index *first, *last;    // (rays)
};

}  // namespace subband
