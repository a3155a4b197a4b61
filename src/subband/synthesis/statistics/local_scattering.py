"""Scattering coefficients of a signal or image themselves, for their inversion."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.synthesis.statistics.statistic import Entry, Statistics
from subband.transforms.scattering import Scattering as ScatteringTransform


@final
@dataclass(frozen=True)
class LocalScattering(Statistics):
    """All coefficients of a scattering transform of one size, not averaged over the field.

    `synthesise(LocalScattering(S, (128, 128)), target=s)` is the inverse of S: a signal whose coefficients are s.

    Attributes:
        transform: With average=True.
        field: Size of the signals.

    Raises:
        InvalidInput: a transform without average, or for another number of axes.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.synthesis import LocalScattering
        >>> statistics = LocalScattering(sb.Scattering(J=3, Q=1), (64,))
        >>> statistics(np.ones(64)).shape, statistics.positions  # of each path
        ((64,), 8)
    """

    transform: ScatteringTransform
    field: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.transform.average is not True or len(self.field) != self.transform.ndim:
            raise InvalidInput(
                f"{self.transform} of {self.field}: give a Scattering with average=True, and its "
                "signals' size"
            )

    @property
    def ndim(self) -> int:
        return self.transform.ndim

    @property
    def smallest(self) -> int:
        return 2**self.transform.scale

    @property
    def memory(self) -> int:
        return 8

    @lazy
    def index(self) -> tuple[Entry, ...]:
        made = []
        for row in self.transform.paths.table:
            m = int(row["order"])
            entry = Entry(f"scattering {m}", tuple(row["j"][:m].tolist()))
            made += [entry] * self.positions
        return tuple(made)

    @lazy
    def positions(self) -> int:
        """Number of positions of each path."""
        tree = self.transform.cascade(self.field)
        return int(np.prod([len(range(*one.indices(10**9))) for one in tree.kept(tree.stride)]))

    def check(self, field: tuple[int, ...], what: str = "a field") -> None:
        if field != self.field:
            raise InvalidInput(f"{what} of {field}: these coefficients are of {self.field}")

    def values(self, x: Array) -> Array:
        found: Any = self.transform(x).array
        return namespace(x).reshape(found, (x.shape[0], -1))

    def coarser(self, octaves: int) -> Statistics | None:
        return None
