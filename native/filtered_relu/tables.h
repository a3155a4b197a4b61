// The tables of a filtered leaky ReLU, made in `module.cpp`.
//
// A signal is resampled by polyphase correlations: the samples of a row lie sorted by their place modulo the number of
// phases, so that every weight of a filter reads numbers that stand next to each other.
#pragma once

#include "../index.h"

namespace subband {

/// out[p][m] = Σⱼ weight[j] in[phase[j]][m + shift[j]] over the weights firsts[p] … firsts[p + 1] − 1 of phase p.
template <class T>
struct Correlation {
    const Index *firsts, *phase, *shift;
    const T* weight;

    SUBBAND_INLINE Index count(Index p) const { return firsts[p + 1] - firsts[p]; }
};

/// Numbers that fill registers of every instruction set.
inline constexpr Index FULL = 16;
SUBBAND_INLINE Index filled(Index numbers) { return (numbers + FULL - 1) / FULL * FULL; }

/// Samples of a phase, of so many columns in all.
SUBBAND_INLINE Index samples(Index columns, Index phases, Index phase) {
    return columns <= phase ? 0 : (columns - phase + phases - 1) / phases;
}

/// How a row lies in memory: its phases one after another, each with zeros before and at least FULL behind its samples.
struct Layout {
    Index phases, guard, length;

    SUBBAND_INLINE Index numbers(Index inner) const { return phases * length * inner; }
    SUBBAND_INLINE Index at(Index phase, Index m, Index inner) const { return (phase * length + guard + m) * inner; }
};

/// A resampling of images of `rows` by `columns` samples, up or down by a factor.
///
/// `vertical` has a phase for each row of the finer grid within one of the coarser (up), or one phase (down).
/// `horizontal` has `phases` of them, or, of a filter that is not separable, as many for each of the filter's rows:
/// vertical tap j then goes with the horizontal phases of row `filter_row[j]`.
template <class T>
struct Resampling {
    bool separable;
    Index factor, rows, columns;
    Index phases;  // of the rows that it makes
    Correlation<T> vertical, horizontal;
    const Index* filter_row;
    Index weights;  // of all horizontal phases
    Index depth;    // rows that one row is made of
    Layout layout;  // of the rows that it reads
};

/// One pass: y = down(f(up(x + bias))), or y = down(f′(up(x + bias)) · side(s)) if there is an s.
template <class T>
struct Pass {
    Resampling<T> up, side, down;
    Index rows, columns;          // of the fine grid
    Index out_rows, out_columns;  // of the result
};

/// f(z) = gain z for z > 0, else gain slope z, clipped to ±clamp.
template <class T>
struct Rectifier {
    T gain, slope, clamp;
};

/// A batch of images, channels first, or last if `interleaved`.
template <class T>
struct Images {
    const T *x, *bias, *s;  // bias and s may be null
    T* y;
    Index channels;
    bool interleaved;

    /// Channels that are computed together if they lie next to each other.
    static constexpr Index BLOCK = 64 / Index(sizeof(T));

    SUBBAND_INLINE Index blocks() const { return interleaved ? (channels + BLOCK - 1) / BLOCK : channels; }
    SUBBAND_INLINE Index most() const { return !interleaved ? 1 : channels < BLOCK ? channels : BLOCK; }
};

/// The memory that one thread needs for images of so many channels at once.
template <class T>
struct ReluScratch {
    T* numbers;
    Index* offsets;
};

template <class T>
SUBBAND_INLINE Index numbers_of(const Resampling<T>& r, Index inner) {
    return (r.depth + 1) * r.layout.numbers(inner);
}

/// Numbers of scratch: the rows that each resampling holds and the row that it works on, and rows of the fine grid.
template <class T>
SUBBAND_INLINE Index scratch_of(const Pass<T>& p, Index inner) {
    const Index coarse = p.down.phases * filled(samples(p.out_columns, p.down.phases, 0) * inner);
    return numbers_of(p.up, inner) + numbers_of(p.side, inner) + numbers_of(p.down, inner) +
           2 * p.down.layout.numbers(inner) + (p.down.depth + 1) * coarse;
}

}  // namespace subband
