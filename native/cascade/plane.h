// Cascades over two axes: U₀ = x, Uₙ₊₁ = |Uₙ ⋆ ψ|, each averaged (Mallat, Comm. Pure Appl. Math. 65, 2012).
//
// Siblings are computed together, one in each lane, so a register holds one position, or one frequency, of all of
// them: nothing is ever shuffled. Transforms of two rows of real moduli are done as one of complex numbers, and half of
// their spectrum is kept, column by column. A few columns of the product with a filter are made, folded and transformed
// while they are in the first-level cache; then a few rows are transformed, their moduli averaged along the rows, and
// transformed back. So the only plane in memory is the one between the transforms of columns and of rows.
#pragma once

#include "../fourier/lines.h"
#include "../transpose.h"
#include "plane_tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

SUBBAND_INLINE Index fours(Index n) { return (n + 3) / 4 * 4; }

/// Complex planes, one in each lane: line after line of pairs of registers.
template <class T>
struct Lines {
    T* numbers;
    Index pitch;

    /// Lines of n positions each; an odd number, so that positions across lines don't share a set of the cache.
    SUBBAND_INLINE static Lines of(T* numbers, Index n) { return {numbers, 2 * count<T> * (n | 1)}; }

    SUBBAND_INLINE Plane<T> line(Index i) const { return {numbers + i * pitch, count<T>, 2 * count<T>}; }
    SUBBAND_INLINE Plane<T> across(Index j) const { return {numbers + 2 * count<T> * j, count<T>, pitch}; }
};

/// A few lines of n positions, and room for some more, in the working memory.
template <class T>
SUBBAND_INLINE Lines<T> few(T* numbers, Index n) {
    return {numbers, 2 * count<T> * fours(n)};
}

/// Imaginary parts as real ones, which makes a transform from and to such planes the inverse.
template <class T>
SUBBAND_INLINE Plane<T> exchanged(Plane<T> p) {
    return {p.real + p.gap, -p.gap, p.pitch};
}

/// y ← the transforms of `lines` lines from x on, or positions across lines: planes and steps between them.
template <class T, class Y>
SUBBAND_INLINE void transform(Plane<T> x, Index x_step, Y y, Index y_step, Index n, Index lines,
                              const Steps<T>& steps, const PlaneMemory<T>& w) {
    transform_lines(Several<Plane<const T>>{x, x_step}, Several<Y>{y, y_step}, n, lines, steps, w.passes);
}

template <class T>
SUBBAND_INLINE Complex<T> at(Plane<T> p) {
    return load(Plane<const T>(p));
}

template <class T>
void clear(Plane<T> line, Index n) {
    for (Index i = 0; i < n; ++i) store(line.row(i), Complex<T>{zeros<T>(), zeros<T>()});
}

/// The moduli of what is stored, every `pitch` numbers.
template <class T>
struct Moduli {
    T* u;
    Index pitch;

    SUBBAND_INLINE Moduli from(Index i) const { return {u + i, pitch}; }
    SUBBAND_INLINE Moduli row(Index i) const { return from(i * pitch); }
};

template <class T>
SUBBAND_INLINE void store(Moduli<T> y, Complex<T> z) {
    store(y.u, root(z.re * z.re + z.im * z.im));
}

/// Items that are computed together: a part of the tree for the images of each lane, or none (−1).
template <class T>
struct Item {
    Index image[count<T>];
    Index part;
    bool single;  // one image in all lanes

    Item(const PlaneTables<T>& p, const PlaneWork<T>& work, Index item) : part(item % work.parts) {
        const Index first = item / work.parts * p.together;
        for (Index lane = 0; lane < count<T>; ++lane) {
            const Index place = p.images[lane] < 0 ? work.batch : first + p.images[lane];
            image[lane] = place < work.batch ? place : -1;
        }
        single = p.together == 1;
    }

    /// One sample of each lane's image, or zeros (−1).
    SUBBAND_INLINE Lanes<T> sample(const T* x, const PlaneTables<T>& p, Index place) const {
        auto v = zeros<T>();
        if (place < 0) return v;
        if (single) return {v.v + x[image[0] * p.samples + place]};
        for (Index lane = 0; lane < count<T>; ++lane)
            if (image[lane] >= 0) v.v[lane] = x[image[lane] * p.samples + place];
        return v;
    }

    /// Adds the sum over each image's lanes to one sample of its gradient.
    SUBBAND_INLINE void add_sample(T* x, const PlaneTables<T>& p, const PlaneWork<T>& work, Index place,
                                   Lanes<T> v) const {
        const auto to = [&](Index image) { return x + (image * work.parts + part) * p.samples + place; };
        if (single) {
            *to(image[0]) += total(v);
            return;
        }
        for (Index lane = 0; lane < count<T>; ++lane)
            if (image[lane] >= 0) *to(image[lane]) += v.v[lane];
    }
};

// ---- averages --------------------------------------------------------------------------------------------

template <class T>
SUBBAND_INLINE Matrix<T> matrix(const PlaneTables<T>& p, const Block* blocks, Index rows, Index term) {
    return {blocks + term * (fours(rows) / 4), rows, p.matrices};
}

/// y ← the product of a matrix and x, or y plus that; y has room for whole blocks of rows.
template <bool add, class T>
void multiply(const Matrix<T>& m, Plane<const T> x, Plane<T> y) {
    const Complex<T> none{zeros<T>(), zeros<T>()};
    for (Index i = 0; i < m.rows; i += 4) {
        const Block block = m.blocks[i / 4];
        const Plane<T> to = y.row(i);
        Complex<T> a = none, b = none, c = none, d = none;
        if (add) a = at(to), b = at(to.row(1)), c = at(to.row(2)), d = at(to.row(3));
        const T* h = m.values + block.values;
        for (Index j = block.first; j < block.first + block.length; ++j, h += 4) {
            const auto v = load(x.row(j));
            a = a + h[0] * v, b = b + h[1] * v, c = c + h[2] * v, d = d + h[3] * v;
        }
        store(to, a), store(to.row(1), b), store(to.row(2), c), store(to.row(3), d);
    }
}

template <class T>
SUBBAND_INLINE void multiply(bool add, const Matrix<T>& m, Plane<const T> x, Plane<T> y) {
    if (add) return multiply<true>(m, x, y);
    multiply<false>(m, x, y);
}

/// Averages along the rows: two rows from i on beside each other, and two columns from q on.
template <class T>
struct Mixed {
    T* numbers;
    Index pitch;  // from a row to the next

    SUBBAND_INLINE Mixed(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r, Index term)
        : numbers(w.mixed + term * fours(r.rows) * fours(p.wide) * count<T>), pitch(fours(p.wide) * count<T>) {}
    SUBBAND_INLINE Plane<T> rows(Index i) const { return {numbers + i * pitch, pitch, count<T>}; }
    SUBBAND_INLINE Plane<T> columns(Index q) const { return {numbers + q * count<T>, count<T>, pitch}; }
};

/// Two columns of averages from q on.
template <class T>
SUBBAND_INLINE Plane<T> averages(const PlaneTables<T>& p, const PlaneMemory<T>& w, Index q) {
    return {w.output + q * count<T>, count<T>, fours(p.wide) * count<T>};
}

/// The averages along rows i and i + 1.
template <class T>
void average_rows(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r, Index i, Plane<T> rows) {
    for (Index term = 0; term < r.terms; ++term)
        multiply<false>(matrix(p, r.along_rows, p.wide, term), Plane<const T>(rows),
                        Mixed<T>(p, w, r, term).rows(i));
}

/// The averages, from those along the rows.
template <class T>
void average_columns(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r) {
    for (Index term = 0; term < r.terms; ++term)
        for (Index q = 0; q < p.wide; q += 2)
            multiply(term > 0, matrix(p, r.along_columns, p.high, term),
                     Plane<const T>(Mixed<T>(p, w, r, term).columns(q)), averages(p, w, q));
}

/// Where an image's averages of one output are: row o, column q.
template <class T>
SUBBAND_INLINE Index place(const PlaneTables<T>& p, Index image, Index row, Index o, Index q) {
    return ((image * p.outputs + row) * p.high + o) * p.wide + q;
}

/// Masked stores are slow, so they are used only where a row ends.
template <class T>
SUBBAND_INLINE void store_some(T* to, Lanes<T> v, Index wanted) {
    if (wanted < count<T>) return store_first(to, v, wanted);
    store(to, v);
}

/// Each lane's averages to where they belong.
template <class T>
void put_averages(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, const Index* rows, T* out) {
    constexpr Index width = count<T>;
    alignas(64) T square[width * width];
    for (Index o = 0; o < p.high; ++o)
        for (Index q = 0; q < p.wide; q += width) {
            transpose(averages(p, w, q).row(o).real, width, square, width);
            for (Index lane = 0; lane < width; ++lane)
                if (rows[lane] >= 0 && item.image[lane] >= 0)
                    store_some(out + place(p, item.image[lane], rows[lane], o, q), load(square + lane * width),
                               p.wide - q);
        }
}

// ---- from moduli to spectra --------------------------------------------------------------------------------

/// From the transform Z of a + ib for real a, b: 2A = Z + Z′ and 2B = (Z − Z′) / i, Z′[k] = Z[−k]*.
template <class T>
void part(Plane<const T> z, const PlaneResolution<T>& r, Lines<T> spectra, Index i) {
    for (Index k = 0; k < r.half(); ++k) {
        const auto here = load(z.row(k)), there = load(z.row(k ? r.cols - k : 0));
        const Plane<T> to = spectra.line(k).row(i);
        store(to, Complex<T>{here.re + there.re, here.im - there.im});
        if (i + 1 < r.rows) store(to.row(1), Complex<T>{here.im + there.im, there.re - here.re});
    }
}

/// Averages, and the spectra if wanted, of real planes. `fill(i, pairs, lines)` puts some pairs of rows from i on
/// into lines, one row of each as real and one as imaginary parts.
template <class T, class Fill>
SUBBAND_INLINE void analyse(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneResolution<T>& r, Fill fill,
                            bool averaged, bool deeper, Lines<T> spectra) {
    const auto lines = few(w.row, r.cols);
    const Plane<T> row = lines.line(0), column = spectra.line(0);
    for (Index i = 0; i < r.rows; i += 2 * lines_at_once(r.cols)) {
        const Index pairs = least(lines_at_once(r.cols), (r.rows - i + 1) / 2);
        fill(i, pairs, lines);
        for (Index k = 0; k < (averaged ? pairs : 0); ++k) average_rows(p, w, r, i + 2 * k, lines.line(k));
        if (!deeper) continue;
        transform(row, lines.pitch, row, lines.pitch, r.cols, pairs, r.along, w);
        for (Index k = 0; k < pairs; ++k) part<T>(lines.line(k), r, spectra, i + 2 * k);
    }
    if (averaged) average_columns(p, w, r);
    if (deeper) transform(column, spectra.pitch, column, spectra.pitch, r.rows, r.half(), r.down, w);
}

/// A row of those that lines hold in pairs.
template <class T>
SUBBAND_INLINE Moduli<T> real_row(Lines<T> lines, Index row) {
    return {lines.numbers + row / 2 * lines.pitch + row % 2 * count<T>, 2 * count<T>};
}

/// The spectra of the padded images, and, in the first part, their averages.
template <class T>
void begin(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, const T* x, bool averaged) {
    const PlaneResolution<T>& r = p.resolutions[0];
    const auto fill = [&](Index i, Index pairs, Lines<T> lines) {
        for (Index row = 0; row < 2 * pairs; ++row)
            for (Index j = 0; j < r.cols; ++j) {
                const Index from = i + row < r.rows ? p.source[(i + row) * r.cols + j] : -1;
                store(real_row(lines, row).row(j).u, item.sample(x, p, from));
            }
    };
    analyse(p, w, r, fill, averaged, true, Lines<T>::of(w.spectra, r.rows));
}

// ---- from spectra to moduli --------------------------------------------------------------------------------

/// A number, or of the signal's children those of all lanes.
template <bool first, class T>
SUBBAND_INLINE Complex<T> weighted(const T* filter, Index i, Complex<T> v) {
    if constexpr (first) {
        const auto b = load(filter + i * count<T>);
        return {b * v.re, b * v.im};
    }
    return filter[i] * v;
}

/// y ← y + the product of a filter and a run of a spectrum, or of its conjugate backwards.
template <bool first, int step, class T>
SUBBAND_INLINE void add_product(const T* filter, Plane<const T> x, Plane<T> y, Index n) {
    for (Index i = 0; i < n; ++i) {
        const auto v = weighted<first>(filter, i, load(x.row(step * i))), sum = at(y.row(i));
        store(y.row(i), step > 0 ? sum + v : Complex<T>{sum.re + v.re, sum.im - v.im});
    }
}

/// y ← the `k`th column of the product of spectra and a filter, folded: frequencies that coincide are added.
template <bool first, class T>
void product(const PlaneTables<T>& p, Lines<T> spectra, const Index* begins, Plane<T> y) {
    for (Index at = begins[0]; at < begins[1]; ++at) {
        const Segment s = p.segments[at];
        const Plane<T> x = spectra.line(s.column).row(s.row);
        if (s.step > 0)
            add_product<first, 1, T>(p.filters + s.values, x, y.row(s.into), s.length);
        else
            add_product<first, -1, T>(p.filters + s.values, x, y.row(s.into), s.length);
    }
}

/// z ← ↓(parents ⋆ ψ), not yet transformed along the rows.
template <class T>
void convolve(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Stack& stack, Lines<T> z) {
    const PlaneResolution<T>& r = p.resolutions[stack.after];
    const auto spectra = Lines<T>::of(w.spectra + stack.generation * w.deep, p.resolutions[stack.before].rows);
    const auto some = few(w.column, r.rows);
    const Index together = lines_at_once(r.rows);
    for (Index first = 0; first < r.cols; first += together) {
        const Index stop = least(first + together, r.cols);
        for (Index k = first; k < stop; ++k) {
            const Plane<T> column = some.line(k - first);
            const Index* begins = p.columns + stack.filter + k;
            clear(column, r.rows);
            stack.generation == 0 ? product<true>(p, spectra, begins, column)
                                  : product<false>(p, spectra, begins, column);
        }
        transform(exchanged(some.line(0)), some.pitch, exchanged(z.across(first)), 2 * count<T>, r.rows, stop - first,
                  r.down, w);
    }
}

/// How many rows there are of every second one from i on, `pairs` at most.
template <class T>
SUBBAND_INLINE Index rows_of(const PlaneResolution<T>& r, Index i, Index pairs) {
    return least(pairs, (r.rows - i + 1) / 2);
}

/// The last row of a pair ← 0 if there is none.
template <class T>
SUBBAND_INLINE void clear_beyond(const PlaneResolution<T>& r, Index i, Index pairs, Lines<T> lines) {
    if (i + 2 * pairs <= r.rows) return;
    for (Index j = 0; j < r.cols; ++j) store(real_row(lines, 2 * pairs - 1).row(j).u, zeros<T>());
}

/// The averages of a stack, and the spectra of its moduli for its children.
template <class T>
void enter(const PlaneTables<T>& p, const PlaneMemory<T>& w, const Item<T>& item, Index k, T* out) {
    const Stack& stack = p.stacks[k];
    const PlaneResolution<T>& r = p.resolutions[stack.after];
    const auto z = Lines<T>::of(w.z, r.cols);
    convolve(p, w, stack, z);
    const auto fill = [&](Index i, Index pairs, Lines<T> lines) {
        for (Index row = 0; row < 2; ++row)
            transform(exchanged(z.line(i + row)), 2 * z.pitch, real_row(lines, row), lines.pitch, r.cols,
                      rows_of(r, i + row, pairs), r.along, w);
        clear_beyond(r, i, pairs, lines);
    };
    analyse(p, w, r, fill, true, stack.deeper, Lines<T>::of(w.spectra + (stack.generation + 1) * w.deep, r.rows));
    put_averages(p, w, item, p.rows + k * count<T>, out);
}

/// The averages of the whole tree, or of one part of it, for items start … stop − 1.
template <class T>
void forward(const PlaneTables<T>& p, const PlaneMemory<T>& w, const PlaneWork<T>& work) {
    for (Index place = work.start; place < work.stop; ++place) {
        const Item<T> item(p, work, place);
        begin(p, w, item, work.x, item.part == 0);
        if (item.part == 0) put_averages(p, w, item, p.rows + p.stack_count * count<T>, work.out);
        for (Index k = work.begins[item.part]; k < work.begins[item.part + 1]; ++k) enter(p, w, item, k, work.out);
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
