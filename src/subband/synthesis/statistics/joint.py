"""Joint time–frequency scattering moments of sounds."""

from dataclasses import dataclass, replace
from typing import Any, final

from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, namespace
from subband.synthesis.statistics.statistic import Entry, Statistics
from subband.transforms.scattering import JointScattering as JointTransform


@final
@dataclass(frozen=True)
class JointScattering(Statistics):
    """Means over time of the joint time–frequency scattering of signals, resolved along log-frequency.

    Time scattering treats the bands of order 1 apart; here they are filtered together, along log-frequency too, so
    that attacks, chirps and harmonics, which move through several bands at once, count.

    Attributes:
        J: log₂ of the largest scale in samples.
        J_fr: log₂ of the largest scale over log-frequency, in filters.
        Q: Filters per octave of order 1.
        F: Width of the average over log-frequency in filters; by default 2^J_fr.
    """

    J: int
    J_fr: int = 3
    Q: int | tuple[int, ...] = 8
    F: float | None = None

    def __post_init__(self) -> None:
        self._transform  # noqa: B018 - refuses wrong arguments

    @property
    def ndim(self) -> int:
        return 1

    @property
    def smallest(self) -> int:
        return 2**self.J

    @property
    def multiple(self) -> int:
        return 2**self.J

    @property
    def memory(self) -> int:
        return 24 * len(self._transform.bank_fr.filters) * len(self._transform.time.banks[0].filters)

    @lazy
    def index(self) -> tuple[Entry, ...]:
        transform = self._transform
        table, rows = transform.paths.table, self._rows
        bank, step = transform.time.banks[0].filters, 2 ** transform.paths.strides[0]
        made = [Entry("joint 0")]
        for path in table:
            order, spin = int(path["order"]), int(path["spin"])
            for row in range(rows):
                frequency = bank[min(row * step, len(bank) - 1)].xi
                second = () if order == 1 else (int(path["n2"]),)
                made.append(
                    Entry(f"joint {order}, spin {spin}", (row, *second, int(path["n_fr"])), (), (frequency,))
                )
        return tuple(made)

    def values(self, x: Array) -> Array:
        xp, found = namespace(x), self._transform(x)
        array: Any = found.array
        zeroth: Any = found.zeroth
        return xp.concat([zeroth[..., None], xp.reshape(array, (x.shape[0], -1))], axis=-1)

    def coarser(self, octaves: int) -> Statistics | None:
        return replace(self, J=self.J - octaves) if octaves + 2 < self.J else None

    @property
    def _rows(self) -> int:
        return self._transform.paths.rows[0]

    @lazy
    def _transform(self) -> JointTransform:
        return JointTransform(
            J=self.J, J_fr=self.J_fr, Q=self.Q, F=self.F, average="global", pad_mode="periodic"
        )
