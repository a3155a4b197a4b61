// Cascades over one axis.
//
// Siblings are computed two at a time, so that their real moduli go through one complex transform. A filter's
// spectrum is read only where it isn't negligible, and its product folds as it is made; the average is taken where
// output is wanted, in time, so that it needs no transform.
#pragma once

#include "../fourier/sequence.h"
#include "../moves.h"
#include "line_tables.h"

namespace subband::SUBBAND_INSTRUCTIONS::line {

// ---- sequences -------------------------------------------------------------------------------------------

/// Margins ← the sequence, periodically.
template <class T>
SUBBAND_INLINE void surround(T* u, Index n, Index margin) {
    for (Index i = 0; i < margin; ++i) u[i] = u[n + i];
    for (Index i = 0; i < margin; ++i) u[margin + n + i] = u[margin + i];
}

template <class T>
SUBBAND_INLINE void clear(T* u, Index n) {
    for (Index i = 0; i < n; ++i) u[i] = 0;
}

// ---- convolutions and their moduli -----------------------------------------------------------------------

/// As `multiply`, where registers of x don't fold onto registers of y.
template <class T>
void multiply_singly(Plane<const T> x, Index n, const LineFilters<T>& filters, Index filter, Plane<T> y, Index m) {
    constexpr Index width = count<T>;
    const Index *ends = filters.ends + filter, last = ends[(n + width - 1) / width];
    clear(y.real, m), clear(y.real + y.gap, m);
    for (Index entry = ends[0]; entry < last; ++entry) {
        const Index offset = filters.offsets[entry];
        for (Index i = 0; i < least(width, n - offset); ++i) {
            const T b = filters.registers[entry * width + i];
            const T* value = x.real + offset + i;
            T* sum = y.real + (offset + i) % m;
            sum[0] += b * value[0], sum[y.gap] += b * value[x.gap];
        }
    }
}

/// y ← the product of a spectrum and a filter's, folded from n to m frequencies.
template <class T>
void multiply(Plane<const T> x, Index n, const LineFilters<T>& filters, Index filter, Plane<T> y, Index m) {
    constexpr Index width = count<T>;
    if (m % width) return multiply_singly(x, n, filters, filter, y, m);
    const Index* ends = filters.ends + filter;
    Index entry = *ends;
    for (Index k = 0; k < m; k += width) {
        auto re = zeros<T>(), im = re;
        for (++ends; entry < *ends; ++entry) {
            const auto b = load(filters.registers + entry * width);
            const auto v = load(x.from(filters.offsets[entry]));
            re += b * v.re, im += b * v.im;
        }
        store(y.from(k), Complex<T>{re, im});
    }
}

/// z ← ↓(x ⋆ ψ), times the samples of x, from the spectrum of x.
template <class T>
void convolve(Plane<const T> spectrum, const LineTables<T>& t, const LineStep& step, Index filter, Plane<T> z,
              T* work) {
    const LineResolution<T>& after = t.resolutions[step.after];
    multiply(spectrum, t.resolutions[step.before].length, t.filters, filter, z, after.length);
    transform<T>(swapped(z), swapped(z), after.transform, work);
}

/// u ← scale · |z|, with margins.
template <class T>
void modulus(Plane<const T> z, T scale, const LineResolution<T>& r, T* u) {
    constexpr Index width = count<T>;
    T* y = u + r.margin;
    const auto at = [&](Index i) {
        const auto v = load(z.from(i));
        return scale * root(v.re * v.re + v.im * v.im);
    };
    Index i = 0;
    for (; i + width <= r.length; i += width) store(y + i, at(i));
    // Behind the last sample anything may be, also what is not finite.
    if (i < r.length) store_first(y + i, at(i), r.length - i);
    surround(u, r.length, r.margin);
}

// ---- the average -----------------------------------------------------------------------------------------

/// out ← count outputs of the average, four at a time.
template <class T>
void average(const T* u, const LineAverage<T>& a, T* out, Index number) {
    constexpr Index width = count<T>;
    const Index hop = a.hop;
    u += a.first;
    Index o = 0;
    for (; o + 4 <= number; o += 4, u += 4 * hop) {
        auto y = zeros<T>(), y1 = y, y2 = y, y3 = y;
        for (Index j = 0; j < a.taps; j += width) {
            const auto w = load(a.weights + j);
            const T* v = u + j;
            y += w * load(v), y1 += w * load(v + hop), y2 += w * load(v + 2 * hop), y3 += w * load(v + 3 * hop);
        }
        out[o] = total(y), out[o + 1] = total(y1), out[o + 2] = total(y2), out[o + 3] = total(y3);
    }
    for (; o < number; ++o, u += hop) {
        auto y = zeros<T>();
        for (Index j = 0; j < a.taps; j += width) y += load(a.weights + j) * load(u + j);
        out[o] = total(y);
    }
}

// ---- two real sequences in one transform -----------------------------------------------------------------

template <class T>
struct Pair {
    Plane<T> a, b;
};

/// The spectra of both real sequences of u from that of their sum, A = (Z + Z′) / 2, B = (Z − Z′) / 2i,
/// Z′[k] = Z[−k]*.
template <class T>
void spectra(Plane<const T> u, const LineResolution<T>& r, Plane<T> z, Pair<T> y, T* work) {
    constexpr Index width = count<T>;
    const T half = T(0.5);
    const Index n = r.length, whole = n - n % width;
    transform(u.from(r.margin), z, r.transform, work);
    z.real[n] = z.real[0], z.real[z.gap + n] = z.real[z.gap];
    for (Index k = 0; k < whole; k += width) {
        const auto v = load(Plane<const T>(z.from(k))), w = load(Plane<const T>(z.from(n - k - width + 1)));
        const auto re = reverse(w.re), im = reverse(w.im);
        store(y.a.from(k), Complex<T>{half * (v.re + re), half * (v.im - im)});
        store(y.b.from(k), Complex<T>{half * (v.im + im), half * (re - v.re)});
    }
    for (Index k = whole; k < n; ++k) {
        const T *v = z.real + k, *w = z.real + n - k;
        T *a = y.a.real + k, *b = y.b.real + k;
        a[0] = half * (v[0] + w[0]), a[y.a.gap] = half * (v[z.gap] - w[z.gap]);
        b[0] = half * (v[z.gap] + w[z.gap]), b[y.b.gap] = half * (w[0] - v[0]);
    }
}

// ---- the tree --------------------------------------------------------------------------------------------

/// The tables, and the memory of one thread, by what is in it.
template <class T>
struct Line {
    const LineTables<T>& t;
    const LineMemory<T>& m;

    Plane<T> sequence(T* first, Index place) const { return {first + 2 * m.gap * place, m.gap, 0}; }
    Plane<T> convolution(Index slot) const { return sequence(m.pair, slot); }
    Plane<T> held(T* all, const LineStep& step, const LineMember& member) const {
        return {all + member.held, gap_of(resolution(step.after).length, count<T>), 0};
    }
    Plane<T> spectrum(Index generation, Index slot) const { return sequence(m.spectra, 2 * generation + slot); }
    T* real(Index slot) const { return m.real + slot * m.half; }

    const LineResolution<T>& resolution(Index s) const { return t.resolutions[s]; }
    T scale(const LineStep& step) const { return T(1) / T(resolution(step.before).length); }

    /// Both real sequences ← the padded signal and zeros; and their spectra.
    void begin(const T* x) const {
        const LineResolution<T>& r = resolution(0);
        T* u = real(0) + r.margin;
        for (Index i = 0; i < r.length; ++i) u[i] = t.source[i] >= 0 ? x[t.source[i]] : 0;
        surround(real(0), r.length, r.margin);
        clear(real(1), m.half);
        to_spectra(0, 0);
    }

    /// out ← the average of the signal, once `begin` is done.
    void average_signal(T* out) const {
        average(real(0), resolution(0).average, out, t.out);
        // As where transforms average, a sample that is not finite leaves no output finite.
        const T spread = T(0) * spectrum(0, 0).real[0];
        for (Index o = 0; o < t.out; ++o) out[o] += spread;
    }

    /// The spectra of a generation ← the real sequences at a resolution.
    void to_spectra(Index generation, Index s) const {
        spectra<T>({m.real, m.half, 0}, resolution(s), convolution(0),
                   {spectrum(generation, 0), spectrum(generation, 1)}, m.work);
    }

    /// z ← the convolution of one member of a step.
    void convolve(const LineStep& step, const LineMember& member, Plane<T> z) const {
        line::convolve<T>(spectrum(step.generation, step.slot), t, step, member.filter, z, m.work);
    }

    /// The spectra of the next generation ← the moduli of a step.
    void descend(const LineStep& step) const {
        if (step.members == 1) clear(real(1), m.half);
        to_spectra(step.generation + 1, step.after);
    }

    /// Steps first … last − 1, once `begin` is done; take(step, slot, member, z) takes each convolution.
    ///
    /// Where a step is `deeper`, it puts the modulus into `real(slot)`. The convolutions stay in `all`, if there is
    /// room.
    template <class F>
    void walk(Index first, Index last, F take, T* all = nullptr) const {
        for (const LineStep* step = t.steps + first; step < t.steps + last; ++step) {
            for (Index slot = 0; slot < step->members; ++slot) {
                const LineMember& member = t.members[step->member + slot];
                const Plane<T> z = all ? held(all, *step, member) : convolution(slot);
                convolve(*step, member, z);
                take(*step, slot, member, z);
            }
            if (step->deeper) descend(*step);
        }
    }
};

/// Averages of the moduli of all nodes, the first those of the signal: x (·, samples) → out (·, rows, out).
template <class T>
void forward(const T* x, T* out, LineHeld<T> held, const LineTables<T>& t, const LineMemory<T>& m,
             const LineWork& work) {
    const Line<T> line{t, m};
    for (Index item = work.start; item < work.stop; ++item) {
        const Index signal = item / work.parts, part = item % work.parts;
        T* rows = out + signal * t.rows * t.out;
        line.begin(x + signal * work.samples);
        if (part == 0) line.average_signal(rows);
        const Index first = t.parts[part], last = t.parts[work.parts > 1 ? part + 1 : t.part_count];
        const auto take = [&](const LineStep& step, Index slot, const LineMember& member, Plane<T> z) {
            const LineResolution<T>& r = line.resolution(step.after);
            modulus<T>(z, line.scale(step), r, line.real(slot));
            average(line.real(slot), r.average, rows + member.row * t.out, t.out);
        };
        line.walk(first, last, take, held.of(signal, t.held));
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS::line
