// Discrete Fourier transforms of arrays whose complex numbers lie one behind the other, as NumPy keeps them.
//
// A register of lines at a time is gathered into the columns of a plane, transformed there, and scattered again. Lines
// are rows of the array, or columns. No line has a part in another's result, whatever is in it.
//
// A row of n = 2h real numbers is one of h complex numbers x[2j] + i x[2j + 1]. With its transform z, and ω = exp(−2πi/n),
//
//     x̂[k] = e + ωᵏ o,   x̂[h − k] = (e − ωᵏ o)*,   e = (z[k] + z[h − k]*) / 2,   o = (z[k] − z[h − k]*) / 2i
#pragma once

#include "../moves.h"
#include "../transpose.h"
#include "sequence.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Scratch for `width` lines: their plane, filled up to whole squares, and the passes of a transform.
template <class T>
struct Work {
    Plane<T> lines;
    T* passes;

    Work(T* memory, Index n) : lines{memory, count<T>, 2 * count<T>}, passes(lines.row(whole(n, count<T>)).real) {}
};

/// The register of complex numbers at p, of which `wanted` are there.
template <class T>
SUBBAND_INLINE Complex<T> load_pairs(const T* p, Index wanted) {
    constexpr Index width = count<T>;
    const bool all = wanted >= width;
    const auto a = all ? load(p) : load_first(p, 2 * wanted);
    const auto b = all ? load(p + width) : load_first(p + width, 2 * wanted - width);
    return {even(a, b), odd(a, b)};
}

template <class T>
SUBBAND_INLINE void store_pairs(T* p, Complex<T> z, Index wanted) {
    constexpr Index width = count<T>;
    const auto a = front(z.re, z.im), b = back(z.re, z.im);
    if (wanted >= width) return store(p, a), store(p + width, b);
    store_first(p, a, 2 * wanted), store_first(p + width, b, 2 * wanted - width);
}

// ---- lines to planes and back: `there` of a register of rows are there, of the others nothing is written ----------

template <class T>
void gather_complex(const T* x, Index n, Index there, Plane<T> z) {
    constexpr Index width = count<T>;
    for (Index k = 0; k < n; k += width) {
        Lanes<T> re[width], im[width];
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) {
            const auto v = load_pairs(x + 2 * (least(i, there - 1) * n + k), n - k);
            re[i] = v.re, im[i] = v.im;
        }
        exchange<T, int(width / 2)>(re), exchange<T, int(width / 2)>(im);
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) store(z.row(k + i), Complex<T>{re[i], im[i]});
    }
}

template <class T>
void scatter_complex(Plane<const T> z, Index n, Index there, T* y) {
    constexpr Index width = count<T>;
    for (Index k = 0; k < n; k += width) {
        Lanes<T> re[width], im[width];
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) {
            const auto v = load(z.row(k + i));
            re[i] = v.re, im[i] = v.im;
        }
        exchange<T, int(width / 2)>(re), exchange<T, int(width / 2)>(im);
        for (Index i = 0; i < least(there, width); ++i)
            store_pairs(y + 2 * (i * n + k), Complex<T>{re[i], im[i]}, n - k);
    }
}

template <class T>
void gather_real(const T* x, Index n, Index there, T* column, Index pitch) {
    constexpr Index width = count<T>;
    for (Index k = 0; k < n; k += width) {
        Lanes<T> rows[width];
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) {
            const T* row = x + least(i, there - 1) * n + k;
            rows[i] = k + width <= n ? load(row) : load_first(row, n - k);
        }
        exchange<T, int(width / 2)>(rows);
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) store(column + (k + i) * pitch, rows[i]);
    }
}

template <class T>
void scatter_real(const T* column, Index pitch, Index n, Index there, T* y) {
    constexpr Index width = count<T>;
    for (Index k = 0; k < n; k += width) {
        Lanes<T> rows[width];
#pragma GCC unroll 16
        for (Index i = 0; i < width; ++i) rows[i] = load(column + (k + i) * pitch);
        exchange<T, int(width / 2)>(rows);
        for (Index i = 0; i < least(there, width); ++i) {
            T* row = y + i * n + k;
            k + width <= n ? store(row, rows[i]) : store_first(row, rows[i], n - k);
        }
    }
}

// ---- the transforms ----------------------------------------------------------------------------------------------

template <class T>
SUBBAND_INLINE void transform_columns(Plane<T> z, Index n, bool inverse, const Steps<T>& steps, T* work) {
    const Plane<T> parts = inverse ? swapped(z) : z;
    columns<T>(parts, parts, n, count<T>, steps, work);
}

/// y ← the transforms of `rows` rows of n complex numbers, inverse ones times n; both may be one.
template <class T>
void transform_rows(const T* x, T* y, Index rows, Index n, bool inverse, const Steps<T>& steps, T* work) {
    const Work<T> w(work, n);
    for (Index row = 0; row < rows; row += count<T>) {
        gather_complex(x + 2 * row * n, n, rows - row, w.lines);
        transform_columns(w.lines, n, inverse, steps, w.passes);
        scatter_complex<T>(w.lines, n, rows - row, y + 2 * row * n);
    }
}

/// y ← the same of long rows, one at a time in four steps; `work` has a row in front of what these need.
template <class T>
void transform_long_rows(const T* x, T* y, Index rows, bool inverse, const Sequence<T>& s, T* work) {
    constexpr Index width = count<T>;
    const Index n = s.rows * s.cols, gap = whole(n, width) + width;
    const Plane<T> z{work, gap, 0}, parts = inverse ? swapped(z) : z;
    for (Index row = 0; row < rows; ++row) {
        for (Index k = 0; k < n; k += width) store(z.from(k), load_pairs(x + 2 * (row * n + k), n - k));
        transform<T>(parts, parts, s, work + 2 * gap);
        for (Index k = 0; k < n; k += width)
            store_pairs(y + 2 * (row * n + k), load(Plane<const T>(z.from(k))), n - k);
    }
}

/// x ← the transforms down the columns of `planes` planes of n × m complex numbers, inverse ones times n.
template <class T>
void transform_planes(T* x, Index planes, Index n, Index m, bool inverse, const Steps<T>& steps, T* work) {
    const Work<T> w(work, n);
    for (Index plane = 0; plane < planes; ++plane)
        for (Index j = 0; j < m; j += count<T>) {
            T* const first = x + 2 * (plane * n * m + j);
            for (Index k = 0; k < n; ++k) store(w.lines.row(k), load_pairs(first + 2 * k * m, m - j));
            transform_columns(w.lines, n, inverse, steps, w.passes);
            for (Index k = 0; k < n; ++k)
                store_pairs(first + 2 * k * m, load(Plane<const T>(w.lines.row(k))), m - j);
        }
}

/// y ← the bins 0 … n/2 of the transforms of `rows` rows of n real numbers.
///
/// `steps` are those of n/2 for even n, and `turns` the cosines and sines of 2πk/n for k ≤ n/4; of n for odd n.
template <class T>
void transform_real_rows(const T* x, T* y, Index rows, Index n, const Steps<T>& steps, const T* turns, T* work) {
    const bool halved = n % 2 == 0;
    const Index length = halved ? n / 2 : n, bins = n / 2 + 1;
    const Work<T> w(work, length);
    const Plane<T> z = w.lines, b{w.passes, z.gap, z.pitch};
    for (Index row = 0; row < rows; row += count<T>) {
        const Index there = rows - row;
        const T* const from = x + row * n;
        if (halved) {
            gather_complex(from, length, there, z);
        } else {
            gather_real(from, n, there, z.real, z.pitch);
            for (Index k = 0; k < n; ++k) store(z.row(k).real + z.gap, zeros<T>());
        }
        transform_columns(z, length, false, steps, w.passes);
        if (halved)
            for (Index k = 0; 2 * k <= length; ++k) {
                const auto p = load(Plane<const T>(z.row(k))), q = load(Plane<const T>(z.row(k ? length - k : 0)));
                const Complex<T> e{T(0.5) * (p.re + q.re), T(0.5) * (p.im - q.im)};
                const Complex<T> o{T(0.5) * (p.im + q.im), T(0.5) * (q.re - p.re)};
                const auto turned = o.turned(turns[2 * k], -turns[2 * k + 1]);
                store(b.row(k), e + turned);
                const auto other = e - turned;
                store(b.row(length - k), Complex<T>{other.re, -other.im});
            }
        scatter_complex<T>(halved ? b : z, bins, there, y + 2 * row * bins);
    }
}

/// y ← n times the real rows that have these bins 0 … n/2; imaginary parts of bins 0 and n/2 count as 0.
template <class T>
void transform_half_rows(const T* x, T* y, Index rows, Index n, const Steps<T>& steps, const T* turns, T* work) {
    const bool halved = n % 2 == 0;
    const Index length = halved ? n / 2 : n, bins = n / 2 + 1;
    const Work<T> w(work, length);
    const Plane<T> z = w.lines, b{w.passes, z.gap, z.pitch};
    for (Index row = 0; row < rows; row += count<T>) {
        const Index there = rows - row;
        T* const into = y + row * n;
        gather_complex(x + 2 * row * bins, bins, there, b);
        store(b.real + b.gap, zeros<T>());
        if (halved) store(b.row(length).real + b.gap, zeros<T>());
        for (Index k = 0; 2 * k <= length; ++k) {
            const auto p = load(Plane<const T>(b.row(k)));
            if (!halved) {
                store(z.row(k), p);
                if (k) store(z.row(n - k), Complex<T>{p.re, -p.im});
                continue;
            }
            const auto q = load(Plane<const T>(b.row(length - k)));
            const Complex<T> e{p.re + q.re, p.im - q.im};
            const auto o = Complex<T>{p.re - q.re, p.im + q.im}.turned(turns[2 * k], turns[2 * k + 1]);
            store(z.row(k), Complex<T>{e.re - o.im, e.im + o.re});
            if (k) store(z.row(length - k), Complex<T>{e.re + o.im, o.re - e.im});
        }
        transform_columns(z, length, true, steps, w.passes);
        if (halved)
            scatter_complex<T>(z, length, there, into);
        else
            scatter_real<T>(z.real, z.pitch, n, there, into);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
