// Discrete Fourier transforms down the columns of a plane, a register of columns at a time.
//
// Each pass of the Stockham form (Swarztrauber, "FFT algorithms for vector computers", Parallel Computing 1, 1984)
// parts transforms of length n = r m into r times as many of length m,
//
//     y[q + s(r p + k)] = ωₙ^{kp} Σⱼ x[q + s(p + j m)] ω_r^{jk},   ωₙ = exp(−2πi/n),   p < m, q < s, k < r
//
// and leaves them in order, so nothing is reversed at the end. The passes of one register of columns stay in the
// first-level cache. A plane read and written from its imaginary parts, with a negative gap, gives the inverse, times n.
#pragma once

#include "../lanes.h"
#include "steps.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Complex numbers in rows: real parts, their imaginary parts `gap` numbers behind, rows `pitch` numbers apart.
template <class T>
struct Plane {
    T* real;
    Index gap, pitch;

    SUBBAND_INLINE Plane from(Index i) const { return {real + i, gap, pitch}; }
    SUBBAND_INLINE Plane row(Index i) const { return from(i * pitch); }
    SUBBAND_INLINE operator Plane<const T>() const { return {real, gap, pitch}; }
};

/// A register of complex numbers.
template <class T>
struct Complex {
    Lanes<T> re, im;

    friend SUBBAND_INLINE Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
    friend SUBBAND_INLINE Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
    friend SUBBAND_INLINE Complex operator*(T c, Complex a) { return {c * a.re, c * a.im}; }

    /// Times c + i s.
    SUBBAND_INLINE Complex turned(T c, T s) const { return {re * c - im * s, re * s + im * c}; }
    /// Times −i.
    SUBBAND_INLINE Complex turned_back() const { return {im, -re}; }
};

template <class T>
SUBBAND_INLINE Complex<T> load(Plane<const T> p) {
    return {load(p.real), load(p.real + p.gap)};
}

template <class T>
SUBBAND_INLINE void store(Plane<T> p, Complex<T> v) {
    store(p.real, v.re), store(p.real + p.gap, v.im);
}

/// The factors ωₙ^{kp}, k = 1 … r − 1, of one p.
template <class T>
struct Turns {
    const T* w;
    SUBBAND_INLINE Complex<T> apply(Complex<T> v, Index k) const { return v.turned(w[2 * k - 2], w[2 * k - 1]); }
};

/// No factors, in the last pass.
template <class T>
struct NoTurns {
    SUBBAND_INLINE Complex<T> apply(Complex<T> v, Index) const { return v; }
};

template <class T>
struct Three {
    Complex<T> a, b, c;
};

/// The transform of three numbers.
template <class T>
SUBBAND_INLINE Three<T> three(Complex<T> a, Complex<T> b, Complex<T> c) {
    const auto s = b + c, d = T(SIN3) * (b - c).turned_back(), m = a - T(0.5) * s;
    return {a + s, m + d, m - d};
}

template <class T>
struct Four {
    Complex<T> a, b, c, d;
};

/// The transform of four numbers.
template <class T>
SUBBAND_INLINE Four<T> four(Complex<T> a, Complex<T> b, Complex<T> c, Complex<T> d) {
    const auto p = a + c, q = a - c, u = b + d, v = (b - d).turned_back();
    return {p + u, q + v, p - u, q - v};
}

// Each `radix` reads r rows, `leap` rows apart, and writes their transform, times the factors, to r rows of y.

template <int R>
struct Radix {};

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<1>, Plane<const T> x, Index, Y y, Index, W) {
    store(y, load(x));
}

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<2>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto a = load(x), b = load(x.row(leap));
    store(y, a + b), store(y.row(step), w.apply(a - b, 1));
}

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<3>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto v = three(load(x), load(x.row(leap)), load(x.row(2 * leap)));
    store(y, v.a), store(y.row(step), w.apply(v.b, 1)), store(y.row(2 * step), w.apply(v.c, 2));
}

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<4>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto v = four(load(x), load(x.row(leap)), load(x.row(2 * leap)), load(x.row(3 * leap)));
    store(y, v.a), store(y.row(step), w.apply(v.b, 1));
    store(y.row(2 * step), w.apply(v.c, 2)), store(y.row(3 * step), w.apply(v.d, 3));
}

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<5>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto a = load(x), b = load(x.row(leap)), c = load(x.row(2 * leap));
    const auto d = load(x.row(3 * leap)), e = load(x.row(4 * leap));
    const auto s = b + e, t = c + d, u = (b - e).turned_back(), v = (c - d).turned_back();
    const auto m = a + T(COS51) * s + T(COS52) * t, n = a + T(COS52) * s + T(COS51) * t;
    const auto f = T(SIN51) * u + T(SIN52) * v, g = T(SIN52) * u - T(SIN51) * v;
    store(y, a + s + t), store(y.row(step), w.apply(m + f, 1)), store(y.row(2 * step), w.apply(n + g, 2));
    store(y.row(3 * step), w.apply(n - g, 3)), store(y.row(4 * step), w.apply(m - f, 4));
}

/// Two by three with no factors between them: j = 3a + 2b, k = 3c + 4d modulo 6 (Good's prime factor map).
template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<6>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto a = load(x), b = load(x.row(leap)), c = load(x.row(2 * leap));
    const auto d = load(x.row(3 * leap)), e = load(x.row(4 * leap)), f = load(x.row(5 * leap));
    const auto p = three(a + d, c + f, e + b), t = three(a - d, c - f, e - b);
    store(y, p.a), store(y.row(step), w.apply(t.b, 1)), store(y.row(2 * step), w.apply(p.c, 2));
    store(y.row(3 * step), w.apply(t.a, 3)), store(y.row(4 * step), w.apply(p.b, 4));
    store(y.row(5 * step), w.apply(t.c, 5));
}

template <class T, class Y, class W>
SUBBAND_INLINE void transform(Radix<8>, Plane<const T> x, Index leap, Y y, Index step, W w) {
    const auto e = four(load(x), load(x.row(2 * leap)), load(x.row(4 * leap)), load(x.row(6 * leap)));
    const auto o = four(load(x.row(leap)), load(x.row(3 * leap)), load(x.row(5 * leap)), load(x.row(7 * leap)));
    // The odd half times ω₈, ω₈² and ω₈³.
    const auto b = T(EIGHTH) * (o.b + o.b.turned_back()), c = o.c.turned_back();
    const auto d = T(EIGHTH) * (o.d.turned_back() - o.d);
    store(y, e.a + o.a), store(y.row(step), w.apply(e.b + b, 1));
    store(y.row(2 * step), w.apply(e.c + c, 2)), store(y.row(3 * step), w.apply(e.d + d, 3));
    store(y.row(4 * step), w.apply(e.a - o.a, 4)), store(y.row(5 * step), w.apply(e.b - b, 5));
    store(y.row(6 * step), w.apply(e.c - c, 6)), store(y.row(7 * step), w.apply(e.d - d, 7));
}

/// A prime factor with no code of its own, by the definition; `roots` are the parts of ω_r^k.
template <class T>
SUBBAND_INLINE void transform_by_definition(Index r, const T* roots, Plane<const T> x, Index leap, Plane<T> y, Index step,
                                            Turns<T> w) {
    for (Index k = 0; k < r; ++k) {
        auto sum = load(x);
        for (Index j = 1; j < r; ++j) {
            const T* root = roots + 2 * (j * k % r);
            sum = sum + load(x.row(j * leap)).turned(root[0], root[1]);
        }
        store(y.row(k * step), k ? w.apply(sum, k) : sum);
    }
}

/// The largest prime factor whose pairs of rows are kept.
inline constexpr Index LARGEST_PAIRED = 31;

/// An odd prime factor up to LARGEST_PAIRED, by pairs of rows: ω^{jk} a + ω^{−jk} b = cos (a + b) − i sin (a − b), so that
/// rows k and r − k of the transform share their sums, of real factors.
template <class T>
SUBBAND_INLINE void transform_by_pairs(Index r, const T* roots, Plane<const T> x, Index leap, Plane<T> y, Index step,
                                       Turns<T> w) {
    Complex<T> sums[LARGEST_PAIRED / 2], differences[LARGEST_PAIRED / 2];
    const Index half = r / 2;
    const auto first = load(x);
    auto total = first;
    for (Index j = 0; j < half; ++j) {
        const auto a = load(x.row((j + 1) * leap)), b = load(x.row((r - 1 - j) * leap));
        sums[j] = a + b, differences[j] = (a - b).turned_back();
        total = total + sums[j];
    }
    store(y, total);
    for (Index k = 1; k <= half; ++k) {
        Index turn = k;
        auto even = first + roots[2 * turn] * sums[0], odd = -roots[2 * turn + 1] * differences[0];
        for (Index j = 1; j < half; ++j) {
            turn += k;
            if (turn >= r) turn -= r;
            even = even + roots[2 * turn] * sums[j], odd = odd - roots[2 * turn + 1] * differences[j];
        }
        store(y.row(k * step), w.apply(even + odd, k)), store(y.row((r - k) * step), w.apply(even - odd, r - k));
    }
}

/// One pass of a radix with code of its own; m transforms in each of s.
template <int R, class T>
void pass(Plane<const T> x, Plane<T> y, Index m, Index s, const T* w) {
    for (Index p = 0; p < m; ++p, w += 2 * (R - 1))
        for (Index q = 0; q < s; ++q)
            transform(Radix<R>{}, x.row(s * p + q), m * s, y.row(s * R * p + q), s, Turns<T>{w});
}

/// The last pass: transforms of length R, and no factors.
template <int R, class T, class Y>
void last_pass(Plane<const T> x, Y y, Index s) {
    for (Index q = 0; q < s; ++q) transform(Radix<R>{}, x.row(q), s, y.row(q), s, NoTurns<T>{});
}

/// A pass before the last; returns the next one's factors.
template <class T>
const T* some_pass(Plane<const T> x, Plane<T> y, Index n, Index s, Index r, const T* w) {
    const Index m = n / r;
    switch (r) {
        case 2: pass<2>(x, y, m, s, w); break;
        case 3: pass<3>(x, y, m, s, w); break;
        case 4: pass<4>(x, y, m, s, w); break;
        case 5: pass<5>(x, y, m, s, w); break;
        case 6: pass<6>(x, y, m, s, w); break;
        case 8: pass<8>(x, y, m, s, w); break;
        default: {
            const T* roots = w;
            w += 2 * r;
            for (Index p = 0; p < m; ++p)
                for (Index q = 0; q < s; ++q) {
                    const auto from = x.row(s * p + q);
                    const auto into = y.row(s * r * p + q);
                    const Turns<T> turns{w + 2 * (r - 1) * p};
                    if (r <= LARGEST_PAIRED)
                        transform_by_pairs(r, roots, from, m * s, into, s, turns);
                    else
                        transform_by_definition(r, roots, from, m * s, into, s, turns);
                }
        }
    }
    return w + 2 * (r - 1) * m;
}

template <class T, class Y>
void some_last_pass(Plane<const T> x, Y y, Index s, Index r) {
    switch (r) {
        case 1: return last_pass<1>(x, y, s);
        case 2: return last_pass<2>(x, y, s);
        case 3: return last_pass<3>(x, y, s);
        case 4: return last_pass<4>(x, y, s);
        case 5: return last_pass<5>(x, y, s);
        case 6: return last_pass<6>(x, y, s);
        case 8: return last_pass<8>(x, y, s);
    }
}

/// y ← the transforms of length n down m columns of x; both may be one. Columns that fill the last register go along.
///
/// `work` has room for 4 n registers. y is a plane, or anything else with rows that complex registers are stored to.
template <class T, class Y = Plane<T>>
void columns(Plane<const T> x, Y y, Index n, Index m, const Steps<T>& steps, T* work) {
    constexpr Index width = count<T>;
    const Plane<T> first{work, width, 2 * width}, second = first.row(n);
    for (Index column = 0; column < m; column += width) {
        // From x to work, back and forth within work, and from work to y.
        Plane<const T> from = x.from(column);
        const T* w = steps.twiddles;
        Index length = n, stride = 1;
        for (Index step = 0; step < steps.passes - 1; ++step) {
            const Plane<T> into = step % 2 ? first : second;
            const Index r = steps.radices[step];
            w = some_pass(from, into, length, stride, r, w);
            length /= r, stride *= r;
            from = into;
        }
        some_last_pass(from, y.from(column), stride, length);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
