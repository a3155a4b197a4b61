"""Periodic fields, their wavelets, chunking and references: common parts of all statistics.

Statistics are means over a periodic field, without padding or subsampling, hence exactly translation-invariant.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import floor, log2, prod
from typing import Any, NamedTuple, TypeVar

import numpy as np

from subband.arrays.arguments import integer, shown
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.compilers import static
from subband.arrays.namespace import Array, as_signal, device_of, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.scattering.banks import FilterBank, filter_bank
from subband.transforms.scattering.banks.bank import from_numbers
from subband.transforms.scattering.statistics.summary import Entry, Layout, SummaryStatistics

T = TypeVar("T", bound=tuple)

BUDGET = 64 << 20
"""Maximal size in bytes of the wavelet transform of one chunk: a few times a processor's cache."""

Chunk = int | str


class Wavelets(NamedTuple):
    """A bank of wavelets on a periodic grid, finest scale first.

    Attributes:
        filters: (n, *shape) ψ̂ at the frequencies of the FFT, complex for families with complex spectra.
        low: (*shape) low-pass φ̂.
        scales: j of each wavelet, in whole octaves below the finest.
        angles: Orientations in radians, from the first axis to the second; 0 for signals.
        frequencies: Centre frequencies in cycles per sample.
    """

    filters: np.ndarray
    low: np.ndarray
    scales: tuple[int, ...]
    angles: tuple[float, ...]
    frequencies: tuple[float, ...]


class Family(NamedTuple):
    """A filter bank and a field shape, as hashable data.

    Attributes:
        shape: Number of samples along each axis of the field.
        numbers: `FilterBank.numbers`.
    """

    shape: tuple[int, ...]
    numbers: tuple[Any, ...]

    @property
    def wavelets(self) -> Wavelets:
        """The evaluated bank."""
        return _wavelets(*self)

    @property
    def size(self) -> int:
        """Number of samples N of the field."""
        return prod(self.shape)

    @property
    def orders(self) -> tuple[int, ...]:
        """Rank of each wavelet's scale, 0 the finest: by octave for images, by frequency for signals."""
        return self.wavelets.scales if len(self.shape) == 2 else tuple(range(len(self.wavelets.scales)))

    def entry(self, statistic: str, numbers: Sequence[int], **others: Any) -> Entry:
        """The `Entry` of a statistic of the wavelets with these indices."""
        bank = self.wavelets
        angles = tuple(bank.angles[n] for n in numbers) if len(self.shape) == 2 else ()
        scales = tuple(bank.scales[n] for n in numbers)
        frequencies = tuple(bank.frequencies[n] for n in numbers)
        return Entry(statistic, scales, angles, frequencies, **others)


@partial(static, large=True)
def _wavelets(shape: tuple[int, ...], numbers: tuple[Any, ...]) -> Wavelets:
    bank = from_numbers(numbers)
    finest = max(one.xi for one in bank.filters)
    return Wavelets(
        bank.spectra(shape),
        bank.lowpass(shape),
        tuple([floor(log2(finest / one.xi) + 1e-6) for one in bank.filters]),
        tuple([one.theta for one in bank.filters]),
        tuple([one.xi for one in bank.filters]),
    )


class Fields(NamedTuple):
    """Fields extracted from an array.

    Attributes:
        x: (B, *shape) fields divided by `unit`, so that fourth powers do not overflow or underflow.
        batch: Shape of the other axes.
        unit: (B, 1) largest power of two not above the maximal modulus of each field.
    """

    x: Array
    batch: tuple[int, ...]
    unit: Array


def gather(x: Array, axes: int | Sequence[int], name: str = "x") -> Fields:
    """Move the axes of the field last, flatten the others, and scale each field.

    Raises:
        InvalidInput: a complex array; more than two axes, or one that is missing or empty.
    """
    x = widened(as_signal(x, name))
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        raise InvalidInput(f"{name} is complex: take the statistics of its real and imaginary parts")
    plain = plain_axes(axes)
    given = (plain,) if isinstance(plain, int) else plain
    if len(given) not in (1, 2):
        raise InvalidInput(f"axes={given}: statistics are taken of signals (one axis) or images (two)")
    if x.ndim < len(given):
        raise InvalidInput(f"{name} of shape {tuple(x.shape)} has too few axes for axes={given}")
    counted = count_axes(given, x.shape)
    x = xp.moveaxis(x, counted, tuple(range(-len(counted), 0)))
    batch, shape = tuple(x.shape[: -len(counted)]), tuple(x.shape[-len(counted) :])
    return scaled(xp.reshape(x, (prod(batch), *shape)), batch)


def scaled(x: Array, batch: tuple[int, ...]) -> Fields:
    """Scale fields (B, *shape), each by its own unit."""
    unit = power_of_two(x, tuple(range(1, x.ndim)))
    return Fields(x / unit, batch, namespace(x).reshape(unit, (-1, 1)))


def family(shape: tuple[int, ...], J: int, L: int, Q: int, bank: str | FilterBank) -> Family:
    """Validate the arguments of the wavelets.

    Raises:
        InvalidInput: numbers below 1, an unknown bank or one of another number of axes, or a J whose coarsest
            wavelet is wider than the field.
    """
    if not isinstance(bank, str | FilterBank):
        raise InvalidInput(f"bank={shown(bank)}: give the name of a filter_bank, or a FilterBank")
    made = filter_bank(bank, J=J, Q=Q, L=L, ndim=len(shape)) if isinstance(bank, str) else bank
    if made.ndim != len(shape):
        raise InvalidInput(f"{made} is of {made.ndim} axes, the fields of {len(shape)}")
    largest = int(log2(min(shape)))
    if largest < made.J:
        raise InvalidInput(f"J={made.J} is too large for fields of {shape}: at most {largest}")
    # Sorted from fine to coarse.
    falling = sorted(made.filters, key=lambda one: -one.xi)
    return Family(shape, replace(made, filters=tuple(falling)).numbers)


def in_chunks(act: Callable[..., T], fields: Sequence[Array], of: Family, chunk: Chunk) -> T:
    """Apply `act` to chunks of fields and concatenate the results.

    Args:
        act: Function of arrays (b, *shape) to a tuple of arrays (b, …), possibly nested.
        fields: Arrays (B, *shape).
        of: The wavelets, whose number determines how many fields fit into `BUDGET`.
        chunk: Fields per chunk, or "auto".
    """
    batch = fields[0].shape[0]
    size = _whole(chunk) if not isinstance(chunk, str) or chunk != "auto" else _fields_at_once(fields[0], of)
    if batch <= size:
        return act(*fields)
    return _joined([act(*[x[start : start + size, ...] for x in fields]) for start in range(0, batch, size)])


def _joined(parts: list[Any]) -> Any:
    """Tuples of arrays (b, …) → one tuple of arrays (B, …), of the same type."""
    if not isinstance(parts[0], tuple):
        return namespace(parts[0]).concat(parts, axis=0)
    columns = [_joined(list(same)) for same in zip(*parts, strict=True)]
    kind: Any = type(parts[0])
    return kind(*columns) if hasattr(kind, "_fields") else tuple(columns)


def spectrum(x: Array, of: Family) -> Array:
    """(…, *shape) real or complex → (…, N) its Fourier transform, flattened."""
    xp, axes = namespace(x), tuple(range(-len(of.shape), 0))
    x = x if xp.isdtype(x.dtype, "complex floating") else x + 0j
    return xp.reshape(xp.fft.fftn(x, axes=axes), (*x.shape[: -len(of.shape)], of.size))


def filtered(spectra: Array, filters: Array, of: Family) -> Array:
    """(b, N) spectra and (n, N) multipliers → (b, n, *shape) complex: x ⋆ ψ."""
    xp = namespace(spectra)
    product = xp.reshape(spectra[:, None, :] * filters, (spectra.shape[0], filters.shape[0], *of.shape))
    return xp.fft.ifftn(product, axes=tuple(range(-len(of.shape), 0)))


def groups(of: Family, filters: Array, batch: int) -> list[slice]:
    """Slices of the wavelets for which the transform of one chunk fits into `BUDGET`."""
    count = filters.shape[0]
    size = max(1, BUDGET // (2 * _bytes(filters) * of.size * batch))
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def mean(x: Array, of: Family) -> Array:
    """The average over the field's axes."""
    return namespace(x).mean(x, axis=tuple(range(-len(of.shape), 0)))


def check_reference(reference: Any) -> None:
    """Raise InvalidInput for a string other than "own"."""
    if isinstance(reference, str) and reference != "own":
        raise InvalidInput(f"reference={reference!r}: give 'own', None, or an array of fields")


def reference_powers(
    reference: Array, of: Family, axes: int | Sequence[int], chunk: Chunk
) -> tuple[Array, Array]:
    """Mean powers of reference fields.

    Returns:
        (1, n + 1) powers of the wavelet coefficients and of the low-pass, in units of unit²; and (1, 1) the unit.
    """
    fields = gather(reference, axes, "reference")
    xp, shape = namespace(fields.x), tuple(fields.x.shape[1:])
    if shape != of.shape:
        raise InvalidInput(f"the reference has fields of shape {shape}: give fields of {of.shape}")
    (powers,) = in_chunks(lambda some: (_powers(some, of),), [fields.x], of, chunk)
    # A common unit for the mean, that of the largest field.
    unit = xp.max(fields.unit, axis=0, keepdims=True)
    return xp.mean(powers * (fields.unit / unit) ** 2, axis=0, keepdims=True), unit


def _powers(x: Array, of: Family) -> Array:
    """(b, n + 1) ⟨|x⋆ψ|²⟩, and Cov[x⋆φ, x⋆φ]."""
    xp, energy = namespace(x), namespace(x).abs(spectrum(x, of)) ** 2 / of.size**2
    return xp.concat([energy @ squared(of, x), energy @ constant(low_power(*of), x)[:, None]], axis=-1)


@partial(static, large=True)
def low_power(shape: tuple[int, ...], numbers: tuple[Any, ...]) -> np.ndarray:
    """(N,) |φ̂|² without the mean."""
    power = np.ravel(Family(shape, numbers).wavelets.low ** 2)
    power[0] = 0
    return power


def constant(numbers: np.ndarray, like: Array) -> Array:
    """A real NumPy array in the library, precision and device of `like`."""
    xp = namespace(like)
    device = device_of(like)
    # Cached arrays are read-only, of which PyTorch warns.
    numbers = numbers if numbers.flags.writeable else numbers.copy()
    return xp.asarray(numbers, dtype=xp.float32 if _bytes(like) == 4 else xp.float64, **device)


def indices(numbers: np.ndarray, like: Array) -> Array:
    """An integer NumPy array in the library and on the device of `like`."""
    device = device_of(like)
    return namespace(like).asarray(numbers, **device)


def root(power: Array) -> Array:
    """√power, and 1 where power = 0, so that zero fields have zero statistics and finite gradients."""
    xp = namespace(power)
    one = xp.ones_like(power)
    return xp.sqrt(xp.where(power > 0, power, one))


def flat(of: Family, like: Array) -> Array:
    """(n, N) ψ̂ in the library and precision of `like`."""
    filters: Any = np.reshape(of.wavelets.filters, (-1, of.size))
    if not np.iscomplexobj(filters):
        return constant(filters, like)
    return constant(filters.real, like) + 1j * constant(filters.imag, like)


def squared(of: Family, like: Array) -> Array:
    """(N, n) |ψ̂|² in the library and precision of `like`."""
    return constant(np.reshape(np.abs(of.wavelets.filters) ** 2, (-1, of.size)).T, like)


def assemble(numbers: Sequence[Array], layout: Layout, batch: tuple[int, ...]) -> SummaryStatistics:
    """Combine (B, K) arrays, one per block of the layout, into a `SummaryStatistics` of (*batch, …) fields."""
    xp, sorts = namespace(numbers[0]), {False: [], True: []}
    for block, array in zip(layout.blocks, numbers, strict=True):
        sorts[block.complex].append(xp.reshape(array, (*batch, array.shape[-1])))
    real, paired = (xp.concat(some, axis=-1) if some else None for some in sorts.values())
    return SummaryStatistics(real, paired, layout)


def _bytes(like: Array) -> int:
    return namespace(like).finfo(like.dtype).bits // 8


def _fields_at_once(x: Array, of: Family) -> int:
    return max(1, BUDGET // (2 * _bytes(x) * of.size * len(of.wavelets.scales)))


def _whole(chunk: Any) -> int:
    return integer("chunk", chunk, 1, what="'auto', or how many fields to take at a time")
