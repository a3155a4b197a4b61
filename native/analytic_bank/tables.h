// The tables of analytic filters, made in `subband.kernels.analytic_bank.compiled`.
#pragma once

#include "../index.h"

namespace subband {

/// Samples of the grid that a block of outputs is made of.
template <class T>
inline constexpr Index TAPS = sizeof(T) == sizeof(float) ? 12 : 20;

/// Bins that are in a band together or not at all.
inline constexpr Index STRETCH = 16;

/// Blocks of outputs that are worked on while they are in the nearest cache.
inline constexpr Index BLOCKS_AT_ONCE = 32;

/// A complex number in memory.
template <class T>
struct Number {
    T re, im;
};

/// A coarse grid, and what lies between its points; without a gain if it has all samples.
template <class T>
struct Grid {
    Index cells, block;     // cells of the grid, and outputs, of a block
    Index shift;            // points before a block that weigh on it
    Index reach;            // of the gain, in bins from the middle of a band
    const T* gain;          // (2, 2 reach + 1) real and imaginary parts of the products' factors
    Index width;            // numbers of whole registers that hold a block
    const T* kernel;        // (TAPS, width) weights of the points, each twice: for real and imaginary parts
};

/// The filters of a bank that share a grid.
///
/// The band of each is moved so that its middle, c, becomes bin 0. Its outputs are turned back by exp(2πi c/L · n),
/// which is a product of three factors: for n within a block, for blocks, and for every BLOCKS_AT_ONCE blocks.
template <class T>
struct Filters {
    Index count;
    const Index* rows;           // (count) of the bank
    const Index* bands;          // (count, 2) first bin, and the one after the last
    const Number<T>* factor;     // (count) of the products
    const T* within_block;       // (count, 2, width) cosines, each twice; sines, with both signs
    const T* of_block;           // (count, BLOCKS_AT_ONCE, 4) likewise
    const Number<T>* of_chunk;   // (count, chunks)
    Index chunks;
};

/// `signals` spectra of `bins` bins, multiplied by filters of as many bins.
template <class T>
struct Spectra {
    const Number<T>* spectrum;
    const T* bank;
    Index signals, bins;
};

/// Items of work: pairs of a filter and a signal, the signal running faster.
struct Items {
    Index first, count;
};

/// (items, points) samples on a grid, or every other one of mirrored signals, and (signals, scales, samples) outputs.
template <class T>
struct Samples {
    const Number<T>* sampled;
    Index points;
    int mirror;           // as in `Line`
    Number<T>* low;       // memory for one item's samples on the grid
    Number<T>* out;
    Index signals, scales, samples;
};

}  // namespace subband
