// Products of spectra and filters, in the bands of the filters only.
#pragma once

#include "../moves.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// The largest of both, and of none that is no number.
template <class T>
SUBBAND_INLINE Lanes<T> larger(Lanes<T> a, Lanes<T> b) {
    return {b.v > a.v ? b.v : a.v};
}

template <class T>
SUBBAND_INLINE Lanes<T> modulus(Lanes<T> a) {
    return larger(a, -a);
}

/// The largest modulus of k numbers.
template <class T>
SUBBAND_INLINE T largest(const T* x, Index k) {
    constexpr Index n = count<T>;
    auto a = zeros<T>(), b = a;
    Index i = 0;
    for (; i + 2 * n <= k; i += 2 * n) a = larger(a, modulus(load(x + i))), b = larger(b, modulus(load(x + i + n)));
    for (; i < k; i += n) a = larger(a, modulus(load_first(x + i, k - i)));
    a = larger(a, b);
    T most = 0;
    for (Index lane = 0; lane < n; ++lane) most = a.v[lane] > most ? a.v[lane] : most;
    return most;
}

/// bands[s] ← the first bin and the one after the last at which filter s exceeds `tail` of its peak.
template <class T>
void find_bands(const T* bank, Index bins, T tail, Index* bands, Index start, Index stop) {
    for (Index s = start; s < stop; ++s) {
        const T *row = bank + s * bins, floor = tail * largest(row, bins);
        const auto in_tail = [&](Index j) {
            return largest(row + j * STRETCH, least(STRETCH, bins - j * STRETCH)) <= floor;
        };
        Index low = 0, high = (bins + STRETCH - 1) / STRETCH;
        while (low < high - 1 && in_tail(low)) ++low;
        while (high > low + 1 && in_tail(high - 1)) --high;
        bands[2 * s] = low * STRETCH, bands[2 * s + 1] = least(high * STRETCH, bins);
    }
}

/// Complex numbers of two registers, as they are in memory: real and imaginary parts in turn.
template <class T>
struct Pairs {
    Lanes<T> a, b;
};

template <class T>
SUBBAND_INLINE Pairs<T> load_pairs(const Number<T>* z, Index wanted) {
    const T* p = &z->re;
    return {load_first(p, 2 * wanted), load_first(p + count<T>, 2 * wanted - count<T>)};
}

/// z[i] ← z[i] + factor · gain[i] · h[i] · x[i] for i < k; without a gain, it is 1.
template <bool with_gain, class T>
SUBBAND_INLINE void add_products(Number<T>* z, const Number<T>* x, const T* h, const T* gain, Index imaginary,
                                 Number<T> factor, Index k) {
    constexpr Index n = count<T>;
    for (Index i = 0; i < k; i += n) {
        const Index wanted = k - i;
        const auto p = load_pairs(x + i, wanted), q = load_pairs<T>(z + i, wanted);
        const auto weight = load_first(h + i, wanted), re = even(p.a, p.b), im = odd(p.a, p.b);
        auto u = factor.re * weight, v = factor.im * weight;
        if constexpr (with_gain) {
            const auto c = load_first(gain + i, wanted), d = load_first(gain + imaginary + i, wanted), w = u;
            u = w * c - v * d, v = w * d + v * c;
        }
        const auto real = re * u - im * v, turned = re * v + im * u;
        T* y = &z[i].re;
        store_first(y, q.a + front(real, turned), 2 * wanted);
        store_first(y + n, q.b + back(real, turned), 2 * wanted - n);
    }
}

/// products[i] ← the products of item first + i in its band, its middle at bin 0 (without a gain bin 0), wrapped round.
template <class T>
void multiply(const Spectra<T>& s, const Grid<T>& g, const Filters<T>& f, Items items, Number<T>* products,
              Index points) {
    for (Index i = 0; i < items.count; ++i) {
        const Index filter = (items.first + i) / s.signals, signal = (items.first + i) % s.signals;
        const Number<T>* x = s.spectrum + signal * s.bins;
        const T* h = s.bank + f.rows[filter] * s.bins;
        Number<T>* z = products + i * points;
        for (Index k = 0; k < points; ++k) z[k] = {0, 0};
        const Index end = f.bands[2 * filter + 1], middle = (f.bands[2 * filter] + end) / 2, origin = g.gain ? middle : 0;
        for (Index bin = f.bands[2 * filter]; bin < end;) {
            const Index to = ((bin - origin) % points + points) % points, run = least(end - bin, points - to);
            const Index imaginary = 2 * g.reach + 1;
            if (g.gain)
                add_products<true>(z + to, x + bin, h + bin, g.gain + g.reach + bin - middle, imaginary,
                                   f.factor[filter], run);
            else
                add_products<false>(z + to, x + bin, h + bin, h, 0, f.factor[filter], run);
            bin += run;
        }
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
