// A plan as the numbers that the loops read, and the memory that they write in between.
#pragma once

#include "../index.h"

namespace subband {

/// Transformed axes that the loops are written for; signals of fewer get axes of length 1 in front.
inline constexpr Index AXES = 3;

/// Samples of a band that are worked on at a time, so that they and their lanes fit into the nearest cache.
inline constexpr Index PIECE = 512;

/// A plan of `levels` levels over the last `rank` axes; all tables are in C order.
template <class T>
struct Tables {
    Index rank, levels;
    Index longest;        // taps of the longest filter
    Index outside;        // most extended samples of an axis
    Index width;          // most terms of an extended sample
    const Index* sizes;   // (levels + 1, AXES) samples along each axis after each level
    const Index* taps;    // (AXES) filter lengths
    const Index* left;    // (AXES) extended samples before each axis
    const T* split;       // (AXES, 2, longest) weights of the lanes in the low and in the high band
    const T* merge;       // (AXES, 2, longest) weights of the lanes in the even and in the odd samples
    const Index* index;   // (levels, AXES, outside, width) samples of the extension of each axis at each level
    const T* weight;      // (levels, AXES, outside, width) and their weights
    const Index* terms;   // (levels, AXES) how many columns of these count
    const Index* places;  // (2^levels) position of the band of each natural index, for trees

    SUBBAND_INLINE Index size(Index level, Index axis) const { return sizes[level * AXES + axis]; }

    /// Samples of a block after `level` levels.
    SUBBAND_INLINE Index block(Index level) const { return size(level, 0) * size(level, 1) * size(level, 2); }

    /// Coefficients of a signal: the leaves of a full tree, or the details of a pyramid and its approximation.
    SUBBAND_INLINE Index coefficients(bool tree) const {
        if (tree) return block(levels) << (rank * levels);
        Index total = block(levels);
        for (Index level = 1; level <= levels; ++level) total += ((Index(1) << rank) - 1) * block(level);
        return total;
    }
};

/// Part `part` of `parts` of the outermost axis.
struct Part {
    Index part, parts;
};

/// The scratch of one thread: none of it larger than a signal's row, rank 3 apart.
template <class T>
struct Scratch {
    T* lines[2];     // rows with what is outside of them, or pieces of such rows
    T* pads[2][2];   // rows of bands with zeros around
    T* outside;      // samples outside of a row
    T* slabs;        // up to 8 slabs of filtered samples
    T* row_edge;     // rows outside of a plane
    T* slab_edge;    // slabs outside of a volume
    Index* starts;   // where each of the rows that a filter reads begins
};

/// Signals `start` … `stop` − 1 through the levels `first` … `last` − 1, each signal in `parts` parts.
struct Work {
    Index first, last, parts, start, stop;
};

/// Whole signals (batch, ·), their coefficients (batch, ·), and `stores` blocks (·, 2, store) for levels between.
template <class T>
struct Signals {
    const T* source;
    T* target;
    Index signal, coefficients;  // numbers of one signal, and of its coefficients
    T* between;
    Index stores, store;
};

}  // namespace subband
