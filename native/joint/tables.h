// Joint scattering as the numbers that the loops read, and the memory that they write in between.
#pragma once

#include "../cascade/line_tables.h"

namespace subband {

/// Samples in each lane that are worked on together; as in `subband.kernels.joint.tables`.
inline constexpr Index SAMPLES = 8;

/// What is kept of the convolution of a node of order 2, both parts one behind the other.
struct Kept {
    Index offset;  // in the array of all
    Index first;   // sample of a sequence that repeats; may be negative
    Index total;   // samples
};

/// A row of a banded matrix over log-frequency.
struct PatternRow {
    Index first, taps;  // filters of order 1
    Index weights;      // where the real and imaginary parts of their weights are
    Index both;         // 1 for filters of both spins, 0 for the low-pass, which is real
};

/// One filter of order 2: matrices over log-frequency, and the average over time.
///
/// Time is cut into as many segments as a register has lanes, a segment into cells of a few hops, and a cell into
/// blocks. Moments of a block are shared out among the frames that its cell meets.
template <class T>
struct PatternTables {
    const PatternRow* rows;
    Index row_count;
    const T* weights;
    Index computed;  // rows, both spins counted
    Index seen;      // filters of order 1
    Index samples;   // what the segments have beyond them counts as zero
    Index segment;   // samples in each, whole cells
    Index cell;      // samples in a cell
    Index block;     // samples in a block, a multiple of SAMPLES
    Index met;       // frames that a cell meets
    Index step;      // frames between the first ones of two cells
    Index ahead;     // frames between the first ones of two segments
    Index terms;     // moments of a block
    const T* moments;  // (block, terms) weights of the samples of a block
    const T* shares;   // (cell / block, met, terms) what a frame takes of the moments of a block
    Index frames;
};

/// Registers: of samples, of the moduli of some samples, of moments, and of frames.
template <class T>
struct PatternMemory {
    T *samples, *moduli, *sums, *frames;
};

}  // namespace subband
