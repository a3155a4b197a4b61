// Transforms of several lines at once, each pass through all of them: short lines share what it costs to begin a pass.
#pragma once

#include "columns.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Lines `step` numbers apart.
template <class P>
struct Several {
    P first;
    Index step;

    SUBBAND_INLINE P operator[](Index i) const { return first.from(i * step); }
};

template <int R, class T>
void pass_lines(Several<Plane<const T>> x, Several<Plane<T>> y, Index lines, Index m, Index s, const T* w) {
    for (Index line = 0; line < lines; ++line) {
        const Plane<const T> from = x[line];
        const Plane<T> to = y[line];
        const T* factors = w;
        for (Index p = 0; p < m; ++p, factors += 2 * (R - 1))
            for (Index q = 0; q < s; ++q)
                transform(Radix<R>{}, from.row(s * p + q), m * s, to.row(s * R * p + q), s, Turns<T>{factors});
    }
}

template <int R, class T, class Y>
void last_pass_lines(Several<Plane<const T>> x, Several<Y> y, Index lines, Index s) {
    for (Index line = 0; line < lines; ++line) {
        const Plane<const T> from = x[line];
        const Y to = y[line];
        for (Index q = 0; q < s; ++q) transform(Radix<R>{}, from.row(q), s, to.row(q), s, NoTurns<T>{});
    }
}

/// A pass before the last; returns the next one's factors.
template <class T>
const T* some_pass(Several<Plane<const T>> x, Several<Plane<T>> y, Index lines, Index n, Index s, Index r,
                   const T* w) {
    const Index m = n / r;
    switch (r) {
        case 2: pass_lines<2>(x, y, lines, m, s, w); break;
        case 3: pass_lines<3>(x, y, lines, m, s, w); break;
        case 4: pass_lines<4>(x, y, lines, m, s, w); break;
        case 5: pass_lines<5>(x, y, lines, m, s, w); break;
        case 6: pass_lines<6>(x, y, lines, m, s, w); break;
        case 8: pass_lines<8>(x, y, lines, m, s, w); break;
        default: {
            const T* next = w;
            for (Index line = 0; line < lines; ++line) next = some_pass(x[line], y[line], n, s, r, w);
            return next;
        }
    }
    return w + 2 * (r - 1) * m;
}

template <class T, class Y>
void some_last_pass(Several<Plane<const T>> x, Several<Y> y, Index lines, Index s, Index r) {
    switch (r) {
        case 1: return last_pass_lines<1>(x, y, lines, s);
        case 2: return last_pass_lines<2>(x, y, lines, s);
        case 3: return last_pass_lines<3>(x, y, lines, s);
        case 4: return last_pass_lines<4>(x, y, lines, s);
        case 5: return last_pass_lines<5>(x, y, lines, s);
        case 6: return last_pass_lines<6>(x, y, lines, s);
        case 8: return last_pass_lines<8>(x, y, lines, s);
    }
}

/// How many lines of n complex registers each are transformed at once, so that they stay in the first-level cache.
SUBBAND_INLINE Index lines_at_once(Index n) { return most(1, AT_ONCE / n); }

/// y ← the transforms of x, both with `count` lines of n registers; both may be one.
///
/// `work` has room for 4 n registers for each of the lines at once.
template <class T, class Y>
void transform_lines(Several<Plane<const T>> x, Several<Y> y, Index n, Index count, const Steps<T>& steps, T* work) {
    constexpr Index width = SUBBAND_INSTRUCTIONS::count<T>;
    const Index together = lines_at_once(n), step = 2 * width * n;
    const Several<Plane<T>> first{{work, width, 2 * width}, step}, second{first[together], step};
    for (Index start = 0; start < count; start += together) {
        const Index lines = least(together, count - start);
        Several<Plane<const T>> from{x[start], x.step};
        const T* w = steps.twiddles;
        Index length = n, stride = 1;
        for (Index k = 0; k < steps.passes - 1; ++k) {
            const Several<Plane<T>> into = k % 2 ? first : second;
            const Index r = steps.radices[k];
            w = some_pass(from, into, lines, length, stride, r, w);
            length /= r, stride *= r;
            from = {into.first, into.step};
        }
        some_last_pass(from, Several<Y>{y[start], y.step}, lines, stride, length);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
