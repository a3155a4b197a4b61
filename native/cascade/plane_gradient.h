// Gradients of cascades over two axes: the cascade walked back.
//
// The tree is walked once, depth first. Entering a stack of siblings computes it again; leaving it turns the gradient
// of its averages, and that of its spectra which its children have gathered, into that of its parents' spectra. So
// memory doesn't grow with the tree. Each function is the transpose of the one that it is named after in plane.h.
#pragma once

#include "plane.h"

namespace subband::SUBBAND_INSTRUCTIONS {

// ---- averages --------------------------------------------------------------------------------------------

template <class T>
void take_averages(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, const Index* rows,
                   const T* given) {
    constexpr Index width = count<T>;
    alignas(64) T square[width * width];
    for (Index o = 0; o < p.high; ++o)
        for (Index q = 0; q < p.wide; q += width) {
            for (Index lane = 0; lane < width; ++lane) {
                const bool idle = rows[lane] < 0 || item.image[lane] < 0;
                store(square + lane * width,
                      idle ? zeros<T>()
                           : load_first(given + place(p, item.image[lane], rows[lane], o, q), p.wide - q));
            }
            // What goes beyond the row is overwritten by the next one.
            transpose(square, width, averages(p, w, q).row(o).real, width);
        }
}

template <class T>
void average_columns_back(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r) {
    for (Index term = 0; term < r.terms; ++term)
        for (Index q = 0; q < p.wide; q += 2)
            multiply<false>(matrix(p, r.back_along_columns, r.rows, term), Plane<const T>(averages(p, w, q)),
                            Mixed<T>(p, w, r, term).columns(q));
}

/// Two rows of the gradient ← that of their averages, or their own plus that.
template <class T>
void average_rows_back(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r, Index i,
                       Plane<T> rows, bool add) {
    for (Index term = 0; term < r.terms; ++term)
        multiply(add || term > 0, matrix(p, r.back_along_rows, r.cols, term),
                 Plane<const T>(Mixed<T>(p, w, r, term).rows(i)), rows);
}

// ---- from spectra to moduli --------------------------------------------------------------------------------

/// Z[k] = A + iB and Z[−k] = A* + iB*, of two rows' spectra of which half is known; their sum where k = −k.
template <class T>
void join(Lines<T> spectra, const PlaneResolution<T>& r, Index i, Plane<T> z) {
    for (Index k = 0; k < r.half(); ++k) {
        const Plane<T> from = spectra.line(k).row(i);
        const Complex<T> a = at(from), b = i + 1 < r.rows ? at(from.row(1)) : Complex<T>{zeros<T>(), zeros<T>()};
        const Index opposite = k ? r.cols - k : 0;
        if (opposite == k) {
            store(z.row(k), Complex<T>{a.re + a.re, b.re + b.re});
        } else {
            store(z.row(k), Complex<T>{a.re - b.im, a.im + b.re});
            store(z.row(opposite), Complex<T>{a.re + b.im, b.re - a.im});
        }
    }
}

/// The gradient of real planes from that of their averages (in `w.output`) and of their spectra, which are
/// overwritten; `use(i, pairs, lines)` takes some pairs of rows from i on.
template <class T, class Use>
SUBBAND_INLINE void analyse_back(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r, Use use,
                                 bool averaged, bool deeper, Lines<T> spectra) {
    const auto lines = few(w.row, r.cols);
    const Plane<T> row = exchanged(lines.line(0)), column = exchanged(spectra.line(0));
    if (deeper) transform(column, spectra.pitch, column, spectra.pitch, r.rows, r.half(), r.down, w);
    if (averaged) average_columns_back(p, w, r);
    for (Index i = 0; i < r.rows; i += 2 * lines_at_once(r.cols)) {
        const Index pairs = least(lines_at_once(r.cols), (r.rows - i + 1) / 2);
        if (deeper) {
            for (Index k = 0; k < pairs; ++k) join(spectra, r, i + 2 * k, lines.line(k));
            transform(row, lines.pitch, row, lines.pitch, r.cols, pairs, r.along, w);
        }
        for (Index k = 0; k < (averaged ? pairs : 0); ++k)
            average_rows_back(p, w, r, i + 2 * k, lines.line(k), deeper);
        use(i, pairs, lines);
    }
}

// ---- from moduli to spectra --------------------------------------------------------------------------------

template <bool first, int step, class T>
SUBBAND_INLINE void add_product_back(const T* filter, Plane<const T> y, Plane<T> x, Index n) {
    for (Index i = 0; i < n; ++i) {
        const auto v = weighted<first>(filter, i, load(y.row(i))), sum = at(x.row(step * i));
        store(x.row(step * i), step > 0 ? sum + v : Complex<T>{sum.re + v.re, sum.im - v.im});
    }
}

template <bool first, class T>
void product_back(const PlaneTables<T>& p, Plane<T> y, const Index* begins, Lines<T> spectra) {
    for (Index at = begins[0]; at < begins[1]; ++at) {
        const Segment s = p.segments[at];
        const Plane<T> x = spectra.line(s.column).row(s.row);
        if (s.step > 0)
            add_product_back<first, 1, T>(p.filters + s.values, y.row(s.into), x, s.length);
        else
            add_product_back<first, -1, T>(p.filters + s.values, y.row(s.into), x, s.length);
    }
}

/// gathered ← gathered + ψ · the unfolded spectra of z, which is already transformed along the rows.
template <class T>
void convolve_back(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Stack& stack, Lines<T> z) {
    const PlaneResolution<T>& r = p.resolutions[stack.after];
    const auto gathered = Lines<T>::of(w.gathered + stack.generation * w.deep, p.resolutions[stack.before].rows);
    const auto some = few(w.column, r.rows);
    const Index together = lines_at_once(r.rows);
    for (Index first = 0; first < r.cols; first += together) {
        const Index stop = least(first + together, r.cols);
        transform(z.across(first), 2 * count<T>, some.line(0), some.pitch, r.rows, stop - first, r.down, w);
        for (Index k = first; k < stop; ++k) {
            const Index* begins = p.columns + stack.filter + k;
            stack.generation == 0 ? product_back<true>(p, some.line(k - first), begins, gathered)
                                  : product_back<false>(p, some.line(k - first), begins, gathered);
        }
    }
}

/// y ← u z / |z|, and 0 where z is 0; every second register of u.
template <class T>
void modulus_back(const T* u, Plane<const T> z, Plane<T> y, Index n) {
    for (Index j = 0; j < n; ++j) {
        const auto v = load(z.row(j));
        const auto factor = load(u + 2 * count<T> * j) * inverse_root(v.re * v.re + v.im * v.im);
        store(y.row(j), Complex<T>{factor * v.re, factor * v.im});
    }
}

// ---- the walk ----------------------------------------------------------------------------------------------

/// Convolutions of a stack with children, kept until it is left.
template <class T>
Lines<T> kept(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Stack& stack) {
    return Lines<T>::of(w.kept + stack.generation * w.plane, p.resolutions[stack.after].cols);
}

/// The spectra of a stack's moduli, computed again for its children.
template <class T>
void enter_again(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Stack& stack) {
    const PlaneResolution<T>& r = p.resolutions[stack.after];
    const Index below = (stack.generation + 1) * w.deep;
    const auto z = kept(p, w, stack);
    convolve(p, w, stack, z);
    const auto fill = [&](Index i, Index pairs, Lines<T> lines) {
        const Plane<T> first = exchanged(z.line(i));
        const Index rows = least(2 * pairs, r.rows - i);
        transform(first, z.pitch, first, z.pitch, r.cols, rows, r.along, w);
        for (Index row = 0; row < rows; ++row)
            for (Index j = 0; j < r.cols; ++j) store(real_row(lines, row).row(j), at(z.line(i + row).row(j)));
        clear_beyond(r, i, pairs, lines);
    };
    analyse(p, w, r, fill, false, true, Lines<T>::of(w.spectra + below, r.rows));
    const auto gathered = Lines<T>::of(w.gathered + below, r.rows);
    for (Index k = 0; k < r.half(); ++k) clear(gathered.line(k), r.rows);
}

/// From the gradient of a stack to that of its parents' spectra.
template <class T>
void leave(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, Index k, const T* given) {
    const Stack& stack = p.stacks[k];
    const PlaneResolution<T>& r = p.resolutions[stack.after];
    const auto z = Lines<T>::of(w.z, r.cols);
    const auto some = few(w.column, r.cols);
    if (!stack.deeper) convolve(p, w, stack, z);
    take_averages(p, w, item, p.rows + k * count<T>, given);
    const auto use = [&](Index i, Index pairs, Lines<T> lines) {
        for (Index odd = 0; odd < 2; ++odd) {
            const Index rows = rows_of(r, i + odd, pairs);
            const Plane<T> first = some.line(0), there = z.line(i + odd);
            if (!stack.deeper)
                transform(exchanged(there), 2 * z.pitch, exchanged(first), some.pitch, r.cols, rows, r.along, w);
            for (Index k = 0; k < rows; ++k) {
                const Plane<T> to = some.line(k), from = stack.deeper ? kept(p, w, stack).line(i + odd + 2 * k) : to;
                modulus_back<T>(real_row(lines, odd + 2 * k).u, from, to, r.cols);
            }
            transform(first, some.pitch, there, 2 * z.pitch, r.cols, rows, r.along, w);
        }
    };
    T* below = w.gathered + (stack.generation + 1) * w.deep;  // what the children have gathered
    analyse_back(p, w, r, use, true, stack.deeper, Lines<T>::of(below, r.rows));
    convolve_back(p, w, stack, z);
}

/// Adds the gradient of the images to `out` (batch, parts, samples).
template <class T>
void end(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, const PlaneWork<T>& work) {
    const PlaneResolution<T>& r = p.resolutions[0];
    const bool averaged = item.part == 0;
    if (averaged) take_averages(p, w, item, p.rows + p.stack_count * count<T>, work.given);
    const auto use = [&](Index i, Index pairs, Lines<T> lines) {
        for (Index row = 0; row < least(2 * pairs, r.rows - i); ++row)
            for (Index j = 0; j < r.cols; ++j) {
                const Index to = p.source[(i + row) * r.cols + j];
                if (to >= 0) item.add_sample(work.out, p, work, to, load(real_row(lines, row).row(j).u));
            }
    };
    analyse_back(p, w, r, use, averaged, true, Lines<T>::of(w.gathered, r.rows));
}

/// The walk through the whole tree, or one part of it, for items start … stop − 1.
template <class T>
void backward(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneWork<T>& work) {
    const PlaneResolution<T>& first = p.resolutions[0];
    for (Index place = work.start; place < work.stop; ++place) {
        const Item<T> item(p, work, place);
        begin(p, w, item, work.x, false);
        const auto gathered = Lines<T>::of(w.gathered, first.rows);
        for (Index k = 0; k < first.half(); ++k) clear(gathered.line(k), first.rows);
        Index inside = 0;
        for (Index k = work.begins[item.part]; k < work.begins[item.part + 1]; ++k) {
            const Stack& stack = p.stacks[k];
            while (inside > stack.generation) leave(p, w, item, w.open[--inside], work.given);
            if (stack.deeper)
                enter_again(p, w, stack), w.open[inside++] = k;
            else
                leave(p, w, item, k, work.given);
        }
        while (inside > 0) leave(p, w, item, w.open[--inside], work.given);
        end(p, w, item, work);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
