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

/// Angles of a register of complex numbers: cosines, each twice, and sines, each with both signs.
template <class T>
struct Turn {
    Lanes<T> cosine, sine;

    SUBBAND_INLINE Lanes<T> of(Lanes<T> a) const { return a * cosine + neighbours(a) * sine; }

    /// By this angle and another one.
    SUBBAND_INLINE Turn and_by(Number<T> z) const {
        const auto signs = alternating<T>();
        return {z.re * cosine - z.im * (signs * sine), z.re * sine + z.im * (signs * cosine)};
    }
};

/// The same register of each of `count` blocks of outputs.
template <class T>
struct Column {
    const Number<T>* low;   // the points that weigh on the first block
    Index cells;            // from one block's points to the next one's
    const T* weights;       // rows of `width`
    Index width;
    T* out;
    Index step, count;      // numbers from one block to the next, and blocks
    Turn<T> within_block;
    const T* of_block;
};

/// out ← out + Σⱼ weights[j] · low[j] for HELD taps from `first` on; turned by both angles after the last tap.
template <Index first, class T>
SUBBAND_INLINE void sums(const Column<T>& c) {
    Lanes<T> w[HELD<T>];
#pragma GCC unroll 20
    for (Index j = 0; j < HELD<T>; ++j) w[j] = load(c.weights + (first + j) * c.width);
    for (Index t = 0; t < c.count; ++t) {
        const T *x = &c.low[t * c.cells + first].re, *turn = c.of_block + 4 * t;
        T* y = c.out + t * c.step;
        // Two sums, so that each product waits for every other one only.
        auto a = w[0] * pairs(x), b = w[1] * pairs(x + 2);
        if constexpr (first > 0) a += load(y);
#pragma GCC unroll 20
        for (Index j = 2; j < HELD<T>; j += 2) a += w[j] * pairs(x + 2 * j), b += w[j + 1] * pairs(x + 2 * j + 2);
        a += b;
        if constexpr (first + HELD<T> == TAPS<T>) a = Turn<T>{pairs(turn), pairs(turn + 2)}.of(c.within_block.of(a));
        store(y, a);
    }
}

/// out ← some blocks of outputs, of which the last register may reach beyond.
template <class T>
void blocks(const Number<T>* low, const Grid<T>& g, const T* within_block, const T* of_block, Number<T> of_chunk,
            Number<T>* out, Index some) {
    const T* sines = within_block + g.width;
    // From the right, so that the first register of the next block is written after the last of this one.
    for (Index v = g.width - count<T>; v >= 0; v -= count<T>) {
        const auto turn = Turn<T>{load(within_block + v), load(sines + v)}.and_by(of_chunk);
        const Column<T> c{low, g.cells, g.kernel + v, g.width, &out->re + v, 2 * g.block, some, turn, of_block};
        sums<0>(c);
        if constexpr (HELD<T> < TAPS<T>) sums<HELD<T>>(c);
    }
}

/// out[0 … n − 1] ← the signal of which `low` has samples on the grid, from `shift` points before the first on.
///
/// Registers reach beyond a block where its length is no multiple of theirs. There the weights are zeros, and what
/// they leave is overwritten by the block that follows. `tail` has room for the registers of one block.
template <class T>
void interpolate(const Number<T>* low, const Grid<T>& g, const Filters<T>& f, Index filter, Number<T>* out, Index n,
                 Number<T>* tail) {
    const T* within_block = f.within_block + filter * 2 * g.width;
    const T* of_block = f.of_block + filter * BLOCKS_AT_ONCE * 4;
    const Number<T>* of_chunk = f.of_chunk + filter * f.chunks;
    const Index all = (n + g.block - 1) / g.block;
    // Blocks whose registers reach no further than the outputs.
    const Index inside = 2 * n < g.width ? 0 : (2 * n - g.width) / (2 * g.block) + 1;
    for (Index t = 0; t < inside; t += BLOCKS_AT_ONCE)
        blocks(low + t * g.cells, g, within_block, of_block, of_chunk[t / BLOCKS_AT_ONCE], out + t * g.block,
               least(BLOCKS_AT_ONCE, inside - t));
    for (Index t = inside; t < all; ++t) {
        const T* turn = of_block + 4 * (t % BLOCKS_AT_ONCE);
        blocks(low + t * g.cells, g, within_block, turn, of_chunk[t / BLOCKS_AT_ONCE], tail, 1);
        for (Index i = 0; i < least(g.block, n - t * g.block); ++i) out[t * g.block + i] = tail[i];
    }
}

/// i mod n, 0 or more.
SUBBAND_INLINE Index modulo(Index i, Index n) { return (i % n + n) % n; }

/// out[i] ← sample i − shift of the periodic signal that z gives, whole or by halves; see the reference.
template <class T>
void unfold(const Number<T>* z, Index half, int mirror, Index shift, Number<T>* out, Index n) {
    const Index period = mirror ? 2 * half : half;
    const T sign = T(mirror);
    for (Index i = 0; i < n;) {
        const Index j = modulo(i - shift, period), run = least(n - i, period - j);
        Number<T>* piece = out + i;
        if (mirror) {
            // Even samples run up through z, and odd ones down.
            const Index even = j % 2, odd = 1 - even;
            const Number<T>*rising = z + (j + even) / 2, *falling = z + half - 1 - (j + odd) / 2;
            for (Index k = 0; 2 * k + even < run; ++k) piece[2 * k + even] = rising[k];
            for (Index k = 0; 2 * k + odd < run; ++k)
                piece[2 * k + odd] = {sign * falling[-k].re, -sign * falling[-k].im};
        } else {
            for (Index k = 0; k < run; ++k) piece[k] = z[j + k];
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
