// A cascade over one axis as the numbers that the loops read, and the memory that they write in between.
#pragma once

#include "../fourier/steps.h"

namespace subband {

/// Numbers from the real parts of a sequence to its imaginary parts: loops use some registers behind its end.
SUBBAND_INLINE Index gap_of(Index length, Index width) { return whole(length, width) + 3 * width; }

/// The average φ of one resolution, where output is wanted.
template <class T>
struct LineAverage {
    const T* weights;  // whole registers
    Index taps;        // numbers in these registers
    Index first;       // sample under them for the first output, counted from `margin` samples before the signal
    Index hop;         // samples from one output to the next
};

/// One resolution: every 2^s-th sample of the padded signal.
template <class T>
struct LineResolution {
    Index length;
    Index margin;  // samples that are put before and behind the moduli, periodically
    Sequence<T> transform;
    LineAverage<T> average;
};

/// The registers of all filters' spectra that aren't negligible, and where in the spectrum each of them is.
template <class T>
struct LineFilters {
    const T* registers;
    const Index* offsets;
    /// For each filter, at each resolution and folding: where its registers begin, and for each register of the
    /// folded spectrum where those that fall on it end.
    const Index* ends;
};

/// One or two siblings, computed together.
struct LineStep {
    Index generation;
    Index slot;           // of the parent, in its pair
    Index before, after;  // resolutions
    Index member;         // the first sibling
    Index members;
    Index deeper;         // whether any of them has children
};

struct LineMember {
    Index filter;  // where in `ends` its filter is
    Index row;     // of the output
    Index held;    // where its convolution is in what is held of a signal
};

/// A tree of convolutions and moduli, depth first.
template <class T>
struct LineTables {
    const Index* source;  // place in the signal of each sample of the padded one; −1 is a zero
    const LineResolution<T>* resolutions;
    LineFilters<T> filters;
    const LineStep* steps;
    const LineMember* members;
    const Index* parts;  // steps at which shares of the work begin that need nothing of each other, and the end
    Index part_count;
    Index rows, out;  // of the output, and samples of each
    Index held;       // numbers of all convolutions of a signal
};

/// Convolutions that the forward pass hands to the backward pass: those of the first `signals` of a batch.
template <class T>
struct LineHeld {
    T* first;
    Index signals;

    /// Those of one signal, `numbers` for each; null where they are not held.
    SUBBAND_INLINE T* of(Index signal, Index numbers) const {
        return signal < signals ? first + signal * numbers : nullptr;
    }
};

/// The memory of one thread: complex sequences have their imaginary parts `gap` numbers behind the real ones.
template <class T>
struct LineMemory {
    Index gap;
    Index half;   // numbers of a real sequence
    T* pair;      // two complex sequences
    T* real;      // two real sequences with margins
    T* spectra;   // two complex sequences for each generation
    T* gathered;  // as many: gradients of the spectra
    T* kept;      // and convolutions
    T* work;      // of the transforms
};

/// Items start … stop − 1 of signals of so many samples, each done in `parts` parts: signals times parts.
struct LineWork {
    Index samples, parts, start, stop;
};

}  // namespace subband
