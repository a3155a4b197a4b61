// One level of a filter bank over one, two or three axes.
//
// A level over several axes is one pass: the outer axes are filtered first, on whole rows at a time, and each pair of
// filtered rows goes straight through the row filter into the four bands, so nothing of the size of the signal is
// written in between. Of the outermost axis a level may be done in parts, one `Part` at a time: analyses always,
// transposes where nothing is folded back.
#pragma once

#include "rows.h"
#include "tables.h"

namespace subband::SUBBAND_INSTRUCTIONS {

inline constexpr Part WHOLE{0, 1};

/// Pairs of rows that are asked for before they are needed, where a pair is soon done.
inline constexpr Index AHEAD = 4;

/// Numbers of a line of the cache.
template <class T>
inline constexpr Index LINE = 64 / Index(sizeof(T));

/// Ask for memory before it is needed; memory that is not there does no harm.
template <class T>
SUBBAND_INLINE void ask_to_read(const T* p, Index k) {
    for (Index i = 0; i < k; i += LINE<T>) __builtin_prefetch(p + i, 0);
}
template <class T>
SUBBAND_INLINE void ask_to_write(const T* p, Index k) {
    for (Index i = 0; i < k; i += LINE<T>) __builtin_prefetch(p + i, 1);
}

/// One axis at one level.
template <class T>
struct Axis {
    Index n, k, taps, beyond;  // samples, samples of a band, taps, samples outside
    Ends<T> ends;
    const T *split_low, *split_high, *merge_even, *merge_odd;

    Axis(const Tables<T>& t, Index level, Index axis)
        : n(t.size(level, axis)),
          k(t.size(level + 1, axis)),
          taps(t.taps[axis]),
          beyond(2 * k + taps - 2 - n),
          ends{t.index + (level * AXES + axis) * t.outside * t.width,
               t.weight + (level * AXES + axis) * t.outside * t.width, t.width, t.terms[level * AXES + axis],
               t.left[axis]},
          split_low(t.split + 2 * axis * t.longest),
          split_high(split_low + t.longest),
          merge_even(t.merge + 2 * axis * t.longest),
          merge_odd(merge_even + t.longest) {}
};

/// The steps of `count` that are a part's.
struct Range {
    Index begin, end;
    Range(Index count, Part p) : begin(count * p.part / p.parts), end(count * (p.part + 1) / p.parts) {}
};

// ---- one axis --------------------------------------------------------------------------------------------

/// e ← the samples start … stop − 1 of a row and of what is outside of it.
template <class T>
SUBBAND_INLINE void window(const T* x, Index n, T* e, Index start, Index stop, const Ends<T>& ends) {
    const Index first = least(most(start, 0), n), last = least(stop, n);
    for (Index m = start; m < first; ++m) e[m - start] = outside(x, m + ends.left, ends);
    copy(e + first - start, x + first, last - first);
    for (Index m = last; m < stop; ++m) e[m - start] = outside(x, m - n + ends.left, ends);
}

/// A row into two bands, a piece at a time that stays in the nearest cache.
template <class T>
void split_line(const T* x, T* low, T* high, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    const Axis<T> a(t, level, 2);
    const Range range(a.k, part);
    for (Index first = range.begin; first < range.end; first += PIECE) {
        const Index last = least(first + PIECE, range.end);
        const Index start = 2 * first - a.ends.left, stop = 2 * last - a.ends.left + a.taps - 2;
        const T* e = x + start;
        if (start < 0 || stop > a.n) {
            window(x, a.n, w.lines[0], start, stop, a.ends);
            e = w.lines[0];
        }
        split_row(e, low + first, high + first, a.split_low, a.split_high, a.taps, last - first);
    }
}

/// pad ← band[start:stop], zeros where that is outside of its k samples.
template <class T>
SUBBAND_INLINE void padded(T* pad, const T* band, Index k, Index start, Index stop) {
    const Index before = most(0, -start), after = most(0, stop - k);
    clear(pad, before);
    copy(pad + before, band + start + before, stop - after - start - before);
    clear(pad + stop - after - start, after);
}

/// The samples start … stop − 1 of an extended row to the row, and to `rest` what is outside of it.
template <class T>
SUBBAND_INLINE void returned(T* x, Index n, const T* e, Index start, Index stop, T* rest, Index left) {
    const Index first = least(most(start, 0), n), last = least(stop, n), after = most(last, start);
    copy(rest + start + left, e, first - start);
    copy(x + first, e + first - start, last - first);
    copy(rest + after - n + left, e + after - start, stop - after);
}

/// The transpose of `split_line`.
template <class T>
void merge_line(const T* low, const T* high, T* x, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    const Axis<T> a(t, level, 2);
    const Index before = a.taps / 2 - 1, left = a.ends.left;
    const Range range(a.k + before, part);
    for (Index first = range.begin; first < range.end; first += PIECE) {
        const Index last = least(first + PIECE, range.end), start = 2 * first - left, stop = 2 * last - left;
        if (first >= before && last <= a.k && start >= 0 && stop <= a.n) {
            merge_row(low + first, high + first, x + start, a.merge_even, a.merge_odd, a.taps, last - first);
            continue;
        }
        T *p = w.pads[0][0], *q = w.pads[0][1], *e = w.lines[0];
        padded(p, low, a.k, first - before, last);
        padded(q, high, a.k, first - before, last);
        merge_row(p + before, q + before, e, a.merge_even, a.merge_odd, a.taps, last - first);
        returned(x, a.n, e, start, stop, w.outside, left);
    }
    fold(x, w.outside, a.beyond, a.ends);
}

// ---- two axes --------------------------------------------------------------------------------------------

/// What is outside of a row that has room for it at both ends.
template <class T>
SUBBAND_INLINE void extend_row(T* e, Index n, Index around, const Ends<T>& ends) {
    const T* x = e + ends.left;
    for (Index b = 0; b < around; ++b) e[b < ends.left ? b : b + n] = outside(x, b, ends);
}

/// Where the rows first … first + taps − 1 of an extended block begin; those outside begin at `edge`.
SUBBAND_INLINE void extended_rows(Index* starts, Index first, Index taps, Index rows, Index size, Index edge, Index left) {
    for (Index j = 0; j < taps; ++j) {
        const Index row = first + j - left;
        starts[j] = row < 0      ? edge + (row + left) * size
                    : row < rows ? row * size
                                 : edge + (row - rows + left) * size;
    }
}

/// edge ← the rows outside of x.
template <class T>
void extend_rows(const T* x, T* edge, Index size, Index beyond, const Ends<T>& ends) {
    for (Index b = 0; b < beyond; ++b) {
        T* row = edge + b * size;
        clear(row, size);
        ends.each(b, [&](T weight, Index i) { add(row, weight, x + i * size, size); });
    }
}

/// x ← x + what the rows outside of x were made of.
template <class T>
void fold_rows(T* x, const T* edge, Index size, Index beyond, const Ends<T>& ends) {
    for (Index b = 0; b < beyond; ++b)
        ends.each(b, [&](T weight, Index i) { add(x + i * size, weight, edge + b * size, size); });
}

/// A plane into four bands: two filtered rows at a time, each split at once.
template <class T>
void split_plane(const T* x, T* aa, T* ad, T* da, T* dd, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    const Axis<T> v(t, level, 1), h(t, level, 2);
    const Index n = h.n, k = h.k;
    const Range range(v.k, part);
    if (v.taps == 2 && h.taps == 2 && v.beyond == 0 && h.beyond == 0) {
        const Square<T> square{v.split_low, v.split_high, h.split_low, h.split_high};
        for (Index q = range.begin; q < range.end; ++q) {
            const T* p = x + 2 * q * n;
            const Index i = q * k;
            ask_to_read(p + 2 * AHEAD * n, 2 * n);
            split_square(p, p + n, aa + i, ad + i, da + i, dd + i, square, k);
        }
        return;
    }
    extend_rows(x, w.row_edge, n, v.beyond, v.ends);
    const Index edge = w.row_edge - x, margin = h.ends.left;
    T *low = w.lines[0], *high = w.lines[1];
    for (Index q = range.begin; q < range.end; ++q) {
        ask_to_read(x + (2 * q + 2 + v.taps - v.ends.left) * n, 2 * n);
        const Index next = (q + 1) * k, i = q * k;
        ask_to_write(ad + next, k), ask_to_write(da + next, k), ask_to_write(dd + next, k);
        extended_rows(w.starts, 2 * q, v.taps, v.n, n, edge, v.ends.left);
        mix_rows(x, w.starts, low + margin, high + margin, v.split_low, v.split_high, v.taps, n);
        extend_row(low, n, h.beyond, h.ends);
        extend_row(high, n, h.beyond, h.ends);
        split_row(low, aa + i, ad + i, h.split_low, h.split_high, h.taps, k);
        split_row(high, da + i, dd + i, h.split_low, h.split_high, h.taps, k);
    }
}

/// y, z ← Σⱼ u[j] row(j), Σⱼ v[j] row(j), row(j) being q − ⌊j/2⌋ of band j mod 2, nothing if there is none.
template <class T>
void mix_bands(const T* low, const T* high, T* y, T* z, Index size, Index q, const Axis<T>& a, const Scratch<T>& w) {
    const Index first = most(0, q - a.k + 1), last = least(a.taps / 2, q + 1), between = high - low;
    for (Index j = first; j < last; ++j) {
        w.starts[2 * (j - first)] = (q - j) * size;
        w.starts[2 * (j - first) + 1] = between + (q - j) * size;
    }
    const Index rows = 2 * (last - first);
    mix_rows(low, w.starts, y, z, a.merge_even + 2 * first, a.merge_odd + 2 * first, rows, size);
}

/// The transpose of `split_plane`.
template <class T>
void merge_plane(const T* aa, const T* ad, const T* da, const T* dd, T* x, const Tables<T>& t, Index level,
                 const Scratch<T>& w, Part part) {
    const Axis<T> v(t, level, 1), h(t, level, 2);
    const Index n = h.n, k = h.k, before = h.taps / 2 - 1;
    if (v.taps == 2 && h.taps == 2 && v.beyond == 0 && h.beyond == 0) {
        const Square<T> square{v.merge_even, v.merge_odd, h.merge_even, h.merge_odd};
        const Range range(v.k, part);
        for (Index q = range.begin; q < range.end; ++q) {
            T* p = x + 2 * q * n;
            const Index i = q * k;
            merge_square(aa + i, ad + i, da + i, dd + i, p, p + n, square, k);
        }
        return;
    }
    for (auto& pair : w.pads)
        for (T* pad : pair) clear(pad, before), clear(pad + before + k, before);
    const Range range(v.k + v.taps / 2 - 1, part);
    for (Index q = range.begin; q < range.end; ++q) {
        mix_bands(aa, da, w.pads[0][0] + before, w.pads[1][0] + before, k, q, v, w);
        mix_bands(ad, dd, w.pads[0][1] + before, w.pads[1][1] + before, k, q, v, w);
        for (Index p = 0; p < 2; ++p) {
            const Index row = 2 * q + p - v.ends.left;
            T* target;
            if (0 <= row && row < v.n)
                target = x + row * n;
            else if (v.ends.terms)
                target = w.row_edge + ((row < 0 ? row : row - v.n) + v.ends.left) * n;
            else
                continue;
            T* e = w.lines[0];
            merge_row(w.pads[p][0] + before, w.pads[p][1] + before, e, h.merge_even, h.merge_odd, h.taps, k + before);
            returned(target, n, e, -h.ends.left, 2 * (k + before) - h.ends.left, w.outside, h.ends.left);
            fold(target, w.outside, h.beyond, h.ends);
        }
    }
    fold_rows(x, w.row_edge, n, v.beyond, v.ends);
}

// ---- three axes ------------------------------------------------------------------------------------------

/// A volume into eight bands: two filtered slabs at a time, each split at once.
template <class T>
void split_volume(const T* x, T* const* b, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    const Axis<T> a(t, level, 0);
    const Index size = t.size(level, 1) * t.size(level, 2), band = t.size(level + 1, 1) * t.size(level + 1, 2);
    extend_rows(x, w.slab_edge, size, a.beyond, a.ends);
    const Index edge = w.slab_edge - x;
    T *low = w.slabs, *high = w.slabs + size;
    const Range range(a.k, part);
    for (Index q = range.begin; q < range.end; ++q) {
        extended_rows(w.starts, 2 * q, a.taps, a.n, size, edge, a.ends.left);
        mix_rows(x, w.starts, low, high, a.split_low, a.split_high, a.taps, size);
        const Index i = q * band;
        split_plane(low, b[0] + i, b[1] + i, b[2] + i, b[3] + i, t, level, w, WHOLE);
        split_plane(high, b[4] + i, b[5] + i, b[6] + i, b[7] + i, t, level, w, WHOLE);
    }
}

/// The transpose of `split_volume`.
template <class T>
void merge_volume(const T* const* b, T* x, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    const Axis<T> a(t, level, 0);
    const Index size = t.size(level, 1) * t.size(level, 2), band = t.size(level + 1, 1) * t.size(level + 1, 2);
    const Range range(a.k + a.taps / 2 - 1, part);
    for (Index q = range.begin; q < range.end; ++q) {
        for (Index i = 0; i < 4; ++i)
            mix_bands(b[i], b[i + 4], w.slabs + i * band, w.slabs + (4 + i) * band, band, q, a, w);
        for (Index p = 0; p < 2; ++p) {
            const Index slab = 2 * q + p - a.ends.left;
            T* target;
            if (0 <= slab && slab < a.n)
                target = x + slab * size;
            else if (a.ends.terms)
                target = w.slab_edge + ((slab < 0 ? slab : slab - a.n) + a.ends.left) * size;
            else
                continue;
            const T* m = w.slabs + 4 * p * band;
            merge_plane(m, m + band, m + 2 * band, m + 3 * band, target, t, level, w, WHOLE);
        }
    }
    fold_rows(x, w.slab_edge, size, a.beyond, a.ends);
}

// ---- any number of axes ------------------------------------------------------------------------------------

/// A block into its bands, b[0] the approximation.
template <class T>
SUBBAND_INLINE void split_level(const T* x, T* const* b, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    if (t.rank == 1) return split_line(x, b[0], b[1], t, level, w, part);
    if (t.rank == 2) return split_plane(x, b[0], b[1], b[2], b[3], t, level, w, part);
    split_volume(x, b, t, level, w, part);
}

/// The transpose of `split_level`.
template <class T>
SUBBAND_INLINE void merge_level(const T* const* b, T* x, const Tables<T>& t, Index level, const Scratch<T>& w, Part part) {
    if (t.rank == 1) return merge_line(b[0], b[1], x, t, level, w, part);
    if (t.rank == 2) return merge_plane(b[0], b[1], b[2], b[3], x, t, level, w, part);
    merge_volume(b, x, t, level, w, part);
}

}  // namespace subband::SUBBAND_INSTRUCTIONS
