// Filters along and across rows, in registers: the innermost loops of the filter banks.
//
// Weights are read as they are needed, and the sums of four registers of both bands stay where they are until all taps
// of a filter, of any length, are in. Both bands of L taps take L products a sample and axis: with 16 products a cycle
// (two units of 8 float) no loop can be faster than L/16 cycles a sample. Sums are variables and not arrays, which
// GCC 12 would keep in memory. Four pairs of taps in a row, as of eight-tap filters, cost no branch.
#pragma once

#include "../moves.h"

namespace subband::SUBBAND_INSTRUCTIONS {

// ---- along a row -----------------------------------------------------------------------------------------

template <class T>
SUBBAND_INLINE void store_four(T* y, Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
    constexpr Index n = count<T>;
    store(y, a), store(y + n, b), store(y + 2 * n, c), store(y + 3 * n, d);
}

template <class T>
SUBBAND_INLINE void split_four(const T* e, T* low, T* high, const T* u, const T* v, Index taps) {
    constexpr Index n = count<T>;
    auto y = zeros<T>(), y1 = y, y2 = y, y3 = y, z = y, z1 = y, z2 = y, z3 = y;
#pragma GCC unroll 4
    for (Index j = 0; j < taps; j += 2) {
        const T u0 = u[j], u1 = u[j + 1], v0 = v[j], v1 = v[j + 1];
        auto p = load(e + j), q = load(e + j + n), a = even(p, q), b = odd(p, q);
        y = y + u0 * a + u1 * b, z = z + v0 * a + v1 * b;
        p = load(e + j + 2 * n), q = load(e + j + 3 * n), a = even(p, q), b = odd(p, q);
        y1 = y1 + u0 * a + u1 * b, z1 = z1 + v0 * a + v1 * b;
        p = load(e + j + 4 * n), q = load(e + j + 5 * n), a = even(p, q), b = odd(p, q);
        y2 = y2 + u0 * a + u1 * b, z2 = z2 + v0 * a + v1 * b;
        p = load(e + j + 6 * n), q = load(e + j + 7 * n), a = even(p, q), b = odd(p, q);
        y3 = y3 + u0 * a + u1 * b, z3 = z3 + v0 * a + v1 * b;
    }
    store_four(low, y, y1, y2, y3), store_four(high, z, z1, z2, z3);
}

template <class T>
SUBBAND_INLINE void split_one(const T* e, T* low, T* high, const T* u, const T* v, Index taps) {
    constexpr Index n = count<T>;
    auto y = zeros<T>(), z = y;
    for (Index j = 0; j < taps; j += 2) {
        const auto p = load(e + j), q = load(e + j + n), a = even(p, q), b = odd(p, q);
        y = y + u[j] * a + u[j + 1] * b, z = z + v[j] * a + v[j + 1] * b;
    }
    store(low, y), store(high, z);
}

/// As `split_one` for the last `wanted` samples of the bands: nothing behind the samples that they need is read.
template <class T>
SUBBAND_INLINE void split_some(const T* e, T* low, T* high, const T* u, const T* v, Index taps, Index wanted) {
    constexpr Index n = count<T>;
    const Index end = 2 * wanted + taps - 2;
    auto y = zeros<T>(), z = y;
    for (Index j = 0; j < taps; j += 2) {
        const auto p = load_first(e + j, end - j), q = load_first(e + j + n, end - j - n);
        const auto a = even(p, q), b = odd(p, q);
        y = y + u[j] * a + u[j + 1] * b, z = z + v[j] * a + v[j + 1] * b;
    }
    store_first(low, y, wanted), store_first(high, z, wanted);
}

/// low[i], high[i] ← Σⱼ u[j] e[2i + j], Σⱼ v[j] e[2i + j] for i < k.
template <class T>
void split_row(const T* e, T* low, T* high, const T* u, const T* v, Index taps, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + 4 * n <= k; i += 4 * n) split_four(e + 2 * i, low + i, high + i, u, v, taps);
    for (; i + n <= k; i += n) split_one(e + 2 * i, low + i, high + i, u, v, taps);
    if (i < k) split_some(e + 2 * i, low + i, high + i, u, v, taps, k - i);
}

template <class T>
SUBBAND_INLINE void merge_four(const T* low, const T* high, T* x, const T* u, const T* v, Index taps) {
    constexpr Index n = count<T>;
    auto y = zeros<T>(), y1 = y, y2 = y, y3 = y, z = y, z1 = y, z2 = y, z3 = y;
#pragma GCC unroll 4
    for (Index j = 0; j < taps; j += 2) {
        const T *p = low - j / 2, *q = high - j / 2, u0 = u[j], u1 = u[j + 1], v0 = v[j], v1 = v[j + 1];
        auto a = load(p), b = load(q);
        y = y + u0 * a + u1 * b, z = z + v0 * a + v1 * b;
        a = load(p + n), b = load(q + n);
        y1 = y1 + u0 * a + u1 * b, z1 = z1 + v0 * a + v1 * b;
        a = load(p + 2 * n), b = load(q + 2 * n);
        y2 = y2 + u0 * a + u1 * b, z2 = z2 + v0 * a + v1 * b;
        a = load(p + 3 * n), b = load(q + 3 * n);
        y3 = y3 + u0 * a + u1 * b, z3 = z3 + v0 * a + v1 * b;
    }
    store_four(x, front(y, z), back(y, z), front(y1, z1), back(y1, z1));
    store_four(x + 4 * n, front(y2, z2), back(y2, z2), front(y3, z3), back(y3, z3));
}

/// At most one register of both phases; `wanted` of each.
template <class T>
SUBBAND_INLINE void merge_some(const T* low, const T* high, T* x, const T* u, const T* v, Index taps, Index wanted) {
    constexpr Index n = count<T>;
    auto y = zeros<T>(), z = y;
    for (Index j = 0; j < taps; j += 2) {
        const auto a = load_first(low - j / 2, wanted), b = load_first(high - j / 2, wanted);
        y = y + u[j] * a + u[j + 1] * b, z = z + v[j] * a + v[j + 1] * b;
    }
    store_first(x, front(y, z), 2 * wanted);
    if (2 * wanted > n) store_first(x + n, back(y, z), 2 * wanted - n);
}

/// x[2i], x[2i + 1] ← Σⱼ u[j] lane(j), Σⱼ v[j] lane(j) for i < k.
///
/// Lane j is band j mod 2, ⌊j/2⌋ samples back: low[i], high[i], low[i − 1], high[i − 1], …
template <class T>
void merge_row(const T* low, const T* high, T* x, const T* u, const T* v, Index taps, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + 4 * n <= k; i += 4 * n) merge_four(low + i, high + i, x + 2 * i, u, v, taps);
    for (; i + n <= k; i += n) merge_some(low + i, high + i, x + 2 * i, u, v, taps, n);
    if (i < k) merge_some(low + i, high + i, x + 2 * i, u, v, taps, k - i);
}

// ---- across rows -----------------------------------------------------------------------------------------

template <class T>
SUBBAND_INLINE void mix_four(const T* x, const Index* rows, T* y, T* z, const T* u, const T* v, Index taps) {
    constexpr Index n = count<T>;
    auto a = zeros<T>(), a1 = a, a2 = a, a3 = a, b = a, b1 = a, b2 = a, b3 = a;
#pragma GCC unroll 4
    for (Index j = 0; j < taps; ++j) {
        const T *row = x + rows[j], s = u[j], t = v[j];
        auto c = load(row);
        a = a + s * c, b = b + t * c;
        c = load(row + n);
        a1 = a1 + s * c, b1 = b1 + t * c;
        c = load(row + 2 * n);
        a2 = a2 + s * c, b2 = b2 + t * c;
        c = load(row + 3 * n);
        a3 = a3 + s * c, b3 = b3 + t * c;
    }
    store_four(y, a, a1, a2, a3), store_four(z, b, b1, b2, b3);
}

/// y[i], z[i] ← Σⱼ u[j] x[rows[j] + i], Σⱼ v[j] x[rows[j] + i] for i < k.
template <class T>
void mix_rows(const T* x, const Index* rows, T* y, T* z, const T* u, const T* v, Index taps, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + 4 * n <= k; i += 4 * n) mix_four(x + i, rows, y + i, z + i, u, v, taps);
    for (; i < k; i += n) {
        auto a = zeros<T>(), b = a;
        for (Index j = 0; j < taps; ++j) {
            const auto c = load_first(x + rows[j] + i, k - i);
            a = a + u[j] * c, b = b + v[j] * c;
        }
        store_first(y + i, a, k - i), store_first(z + i, b, k - i);
    }
}

// ---- both, where both filters have two taps ----------------------------------------------------------------

/// The low and high taps of two axes, for filters of two taps.
template <class T>
struct Square {
    const T *rows, *next_rows, *columns, *next_columns;
};

/// A whole register at p, or its first `wanted` numbers.
template <bool whole, class T>
SUBBAND_INLINE Lanes<T> take(const T* p, Index wanted) {
    return whole ? load(p) : load_first(p, wanted);
}
template <bool whole, class T>
SUBBAND_INLINE void put(T* p, Lanes<T> a, Index wanted) {
    whole ? store(p, a) : store_first(p, a, wanted);
}

template <bool whole, class T>
SUBBAND_INLINE void split_square(const T* p, const T* q, T* aa, T* ad, T* da, T* dd, const Square<T>& w, Index wanted) {
    constexpr Index n = count<T>;
    const T u0 = w.rows[0], u1 = w.rows[1], v0 = w.next_rows[0], v1 = w.next_rows[1];
    const T s0 = w.columns[0], s1 = w.columns[1], t0 = w.next_columns[0], t1 = w.next_columns[1];
    const auto p0 = take<whole>(p, 2 * wanted), p1 = take<whole>(p + n, 2 * wanted - n);
    const auto q0 = take<whole>(q, 2 * wanted), q1 = take<whole>(q + n, 2 * wanted - n);
    const auto a = even(p0, p1), b = odd(p0, p1), c = even(q0, q1), d = odd(q0, q1);
    const auto low = u0 * a + u1 * c, next_low = u0 * b + u1 * d;
    const auto high = v0 * a + v1 * c, next_high = v0 * b + v1 * d;
    put<whole>(aa, s0 * low + s1 * next_low, wanted), put<whole>(ad, t0 * low + t1 * next_low, wanted);
    put<whole>(da, s0 * high + s1 * next_high, wanted), put<whole>(dd, t0 * high + t1 * next_high, wanted);
}

/// Two rows of 2k samples into a row of each band.
template <class T>
void split_square(const T* p, const T* q, T* aa, T* ad, T* da, T* dd, Square<T> w, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + n <= k; i += n) split_square<true>(p + 2 * i, q + 2 * i, aa + i, ad + i, da + i, dd + i, w, n);
    if (i < k) split_square<false>(p + 2 * i, q + 2 * i, aa + i, ad + i, da + i, dd + i, w, k - i);
}

template <bool whole, class T>
SUBBAND_INLINE void merge_square(const T* aa, const T* ad, const T* da, const T* dd, T* p, T* q, const Square<T>& w,
                                 Index wanted) {
    constexpr Index n = count<T>;
    const T u0 = w.rows[0], u1 = w.rows[1], v0 = w.next_rows[0], v1 = w.next_rows[1];
    const T s0 = w.columns[0], s1 = w.columns[1], t0 = w.next_columns[0], t1 = w.next_columns[1];
    const auto a = take<whole>(aa, wanted), b = take<whole>(ad, wanted);
    const auto c = take<whole>(da, wanted), d = take<whole>(dd, wanted);
    const auto low = s0 * a + s1 * b, next_low = t0 * a + t1 * b;
    const auto high = s0 * c + s1 * d, next_high = t0 * c + t1 * d;
    const auto p0 = u0 * low + u1 * high, p1 = u0 * next_low + u1 * next_high;
    const auto q0 = v0 * low + v1 * high, q1 = v0 * next_low + v1 * next_high;
    put<whole>(p, front(p0, p1), 2 * wanted), put<whole>(p + n, back(p0, p1), 2 * wanted - n);
    put<whole>(q, front(q0, q1), 2 * wanted), put<whole>(q + n, back(q0, q1), 2 * wanted - n);
}

/// The transpose of `split_square`.
template <class T>
void merge_square(const T* aa, const T* ad, const T* da, const T* dd, T* p, T* q, Square<T> w, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + n <= k; i += n) merge_square<true>(aa + i, ad + i, da + i, dd + i, p + 2 * i, q + 2 * i, w, n);
    if (i < k) merge_square<false>(aa + i, ad + i, da + i, dd + i, p + 2 * i, q + 2 * i, w, k - i);
}

// ---- outside of a row --------------------------------------------------------------------------------------

/// How the samples, or rows, beyond either end of an axis are made: `terms` of `width` columns count.
template <class T>
struct Ends {
    const Index* index;
    const T* weight;
    Index width, terms, left;  // left: how many are before the first sample

    /// Calls f(weight, sample) for each term of extended sample b.
    template <class F>
    SUBBAND_INLINE void each(Index b, F f) const {
        for (Index c = width * b; c < width * b + terms; ++c)
            if (weight[c] != 0) f(weight[c], index[c]);
    }
};

template <class T>
SUBBAND_INLINE void clear(T* y, Index k) {
    for (Index i = 0; i < k; i += count<T>) store_first(y + i, zeros<T>(), k - i);
}

template <class T>
SUBBAND_INLINE void copy(T* y, const T* x, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + n <= k; i += n) store(y + i, load(x + i));
    if (i < k) store_first(y + i, load_first(x + i, k - i), k - i);
}

/// y ← y + weight · x.
template <class T>
void add(T* y, T weight, const T* x, Index k) {
    for (Index i = 0; i < k; i += count<T>)
        store_first(y + i, load_first(y + i, k - i) + weight * load_first(x + i, k - i), k - i);
}

/// Extended sample b of a row.
template <class T>
SUBBAND_INLINE T outside(const T* x, Index b, const Ends<T>& ends) {
    T total = 0;
    ends.each(b, [&](T weight, Index i) { total += weight * x[i]; });
    return total;
}

/// x ← x + what the k samples outside of it were made of.
template <class T>
SUBBAND_INLINE void fold(T* x, const T* beyond, Index k, const Ends<T>& ends) {
    for (Index b = 0; b < k; ++b) ends.each(b, [&](T weight, Index i) { x[i] += weight * beyond[b]; });
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
