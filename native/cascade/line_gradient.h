// Gradients of cascades over one axis: the tree walked back.
//
// On the way down each convolution is kept, unless the forward pass held all of them. On the way up the gradient of a
// node's modulus is that of its average plus what its children have gathered; times z / |z| it is the gradient of the
// convolution, and the product with the filter's spectrum adds it to what the parent gathers. No transform is
// normalised: the gradient of an inverse times n is a transform, and that of a transform the inverse times n.
#pragma once

#include "line.h"

namespace subband::SUBBAND_INSTRUCTIONS::line {

/// The transpose of `surround`; the margins are of no use afterwards.
template <class T>
void surround_back(T* u, Index n, Index margin) {
    for (Index i = 0; i < margin; ++i) u[margin + i] += u[margin + n + i];
    for (Index i = 0; i < margin; ++i) u[n + i] += u[i];
}

/// u ← u + the transpose of `average`.
template <class T>
void average_back(const T* given, Index number, const LineAverage<T>& a, T* u) {
    u += a.first;
    for (Index o = 0; o < number; ++o, u += a.hop)
        for (Index j = 0; j < a.taps; j += count<T>) store(u + j, load(u + j) + given[o] * load(a.weights + j));
}

/// y ← scale · u z / |z|, and 0 where z is 0: the gradient of a convolution from that of its modulus.
template <class T>
void modulus_back(T* u, Plane<const T> z, T scale, const LineResolution<T>& r, Plane<T> y) {
    surround_back(u, r.length, r.margin);
    for (Index i = 0; i < r.length; i += count<T>) {
        const auto v = load(z.from(i));
        const auto factor = scale * load(u + r.margin + i) * inverse_root(v.re * v.re + v.im * v.im);
        store(y.from(i), Complex<T>{factor * v.re, factor * v.im});
    }
}

/// As `multiply_back`, where registers of x don't fold onto registers of y.
template <class T>
void multiply_back_singly(Plane<const T> y, Index m, const LineFilters<T>& filters, Index filter, Plane<T> x,
                          Index n) {
    constexpr Index width = count<T>;
    const Index *ends = filters.ends + filter, last = ends[(n + width - 1) / width];
    for (Index entry = ends[0]; entry < last; ++entry) {
        const Index offset = filters.offsets[entry];
        for (Index i = 0; i < least(width, n - offset); ++i) {
            const T b = filters.registers[entry * width + i], *value = y.real + (offset + i) % m;
            T* sum = x.real + offset + i;
            sum[0] += b * value[0], sum[x.gap] += b * value[y.gap];
        }
    }
}

/// x ← x + a filter's spectrum times y, unfolded from m to n frequencies.
template <class T>
void multiply_back(Plane<const T> y, Index m, const LineFilters<T>& filters, Index filter, Plane<T> x, Index n) {
    constexpr Index width = count<T>;
    if (m % width) return multiply_back_singly(y, m, filters, filter, x, n);
    const Index* ends = filters.ends + filter;
    Index entry = *ends;
    for (Index k = 0; k < m; k += width) {
        const auto v = load(y.from(k));
        for (++ends; entry < *ends; ++entry) {
            const auto b = load(filters.registers + entry * width);
            const Plane<T> sum = x.from(filters.offsets[entry]);
            const auto s = load(Plane<const T>(sum));
            store(sum, Complex<T>{s.re + b * v.re, s.im + b * v.im});
        }
    }
}

/// Both real sequences of u ← the real parts of the inverse transforms, times n, of two spectra, by one transform of
/// (A + A′) / 2 + i (B + B′) / 2 with A′[k] = A[−k]*.
template <class T>
void spectra_back(Pair<T> x, const LineResolution<T>& r, Plane<T> z, Plane<T> u, T* work) {
    constexpr Index width = count<T>;
    const T half = T(0.5);
    const Index n = r.length, whole = n - n % width;
    for (const Plane<T>& one : {x.a, x.b}) one.real[n] = one.real[0], one.real[one.gap + n] = one.real[one.gap];
    for (Index k = 0; k < whole; k += width) {
        const Index back = n - k - width + 1;
        const auto a = load(Plane<const T>(x.a.from(k))), c = load(Plane<const T>(x.a.from(back)));
        const auto b = load(Plane<const T>(x.b.from(k))), d = load(Plane<const T>(x.b.from(back)));
        store(z.from(k), Complex<T>{half * ((a.re + reverse(c.re)) - (b.im - reverse(d.im))),
                                    half * ((a.im - reverse(c.im)) + (b.re + reverse(d.re)))});
    }
    for (Index k = whole; k < n; ++k) {
        const T *a = x.a.real + k, *b = x.b.real + k, *c = x.a.real + n - k, *d = x.b.real + n - k;
        const Index gap = x.a.gap;
        z.real[k] = half * ((a[0] + c[0]) - (b[gap] - d[gap]));
        z.real[z.gap + k] = half * ((a[gap] - c[gap]) + (b[0] + d[0]));
    }
    transform<T>(swapped(z), swapped(u.from(r.margin)), r.transform, work);
}

/// The walk down and up through the tree for one signal.
template <class T>
struct LineBack : Line<T> {
    const T* given;  // (rows, out) gradients of the averages
    T* all;          // the convolutions, if the forward pass held them

    Plane<T> gathered(Index generation, Index slot) const {
        return this->sequence(this->m.gathered, 2 * generation + slot);
    }
    Plane<T> kept(const LineStep& step, Index slot) const {
        if (all) return this->held(all, step, this->t.members[step.member + slot]);
        return this->sequence(this->m.kept, 2 * step.generation + slot);
    }

    void clear_gathered(Index generation, Index n) const {
        for (Index slot = 0; slot < 2; ++slot) {
            const Plane<T> x = gathered(generation, slot);
            clear(x.real, n), clear(x.real + x.gap, n);
        }
    }

    /// Both real sequences ← the gradients of what the spectra of a generation were made of.
    void from_gathered(Index generation, Index s) const {
        spectra_back<T>({gathered(generation, 0), gathered(generation, 1)}, this->resolution(s), this->convolution(0),
                        {this->m.real, this->m.half, 0}, this->m.work);
    }

    void down(const LineStep& step) const {
        const LineResolution<T>& r = this->resolution(step.after);
        for (Index slot = 0; slot < step.members && !all; ++slot) {
            const Plane<T> z = kept(step, slot);
            this->convolve(step, this->t.members[step.member + slot], z);
            if (step.deeper) modulus<T>(z, this->scale(step), r, this->real(slot));
        }
        if (!step.deeper) return;
        if (!all) this->descend(step);
        clear_gathered(step.generation + 1, r.length);
    }

    void up(const LineStep& step) const {
        const LineResolution<T>& r = this->resolution(step.after);
        for (Index slot = 0; slot < 2; ++slot) clear(this->real(slot), r.length + 2 * r.margin + r.average.taps);
        if (step.deeper) from_gathered(step.generation + 1, step.after);
        for (Index slot = 0; slot < step.members; ++slot) {
            const LineMember& member = this->t.members[step.member + slot];
            const Plane<T> z = this->convolution(slot);
            average_back(given + member.row * this->t.out, this->t.out, r.average, this->real(slot));
            modulus_back<T>(this->real(slot), kept(step, slot), this->scale(step), r, z);
            transform<T>(z, z, r.transform, this->m.work);
            multiply_back<T>(z, r.length, this->t.filters, member.filter, gathered(step.generation, step.slot),
                             this->resolution(step.before).length);
        }
    }

    /// Down and up step `k` and all steps below it; returns the next one.
    Index there_and_back(Index k, Index last) const {
        const LineStep& step = this->t.steps[k];
        down(step);
        Index next = k + 1;
        while (next < last && this->t.steps[next].generation > step.generation) next = there_and_back(next, last);
        up(step);
        return next;
    }

    void run(const T* x, T* out, Index first, Index last, bool with_signal) const {
        const LineResolution<T>& r = this->resolution(0);
        if (!all) this->begin(x);
        clear_gathered(0, r.length);
        while (first < last) first = there_and_back(first, last);
        clear(this->m.real, 2 * this->m.half);
        from_gathered(0, 0);
        if (with_signal) average_back(given, this->t.out, r.average, this->real(0));
        surround_back(this->real(0), r.length, r.margin);
        const T* u = this->real(0) + r.margin;
        for (Index i = 0; i < r.length; ++i)
            if (this->t.source[i] >= 0) out[this->t.source[i]] += u[i];
    }
};

/// x (·, samples) and gradients (·, rows, out) of the averages → out (·, parts, samples) + those of the signals.
template <class T>
void backward(const T* x, const T* given, LineHeld<T> held, T* out, const LineTables<T>& t, const LineMemory<T>& m,
              const LineWork& work) {
    for (Index item = work.start; item < work.stop; ++item) {
        const Index signal = item / work.parts, part = item % work.parts;
        const LineBack<T> back{{t, m}, given + signal * t.rows * t.out, held.of(signal, t.held)};
        const Index first = t.parts[part], last = t.parts[work.parts > 1 ? part + 1 : t.part_count];
        back.run(x + signal * work.samples, out + item * work.samples, first, last, part == 0);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS::line
