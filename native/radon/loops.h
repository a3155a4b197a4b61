// Line integrals of images by Joseph's method (IEEE Trans. Med. Imaging 1, 1982), and their exact transposes: a ray takes
// from each line that it crosses the linear interpolation of the two samples beside it.
#pragma once

#include "../lanes.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// y[i] ← Σⱼ weight[i][j] x[first[i] + j].
template <class T>
void combine(const T* x, const Index* first, const T* weight, Index terms, T* y, Index n) {
    for (Index i = 0; i < n; ++i) {
        T sum = 0;
        for (Index j = 0; j < terms; ++j) sum += weight[i * terms + j] * x[first[i] + j];
        y[i] = sum;
    }
}

/// Samples of 4 registers: each of them is the sum over all k of (1 − f) a[at] + f b[at] for rows a, b = a ± 1 sample.
template <class T>
struct Tile {
    static constexpr Index n = count<T>, size = 4 * n;
    Lanes<T> s0 = zeros<T>(), s1 = s0, s2 = s0, s3 = s0;

    SUBBAND_INLINE void add(const T* a, const T* b, T f) {
        const T g = 1 - f;
        s0 += g * load(a) + f * load(b);
        s1 += g * load(a + n) + f * load(b + n);
        s2 += g * load(a + 2 * n) + f * load(b + 2 * n);
        s3 += g * load(a + 3 * n) + f * load(b + 3 * n);
    }
    SUBBAND_INLINE void write(T* y, Index wanted) const {
        store_first(y, s0, wanted), store_first(y + n, s1, wanted - n);
        store_first(y + 2 * n, s2, wanted - 2 * n), store_first(y + 3 * n, s3, wanted - 3 * n);
    }
};

/// rays[u] ← Σᵣ of the lines at u + shift[r] + fraction[r]; then the detectors of this view.
///
/// The fraction is one number for all rays of a view and line, so that neighbouring rays read neighbouring samples.
template <class T>
void project_view(const T* image, T* rays, T* detectors, Index view, const ParallelTables<T>& t) {
    const Index *shift = t.shift + view * t.lines, stride = t.width + 2 * MARGIN;
    const T* fraction = t.fraction + view * t.lines;
    for (Index u = 0; u < t.rays; u += Tile<T>::size) {
        Tile<T> tile;
        for (Index r = 0; r < t.lines; ++r) {
            const Index at = u + shift[r];
            if (at >= t.width || at < -Tile<T>::size) continue;
            const T* line = image + r * stride + MARGIN + at;
            tile.add(line, line + 1, fraction[r]);
        }
        tile.write(rays + u, t.rays - u);
    }
    const Index* first = t.take_first + view * t.detectors;
    combine(rays, first, t.take_weight + view * t.detectors * t.taken, t.taken, detectors, t.detectors);
}

/// rays[u], with margins, ← what the detectors of a view give back to them.
template <class T>
void spread_view(const T* detectors, T* rays, Index view, const ParallelTables<T>& t) {
    for (Index i = 0; i < MARGIN; ++i) rays[i] = rays[MARGIN + t.rays + i] = 0;
    const Index* first = t.give_first + view * t.rays;
    combine(detectors, first, t.give_weight + view * t.rays * t.given, t.given, rays + MARGIN, t.rays);
}

/// line[x] ← Σ over views of the rays that read it: ray x − shift, and the one before it.
template <class T>
void smear_line(const T* rays, T* line, Index r, const ParallelTables<T>& t) {
    const Index *shift = t.shift_of + r * t.views, stride = t.rays + 2 * MARGIN;
    const T* fraction = t.fraction_of + r * t.views;
    for (Index x = 0; x < t.width; x += Tile<T>::size) {
        Tile<T> tile;
        for (Index view = 0; view < t.views; ++view) {
            const Index at = x - shift[view];
            if (at > t.rays || at <= -Tile<T>::size) continue;
            const T* ray = rays + view * stride + MARGIN + at;
            tile.add(ray, ray - 1, fraction[view]);
        }
        tile.write(line + x, t.width - x);
    }
}

/// Where a ray meets a line: the sample before, and the fraction of the way to the next.
struct Crossing {
    Index at;
    double fraction;

    SUBBAND_INLINE Crossing(double position) {
        const double below = __builtin_floor(position);
        at = Index(below), fraction = position - below;
    }
};

/// The integral along ray k.
template <class T>
T project_ray(const T* image, Index k, const RayTables<T>& t) {
    T sum = 0;
    for (Index r = t.first[k]; r < t.last[k]; ++r) {
        const Crossing c(t.start[k] + t.slope[k] * double(r));
        const T *line = image + r * (t.width + 2 * MARGIN) + MARGIN + c.at, f = T(c.fraction);
        sum += (1 - f) * line[0] + f * line[1];
    }
    return t.weight[k] * sum;
}

/// Lines start … stop − 1 of image += value along ray k.
template <class T>
void smear_ray(T* image, T value, Index k, Index start, Index stop, const RayTables<T>& t) {
    value *= t.weight[k];
    for (Index r = most(start, t.first[k]); r < least(stop, t.last[k]); ++r) {
        const Crossing c(t.start[k] + t.slope[k] * double(r));
        T *line = image + r * (t.width + 2 * MARGIN) + MARGIN + c.at, f = T(c.fraction);
        line[0] += (1 - f) * value, line[1] += f * value;
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
