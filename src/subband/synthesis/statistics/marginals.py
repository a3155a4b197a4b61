"""Statistics of single samples: moments, norms, histogram."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array, device_of, namespace
from subband.errors import InvalidInput
from subband.synthesis.statistics.statistic import Entry, Statistics


@final
@dataclass(frozen=True)
class Moments(Statistics):
    """⟨((x − c)/s)ⁿ⟩ for n = 1 … order, with c and s the mean and standard deviation of the examples.

    Attributes:
        order: The highest power, 1 to 8: 1 the mean, 2 with the variance, 3 skewness, 4 flatness.
        axes: Number of axes of a field, 1 or 2.
        centre, unit: c and s; of the examples, once fitted.

    Example:
        >>> import numpy as np
        >>> Moments(2, axes=1)(np.array([1.0, -1.0, 1.0, -1.0])).tolist()
        [0.0, 1.0]
    """

    order: int = 4
    axes: int = 2
    centre: float = 0.0
    unit: float = 1.0

    def __post_init__(self) -> None:
        integer("order", self.order, 1, 8)
        integer("axes", self.axes, 1, 2)
        number("unit", self.unit, "a positive number", above=0)

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def index(self) -> tuple[Entry, ...]:
        return tuple(Entry(f"moment {n}") for n in range(1, self.order + 1))

    @property
    def smallest(self) -> int:
        return 1

    @property
    def memory(self) -> int:
        return 2 + self.order

    def values(self, x: Array) -> Array:
        xp = namespace(x)
        z = (xp.reshape(x, (x.shape[0], -1)) - self.centre) / self.unit
        return xp.stack([xp.mean(z**n, axis=-1) for n in range(1, self.order + 1)], axis=-1)

    def fitted(self, examples: np.ndarray) -> Statistics:
        spread = float(examples.std())
        return replace(self, centre=float(examples.mean()), unit=spread if spread > 0 else 1.0)


@final
@dataclass(frozen=True)
class Norms(Statistics):
    """⟨|x|ᵖ⟩ for some p.

    Fixing ⟨x²⟩ alone puts fields on a sphere, ⟨|x|⟩ alone on a simplex with signs.

    Attributes:
        powers: The exponents p ≥ 1.
        axes: Number of axes of a field, 1 or 2.
    """

    powers: tuple[float, ...] = (1.0, 2.0)
    axes: int = 2

    def __post_init__(self) -> None:
        if not self.powers:
            raise InvalidInput("powers=() names no norm: give e.g. powers=(1, 2)")
        plain = tuple(number("powers", p, "numbers p ≥ 1", low=1) for p in self.powers)
        object.__setattr__(self, "powers", plain)
        integer("axes", self.axes, 1, 2)

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def index(self) -> tuple[Entry, ...]:
        return tuple(Entry(f"norm {p:g}") for p in self.powers)

    @property
    def smallest(self) -> int:
        return 1

    @property
    def memory(self) -> int:
        return 2 * len(self.powers)

    def values(self, x: Array) -> Array:
        xp = namespace(x)
        size = xp.abs(xp.reshape(x, (x.shape[0], -1)))
        return xp.stack([xp.mean(size if p == 1 else size**p, axis=-1) for p in self.powers], axis=-1)


@final
@dataclass(frozen=True)
class Histogram(Statistics):
    """Smooth cumulative histogram, ⟨½ + ½ tanh((x − c_k)/h)⟩ at the quantiles c_k of the examples.

    Attributes:
        bins: Number of quantiles.
        axes: Number of axes of a field, 1 or 2.
        centres: c_k; of the examples, once fitted.
        width: h; of the examples, once fitted, the larger of the mean distance of centres and 5 % of the range.
    """

    bins: int = 15
    axes: int = 2
    centres: tuple[float, ...] = ()
    width: float = 0.0

    def __post_init__(self) -> None:
        integer("bins", self.bins, 2, 1024)
        integer("axes", self.axes, 1, 2)

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def index(self) -> tuple[Entry, ...]:
        return tuple(Entry(f"below {c:.4g}") for c in self._fitted())

    @property
    def smallest(self) -> int:
        return 1

    @property
    def memory(self) -> int:
        return 3 * self.bins

    def values(self, x: Array) -> Array:
        xp, centres = namespace(x), self._fitted()
        flat = xp.reshape(x, (x.shape[0], 1, -1))
        at = xp.asarray(np.array(centres), dtype=x.dtype, **device_of(x))
        return xp.mean(0.5 - 0.5 * xp.tanh((flat - at[None, :, None]) / self.width), axis=-1)

    def fitted(self, examples: np.ndarray) -> Statistics:
        low, high = float(examples.min()), float(examples.max())
        found = np.quantile(examples, (np.arange(self.bins) + 0.5) / self.bins)
        # Where many samples are equal, quantiles are, too: spread half of them over the range.
        even = np.linspace(low, high, self.bins + 2)[1:-1]
        centres = np.unique(found) if len(np.unique(found)) == self.bins else even
        spread = high - low if high > low else 1.0
        width = max(float(np.ptp(centres)) / (2 * self.bins), 0.05 * spread)
        return replace(self, centres=tuple(centres.tolist()), width=width)

    def coarser(self, octaves: int) -> Statistics | None:
        return replace(self, centres=(), width=0.0)

    def _fitted(self) -> Sequence[float]:
        if not self.centres:
            raise InvalidInput(
                "a histogram takes its bins from examples: give like=, or Histogram().fitted(examples)"
            )
        return self.centres


@final
@dataclass(frozen=True)
class CharacteristicFunction(Statistics):
    """⟨cos ωx⟩ and ⟨sin ωx⟩ for some ω: the distribution of values, on a lattice too.

    Counts have ⟨cos 2πx⟩ = 1, spins ±1 have ⟨cos πx⟩ = −1; multiples of 2π/n give the shares of values modulo n.

    Attributes:
        frequencies: ω, in radians for each unit of x.
        axes: Number of axes of a field, 1 or 2.

    Example:
        >>> import numpy as np
        >>> CharacteristicFunction((2 * np.pi,), axes=1)(np.array([0.0, 3.0, 1.0])).round(12).tolist()
        [1.0, -0.0]
    """

    frequencies: tuple[float, ...]
    axes: int = 2

    def __post_init__(self) -> None:
        if not self.frequencies:
            raise InvalidInput("frequencies=() asks for nothing: give e.g. frequencies=(2 * math.pi,)")
        plain = tuple(number("frequencies", w, "numbers above 0", above=0) for w in self.frequencies)
        object.__setattr__(self, "frequencies", plain)
        integer("axes", self.axes, 1, 2)

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def index(self) -> tuple[Entry, ...]:
        return tuple(Entry(f"{part} {w:.6g} x") for w in self.frequencies for part in ("cos", "sin"))

    @property
    def smallest(self) -> int:
        return 1

    @property
    def memory(self) -> int:
        return 6 * len(self.frequencies)

    def values(self, x: Array) -> Array:
        xp = namespace(x)
        flat = xp.reshape(x, (x.shape[0], -1))
        parts = [xp.mean(f(w * flat), axis=-1) for w in self.frequencies for f in (xp.cos, xp.sin)]
        return xp.stack(parts, axis=-1)

    def coarser(self, octaves: int) -> Statistics | None:
        return None
