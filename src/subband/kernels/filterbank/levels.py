"""One level of a filter bank over one, two or three axes, for `compiled`.

A level over several axes is one pass: the outer axes are filtered first, on whole rows at a time, and each pair of
filtered rows goes straight through the row filter into the four sub-bands, so nothing of the size of the signal is
written in between. Signals and bands are pointers; their sizes are those of the plan's levels. Of the outermost
axis a level may be done in parts, one (part, parts) at a time: analyses always, transposes where nothing is folded
back.
"""

from subband.kernels.filterbank.rows import (
    Ends,
    add,
    clear,
    copy,
    fold,
    inlined,
    inner,
    merge_row,
    merge_square,
    mix_rows,
    outside,
    split_row,
    split_square,
)
from subband.kernels.filterbank.tables import PIECE
from subband.kernels.simd.pointers import advance, ask_to_read, ask_to_write, distance, pointer

WHOLE = (0, 1)
"""The only part."""

AHEAD = 4
"""How many pairs of rows are asked for before they are needed, where a pair is soon done."""


@inlined
def split_level(x, b, plane, volume, t, level, w, part):
    """A block into its bands, b[0] the approximation. What is None is not compiled."""
    if volume is not None:
        _split_volume(x, b, t, level, w, part)
    elif plane is not None:
        _split_plane(x, b[0], b[1], b[2], b[3], t, level, w, part)
    else:
        _split_line(x, b[0], b[1], t, level, w, part)


@inlined
def merge_level(b, x, plane, volume, t, level, w, part):
    """The transpose of `split_level`."""
    if volume is not None:
        _merge_volume(b, x, t, level, w, part)
    elif plane is not None:
        _merge_plane(b[0], b[1], b[2], b[3], x, t, level, w, part)
    else:
        _merge_line(b[0], b[1], x, t, level, w, part)


@inlined
def _axis(t, level, axis):
    """Samples, samples of a band, taps, and how many samples stand outside."""
    n, k, taps = t.sizes[level, axis], t.sizes[level + 1, axis], t.taps[axis]
    return n, k, taps, 2 * k + taps - 2 - n


@inlined
def _range(count, part):
    """Which of `count` steps are this part's."""
    return count * part[0] // part[1], count * (part[0] + 1) // part[1]


@inlined
def _ends(t, level, axis):
    index, weight = pointer(t.index[level, axis]), pointer(t.weight[level, axis])
    return Ends(index, weight, t.index.shape[3], t.terms[level, axis], t.left[axis])


# ---- one axis -----------------------------------------------------------------------------------------


@inner
def _split_line(x, low, high, t, level, w, part):
    """A row into two bands, a piece at a time that stays in the nearest cache."""
    n, k, taps, _ = _axis(t, level, 2)
    ends, u, v = _ends(t, level, 2), pointer(t.split[2, 0]), pointer(t.split[2, 1])
    begin, end = _range(k, part)
    for first in range(begin, end, PIECE):
        last = min(first + PIECE, end)
        start, stop = 2 * first - ends.left, 2 * last - ends.left + taps - 2
        if start >= 0 and stop <= n:
            e = advance(x, start)
        else:
            e = pointer(w.lines)
            _window(x, n, e, start, stop, ends)
        split_row(e, advance(low, first), advance(high, first), u, v, taps, last - first)


@inlined
def _window(x, n, e, start, stop, ends):
    """e ← the samples start … stop − 1 of a row of n and of what stands outside of it."""
    first, last = min(max(start, 0), n), min(stop, n)
    for m in range(start, first):
        e[m - start] = outside(x, m + ends.left, ends)
    copy(advance(e, first - start), advance(x, first), last - first)
    for m in range(last, stop):
        e[m - start] = outside(x, m - n + ends.left, ends)


@inner
def _merge_line(low, high, x, t, level, w, part):
    """The transpose of `_split_line`."""
    n, k, taps, beyond = _axis(t, level, 2)
    ends, u, v = _ends(t, level, 2), pointer(t.merge[2, 0]), pointer(t.merge[2, 1])
    before, left, rest = taps // 2 - 1, ends.left, pointer(w.outside)
    begin, end = _range(k + before, part)
    for first in range(begin, end, PIECE):
        last = min(first + PIECE, end)
        start, stop = 2 * first - left, 2 * last - left
        if first >= before and last <= k and start >= 0 and stop <= n:
            merge_row(advance(low, first), advance(high, first), advance(x, start), u, v, taps, last - first)
        else:
            a, d, e = pointer(w.pads[0, 0]), pointer(w.pads[0, 1]), pointer(w.lines)
            _padded(a, low, k, first - before, last)
            _padded(d, high, k, first - before, last)
            merge_row(advance(a, before), advance(d, before), e, u, v, taps, last - first)
            _part(x, n, e, start, stop, rest, left)
    fold(x, rest, beyond, ends)


@inlined
def _padded(pad, band, k, start, stop):
    """pad ← band[start:stop], zeros where that is outside."""
    before, after = max(0, -start), max(0, stop - k)
    clear(pad, before)
    copy(advance(pad, before), advance(band, start + before), stop - after - start - before)
    clear(advance(pad, stop - after - start), after)


@inlined
def _part(x, n, e, start, stop, rest, left):
    """The samples start … stop − 1 of an extended row to the row, and to what stands outside of it."""
    first, last = min(max(start, 0), n), min(stop, n)
    copy(advance(rest, start + left), e, first - start)
    copy(advance(x, first), advance(e, first - start), last - first)
    after = max(last, start)
    copy(advance(rest, after - n + left), advance(e, after - start), stop - after)


# ---- two axes -----------------------------------------------------------------------------------------


@inner
def _split_plane(x, aa, ad, da, dd, t, level, w, part):
    """A plane into four bands: two filtered rows at a time, each split at once."""
    rows, k, tall, beyond = _axis(t, level, 1)
    n, columns, taps, around = _axis(t, level, 2)
    if tall == 2 and taps == 2 and beyond == 0 and around == 0:
        begin, end = _range(k, part)
        for q in range(begin, end):
            p, i = advance(x, 2 * q * n), q * columns
            ask_to_read(advance(x, 2 * (q + AHEAD) * n), 2 * n)
            split_square(
                p, advance(p, n), advance(aa, i), advance(ad, i), advance(da, i), advance(dd, i),
                t.split[1], t.split[2], columns,
            )  # fmt: skip
        return
    ends, row_ends = _ends(t, level, 2), _ends(t, level, 1)
    edge, places = pointer(w.row_edge), pointer(w.places)
    _extend_rows(x, edge, n, beyond, row_ends)
    shift, margin = distance(x, edge), ends.left
    low, high = pointer(w.lines[0]), pointer(w.lines[1])
    s, d = pointer(t.split[1, 0]), pointer(t.split[1, 1])
    u, v = pointer(t.split[2, 0]), pointer(t.split[2, 1])
    begin, end = _range(k, part)
    for q in range(begin, end):
        ask_to_read(advance(x, (2 * q + 2 + tall - row_ends.left) * n), 2 * n)
        i = (q + 1) * columns
        ask_to_write(advance(ad, i), columns)
        ask_to_write(advance(da, i), columns)
        ask_to_write(advance(dd, i), columns)
        _extended_rows(places, 2 * q, tall, rows, n, shift, row_ends.left)
        mix_rows(x, places, advance(low, margin), advance(high, margin), s, d, tall, n)
        _fill(low, n, around, ends)
        _fill(high, n, around, ends)
        i = q * columns
        split_row(low, advance(aa, i), advance(ad, i), u, v, taps, columns)
        split_row(high, advance(da, i), advance(dd, i), u, v, taps, columns)


@inlined
def _fill(e, n, around, ends):
    """What stands outside of a row that has room for it at both ends."""
    x = advance(e, ends.left)
    for b in range(around):
        e[b if b < ends.left else b + n] = outside(x, b, ends)


@inlined
def _extended_rows(places, first, taps, rows, size, shift, left):
    """Where the rows first … first + taps − 1 of an extended block begin, counted from the block."""
    for j in range(taps):
        row = first + j - left
        if row < 0:
            places[j] = shift + (row + left) * size
        elif row < rows:
            places[j] = row * size
        else:
            places[j] = shift + (row - rows + left) * size


@inner
def _extend_rows(x, edge, size, beyond, ends):
    """edge ← the rows that stand outside of x."""
    for b in range(beyond):
        row = advance(edge, b * size)
        clear(row, size)
        for c in range(b * ends.width, b * ends.width + ends.terms):
            if ends.weight[c] != 0:
                add(row, ends.weight[c], advance(x, ends.index[c] * size), size)


@inner
def _fold_rows(x, edge, size, beyond, ends):
    """x ← x + what the rows outside of x were made of."""
    for b in range(beyond):
        for c in range(b * ends.width, b * ends.width + ends.terms):
            if ends.weight[c] != 0:
                add(advance(x, ends.index[c] * size), ends.weight[c], advance(edge, b * size), size)


@inner
def _merge_plane(aa, ad, da, dd, x, t, level, w, part):
    """The transpose of `_split_plane`."""
    rows, k, tall, beyond = _axis(t, level, 1)
    n, columns, taps, around = _axis(t, level, 2)
    if tall == 2 and taps == 2 and beyond == 0 and around == 0:
        begin, end = _range(k, part)
        for q in range(begin, end):
            p, i = advance(x, 2 * q * n), q * columns
            merge_square(
                advance(aa, i), advance(ad, i), advance(da, i), advance(dd, i), p, advance(p, n),
                t.merge[1], t.merge[2], columns,
            )  # fmt: skip
        return
    ends, row_ends, edge = _ends(t, level, 2), _ends(t, level, 1), pointer(w.row_edge)
    u, v, before = pointer(t.merge[2, 0]), pointer(t.merge[2, 1]), taps // 2 - 1
    for p in range(2):
        for i in range(2):
            clear(pointer(w.pads[p, i]), before)
            clear(advance(pointer(w.pads[p, i]), before + columns), before)
    e, rest = pointer(w.lines), pointer(w.outside)
    begin, end = _range(k + tall // 2 - 1, part)
    for q in range(begin, end):
        _mix_bands(aa, da, pointer(w.pads[0, 0]), pointer(w.pads[1, 0]), before, columns, q, k, t, 1, w)
        _mix_bands(ad, dd, pointer(w.pads[0, 1]), pointer(w.pads[1, 1]), before, columns, q, k, t, 1, w)
        for p in range(2):
            row = 2 * q + p - row_ends.left
            if 0 <= row < rows:
                target = advance(x, row * n)
            elif row_ends.terms:
                target = advance(edge, (row if row < 0 else row - rows) * n + row_ends.left * n)
            else:
                continue
            a, d = advance(pointer(w.pads[p, 0]), before), advance(pointer(w.pads[p, 1]), before)
            merge_row(a, d, e, u, v, taps, columns + before)
            _part(target, n, e, -ends.left, 2 * (columns + before) - ends.left, rest, ends.left)
            fold(target, rest, around, ends)
    _fold_rows(x, edge, n, beyond, row_ends)


@inner
def _mix_bands(low, high, y, z, margin, size, q, k, t, axis, w):
    """y, z ← Σⱼ u[j] row(j), Σⱼ v[j] row(j), row(j) being q − ⌊j/2⌋ of band j mod 2, nothing if there is none."""
    first, last = max(0, q - k + 1), min(t.taps[axis] // 2, q + 1)
    places, between = pointer(w.places), distance(low, high)
    for j in range(first, last):
        places[2 * (j - first)] = (q - j) * size
        places[2 * (j - first) + 1] = between + (q - j) * size
    u, v = advance(pointer(t.merge[axis, 0]), 2 * first), advance(pointer(t.merge[axis, 1]), 2 * first)
    mix_rows(low, places, advance(y, margin), advance(z, margin), u, v, 2 * (last - first), size)


# ---- three axes ---------------------------------------------------------------------------------------


@inner
def _split_volume(x, b, t, level, w, part):
    """A volume into eight bands: two filtered slabs at a time, each split at once."""
    slabs, k, taps, beyond = _axis(t, level, 0)
    size = t.sizes[level, 1] * t.sizes[level, 2]
    band = t.sizes[level + 1, 1] * t.sizes[level + 1, 2]
    ends, edge, places = _ends(t, level, 0), pointer(w.slab_edge), pointer(w.places)
    _extend_rows(x, edge, size, beyond, ends)
    shift, low = distance(x, edge), pointer(w.slabs)
    high, u, v = advance(low, size), pointer(t.split[0, 0]), pointer(t.split[0, 1])
    begin, end = _range(k, part)
    for q in range(begin, end):
        _extended_rows(places, 2 * q, taps, slabs, size, shift, ends.left)
        mix_rows(x, places, low, high, u, v, taps, size)
        i = q * band
        _split_plane(
            low, advance(b[0], i), advance(b[1], i), advance(b[2], i), advance(b[3], i), t, level, w, WHOLE
        )
        _split_plane(
            high, advance(b[4], i), advance(b[5], i), advance(b[6], i), advance(b[7], i), t, level, w, WHOLE
        )


@inner
def _merge_volume(b, x, t, level, w, part):
    """The transpose of `_split_volume`."""
    slabs, k, taps, beyond = _axis(t, level, 0)
    size = t.sizes[level, 1] * t.sizes[level, 2]
    band = t.sizes[level + 1, 1] * t.sizes[level + 1, 2]
    ends, edge, mixed = _ends(t, level, 0), pointer(w.slab_edge), pointer(w.slabs)
    begin, end = _range(k + taps // 2 - 1, part)
    for q in range(begin, end):
        for i in range(4):
            y, z = advance(mixed, i * band), advance(mixed, (4 + i) * band)
            _mix_bands(b[i], b[i + 4], y, z, 0, band, q, k, t, 0, w)
        for p in range(2):
            slab = 2 * q + p - ends.left
            if 0 <= slab < slabs:
                target = advance(x, slab * size)
            elif ends.terms:
                target = advance(edge, (slab if slab < 0 else slab - slabs) * size + ends.left * size)
            else:
                continue
            m = advance(mixed, 4 * p * band)
            a, c, d = advance(m, band), advance(m, 2 * band), advance(m, 3 * band)
            _merge_plane(m, a, c, d, target, t, level, w, WHOLE)
    _fold_rows(x, edge, size, beyond, ends)
