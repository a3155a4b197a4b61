"""What all statistics have: a vector for each field, a named index, a scale, and sums of one another."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from subband.arrays.compilers import lazy
from subband.arrays.concrete import values
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.errors import InvalidInput
from subband.transforms.scattering.statistics.summary import Entry

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Statistics(ABC):
    """Φ: fields (*batch, *field) → (*batch, K) real numbers, means over periodic fields.

    Statistics add: `Scattering(J=4) + Spectrum(J=4)` is the vector of both. Arrays of NumPy, PyTorch and JAX are
    taken; gradients are finite wherever a modulus is 0.

    See also: `subband.synthesise`, `subband.synthesis.statistics_named`.
    """

    @property
    @abstractmethod
    def ndim(self) -> int:
        """Number of axes of a field, 1 or 2."""

    @property
    @abstractmethod
    def index(self) -> tuple[Entry, ...]:
        """What each number is: name, scales (0 the finest), angles, frequencies in cycles per sample."""

    @property
    @abstractmethod
    def smallest(self) -> int:
        """The least side of a field in samples, that of the largest wavelet."""

    @property
    def multiple(self) -> int:
        """Sides of fields are multiples of this number."""
        return 1

    @property
    def space(self) -> int:
        """Number of axes of space or time: those of a field without that of channels."""
        return self.ndim

    @property
    @abstractmethod
    def memory(self) -> int:
        """About how many arrays of the field's size its gradient holds at once."""

    @abstractmethod
    def values(self, x: Array) -> Array:
        """(b, *field) floating → (b, K)."""

    def fitted(self, examples: np.ndarray) -> "Statistics":
        """The same with what it takes from examples (b, *field) fixed: bins, centre, units."""
        return self

    def coarser(self, octaves: int) -> "Statistics | None":
        """Its counterpart for fields without their finest octaves; None if nothing is left."""
        return self

    @property
    def parts(self) -> tuple["Statistics", ...]:
        """The summands."""
        return (self,)

    def __call__(self, x: Array) -> Array:
        """(*batch, *field) → (*batch, K).

        Raises:
            InvalidInput: complex fields, too few axes, or fields smaller than the largest wavelet.
        """
        x = widened(as_signal(x))
        xp = namespace(x)
        if xp.isdtype(x.dtype, "complex floating"):
            raise InvalidInput("x is complex: give its real and imaginary parts, e.g. as a batch")
        if x.ndim < self.ndim:
            raise InvalidInput(
                f"x of shape {tuple(x.shape)} has too few axes: these statistics are of fields of {self.ndim}"
            )
        batch, field = tuple(x.shape[: x.ndim - self.ndim]), tuple(x.shape[x.ndim - self.ndim :])
        self.check(field)
        return xp.reshape(self.values(xp.reshape(x, (prod(batch), *field))), (*batch, -1))

    def check(self, field: Shape, what: str = "an example") -> None:
        """Raise InvalidInput for fields of another number of axes, or smaller than the largest wavelet."""
        if len(field) != self.ndim:
            raise InvalidInput(
                f"{what} of shape {field} doesn't suit statistics of {self.ndim} axes: give them axes={len(field)}"
            )
        if min(field) < self.smallest:
            raise InvalidInput(
                f"{what} of {field} is smaller than the largest wavelet, {self.smallest} samples: give statistics "
                f"of J ≤ {max(min(field), 1).bit_length() - 1}, or a larger one"
            )
        if any(n % self.multiple for n in field):
            near = tuple(n // self.multiple * self.multiple for n in field)
            raise InvalidInput(
                f"sides of {what} of {field} must be multiples of {self.multiple}: crop to {near}, or take a "
                "smaller J"
            )

    def scale(self, x: Any, *, draws: int = 16, seed: int = 0) -> np.ndarray:
        """Standard deviation of each number over realisations, from examples.

        Args:
            x: (*batch, *field) examples. Of several, the standard deviation over them; of one, a bootstrap over
                shifts: over windows of half its sides at random positions, made periodic, times 2^(−d/2) for d
                axes of space, since a mean over 2^d times as many samples varies that much less.
            draws: Number of windows.
            seed: Of the positions.

        Returns:
            (K,) float64, positive: at least 2 % of the largest deviation, and 10⁻³ of the largest value, of its
            group (same statistic and scales), so that nothing counts without bound.
        """
        from subband.synthesis.statistics.scale import standard_deviations

        fields = values(as_signal(x)).reshape(-1, *np.shape(x)[np.ndim(x) - self.ndim :])
        return standard_deviations(self, fields, draws, seed)

    def __add__(self, other: "Statistics") -> "Statistics":
        if not isinstance(other, Statistics):
            return NotImplemented
        return Sum((*self.parts, *other.parts))


@dataclass(frozen=True)
class Sum(Statistics):
    """Several statistics as one vector, in order; made by `+`.

    Attributes:
        terms: The summands, none of them a sum.

    Raises:
        InvalidInput: statistics of different numbers of axes.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Moments, Norms
        >>> both = Moments(2, axes=1) + Norms((1,), axes=1)
        >>> both(np.array([1.0, -1.0, 1.0, -1.0])).tolist()  # mean, variance, mean modulus
        [0.0, 1.0, 1.0]
    """

    terms: tuple[Statistics, ...]

    def __post_init__(self) -> None:
        if len({term.ndim for term in self.terms}) > 1:
            raise InvalidInput("statistics of signals and of images don't add: give one ndim to all")

    @property
    def ndim(self) -> int:
        return self.terms[0].ndim

    @lazy
    def index(self) -> tuple[Entry, ...]:
        return tuple(entry for term in self.terms for entry in term.index)

    @property
    def smallest(self) -> int:
        return max(term.smallest for term in self.terms)

    @property
    def multiple(self) -> int:
        return max(term.multiple for term in self.terms)

    @property
    def space(self) -> int:
        return self.terms[0].space

    @property
    def memory(self) -> int:
        return max(term.memory for term in self.terms)

    def check(self, field: Shape, what: str = "an example") -> None:
        for term in self.terms:
            term.check(field, what)

    def values(self, x: Array) -> Array:
        return namespace(x).concat([term.values(x) for term in self.terms], axis=-1)

    def fitted(self, examples: np.ndarray) -> "Statistics":
        return Sum(tuple(term.fitted(examples) for term in self.terms))

    def coarser(self, octaves: int) -> "Statistics | None":
        left = tuple(one for term in self.terms if (one := term.coarser(octaves)) is not None)
        return Sum(left) if left else None

    @property
    def parts(self) -> tuple[Statistics, ...]:
        return self.terms

    def __repr__(self) -> str:
        return " + ".join(repr(term) for term in self.terms)
