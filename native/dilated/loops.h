// The algorithme à trous: y[n] = Σⱼ taps[j] x[(n + 2^level (centre − j)) mod N], for both filters at once.
//
// Samples that all taps read without passing the end make a run, in which each tap is a row of its own; of an axis that
// is not the last, a run is as many whole rows. So nothing is copied, and all loads are of whole registers.
#pragma once

#include "../lanes.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// y[i] ← Σⱼ u[j] rows[j][i] for i < k, and z[i] ← Σⱼ v[j] rows[j][i] if `both`.
template <bool both, class T>
void weighted_sums(const T* const* rows, const T* u, const T* v, Index taps, T* y, T* z, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + 4 * n <= k; i += 4 * n) {
        auto a0 = zeros<T>(), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (Index j = 0; j < taps; ++j) {
            const T* row = rows[j] + i;
            const auto x0 = load(row), x1 = load(row + n), x2 = load(row + 2 * n), x3 = load(row + 3 * n);
            a0 += u[j] * x0, a1 += u[j] * x1, a2 += u[j] * x2, a3 += u[j] * x3;
            if constexpr (both) b0 += v[j] * x0, b1 += v[j] * x1, b2 += v[j] * x2, b3 += v[j] * x3;
        }
        store(y + i, a0), store(y + i + n, a1), store(y + i + 2 * n, a2), store(y + i + 3 * n, a3);
        if constexpr (both)
            store(z + i, b0), store(z + i + n, b1), store(z + i + 2 * n, b2), store(z + i + 3 * n, b3);
    }
    for (; i < k; i += n) {
        auto a = zeros<T>(), b = a;
        for (Index j = 0; j < taps; ++j) {
            const auto x = load_first(rows[j] + i, k - i);
            a += u[j] * x;
            if constexpr (both) b += v[j] * x;
        }
        store_first(y + i, a, k - i);
        if constexpr (both) store_first(z + i, b, k - i);
    }
}

/// The filters of one level along one axis: `outer` blocks of n rows of `inner` numbers.
template <class T>
struct DilatedAxis {
    Index outer, n, inner, taps;
    const Index* offsets;
    const T *low, *high;

    DilatedAxis(const DilatedTables<T>& t, Index level, Index axis)
        : outer(1), n(t.sizes[axis]), inner(t.parts), taps(t.firsts[level * t.rank + axis + 1] - t.firsts[level * t.rank + axis]),
          offsets(t.offsets + t.firsts[level * t.rank + axis]), low(t.weights + 2 * t.firsts[level * t.rank + axis]),
          high(low + taps) {
        for (Index a = 0; a < axis; ++a) outer *= t.sizes[a];
        for (Index a = axis + 1; a < t.rank; ++a) inner *= t.sizes[a];
    }

    /// rows ← where the taps of the sample i of block o begin to read x; returns how many samples they read on.
    SUBBAND_INLINE Index run(const T* x, Index o, Index i, const T** rows) const {
        Index length = n - i;
        for (Index j = 0; j < taps; ++j) {
            const Index at = offsets[j] + i < n ? offsets[j] + i : offsets[j] + i - n;
            rows[j] = x + (o * n + at) * inner;
            length = least(length, n - at);
        }
        return length;
    }
};

/// low, high ← both bands of x.
template <class T>
void split_axis(const T* x, T* low, T* high, const DilatedAxis<T>& a, const T** rows) {
    for (Index o = 0; o < a.outer; ++o)
        for (Index i = 0; i < a.n;) {
            const Index samples = a.run(x, o, i, rows), start = (o * a.n + i) * a.inner;
            weighted_sums<true>(rows, a.low, a.high, a.taps, low + start, high + start, samples * a.inner);
            i += samples;
        }
}

/// y ← the sum of both filtered bands.
template <class T>
void merge_axis(const T* low, const T* high, T* y, const DilatedAxis<T>& a, const T** rows) {
    for (Index o = 0; o < a.outer; ++o)
        for (Index i = 0; i < a.n;) {
            const Index samples = a.run(low, o, i, rows);
            a.run(high, o, i, rows + a.taps);
            weighted_sums<false, T>(rows, a.low, nullptr, 2 * a.taps, y + (o * a.n + i) * a.inner, nullptr,
                                    samples * a.inner);
            i += samples;
        }
}

/// bands ← the 2^(rank − axis) bands of x along the axes from `axis` on; the letter of the first varies slowest.
template <class T>
void split_axes(const T* x, T* const* bands, Index level, Index axis, const DilatedTables<T>& t,
                const DilatedScratch<T>& w) {
    const DilatedAxis<T> along(t, level, axis);
    if (axis == t.rank - 1) return split_axis(x, bands[0], bands[1], along, w.rows);
    T *low = w.blocks + (2 + 2 * axis) * t.block(), *high = low + t.block();
    split_axis(x, low, high, along, w.rows);
    split_axes(low, bands, level, axis + 1, t, w);
    split_axes(high, bands + (Index(1) << (t.rank - 1 - axis)), level, axis + 1, t, w);
}

/// y ← what `split_axes` with the other filters of the bank took apart.
template <class T>
void merge_axes(const T* const* bands, T* y, Index level, Index axis, const DilatedTables<T>& t,
                const DilatedScratch<T>& w) {
    const DilatedAxis<T> along(t, level, axis);
    if (axis == t.rank - 1) return merge_axis(bands[0], bands[1], y, along, w.rows);
    T *low = w.blocks + (2 + 2 * axis) * t.block(), *high = low + t.block();
    merge_axes(bands, low, level, axis + 1, t, w);
    merge_axes(bands + (Index(1) << (t.rank - 1 - axis)), high, level, axis + 1, t, w);
    merge_axis<T>(low, high, y, along, w.rows);
}

inline constexpr Index MOST_DILATED_BANDS = 8;

/// The bands of a level: its approximation, and its details among the bands of all levels.
template <class P, class Q>
SUBBAND_INLINE void bands_of_level(P** bands, P* approximation, P* all, Index level, const Q& t) {
    const Index details = (Index(1) << t.rank) - 1, first = 1 + (t.levels - 1 - level) * details;
    bands[0] = approximation;
    for (Index i = 0; i < details; ++i) bands[1 + i] = all + (first + i) * t.block();
}

template <class T>
void analyse(const T* x, T* out, const DilatedTables<T>& t, const DilatedScratch<T>& w) {
    for (Index level = 0; level < t.levels; ++level) {
        T* bands[MOST_DILATED_BANDS];
        T* between = w.blocks + level % 2 * t.block();
        bands_of_level(bands, level == t.levels - 1 ? out : between, out, level, t);
        split_axes<T>(x, bands, level, 0, t, w);
        x = bands[0];
    }
}

template <class T>
void synthesise(const T* all, T* y, Index last, const DilatedTables<T>& t, const DilatedScratch<T>& w) {
    const T* approximation = all;
    for (Index level = t.levels - 1; level >= last; --level) {
        const T* bands[MOST_DILATED_BANDS];
        bands_of_level(bands, approximation, all, level, t);
        T* into = level == last ? y : w.blocks + level % 2 * t.block();
        merge_axes<T>(bands, into, level, 0, t, w);
        approximation = into;
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
