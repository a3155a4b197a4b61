"""Banks of band-pass filters beside one low-pass, for scattering: objects to look at and to change."""

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
"""Of the energy that "tight" asks of a frequency which the filters as they are leave nearly empty."""


LARGEST_SCALE, MOST_FILTERS = 62, 1024
"""log₂ of the samples of a filter, and filters to an octave or to half a turn, that anybody can need."""


@final
@dataclass(frozen=True)
class BandPass:
    """One band-pass filter.

    Attributes:
        xi: Centre frequency ξ in cycles a sample, above 0; of the plane, its distance from 0.
        sigma: Bandwidth σ in cycles a sample: the standard deviation of a Gaussian |ψ̂|, or of the one that
            crosses its neighbours at the same height.
        j: log₂ of the subsampling that the modulus bears.
        q: Which of the filters of its octave, or which direction.
        theta: Angle of the centre frequency in radians, from the first axis to the second (in the plane).
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
    """How filters of one kind are made from their frequencies. A subclass is a frozen dataclass of numbers."""

    ndim: ClassVar[int]
    normalise: ClassVar[str] = "none"
    """What a bank of this family does unless told otherwise."""

    @abstractmethod
    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        """(filters, *shape) float64 or complex128, in the order of the FFT."""

    @abstractmethod
    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """(*shape) float64: the average over about `width` samples, 1 at frequency 0."""

    @property
    def parameters(self) -> tuple[Any, ...]:
        """What makes another one like it: type(family)(*family.parameters)."""
        return tuple([getattr(self, field.name) for field in fields(self)])


@final
@dataclass(frozen=True)
class FilterBank:
    """Filters and their average, as static data; `dataclasses.replace` makes another one.

    Attributes:
        family: What the filters look like.
        filters: From high frequencies to low ones; `bank.filters[:8]` are some of them.
        J: log₂ of the default width of the average, in samples.
        normalise: "none": as the family makes them. "max": all filters, the average too, over what makes the
            largest value of the Littlewood–Paley sum 1, so that W never expands. "tight": each frequency of all
            band-passes times what makes the sum 1 there, so that W preserves the norm of real signals.
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
        """Axes of the signals: 1 or 2."""
        return self.family.ndim

    def spectra(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """Fourier transforms of the band-pass filters for signals of a size.

        Args:
            shape: Samples along each axis.
            width: T of the average in samples, which normalised filters complete; 2^J by default.

        Returns:
            (filters, *shape) float64 or, of filters that aren't symmetric in time, complex128; in the order of the
            FFT, not to be written to.

        Raises:
            InvalidInput: a shape of another number of axes; filters that can't be made a tight frame, because they
                leave a frequency empty.
        """
        return _spectra(self.numbers, self._size(shape), self._width(width))

    def lowpass(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """(*shape) Fourier transform of the average over about `width` samples."""
        return _lowpass(self.numbers, self._size(shape), self._width(width))

    def littlewood_paley(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """A(ω) = |φ̂(ω)|² + ½ Σ |ψ̂(ω)|² + |ψ̂(−ω)|², the gain of ‖Wx‖² at each frequency of a real signal.

        Where a ≤ A ≤ b, a‖x‖² ≤ ‖Wx‖² ≤ b‖x‖² for Wx = (x ⋆ φ, x ⋆ ψ…) without subsampling.

        Returns:
            (*shape) float64, in the order of the FFT.

        Source: S. Mallat, Group Invariant Scattering (2012), eq. 2.7.
        """
        return self.lowpass(shape, width) ** 2 + half_sum(self.spectra(shape, width))

    def in_space(self, shape: int | Sequence[int], width: float | None = None) -> np.ndarray:
        """(filters, *shape) complex128: the band-passes as functions of time or place, 0 at the middle sample."""
        spectra = self.spectra(shape, width)
        axes = tuple(range(1, spectra.ndim))
        return np.fft.fftshift(np.fft.ifftn(spectra, axes=axes), axes=axes)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """All of it as what `static` functions take; `from_numbers` is the way back."""
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
    """log₂ of a number of samples, 1 or more."""
    return integer(name, J, 1, LARGEST_SCALE, "a whole number")


def plain_count(name: str, count: Any) -> int:
    """Filters to an octave, or directions."""
    return integer(name, count, 1, MOST_FILTERS, "a whole number")


def from_numbers(numbers: tuple[Any, ...]) -> FilterBank:
    """The bank that has these `FilterBank.numbers`."""
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
    """What band-passes are multiplied by at each frequency to complete |φ̂|² to 1."""
    there, missing = half_sum(spectra), np.maximum(1 - lowpass**2, 0)
    # Where the average leaves nothing to add (at frequency 0, to rounding) there may be no filter either.
    needed = missing > 1e-12
    energy = np.divide(missing, there, out=np.zeros_like(there), where=needed & (there > 0))
    if not np.all(there[needed] * LARGEST_GAIN >= missing[needed]):
        at = np.unravel_index(
            np.argmax(np.where(needed, missing / np.maximum(there, 1e-300), 0)), there.shape
        )
        frequency = ", ".join(
            [f"{abs(np.fft.fftfreq(n)[k]):.4g}" for n, k in zip(there.shape, at, strict=True)]
        )
        raise InvalidInput(
            f"{bank} can't be a tight frame: at {frequency} cycles a sample its filters sum to "
            f"{there[at]:.2g} where {missing[at]:.2g} is wanted. Let filters reach "
            "there (more of them, wider ones, a larger J, or a shorter average), or give normalise='max'"
        )
    return np.sqrt(energy)
