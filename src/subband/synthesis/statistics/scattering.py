"""Scattering moments, wavelet moments, scattering covariance and phase harmonics as statistics for synthesis."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from subband.arrays.arguments import integer
from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.synthesis.statistics.statistic import Entry, Statistics
from subband.transforms.scattering import Scattering as ScatteringTransform
from subband.transforms.scattering import scattering_covariance, wavelet_moments, wavelet_phase_harmonics
from subband.transforms.scattering.statistics.covariance import CovarianceLayout
from subband.transforms.scattering.statistics.fields import Family, family
from subband.transforms.scattering.statistics.moments import MomentsLayout
from subband.transforms.scattering.statistics.phase_harmonics import HarmonicsLayout


@dataclass(frozen=True)
class OfWavelets(Statistics):
    """Statistics of the wavelet coefficients of periodic fields.

    Attributes:
        J: Number of octaves.
        L: Directions between 0 and π, for images.
        Q: Wavelets per octave, for signals.
        axes: Number of axes of a field, 1 or 2.
        bank: Name of a `subband.filter_bank`.
    """

    J: int
    L: int = 4
    Q: int = 1
    axes: int = 2
    bank: str = "morlet"

    def __post_init__(self) -> None:
        integer("J", self.J, 1, 30)
        integer("L", self.L, 1, 64)
        integer("Q", self.Q, 1, 64)
        integer("axes", self.axes, 1, 2)
        self._family  # noqa: B018 - refuses an unknown bank

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def smallest(self) -> int:
        return 2**self.J

    @lazy
    def index(self) -> tuple[Entry, ...]:
        return self._layout(self._family).index

    @property
    def memory(self) -> int:
        wavelets = len(self._family.orders)
        return 6 * wavelets

    @lazy
    def _family(self) -> Family:
        return family((2**self.J,) * self.axes, self.J, self.L, self.Q, self.bank)

    @property
    def _where(self) -> dict[str, Any]:
        return {
            "J": self.J, "L": self.L, "Q": self.Q, "bank": self.bank, "axes": tuple(range(-self.axes, 0)),
        }  # fmt: skip

    @abstractmethod
    def _layout(self, of: Family) -> Any:
        """The layout of the summary."""

    def coarser(self, octaves: int) -> Statistics | None:
        return replace(self, J=self.J - octaves) if octaves < self.J else None


@final
@dataclass(frozen=True)
class WaveletMoments(OfWavelets):
    """First (ℓ1) and second (ℓ2) moments of wavelet moduli, of orders 1 and 2: `subband.wavelet_moments`.

    ℓ2 of order 1 is the spectrum in bands, which determines a Gaussian field; ℓ1 carries sparsity.

    Attributes:
        norms: "l1", "l2" or "both".
        order: 1 or 2.
    """

    norms: str = "both"
    order: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("order", self.order, 1, 2)
        if self.norms not in ("l1", "l2", "both"):
            raise InvalidInput(f"norms={self.norms!r} is unknown: give 'l1', 'l2' or 'both'")

    @property
    def memory(self) -> int:
        count = len(self._family.orders)
        return 6 * count * (count if self.order == 2 else 1)

    @lazy
    def index(self) -> tuple[Entry, ...]:
        blocks = MomentsLayout(self._family).blocks
        return tuple(e for block in blocks if block.statistic in self._names for e in block.entries)

    @property
    def _names(self) -> Sequence[str]:
        wanted = ("l1", "l2") if self.norms == "both" else (self.norms,)
        return ("mean", *[f"{norm} order {m}" for m in range(1, self.order + 1) for norm in wanted])

    def _layout(self, of: Family) -> Any:
        return MomentsLayout(of)

    def values(self, x: Array) -> Array:
        found = wavelet_moments(x, **self._where)
        return namespace(x).concat([found[name] for name in self._names], axis=-1)


@final
@dataclass(frozen=True)
class ScatteringCovariance(OfWavelets):
    """`subband.scattering_covariance` without normalisation, as real numbers.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import ScatteringCovariance
        >>> statistics = ScatteringCovariance(J=3, axes=1)
        >>> values = statistics(np.random.default_rng(0).normal(size=64))
        >>> values.shape == (len(statistics.index),), statistics.index[0].statistic
        (True, 'mean')
    """

    def _layout(self, of: Family) -> Any:
        return CovarianceLayout(of, False)

    def values(self, x: Array) -> Array:
        return scattering_covariance(x, reference=None, **self._where).real_vector()


@final
@dataclass(frozen=True)
class PhaseHarmonics(OfWavelets):
    """`subband.wavelet_phase_harmonics` without normalisation, as real numbers.

    Attributes:
        shifts: Largest shift, in samples of each scale.
    """

    shifts: int = 2

    def _layout(self, of: Family) -> Any:
        return HarmonicsLayout(of, self.shifts)

    @property
    def memory(self) -> int:
        return 24 * len(self._family.orders)

    def values(self, x: Array) -> Array:
        found = wavelet_phase_harmonics(x, shifts=self.shifts, reference=None, **self._where)
        return found.real_vector()


@final
@dataclass(frozen=True)
class Scattering(Statistics):
    """Scattering moments: means over the field of x, |x⋆ψ₁| and ||x⋆ψ₁|⋆ψ₂|.

    Attributes:
        J: log₂ of the largest scale, in samples.
        L: Directions between 0 and π, for images.
        Q: Filters per octave of order 1, for signals, or one number for each order.
        order: Maximal order, 1 or 2.
        axes: Number of axes of a field, 1 or 2.
        bank: Name of a `subband.filter_bank`.
    """

    J: int
    L: int = 8
    Q: int | tuple[int, ...] = 8
    order: int = 2
    axes: int = 2
    bank: str = "morlet"

    def __post_init__(self) -> None:
        integer("order", self.order, 0, 2)
        integer("axes", self.axes, 1, 2)
        self._transform  # noqa: B018 - refuses wrong arguments

    @property
    def ndim(self) -> int:
        return self.axes

    @property
    def smallest(self) -> int:
        return 2**self.J

    @property
    def multiple(self) -> int:
        return 2**self.J

    @property
    def memory(self) -> int:
        return 8

    @lazy
    def index(self) -> tuple[Entry, ...]:
        made = []
        for row in self._transform.paths.table:
            m = int(row["order"])
            if m > self.order:
                continue
            angles = tuple(row["theta"][:m].tolist()) if self.axes == 2 else ()
            scales = tuple(row["j"][:m].tolist())
            made.append(Entry(f"scattering {m}", scales, angles, tuple(row["frequency"][:m].tolist())))
        return tuple(made)

    def values(self, x: Array) -> Array:
        found: Any = self._transform(x).array
        return found[..., :1] if self.order == 0 else found

    def coarser(self, octaves: int) -> Statistics | None:
        return replace(self, J=self.J - octaves) if octaves < self.J else None

    @lazy
    def _transform(self) -> ScatteringTransform:
        how: dict[str, Any] = {"L": self.L} if self.axes == 2 else {"Q": self.Q}
        return ScatteringTransform(
            ndim=self.axes, J=self.J, order=max(self.order, 1), bank=self.bank, average="global",
            pad_mode="periodic", **how,
        )  # fmt: skip
