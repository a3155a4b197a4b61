// Products of spectra and filters, in the bands of the filters only.
#pragma once

#include <cstring>

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
    for (; i + 2 * n <= k; i += 2 * n) {
        a = larger(a, modulus(load(x + i)));
        b = larger(b, modulus(load(x + i + n)));
    }
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

/// The gain of a grid at some bins; none where it has all samples.
template <class T>
struct Gain {
    const T *re, *im;
    SUBBAND_INLINE Gain from(Index i) const { return re ? Gain{re + i, im + i} : *this; }
};

/// z[i] ← z[i] + factor · gain[i] · h[i] · x[i], complex numbers; of a register all, or `wanted`.
template <bool gained, bool all, class T>
SUBBAND_INLINE void add_some(T* z, const T* x, const T* h, Gain<T> gain, Number<T> factor, Index wanted) {
    constexpr Index n = count<T>;
    const auto from = [](const T* p, Index some) { return all ? load(p) : load_first(p, some); };
    const auto p = from(x, 2 * wanted), q = from(x + n, 2 * wanted - n);
    const auto weight = from(h, wanted), re = even(p, q), im = odd(p, q);
    auto u = factor.re * weight, v = factor.im * weight;
    if constexpr (gained) {
        const auto c = from(gain.re, wanted), d = from(gain.im, wanted), w = u;
        u = w * c - v * d, v = w * d + v * c;
    }
    const auto real = re * u - im * v, turned = re * v + im * u;
    const auto a = from(z, 2 * wanted) + front(real, turned);
    const auto b = from(z + n, 2 * wanted - n) + back(real, turned);
    if (all)
        store(z, a), store(z + n, b);
    else
        store_first(z, a, 2 * wanted), store_first(z + n, b, 2 * wanted - n);
}

/// As `add_some` for i < k.
template <bool gained, class T>
void add_products(T* z, const T* x, const T* h, Gain<T> gain, Number<T> factor, Index k) {
    constexpr Index n = count<T>;
    Index i = 0;
    for (; i + n <= k; i += n)
        add_some<gained, true>(z + 2 * i, x + 2 * i, h + i, gain.from(i), factor, n);
    if (i < k) add_some<gained, false>(z + 2 * i, x + 2 * i, h + i, gain.from(i), factor, k - i);
}

/// products[i] ← the products of item first + i in its band, wrapped round.
///
/// The middle of the band comes to bin 0; where the grid has all samples, bin 0 stays where it is.
template <class T>
void multiply(const Spectra<T>& s, const Grid<T>& g, const Filters<T>& f, Items items, Number<T>* products,
              Index points) {
    for (Index i = 0; i < items.count; ++i) {
        const Index filter = (items.first + i) / s.signals, signal = (items.first + i) % s.signals;
        const Number<T>* x = s.spectrum + signal * s.bins;
        const T* h = s.bank + f.rows[filter] * s.bins;
        Number<T>* z = products + i * points;
        std::memset(z, 0, std::size_t(points) * sizeof(*z));
        const Index start = f.bands[2 * filter], end = f.bands[2 * filter + 1], middle = (start + end) / 2;
        const Index origin = g.gain ? middle : 0;
        for (Index bin = start; bin < end;) {
            const Index to = ((bin - origin) % points + points) % points, run = least(end - bin, points - to);
            if (g.gain) {
                const T* gain = g.gain + g.reach + bin - middle;
                add_products<true>(&z[to].re, &x[bin].re, h + bin, Gain<T>{gain, gain + 2 * g.reach + 1},
                                   f.factor[filter], run);
            } else {
                add_products<false>(&z[to].re, &x[bin].re, h + bin, Gain<T>{}, f.factor[filter], run);
            }
            bin += run;
        }
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
