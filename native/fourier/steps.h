// The tables of Fourier transforms, made in `subband.kernels.fourier`.
#pragma once

#include "../index.h"

namespace subband {

inline constexpr double SIN3 = 0.86602540378443864676;                                      // sin 2π/3
inline constexpr double COS51 = 0.30901699437494742410, SIN51 = 0.95105651629515357212;     // 2π/5
inline constexpr double COS52 = -0.80901699437494742410, SIN52 = 0.58778525229247312917;    // 4π/5
inline constexpr double EIGHTH = 0.70710678118654752440;                                    // cos π/4

/// Complex registers that some lines take which are transformed at once, unless one line is longer.
inline constexpr Index AT_ONCE = 128;

/// How a transform of one length is done: its factors in order, and the factors ω of each pass but the last.
///
/// Before those of a pass of a radix with no code of its own are ω_r^k for k = 0 … r − 1.
template <class T>
struct Steps {
    const Index* radices;
    Index passes;
    const T* twiddles;
};

/// How sequences of rows · cols numbers are transformed: the steps of both lengths, and in `turns` the real and then
/// the imaginary parts of ωₙ^{k₁ j₂}, each row filled up to whole registers.
template <class T>
struct Sequence {
    Index rows, cols;
    Steps<T> down, across;
    const T* turns;
};

// What follows is inlined: out of line, the linker would keep one copy, of any instruction set, for all.

/// n, filled up to a multiple of the width.
__attribute__((always_inline)) inline Index whole(Index n, Index width) { return (n + width - 1) / width * width; }

/// Numbers from the real to the imaginary parts of the transposed plane, whose rows are filled up to whole registers
/// of `width` numbers and one more.
template <class T>
__attribute__((always_inline)) inline Index plane(const Sequence<T>& s, Index width) {
    return whole(s.cols, width) * (whole(s.rows, width) + width);
}

/// Numbers of scratch that the transform of a sequence needs: the plane, a register of columns, and their passes.
template <class T>
__attribute__((always_inline)) inline Index scratch(const Sequence<T>& s, Index width) {
    return 2 * plane(s, width) + 2 * whole(s.rows, width) * width + 4 * (s.rows > s.cols ? s.rows : s.cols) * width;
}

/// Numbers of scratch that the transforms of rows.h need for lines of n numbers.
__attribute__((always_inline)) inline Index scratch_for_lines(Index n, Index width) {
    return (2 * whole(n, width) + 4 * (n + 2 * width)) * width;
}

/// The same for long rows.
template <class T>
__attribute__((always_inline)) inline Index scratch_for_long_rows(const Sequence<T>& s, Index width) {
    return 2 * (whole(s.rows * s.cols, width) + width) + scratch(s, width);
}

}  // namespace subband
