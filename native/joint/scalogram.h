// The scalogram and its filtering over time: the first half of joint scattering.
#pragma once

#include "../cascade/line.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS::joint {

/// y ← scale · x for n numbers; nothing else is written.
template <class T>
SUBBAND_INLINE void scaled(const T* x, T scale, T* y, Index n) {
    constexpr Index width = count<T>;
    Index i = 0;
    for (; i + width <= n; i += width) store(y + i, scale * load(x + i));
    if (i < n) store_first(y + i, scale * load_first(x + i, n - i), n - i);
}

/// Real and imaginary parts, one behind the other, of a sequence that repeats after n samples.
template <class T>
void keep(Plane<const T> z, T scale, Index n, const Kept& kept, T* y) {
    for (Index done = 0, t = (kept.first % n + n) % n; done < kept.total; t = 0) {
        const Index run = least(kept.total - done, n - t);
        T* to = y + kept.offset + done;
        scaled(z.real + t, scale, to, run), scaled(z.real + z.gap + t, scale, to + kept.total, run);
        done += run;
    }
}

/// Steps first … last − 1 for one signal: averages of U₁ → smooth (·, out), and what is `kept` of Y₂ = U₁ ⋆ ψ₂ → y.
template <class T>
void scalogram(const T* x, const LineTables<T>& t, const LineMemory<T>& m, Index first, Index last, const Kept* kept,
               T* y, T* smooth) {
    const line::Line<T> one{t, m};
    one.begin(x);
    if (first == 0) one.average_signal(smooth);
    one.walk(first, last, [&](const LineStep& step, Index slot, const LineMember& member, Plane<T> z) {
        const LineResolution<T>& r = one.resolution(step.after);
        if (step.generation) return keep<T>(z, one.scale(step), r.length, kept[member.row - 1], y);
        line::modulus<T>(z, one.scale(step), r, one.real(slot));
        line::average(one.real(slot), r.average, smooth + member.row * t.out, t.out);
    });
}

}  // namespace subband::SUBBAND_INSTRUCTIONS::joint
