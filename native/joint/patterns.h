// Filtering over log-frequency, moduli and averages: the second half of joint scattering.
//
// Time lies across the lanes of a register, a segment of the signal in each. For a few samples at a time all rows
// over log-frequency are computed, and only moments of their moduli are kept: nothing of the transform between its
// two filterings and its average is written to memory. Both spins, which are conjugates, share every product.
#pragma once

#include "../fourier/columns.h"
#include "../transpose.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS::joint {

/// Registers of real and imaginary parts in turn, SAMPLES pairs for each filter of order 1.
template <class T>
SUBBAND_INLINE Plane<T> sample(T* samples, Index filter, Index v) {
    return {samples + 2 * (filter * SAMPLES + v) * count<T>, count<T>, 2 * SAMPLES * count<T>};
}

/// Samples s … s + SAMPLES − 1 of each segment, one number after the other; beyond the last one, zeros.
template <class T>
void gather_singly(const T* y, const PatternTables<T>& t, Index s, T* samples) {
    for (Index lane = 0; lane < count<T>; ++lane) {
        const Index start = s + lane * t.segment, there = most(0, least(SAMPLES, t.samples - start));
        for (Index filter = 0; filter < t.seen; ++filter)
            for (Index part = 0; part < 2; ++part) {
                const T* x = y + (2 * filter + part) * t.samples + start;
                T* to = sample(samples, filter, 0).real + part * count<T> + lane;
                for (Index v = 0; v < SAMPLES; ++v) to[2 * v * count<T>] = v < there ? x[v] : 0;
            }
    }
}

/// Samples s … s + SAMPLES − 1 of each segment of Y₂ (seen, 2, samples).
template <class T>
void gather(const T* y, const PatternTables<T>& t, Index s, T* samples) {
    constexpr Index width = count<T>;
    if (s + (width - 1) * t.segment + most(width, SAMPLES) > t.samples) return gather_singly(y, t, s, samples);
    // Where a register has more lanes than SAMPLES, a square goes on into the next filter's, which come later.
    for (Index filter = 0; filter < t.seen; ++filter)
        for (Index part = 0; part < 2; ++part)
            for (Index v = 0; v < SAMPLES; v += width)
                transpose(y + (2 * filter + part) * t.samples + s + v, t.segment,
                          sample(samples, filter, v).real + part * width, 2 * width);
}

template <class T>
SUBBAND_INLINE Lanes<T> modulus(Lanes<T> re, Lanes<T> im) {
    return root(re * re + im * im);
}

/// Sums of samples times the real, and times the imaginary parts of weights.
template <class T>
struct Spins {
    Complex<T> g{zeros<T>(), zeros<T>()}, h = g;

    SUBBAND_INLINE void add(T re, T im, Complex<T> v) {
        g.re += re * v.re, g.im += re * v.im, h.re += im * v.re, h.im += im * v.im;
    }
    SUBBAND_INLINE Lanes<T> rising() const { return modulus(g.re - h.im, g.im + h.re); }
    SUBBAND_INLINE Lanes<T> falling() const { return modulus(g.re + h.im, g.im - h.re); }
};

/// u[v], d[v] ← |Σ (g + ih) x|, |Σ (g − ih) x| for SAMPLES samples x, two at a time: eight sums are in the making.
template <class T>
void both_spins(T* samples, const PatternRow& row, const T* weights, T* u, T* d) {
    constexpr Index width = count<T>;
    for (Index v = 0; v < SAMPLES; v += 2) {
        Plane<const T> x = sample(samples, row.first, v);
        Spins<T> one, two;
        for (Index k = 0; k < row.taps; ++k, x = x.row(1)) {
            const T re = weights[2 * k], im = weights[2 * k + 1];
            one.add(re, im, load(x)), two.add(re, im, load(x.from(2 * width)));
        }
        store(u + v * width, one.rising()), store(u + (v + 1) * width, two.rising());
        store(d + v * width, one.falling()), store(d + (v + 1) * width, two.falling());
    }
}

/// u[v] ← |Σ g x| for SAMPLES samples x, four at a time.
template <class T>
void no_spin(T* samples, const PatternRow& row, const T* weights, T* u) {
    constexpr Index width = count<T>;
    for (Index v = 0; v < SAMPLES; v += 4) {
        Plane<const T> x = sample(samples, row.first, v);
        Complex<T> a{zeros<T>(), zeros<T>()}, b = a, c = a, d = a;
        for (Index k = 0; k < row.taps; ++k, x = x.row(1)) {
            const T g = weights[2 * k];
            a = a + g * load(x), b = b + g * load(x.from(2 * width));
            c = c + g * load(x.from(4 * width)), d = d + g * load(x.from(6 * width));
        }
        store(u + v * width, modulus(a.re, a.im)), store(u + (v + 1) * width, modulus(b.re, b.im));
        store(u + (v + 2) * width, modulus(c.re, c.im)), store(u + (v + 3) * width, modulus(d.re, d.im));
    }
}

/// sums ← sums + the moduli of SAMPLES samples times each moment's weights.
template <class T>
void take_moments(const T* u, const T* moments, Index terms, T* sums) {
    constexpr Index n = count<T>;
    static_assert(SAMPLES == 8);
    const auto a = load(u), b = load(u + n), c = load(u + 2 * n), d = load(u + 3 * n);
    const auto e = load(u + 4 * n), f = load(u + 5 * n), g = load(u + 6 * n), h = load(u + 7 * n);
    for (Index p = 0; p < terms; ++p, ++moments, sums += n) {
        const T* w = moments;
        auto one = load(sums) + w[0] * a + w[terms] * b + w[2 * terms] * c + w[3 * terms] * d;
        w += 4 * terms;
        store(sums, one + (w[0] * e + w[terms] * f + w[2 * terms] * g + w[3 * terms] * h));
    }
}

/// Each frame that a cell meets takes its share of a block's moments, which then begin anew.
template <class T>
void share_out(T* sums, const T* shares, const PatternTables<T>& t, T* frames) {
    constexpr Index width = count<T>;
    for (Index d = 0; d < t.met; ++d, shares += t.terms, frames += width) {
        auto sum = load(frames);
        for (Index p = 0; p < t.terms; ++p) sum += shares[p] * load(sums + p * width);
        store(frames, sum);
    }
    for (Index p = 0; p < t.terms; ++p) store(sums + p * width, zeros<T>());
}

/// averaged (computed, frames) ← averaged + |Y₂ ⋆_λ ψ| ⋆ φ for all rows, from Y₂ (seen, 2, samples).
///
/// All memory is zeros at first.
template <class T>
void patterns(const T* y, const PatternTables<T>& t, const PatternMemory<T>& m, T* averaged) {
    constexpr Index width = count<T>;
    const Index pitch = (t.ahead + t.met) * width, sums_pitch = t.terms * width;
    for (Index s = 0; s < t.segment; s += SAMPLES) {
        const Index within = s % t.cell;
        const T* moments = t.moments + within % t.block * t.terms;
        T *sums = m.sums, *up = m.moduli, *down = m.moduli + SAMPLES * width;
        gather(y, t, s, m.samples);
        for (const PatternRow* row = t.rows; row < t.rows + t.row_count; ++row) {
            if (row->both)
                both_spins(m.samples, *row, t.weights + row->weights, up, down);
            else
                no_spin(m.samples, *row, t.weights + row->weights, up);
            take_moments(up, moments, t.terms, sums), sums += sums_pitch;
            if (row->both) take_moments(down, moments, t.terms, sums), sums += sums_pitch;
        }
        if ((within + SAMPLES) % t.block) continue;
        const T* shares = t.shares + within / t.block * t.met * t.terms;
        for (Index row = 0; row < t.computed; ++row)
            share_out(m.sums + row * sums_pitch, shares, t, m.frames + row * pitch + s / t.cell * t.step * width);
    }
    // Frames at the seams of two segments have a part in either.
    for (Index row = 0; row < t.computed; ++row)
        for (Index lane = 0; lane < width; ++lane)
            for (Index q = 0; q < most(1, t.ahead + t.met - t.step); ++q) {
                const Index frame = lane * t.ahead + q - t.met + t.step;
                if (0 <= frame && frame < t.frames)
                    averaged[row * t.frames + frame] += m.frames[row * pitch + q * width + lane];
            }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS::joint
