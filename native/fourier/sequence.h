// Discrete Fourier transforms of long sequences, in order, in four steps (Bailey, J. Supercomputing 4, 1990).
//
// A sequence of n = n₁ n₂ numbers, row by row in a plane of n₁ × n₂, is transformed down the columns, multiplied by
// ωₙ^{k₁ j₂}, transposed, and transformed down the columns again; read row by row that is its transform, in order. So
// all work is on whole registers, and memory is read a few times only, however long the sequence.
#pragma once

#include "../transpose.h"
#include "columns.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// n, filled up to a multiple of the register.
template <class T>
SUBBAND_INLINE Index whole(Index n) {
    return (n + count<T> - 1) / count<T> * count<T>;
}

/// y ← the transform of x; both from their imaginary parts, with negative gaps: the inverse, times n. Both may be one.
///
/// A register behind x must be readable. `work`: `scratch` numbers, see `subband.kernels.fourier.sequence`.
template <class T>
void transform(const T* x, Index x_gap, T* y, Index y_gap, const Sequence<T>& s, T* work) {
    constexpr Index width = count<T>;
    const Index rows = s.rows, cols = s.cols, wide = whole<T>(cols), tall = whole<T>(rows);
    const Index a_pitch = wide + width, b_pitch = tall + width;
    const Index plane = most((rows + width) * a_pitch, (cols + width) * b_pitch);
    const Plane<T> a{work, plane, a_pitch}, b{work + 2 * plane, plane, b_pitch};
    T* passes = work + 4 * plane;
    columns<T>({x, x_gap, cols}, a, rows, cols, s.down, passes);
    const T *cosines = s.turns, *sines = s.turns + rows * wide;
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; j += width) {
            const Plane<T> here = a.row(i).from(j);
            const auto v = load(Plane<const T>(here));
            const auto c = load(cosines + i * wide + j), d = load(sines + i * wide + j);
            store(here, Complex<T>{v.re * c - v.im * d, v.re * d + v.im * c});
        }
    for (Index i = 0; i < rows; i += width)
        for (Index j = 0; j < cols; j += width) {
            const Plane<T> here = a.row(i).from(j), there = b.row(j).from(i);
            transpose(here.real, a_pitch, there.real, b_pitch);
            transpose(here.real + plane, a_pitch, there.real + plane, b_pitch);
        }
    if (rows % width == 0) return columns<T>(b, {y, y_gap, rows}, cols, rows, s.across, passes);
    columns<T>(b, b, cols, rows, s.across, passes);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) {
            y[j * rows + i] = b.real[j * b_pitch + i];
            y[y_gap + j * rows + i] = b.real[plane + j * b_pitch + i];
        }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
