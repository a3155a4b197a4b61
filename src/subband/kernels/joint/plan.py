"""Joint time–frequency scattering transforms as static data."""

from dataclasses import dataclass
from itertools import groupby

from subband.kernels.cascade import Cascade

AVERAGES = (True, False, "global")


@dataclass(frozen=True, eq=False)
class Joint:
    """A joint scattering transform for signals of one length: static data, compared by identity.

    Attributes:
        time: Two-order cascade over time with its averaging filter. The filters of order 1 are equally spaced
            in log-frequency, from high to low, and form the second axis, λ.
        frequency: One-order cascade over λ, zero-padded at the end against wrap-around, with its averaging
            filter. The low-pass node comes first; spins +1 and −1 of a filter have the real spectra ψ̂(ω),
            ψ̂(−ω).
        spins: Spin of each node of `frequency`: 0 for the low-pass, +1 for patterns rising in frequency, −1
            for falling ones.
        average: Average over time: True with φ, "global" over the signal, False for none. Order 1 is always
            averaged.
        average_fr: Average over λ, likewise.
    """

    time: Cascade
    frequency: Cascade
    spins: tuple[int, ...]
    average: bool | str = True
    average_fr: bool | str = True

    @property
    def first(self) -> tuple[int, ...]:
        """Indices of the nodes of order 1."""
        return tuple([k for k, node in enumerate(self.time.nodes) if node.parent < 0])

    @property
    def second(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the nodes of order 2, grouped by filter; each group covers the first positions of λ."""
        nodes = self.time.nodes
        inner = sorted(
            [k for k, node in enumerate(nodes) if node.parent >= 0],
            key=lambda k: (nodes[k].filter, nodes[k].parent),
        )
        return tuple([tuple(same) for _, same in groupby(inner, lambda k: nodes[k].filter)])

    @property
    def rising(self) -> tuple[int, ...]:
        """Indices of the nodes over λ for real input: those of spin 0 and +1."""
        return tuple([k for k, spin in enumerate(self.spins) if spin >= 0])

    def averaged_rows(self, index: int) -> bool:
        """Whether the output of node `index` of `frequency` is averaged by φ.

        The low-pass node is not averaged again, unless φ is wider.
        """
        if self.average_fr is not True:
            return False
        return self.spins[index] != 0 or self.frequency.nodes[index].stride < self.frequency.stride
