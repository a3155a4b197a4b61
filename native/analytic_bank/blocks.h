// Samples between the points of a grid: blocks of outputs, as sums of the points around them.
#pragma once

#include "../moves.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Taps whose weights stay in registers.
template <class T>
#if defined(__AVX512F__)
inline constexpr Index HELD = TAPS<T>;
#else
inline constexpr Index HELD = sizeof(T) == sizeof(float) ? 12 : 10;
#endif

/// Complex numbers turned by an angle, of which `cosine` has the cosine and `sine` the sine, in turn with both signs.
template <class T>
SUBBAND_INLINE Lanes<T> turned(Lanes<T> a, Lanes<T> cosine, Lanes<T> sine) {
    return a * cosine + neighbours(a) * sine;
}

/// The same register of `count` blocks: y ← y + Σⱼ weights[j] · x[j] with j from `first` on, and turned once all are in.
template <Index first, class T>
SUBBAND_INLINE void sums(const Number<T>* low, Index cells, const T* weights, Index width, T* y, Index step, Index count,
                         Lanes<T> cosine, Lanes<T> sine, const T* of_block) {
    constexpr Index held = HELD<T>;
    Lanes<T> w[held];
#pragma GCC unroll 20
    for (Index j = 0; j < held; ++j) w[j] = load(weights + (first + j) * width);
    for (Index t = 0; t < count; ++t) {
        const T* x = &low[t * cells + first].re;
        auto a = w[0] * pairs(x), b = w[1] * pairs(x + 2);
        if constexpr (first > 0) a += load(y);
#pragma GCC unroll 20
        for (Index j = 2; j < held; j += 2) a += w[j] * pairs(x + 2 * j), b += w[j + 1] * pairs(x + 2 * j + 2);
        a += b;
        if constexpr (first + held == TAPS<T>)
            a = turned(turned(a, cosine, sine), pairs(of_block + 4 * t), pairs(of_block + 4 * t + 2));
        store(y, a);
        y += step;
    }
}

/// out ← `count` blocks of outputs, of which the last register may reach beyond.
template <class T>
void blocks(const Number<T>* low, const Grid<T>& g, const T* within_block, const T* of_block, Number<T> of_chunk,
            Number<T>* out, Index count) {
    constexpr Index n = subband::SUBBAND_INSTRUCTIONS::count<T>;
    // From the right, so that the first register of the next block is written after the last of this one.
    for (Index v = g.width - n; v >= 0; v -= n) {
        const auto c = load(within_block + v), s = load(within_block + g.width + v);
        const auto signs = alternating<T>();
        const auto cosine = of_chunk.re * c - of_chunk.im * (signs * s);
        const auto sine = of_chunk.re * s + of_chunk.im * (signs * c);
        T* y = &out->re + v;
        sums<0>(low, g.cells, g.kernel + v, g.width, y, 2 * g.block, count, cosine, sine, of_block);
        if constexpr (HELD<T> < TAPS<T>)
            sums<HELD<T>>(low, g.cells, g.kernel + v, g.width, y, 2 * g.block, count, cosine, sine, of_block);
    }
}

/// out[0 … n − 1] ← the signal of which `low` has samples on the grid, from `shift` points before the first on.
///
/// Registers reach beyond a block where its length is no multiple of theirs. There the weights are zeros, and what
/// they leave is overwritten by the block that follows.
template <class T>
void interpolate(const Number<T>* low, const Grid<T>& g, const Filters<T>& f, Index filter, Number<T>* out, Index n,
                 Number<T>* tail) {
    const T* within_block = f.within_block + filter * 2 * g.width;
    const T* of_block = f.of_block + filter * BLOCKS_AT_ONCE * 4;
    const Number<T>* of_chunk = f.of_chunk + filter * f.chunks;
    const Index all = (n + g.block - 1) / g.block, safe = most(0, (2 * n - g.width) / (2 * g.block) + (2 * n >= g.width));
    for (Index t = 0; t < all;) {
        const Index chunk = t / BLOCKS_AT_ONCE, within = t % BLOCKS_AT_ONCE;
        const Number<T>* x = low + t * g.cells;
        if (t < safe) {
            const Index count = least(BLOCKS_AT_ONCE, safe - t);
            blocks(x, g, within_block, of_block, of_chunk[chunk], out + t * g.block, count);
            t += count;
        } else {
            blocks(x, g, within_block, of_block + 4 * within, of_chunk[chunk], tail, 1);
            for (Index i = 0; i < least(g.block, n - t * g.block); ++i) out[t * g.block + i] = tail[i];
            ++t;
        }
    }
}

/// out[i] ← sample i − shift of the periodic signal that z gives, whole or by halves; see the reference.
template <class T>
void unfold(const Number<T>* z, Index half, int mirror, Index shift, Number<T>* out, Index n) {
    const Index period = mirror ? 2 * half : half;
    for (Index i = 0; i < n;) {
        const Index j = ((i - shift) % period + period) % period, run = least(n - i, period - j);
        Number<T>* piece = out + i;
        if (!mirror) {
            for (Index k = 0; k < run; ++k) piece[k] = z[j + k];
        } else {
            // Even samples run up through z, and odd ones down.
            const Index even = j % 2, odd = 1 - even;
            const Number<T>*rising = z + (j + even) / 2, *falling = z + half - 1 - (j + odd) / 2;
            for (Index k = 0; 2 * k + even < run; ++k) piece[2 * k + even] = rising[k];
            const T sign = T(mirror);
            for (Index k = 0; 2 * k + odd < run; ++k) piece[2 * k + odd] = {sign * falling[-k].re, -sign * falling[-k].im};
        }
        i += run;
    }
}

/// out[…] ← what the transformed products of some items stand for.
template <class T>
void spread(const Samples<T>& s, const Grid<T>& g, const Filters<T>& f, Items items) {
    const Index around = g.width ? ((s.samples + g.block - 1) / g.block - 1) * g.cells + TAPS<T> : 0;
    for (Index i = 0; i < items.count; ++i) {
        const Index filter = (items.first + i) / s.signals, signal = (items.first + i) % s.signals;
        Number<T>* out = s.out + (signal * s.scales + f.rows[filter]) * s.samples;
        const Number<T>* z = s.sampled + i * s.points;
        if (g.width) {
            unfold(z, s.points, s.mirror, g.shift, s.low, around);
            interpolate(s.low, g, f, filter, out, s.samples, s.low + around);
        } else {
            unfold(z, s.points, s.mirror, 0, out, s.samples);
        }
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
