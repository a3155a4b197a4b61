// The tables of dilated filters, made in `subband.kernels.dilated`.
#pragma once

#include "../index.h"

namespace subband {

/// Filters of `levels` levels over `rank` axes, all circular; each number of a signal may be `parts` in a row.
///
/// The filters of a level and an axis read the samples at `count` offsets from their place: offsets[first …] with the
/// weights 2 · first … of the low band, followed by as many of the high band.
template <class T>
struct DilatedTables {
    Index rank, levels, parts;
    const Index* sizes;    // (rank)
    const Index* firsts;   // (levels · rank + 1)
    const Index* offsets;  // each 0 … size − 1
    const T* weights;

    SUBBAND_INLINE Index block() const {
        Index size = parts;
        for (Index axis = 0; axis < rank; ++axis) size *= sizes[axis];
        return size;
    }
    /// Bands of all levels.
    SUBBAND_INLINE Index bands() const { return 1 + levels * ((Index(1) << rank) - 1); }
};

/// The memory of one thread: blocks of a signal's size, and one pointer for each number that a filter reads.
template <class T>
struct DilatedScratch {
    T* blocks;  // 2 rank + 2 of them
    const T** rows;
};

}  // namespace subband
