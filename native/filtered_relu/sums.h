// Weighted sums of rows, and the rectifier of a row.
#pragma once

#include "../lanes.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Rows at addresses of their own.
template <class T>
struct Pointers {
    const T* const* rows;
    SUBBAND_INLINE const T* operator[](Index j) const { return rows[j]; }
};

/// Rows that begin at offsets from one address.
template <class T>
struct Offsets {
    const T* base;
    const Index* offsets;
    SUBBAND_INLINE const T* operator[](Index j) const { return base + offsets[j]; }
};

/// V registers of a weighted sum from the place i on: so many sums at once hide the latency of each.
template <int V, bool add, class Rows, class T>
SUBBAND_INLINE void sum_registers(const Rows rows, const T* weights, Index taps, T* y, Index i) {
    constexpr Index n = count<T>;
    Lanes<T> sums[V];
    for (int v = 0; v < V; ++v) sums[v] = add ? load(y + i + v * n) : zeros<T>();
    for (Index j = 0; j < taps; ++j) {
        const T* x = rows[j] + i;
        const T w = weights[j];
        for (int v = 0; v < V; ++v) sums[v] += w * load(x + v * n);
    }
    for (int v = 0; v < V; ++v) store(y + i + v * n, sums[v]);
}

/// y[i] ← Σⱼ weights[j] rows[j][i] for i < k, added to y if `add`; fastest where k fills registers.
template <bool add, class Rows, class T>
void weighted_sum(const Rows rows, const T* weights, Index taps, T* y, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + 8 * n <= k; i += 8 * n) sum_registers<8, add>(rows, weights, taps, y, i);
    switch ((k - i) / n) {
        case 7: sum_registers<7, add>(rows, weights, taps, y, i), i += 7 * n; break;
        case 6: sum_registers<6, add>(rows, weights, taps, y, i), i += 6 * n; break;
        case 5: sum_registers<5, add>(rows, weights, taps, y, i), i += 5 * n; break;
        case 4: sum_registers<4, add>(rows, weights, taps, y, i), i += 4 * n; break;
        case 3: sum_registers<3, add>(rows, weights, taps, y, i), i += 3 * n; break;
        case 2: sum_registers<2, add>(rows, weights, taps, y, i), i += 2 * n; break;
        case 1: sum_registers<1, add>(rows, weights, taps, y, i), i += n; break;
        default: break;
    }
    if (i < k) {
        auto sum = add ? load_first(y + i, k - i) : zeros<T>();
        for (Index j = 0; j < taps; ++j) sum += weights[j] * load_first(rows[j] + i, k - i);
        store_first(y + i, sum, k - i);
    }
}

/// f(z).
template <class T>
SUBBAND_INLINE Lanes<T> rectified(Lanes<T> z, const Rectifier<T>& f) {
    const auto up = f.gain * z.v, down = f.slope * up;
    const auto most = zeros<T>().v + f.clamp;
    auto y = z.v > 0 ? up : down;
    y = y > most ? most : y;
    return {y < -most ? -most : y};
}

/// f′(z) s.
template <class T>
SUBBAND_INLINE Lanes<T> masked(Lanes<T> z, Lanes<T> s, const Rectifier<T>& f) {
    const auto up = f.gain * z.v, down = f.slope * up;
    const auto most = zeros<T>().v + f.clamp;
    const auto y = z.v > 0 ? up : down;
    const auto steep = f.gain * s.v;
    const auto through = z.v > 0 ? steep : f.slope * steep;
    const auto below = y > most ? zeros<T>().v : through;
    return {y < -most ? zeros<T>().v : below};
}

template <class T>
void rectify_row(T* z, Index k, const Rectifier<T>& f) {
    Index i = 0;
    for (; i + count<T> <= k; i += count<T>) store(z + i, rectified(load(z + i), f));
    if (i < k) store_first(z + i, rectified(load_first(z + i, k - i), f), k - i);
}

/// s ← f′(z) s.
template <class T>
void mask_row(const T* z, T* s, Index k, const Rectifier<T>& f) {
    Index i = 0;
    for (; i + count<T> <= k; i += count<T>) store(s + i, masked(load(z + i), load(s + i), f));
    if (i < k) store_first(s + i, masked(load_first(z + i, k - i), load_first(s + i, k - i), f), k - i);
}

/// y ← x + bias.
template <class T>
void shift(const T* x, T bias, T* y, Index k) {
    const Lanes<T> added{zeros<T>().v + bias};
    for (Index i = 0; i < k; i += count<T>) store_first(y + i, load_first(x + i, k - i) + added, k - i);
}

/// y ← x + bias, of as many numbers; bias may be null.
template <class T>
void shift_each(const T* x, const T* bias, T* y, Index k) {
    for (Index i = 0; i < k; i += count<T>) {
        const auto added = bias ? load_first(bias + i, k - i) : zeros<T>();
        store_first(y + i, load_first(x + i, k - i) + added, k - i);
    }
}

template <class T>
void clear(T* y, Index k) {
    for (Index i = 0; i < k; i += count<T>) store_first(y + i, zeros<T>(), k - i);
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
