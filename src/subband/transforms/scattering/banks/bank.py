"""Banks of band-pass filters and one low-pass, as static data, with their normalisation."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, ClassVar, final

import numpy as np

from subband.arrays.arguments import choice, integer, lengths, number, shown
from subband.arrays.compilers import static
from subband.errors import InvalidInput

NORMALISATIONS = ("none", "max", "tight")
LARGEST_GAIN = 1e6
"""Largest factor by which "tight" may multiply the energy at a frequency."""

LARGEST_SCALE, MOST_FILTERS = 62, 1024
"""Upper limits of J, and of the number of filters per octave or of directions."""


@final
@dataclass(frozen=True)
class BandPass:
    """Parameters of one band-pass filter.

    Attributes:
        xi: Centre frequency ξ in cycles per sample, above 0; with two axes, its modulus.
        sigma: Bandwidth σ in cycles per sample: standard deviation of |ψ̂| if Gaussian, or of the Gaussian that
            crosses its neighbours at the same height.
        j: log₂ of the subsampling factor of the modulus.
        q: Index within the octave, or of the direction.
        theta: Angle of the centre frequency in radians, from the first axis towards the second (two axes).

    Raises:
        InvalidInput: a frequency or bandwidth that is not positive, or another number of the wrong type.

    See also: `subband.FilterBank`, `subband.filter_bank`.
    """

    xi: float
    sigma: float
    j: int
    q: int = 0
    theta: float = 0.0

    def __post_init__(self) -> None:
        positive = "a positive number of cycles a sample"
        plain = {
            "xi": number("xi", self.xi, positive, above=0),
            "sigma": number("sigma", self.sigma, positive, above=0),
            "j": integer("j", self.j),
            "q": integer("q", self.q),
            "theta": number("theta", self.theta, "an angle in radians"),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Family(ABC):
    """A family of filters, evaluated from `BandPass` parameters. Subclasses are frozen dataclasses of numbers.

    Example:
        >>> import subband as sb
        >>> bank = sb.filter_bank("morlet", J=3)
        >>> bank.family.ndim, bank.family.spectra(bank.filters, (64,)).shape
        (1, (4, 64))
    """

    ndim: ClassVar[int]
    normalise: ClassVar[str] = "none"
    """Default normalisation of banks of this family."""

    @abstractmethod
    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        """(filters, *shape) float64 or complex128: ψ̂ at the frequencies of the FFT."""

    @abstractmethod
    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """(*shape) float64: φ̂ of the average over about `width` samples, 1 at frequency 0."""

    @property
    def parameters(self) -> tuple[Any, ...]:
        """Constructor arguments: type(family)(*family.parameters) equals the family."""
        return tuple([getattr(self, field.name) for field in fields(self)])


@final
@dataclass(frozen=True)
class FilterBank:
    """Band-pass filters ψ and a low-pass φ, as static data; `dataclasses.replace` returns a modified bank.

    A(ω) denotes the Littlewood–Paley sum (`littlewood_paley`), and W x = (x ⋆ φ, x ⋆ ψ, …).

    Attributes:
        family: The filter family.
        filters: Parameters of the band-pass filters, from high to low frequencies.
        J: log₂ of the default width of the low-pass, in samples.
        normalise: "none": unchanged. "max": all filters divided by √(max A), so that ‖W x‖ ≤ ‖x‖. "tight": the
            band-passes multiplied at each frequency such that A = 1 and ‖W x‖ = ‖x‖ for real signals.

    Raises:
        InvalidInput: no filters, a family or filters of another type, an unknown normalisation.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> bank = sb.filter_bank("meyer", J=3)
        >>> bool(np.allclose(bank.littlewood_paley(64), 1))
        True

    See also: `subband.filter_bank`, `subband.Scattering`.
    """

    family: Family
    filters: tuple[BandPass, ...]
    J: int
    normalise: str = "none"

    def __post_init__(self) -> None:
        object.__setattr__(self, "normalise", choice("normalise", self.normalise, NORMALISATIONS))
        object.__setattr__(self, "J", plain_scale("J", self.J))
        if not isinstance(self.family, Family):
            raise InvalidInput(
                f"family={shown(self.family)}: give that of a filter_bank, e.g. filter_bank(J=3).family"
            )
        filters = self.filters
        if not isinstance(filters, list | tuple) or not all(isinstance(one, BandPass) for one in filters):
            raise InvalidInput(f"filters={shown(filters)}: give a tuple of BandPass")
        if not filters:
            raise InvalidInput("a bank needs at least one filter, and filters=() are none")
        object.__setattr__(self, "filters", tuple(filters))

    @property
    def ndim(self) -> int:
        """Number of axes of the signals, 1 or 2."""
        return self.family.ndim

    def spectra(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """Fourier transforms ψ̂ of the band-pass filters for signals of one size.

        Args:
            shape: Number of samples along each axis.
            width: Width T of the low-pass in samples, which affects normalised filters; 2^J by default.

        Returns:
            (filters, *shape) read-only array at the frequencies of the FFT: float64, or complex128 for families
            with complex spectra.

        Raises:
            InvalidInput: a shape of another number of axes; a bank without tight normalisation, because no filter
                covers some frequency.
        """
        return _spectra(self.numbers, self._size(shape), self._width(width))

    def lowpass(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """(*shape) Fourier transform φ̂ of the low-pass of width T = `width` samples, 2^J by default."""
        return _lowpass(self.numbers, self._size(shape), self._width(width))

    def littlewood_paley(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """A(ω) = |φ̂(ω)|² + ½ Σ |ψ̂(ω)|² + |ψ̂(−ω)|², the gain of ‖W x‖² for real signals.

        If a ≤ A ≤ b, then a‖x‖² ≤ ‖W x‖² ≤ b‖x‖² for W x = (x ⋆ φ, x ⋆ ψ, …) without subsampling.

        Returns:
            (*shape) float64, at the frequencies of the FFT.

        Source: S. Mallat, Group Invariant Scattering (2012), eq. 2.7.
        """
        return self.lowpass(shape, width) ** 2 + half_sum(self.spectra(shape, width))

    def in_space(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """(filters, *shape) complex128: the band-pass filters in time or space, centred at the middle sample."""
        spectra = self.spectra(shape, width)
        axes = tuple(range(1, spectra.ndim))
        return np.fft.fftshift(np.fft.ifftn(spectra, axes=axes), axes=axes)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """The bank as hashable arguments of `static` functions; `from_numbers` is the inverse."""
        each = tuple([(f.xi, f.sigma, f.j, f.q, f.theta) for f in self.filters])
        return type(self.family), self.family.parameters, each, self.J, self.normalise

    def _size(self, shape: int | Sequence[int]) -> tuple[int, ...]:
        size = lengths("shape", shape)
        if len(size) != self.ndim:
            raise InvalidInput(f"shape {size} does not suit filters of {self.ndim} axes")
        return size

    def _width(self, width: float | None) -> float:
        if width is None:
            return float(2**self.J)
        return number("width", width, "a positive number of samples", above=0)

    def __repr__(self) -> str:
        low, high = min(f.xi for f in self.filters), max(f.xi for f in self.filters)
        return (
            f"FilterBank({self.family}, {len(self.filters)} filters from {low:.4g} to {high:.4g} cycles a sample, "
            f"J={self.J}, normalise={self.normalise!r})"
        )


def plain_scale(name: str, J: Any) -> int:
    """Validate J, the log₂ of a number of samples."""
    return integer(name, J, 1, LARGEST_SCALE, "a whole number")


def plain_count(name: str, count: Any) -> int:
    """Validate a number of filters per octave, or of directions."""
    return integer(name, count, 1, MOST_FILTERS, "a whole number")


def from_numbers(numbers: tuple[Any, ...]) -> FilterBank:
    """The bank with these `FilterBank.numbers`."""
    kind, parameters, each, scale, normalise = numbers
    return FilterBank(kind(*parameters), tuple([BandPass(*one) for one in each]), scale, normalise)


@partial(static, large=True)
def _spectra(numbers: tuple[Any, ...], shape: tuple[int, ...], width: float) -> np.ndarray:
    bank = from_numbers(numbers)
    made = bank.family.spectra(bank.filters, shape)
    if bank.normalise == "tight":
        made = made * _completing(made, _lowpass(numbers, shape, width), bank)
    elif bank.normalise == "max":
        made = made / _largest(made, bank.family.lowpass(width, shape))
    made.setflags(write=False)
    return made


@partial(static, large=True)
def _lowpass(numbers: tuple[Any, ...], shape: tuple[int, ...], width: float) -> np.ndarray:
    bank = from_numbers(numbers)
    made = bank.family.lowpass(width, shape)
    if bank.normalise == "tight":
        made = made / np.abs(made).max()
    elif bank.normalise == "max":
        made = made / _largest(bank.family.spectra(bank.filters, shape), made)
    made.setflags(write=False)
    return made


def _largest(spectra: np.ndarray, lowpass: np.ndarray) -> float:
    return float(np.sqrt(np.max(lowpass**2 + half_sum(spectra))))


def half_sum(spectra: np.ndarray) -> np.ndarray:
    """½ Σ |ψ̂(ω)|² + |ψ̂(−ω)|² over the first axis."""
    energy = np.zeros(spectra.shape[1:])
    for one in spectra:
        energy += one.real**2 + one.imag**2 if np.iscomplexobj(one) else one**2
    axes = tuple(range(energy.ndim))
    return (energy + np.roll(np.flip(energy, axes), 1, axes)) / 2


def _completing(spectra: np.ndarray, lowpass: np.ndarray, bank: FilterBank) -> np.ndarray:
    """Factor of the band-passes at each frequency for which the Littlewood–Paley sum is 1."""
    present, missing = half_sum(spectra), np.maximum(1 - lowpass**2, 0)
    # No filter is required where the low-pass is 1 up to rounding, as at frequency 0.
    needed = missing > 1e-12
    energy = np.divide(missing, present, out=np.zeros_like(present), where=needed & (present > 0))
    if not np.all(present[needed] * LARGEST_GAIN >= missing[needed]):
        at = np.unravel_index(
            np.argmax(np.where(needed, missing / np.maximum(present, 1e-300), 0)), present.shape
        )
        frequency = ", ".join(
            [f"{abs(np.fft.fftfreq(n)[k]):.4g}" for n, k in zip(present.shape, at, strict=True)]
        )
        raise InvalidInput(
            f"{bank} can't be a tight frame: at {frequency} cycles a sample its filters sum to "
            f"{present[at]:.2g} where {missing[at]:.2g} is needed. Cover that "
            "frequency (more or wider filters, a larger J, or a shorter average), or give normalise='max'"
        )
    return np.sqrt(energy)
