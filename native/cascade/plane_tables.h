// The tables of a cascade over two axes, made in `subband.kernels.cascade.plane_tables`, and the memory of its loops.
#pragma once

#include "../fourier/steps.h"

namespace subband {

/// Nodes that are computed together, one in each lane.
struct Stack {
    Index generation, before, after;  // log₂ subsampling of the parents and of themselves
    Index filter;                     // where in `columns` its segments are found
    Index deeper;                     // whether any has children
};

/// A run of frequencies at which a filter isn't negligible.
struct Segment {
    Index column, row;  // of the parent's half spectrum
    Index step;         // 1, or −1 for the conjugates at opposite frequencies
    Index into, length; // rows of the folded column
    Index values;       // in `filters`
};

/// Four rows of a matrix, without the columns at both ends that are negligible.
struct Block {
    Index first, length, values;
};

/// Rows of a matrix, four by four.
template <class T>
struct Matrix {
    const Block* blocks;
    Index rows;
    const T* values;
};

/// What depends on a subsampling.
template <class T>
struct PlaneResolution {
    Index rows, cols;
    Steps<T> down, along;  // transforms of as many numbers as there are rows, or columns
    Index terms;           // of the low-pass, each a matrix along rows and one along columns
    const Block *along_rows, *along_columns, *back_along_rows, *back_along_columns;

    /// Columns of a spectrum of real numbers that are kept; the others are their conjugates.
    SUBBAND_INLINE Index half() const { return cols / 2 + 1; }
};

template <class T>
struct PlaneTables {
    const Index* source;  // of each sample of the padded image; −1 is a zero
    const PlaneResolution<T>* resolutions;
    const Segment* segments;
    const Index* columns;
    const T *filters, *matrices;
    const Stack* stacks;
    const Index* rows;    // of the output: of each lane of each stack, or −1
    const Index* images;  // that the lanes belong to, or −1
    Index stack_count, together, samples, outputs, high, wide;
};

/// Working memory of one thread: numbers of whole registers.
template <class T>
struct PlaneMemory {
    T* z;         // the stack at hand
    T* spectra;   // a stack for each generation, `deep` numbers apart
    T* gathered;  // gradients of spectra, likewise
    T* kept;      // convolutions of stacks with children, `plane` numbers apart
    T *column, *row;
    T* mixed;     // averages along the rows
    T* output;    // averages
    T* passes;    // of transforms
    Index* open;  // the stack of each generation that is being computed
    Index deep, plane;
};

template <class T>
struct PlaneWork {
    const T *x, *given;  // images, and gradients of their averages
    T* out;              // averages, or gradients of images
    Index batch, parts;  // shares of a tree, which begin at the stacks `begins`
    const Index* begins;
    Index start, stop;   // items: groups of images, times parts
};

}  // namespace subband
