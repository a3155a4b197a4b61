"""Two-channel filter banks in the array API standard: reference implementation, JAX path and test oracle.

Four linear maps, defined by a plan of `subband.kernels.filterbank.plan`, for signals of shape (batch, n₁, …,
n_d): `pyramid_analysis` and `tree_analysis` apply the bank, `pyramid_synthesis` and `tree_synthesis` are
their exact transposes for every boundary mode. Inverse transforms are syntheses with the plan of the
time-reversed reconstruction filters (Mallat, A Wavelet Tour of Signal Processing, §7.3).
"""

from collections.abc import Sequence
from math import prod

from subband.arrays.namespace import Array, device_of, namespace
from subband.kernels.filterbank.boundary_modes import Column, Extension
from subband.kernels.filterbank.plan import Plan

Taps = Sequence[float] | Array
Filters = Sequence[tuple[Taps, Taps]]


def pyramid_analysis(x: Array, plan: Plan, filters: Filters | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, plan.total): approximation, then details from coarse to fine."""
    xp = namespace(x)
    parts = []
    for level in range(plan.levels):
        bands = _split_axes(x, plan, level, filters or _filters(plan))
        details = (len(bands) - 1) * prod(plan.sizes[level + 1])
        parts.append(xp.reshape(xp.stack(bands[1:], axis=1), (x.shape[0], details)))
        x = bands[0]
    parts.append(xp.reshape(x, (x.shape[0], prod(plan.sizes[-1]))))
    return xp.concat(parts[::-1], axis=1)


def pyramid_synthesis(c: Array, plan: Plan, filters: Filters | None = None) -> Array:
    """(batch, plan.total) → (batch, n₁, …, n_d), the transpose of `pyramid_analysis`."""
    xp = namespace(c)
    batch = c.shape[0]
    x = xp.reshape(c[:, : prod(plan.sizes[-1])], (batch, *plan.sizes[-1]))
    for level in reversed(range(plan.levels)):
        size, count = plan.sizes[level + 1], 2**plan.rank - 1
        start = plan.offsets[level]
        details = xp.reshape(c[:, start : start + count * prod(size)], (batch, count, *size))
        bands = [x, *(details[:, i, ...] for i in range(count))]
        x = _merge_axes(bands, plan, level, filters or _filters(plan))
    return x


def tree_analysis(x: Array, plan: Plan, filters: Filters | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, 2^J, …, 2^J, k₁, …, k_d): every band split at each of J levels."""
    xp = namespace(x)
    d = plan.rank
    x = xp.reshape(x, (x.shape[0],) + (1,) * d + tuple(x.shape[1:]))
    for level in range(plan.levels):
        for axis, (lo, hi) in enumerate(filters or _filters(plan)):
            step = plan.banks[axis].extension(plan.sizes[level][axis])
            pair = xp.stack(split(x, lo, hi, step, 1 + d + axis), axis=2 + axis)
            shape = list(pair.shape)
            shape[1 + axis : 3 + axis] = [2 * shape[1 + axis]]
            x = xp.reshape(pair, tuple(shape))
    return _reorder(x, plan, plan.band_order)


def tree_synthesis(c: Array, plan: Plan, filters: Filters | None = None) -> Array:
    """(batch, 2^J, …, 2^J, k₁, …, k_d) → (batch, n₁, …, n_d), the transpose of `tree_analysis`."""
    xp = namespace(c)
    d = plan.rank
    natural = sorted(range(2**plan.levels), key=plan.band_order.__getitem__)
    x = _reorder(c, plan, natural)
    for level in reversed(range(plan.levels)):
        for axis, (lo, hi) in enumerate(filters or _filters(plan)):
            step = plan.banks[axis].extension(plan.sizes[level][axis])
            shape = list(x.shape)
            shape[1 + axis : 2 + axis] = [shape[1 + axis] // 2, 2]
            pair = xp.moveaxis(xp.reshape(x, tuple(shape)), (2 + axis,), (0,))
            x = merge(pair[0, ...], pair[1, ...], lo, hi, step, 1 + d + axis)
    return xp.reshape(x, (x.shape[0], *plan.size))


def split(x: Array, lo: Taps, hi: Taps, step: Extension, axis: int) -> tuple[Array, Array]:
    """Filter and downsample by 2 along one axis: y[k] = Σⱼ h[j] e[2k + L − 1 − j] for both filters h."""
    xp = namespace(x)
    e = extend(x, step, axis)
    taps = step.taps
    # Polyphase components: unit-stride slices have transposes without a scatter.
    pairs = xp.reshape(e, (*e.shape[:axis], e.shape[axis] // 2, 2, *e.shape[axis + 1 :]))
    phases = [pairs[(slice(None),) * (axis + 1) + (p, ...)] for p in (0, 1)]
    low = high = None
    for j in range(taps):
        first, p = divmod(taps - 1 - j, 2)
        lane = phases[p][_along(e, axis, slice(first, first + step.subbands))]
        low = lo[j] * lane if low is None else low + lo[j] * lane
        high = hi[j] * lane if high is None else high + hi[j] * lane
    return low, high


def merge(a: Array, d: Array, lo: Taps, hi: Taps, step: Extension, axis: int) -> Array:
    """The transpose of `split`: e[2q + p] = Σₜ f[2t + p] a[q − t] + g[2t + p] d[q − t], then fold."""
    xp = namespace(a)
    taps = step.taps
    half, length = taps // 2, step.subbands + taps // 2 - 1
    a, d = (_pad(band, half - 1, half - 1, axis) for band in (a, d))
    phases = []
    for p in (0, 1):
        phase = None
        for t in range(half):
            lane = _along(a, axis, slice(half - 1 - t, half - 1 - t + length))
            j = taps - 1 - 2 * t - p
            term = lo[j] * a[lane] + hi[j] * d[lane]
            phase = term if phase is None else phase + term
        phases.append(phase)
    pair = xp.stack(phases, axis=axis + 1)
    shape = list(pair.shape)
    shape[axis : axis + 2] = [2 * length]
    return fold(xp.reshape(pair, tuple(shape)), step, axis)


def extend(x: Array, step: Extension, axis: int) -> Array:
    """e = E x along one axis."""
    if step.left + step.right == 0:
        return x
    if not step.columns:
        return _pad(x, step.left, step.right, axis)
    xp = namespace(x)
    outside = combine(x, step.columns, axis)
    before = outside[_along(x, axis, slice(0, step.left))]
    after = outside[_along(x, axis, slice(step.left, None))]
    return xp.concat([before, x, after], axis=axis)


def fold(e: Array, step: Extension, axis: int) -> Array:
    """x = Eᵀ e along one axis: extended samples are added back to the samples they were computed from."""
    xp = namespace(e)
    core = e[_along(e, axis, slice(step.left, step.left + step.size))]
    if not step.columns:
        return core
    before = e[_along(e, axis, slice(0, step.left))]
    after = e[_along(e, axis, slice(step.left + step.size, None))]
    # A trailing zero, the target of unused terms.
    outside = _pad(xp.concat([before, after], axis=axis), 0, 1, axis)
    head, tail, columns = step.returns
    back = combine(outside, columns, axis)
    pieces = [
        core[_along(core, axis, slice(0, head))] + back[_along(back, axis, slice(0, head))],
        core[_along(core, axis, slice(head, step.size - tail))],
        core[_along(core, axis, slice(step.size - tail, None))] + back[_along(back, axis, slice(head, None))],
    ]
    return xp.concat([piece for piece in pieces if piece.shape[axis]], axis=axis)


def combine(x: Array, columns: Sequence[Column], axis: int) -> Array:
    """Σ weight · x[index] over the columns, along one axis."""
    xp = namespace(x)
    device = device_of(x)
    real = xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
    shape = [1] * x.ndim
    shape[axis] = -1
    total = None
    for index, weight in columns:
        samples = xp.take(x, xp.asarray(index, **device), axis=axis)
        if weight is not None:
            samples = samples * xp.reshape(xp.asarray(weight, dtype=real, **device), tuple(shape))
        total = samples if total is None else total + samples
    return total


def _split_axes(x: Array, plan: Plan, level: int, filters: Filters) -> list[Array]:
    """One level over all axes: the 2^d bands, the letter of the first axis varying slowest."""
    bands = [x]
    for axis, (lo, hi) in enumerate(filters):
        step = plan.banks[axis].extension(plan.sizes[level][axis])
        bands = [half for band in bands for half in split(band, lo, hi, step, 1 + axis)]
    return bands


def _merge_axes(bands: list[Array], plan: Plan, level: int, filters: Filters) -> Array:
    """The transpose of `_split_axes`."""
    for axis, (lo, hi) in reversed(list(enumerate(filters))):
        step = plan.banks[axis].extension(plan.sizes[level][axis])
        pairs = zip(bands[::2], bands[1::2], strict=True)
        bands = [merge(a, d, lo, hi, step, 1 + axis) for a, d in pairs]
    return bands[0]


def _reorder(x: Array, plan: Plan, order: Sequence[int]) -> Array:
    if list(order) == list(range(len(order))):
        return x
    xp = namespace(x)
    device = device_of(x)
    for axis in range(1, 1 + plan.rank):
        x = xp.take(x, xp.asarray(order, **device), axis=axis)
    return x


def _filters(plan: Plan) -> Filters:
    return [(bank.lo, bank.hi) for bank in plan.banks]


def _pad(x: Array, before: int, after: int, axis: int) -> Array:
    """Zero padding along one axis; the array API standard has no pad."""
    xp = namespace(x)

    device = device_of(x)
    if before == after == 0:
        return x
    first, last = (
        xp.zeros((*x.shape[:axis], count, *x.shape[axis + 1 :]), dtype=x.dtype, **device)
        for count in (before, after)
    )
    return xp.concat([first, x, last], axis=axis)


def _along(x: Array, axis: int, part: slice) -> tuple[slice, ...]:
    """Index expression that slices one axis."""
    return (slice(None),) * axis + (part,) + (slice(None),) * (x.ndim - axis - 1)
