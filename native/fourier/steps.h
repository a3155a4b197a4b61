// The tables of Fourier transforms, made in `subband.kernels.fourier`.
#pragma once

#include <cstddef>

namespace subband {

using Index = std::ptrdiff_t;

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

/// How sequences of rows · cols numbers are transformed: the steps of both lengths, and in `turns` the real and then the
/// imaginary parts of ωₙ^{k₁ j₂}, each row filled up to whole registers.
template <class T>
struct Sequence {
    Index rows, cols;
    Steps<T> down, across;
    const T* turns;
};

}  // namespace subband
