"""Which samples of two signals are valid, and which of the shifts s and s − N leaves the better overlap."""

from collections.abc import Callable
from math import prod
from typing import Any

from subband.arrays.arguments import number, shown
from subband.arrays.compilers import compiling, transforming
from subband.arrays.concrete import known
from subband.arrays.namespace import Array, as_array, device_of, library, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import items, real_part, real_product
from subband.transforms.fourier.peak import contract

Found = tuple[Array, ...]
Find = Callable[[Array, Array], Found]

LEAST = 0.3
"""Default overlap of a masked correlation, relative to the largest of all shifts."""


def read_mask(name: str, mask: Any, x: Array) -> Array:
    """A mask as Booleans of the library and shape of `x`.

    Raises:
        InvalidInput: numbers, which could be weights or levels; or a shape that doesn't broadcast to that of `x`.
    """
    if isinstance(mask, bool | list | tuple):
        mask = as_array(mask, name)
    example = f"give True where samples are valid, e.g. {name}={'a' if name == 'mask' else 'b'} > 0"
    if not hasattr(mask, "dtype") or library(mask) not in ("numpy", library(x)):
        raise InvalidInput(f"{name}={shown(mask)} is no array of Booleans: {example}")
    if not namespace(mask).isdtype(mask.dtype, "bool"):
        raise InvalidInput(f"{name} has dtype {mask.dtype}, not Booleans: {example}")
    shape, ours = tuple(mask.shape), tuple(x.shape)
    fits = len(shape) <= len(ours) and all(
        m in (1, n) for m, n in zip(reversed(shape), reversed(ours), strict=False)
    )
    if not fits:
        raise InvalidInput(f"{name} of shape {shape} does not broadcast to {ours}, the shape of the signals")
    xp = namespace(x)
    return xp.broadcast_to(xp.asarray(mask, **device_of(x)), ours)


def some_missing(*arrays: Array) -> bool:
    """Whether any sample is NaN; False for arrays that are traced, whose numbers are not known."""
    if compiling() or (library(arrays[0]) == "torch" and transforming()):
        return False
    try:
        return any(bool(known(namespace(x).any(namespace(x).isnan(x)))) for x in arrays)
    except InvalidInput:  # traced by JAX
        return False


def by_missing(a: Array, b: Array, axes: tuple[int, ...], whole: Find, masked: Callable[..., Found]) -> Found:
    """What `whole` finds of each pair of signals without NaN, and `masked` of each pair with some.

    Args:
        a, b: (…) signals.
        axes: Axes of one signal.
        whole: Of two signals.
        masked: Of two signals, and Booleans of which samples are valid.
    """
    if not some_missing(a, b):
        return whole(a, b)
    xp = namespace(a)
    missing = xp.isnan(items(a, axes)) | xp.isnan(items(b, axes))
    some = xp.any(missing, axis=tuple(range(1, missing.ndim)))
    filled = (xp.where(xp.isnan(x), xp.zeros_like(x), x) for x in (a, b))
    pairs = zip(masked(a, b, ~xp.isnan(a), ~xp.isnan(b)), whole(*filled), strict=True)
    return tuple(xp.where(xp.reshape(some, (-1,) + (1,) * (x.ndim - 1)), x, y) for x, y in pairs)


def plain_overlap(overlap: Any, default: float) -> float:
    """A validated share of the largest overlap."""
    if overlap is None:
        return default
    found = number("overlap", overlap, "a share of the largest overlap, 0 … 1", low=0)
    if found > 1:
        raise InvalidInput(f"overlap={found:g} must be a share of the largest overlap, 0 … 1")
    return float(found)


def read_masks(mask: Any, moving_mask: Any, a: Array, b: Array) -> tuple[Array, Array]:
    """Both masks; by default that of `b` is that of `a`, whose default is True."""
    valid = read_mask("mask", True if mask is None else mask, a)
    return valid, valid if moving_mask is None else read_mask("moving_mask", moving_mask, b)


def resolve(a: Array, b: Array, s: Array, overlap: float) -> tuple[Array, Array]:
    """Add the multiple of the period to each circular shift that leaves the best correlated overlap.

    Along each axis the shifts s and s − N move different samples of `b` onto `a`: rolled back by s, they are those
    before and those after its end. All 2^d combinations divide the rolled array among themselves.

    Args:
        a, b: (batch, n₁, …, n_d) signals, of magnitude 1.
        s: (batch, d) shifts in −N/2 … N/2.
        overlap: Smallest share of the samples that may overlap.

    Returns:
        (batch, d) shifts in −N … N, and (batch,) correlation coefficients of what then overlaps.
    """
    xp, d = namespace(a), s.shape[-1]
    size, inner = tuple(int(n) for n in a.shape[1:]), tuple(range(1, d + 1))
    a, b = (x - xp.mean(x, axis=inner, keepdims=True) for x in (a, b))
    whole = xp.astype(xp.round(s), xp.__array_namespace_info__().default_dtypes()["integral"])
    insides = []
    for axis, n in enumerate(size, 1):
        along = tuple(n if i == axis else 1 for i in range(d + 1))
        n_axis = xp.arange(n, dtype=whole.dtype, **device_of(whole))
        from_ = xp.remainder(whole[:, axis - 1 : axis] + n_axis, n)
        index = xp.reshape(from_, (s.shape[0], *along[1:]))
        b = xp.take_along_axis(b, xp.broadcast_to(index, b.shape), axis=axis)
        before = n_axis < n - xp.remainder(whole[:, axis - 1 : axis], n)
        insides.append(xp.astype(xp.stack([before, ~before], axis=-1), a.dtype))
    rho, count = _coefficients(a, b, insides)
    least = max(overlap * prod(size), 2.5)  # two samples always lie on a line
    # If none overlaps enough: the largest overlap, which is the nearest shift.
    score = xp.reshape(xp.where(count >= least, rho, count / prod(size) - 3), (s.shape[0], 2**d))
    best = xp.argmax(score, axis=-1)
    shifts = []
    for axis, n in enumerate(size):
        wrapped = xp.remainder(xp.floor_divide(best, 2 ** (d - 1 - axis)), 2)
        turns = xp.astype(whole[:, axis] < 0, wrapped.dtype) - wrapped
        shifts.append(s[:, axis] + n * xp.astype(turns, s.dtype))
    return xp.stack(shifts, axis=-1), xp.max(score, axis=-1)


def _coefficients(a: Array, b: Array, insides: list[Array]) -> tuple[Array, Array]:
    """(batch, 2, …, 2) correlation coefficients within each part, and numbers of samples."""
    xp = namespace(a)
    count = real_part(contract(xp.ones_like(a), insides))
    n = xp.clip(count, min=1.0)
    sum_a, sum_b = contract(a, insides), contract(b, insides)

    def moment(x: Array, y: Array, sum_x: Array, sum_y: Array) -> Array:
        return contract(real_product(x, y), reals) - real_product(sum_x, sum_y) / n

    reals = [real_part(inside) for inside in insides]
    energy = xp.clip(moment(a, a, sum_a, sum_a), min=0.0) * xp.clip(moment(b, b, sum_b, sum_b), min=0.0)
    root = xp.sqrt(energy)
    some = root > 1e3 * float(xp.finfo(root.dtype).eps) * n
    rho = moment(a, b, sum_a, sum_b) / xp.where(some, root, xp.ones_like(root))
    return xp.where(some, rho, xp.zeros_like(root)), count
