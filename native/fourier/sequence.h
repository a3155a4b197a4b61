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

/// The rows of a register of columns, times factors, as `width` rows of b.
template <class T>
SUBBAND_INLINE void turn_and_transpose(Plane<T> a, Index rows, const T* cosines, const T* sines, Index pitch,
                                       Plane<T> b) {
    constexpr Index width = count<T>;
    for (Index i = 0; i < rows; ++i) {
        const auto v = load(Plane<const T>(a.row(i)));
        const auto c = load(cosines + i * pitch), d = load(sines + i * pitch);
        store(a.row(i), Complex<T>{v.re * c - v.im * d, v.re * d + v.im * c});
    }
    for (Index i = 0; i < rows; i += width) {
        const Plane<T> here = a.row(i), there = b.from(i);
        transpose(here.real, a.pitch, there.real, b.pitch);
        transpose(here.real + a.gap, a.pitch, there.real + b.gap, b.pitch);
    }
}

/// y ← n rows of m numbers one behind the other, from rows of whole registers.
template <class T>
SUBBAND_INLINE void join(const T* x, Index pitch, T* y, Index n, Index m) {
    constexpr Index width = count<T>;
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < m; i += width) {
            // What a register has beyond its row, the next row overwrites.
            const Index done = j * m + i;
            const auto v = load(x + j * pitch + i);
            if (done + width <= n * m)
                store(y + done, v);
            else
                store_first(y + done, v, n * m - done);
        }
}

/// y ← the transform of the sequence x; both may be one.
///
/// Each register of columns is transformed, multiplied and transposed while it is in the first-level cache. A
/// register behind x must be readable. `work`: `scratch` numbers.
template <class T>
void transform(Plane<const T> x, Plane<T> y, const Sequence<T>& s, T* work) {
    constexpr Index width = count<T>;
    const Index rows = s.rows, cols = s.cols, wide = whole(cols, width), gap = plane(s, width);
    const Plane<T> b{work, gap, whole(rows, width) + width}, a{work + 2 * gap, width, 2 * width};
    T* passes = a.row(whole(rows, width)).real;
    for (Index j = 0; j < cols; j += width) {
        columns<T>({x.real + j, x.gap, cols}, a, rows, width, s.down, passes);
        turn_and_transpose(a, rows, s.turns + j, s.turns + rows * wide + j, wide, b.row(j));
    }
    if (rows % width == 0) return columns<T>(b, {y.real, y.gap, rows}, cols, rows, s.across, passes);
    columns<T>(b, b, cols, rows, s.across, passes);
    join(b.real, b.pitch, y.real, cols, rows), join(b.real + gap, b.pitch, y.real + y.gap, cols, rows);
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
