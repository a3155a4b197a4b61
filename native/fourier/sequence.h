// Discrete Fourier transforms of long sequences, in order, in four steps (Bailey, J. Supercomputing 4, 1990).
//
// A sequence of n = n₁ n₂ numbers, row by row in a plane of n₁ × n₂, is transformed down the columns, multiplied by
// ωₙ^{k₁ j₂}, transposed, and transformed down the columns again; read row by row that is its transform, in order. So
// all work is on whole registers, and memory is read a few times only, however long the sequence.
#pragma once

#include "../transpose.h"
#include "columns.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Real and imaginary parts exchanged: the transform of such numbers into such numbers is the inverse, times n.
template <class T>
SUBBAND_INLINE Plane<T> swapped(Plane<T> z) {
    return {z.real + z.gap, -z.gap, z.pitch};
}

/// y ← the transform of the sequence x; both may be one.
///
/// A register behind x must be readable. `work`: `scratch` numbers.
template <class T>
void transform(Plane<const T> x, Plane<T> y, const Sequence<T>& s, T* work) {
    constexpr Index width = count<T>;
    const Index rows = s.rows, cols = s.cols, wide = whole(cols, width), gap = plane(s, width);
    const Plane<T> a{work, gap, wide + width}, b{work + 2 * gap, gap, whole(rows, width) + width};
    T* passes = work + 4 * gap;
    columns<T>({x.real, x.gap, cols}, a, rows, cols, s.down, passes);
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
            transpose(here.real, a.pitch, there.real, b.pitch);
            transpose(here.real + gap, a.pitch, there.real + gap, b.pitch);
        }
    if (rows % width == 0) return columns<T>(b, {y.real, y.gap, rows}, cols, rows, s.across, passes);
    columns<T>(b, b, cols, rows, s.across, passes);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) {
            y.real[j * rows + i] = b.row(j).real[i];
            y.real[y.gap + j * rows + i] = b.row(j).real[gap + i];
        }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
