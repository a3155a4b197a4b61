"""A joint time–frequency scattering transform as static data."""

from dataclasses import dataclass
from itertools import groupby

from subband.kernels.cascade import Cascade

AVERAGES = (True, False, "global")


@dataclass(frozen=True, eq=False)
class Joint:
    """A joint scattering transform of signals of one length: static data, made once and compared by identity.

    Attributes:
        time: Two orders over time, with their average. The filters of order 1 stand at equal steps of
            log-frequency, from high to low, and make up the second axis.
        frequency: One order over that axis: its size, with what is put behind it for no path to wrap round,
            and an average. The node without a spin comes first; spins +1 and −1 of a filter have real
            spectra ψ̂(ω), ψ̂(−ω).
        spins: Of each node of `frequency`: 0 the low-pass, +1 for patterns that rise in frequency, −1 for
            those that fall.
        average: Over time: True with φ, "global" over the signal, or not at all. Order 1 is always averaged.
        average_fr: Over frequency, likewise.
    """

    time: Cascade
    frequency: Cascade
    spins: tuple[int, ...]
    average: bool | str = True
    average_fr: bool | str = True

    @property
    def first(self) -> tuple[int, ...]:
        """The nodes of order 1."""
        return tuple([k for k, node in enumerate(self.time.nodes) if node.parent < 0])

    @property
    def second(self) -> tuple[tuple[int, ...], ...]:
        """The nodes of order 2, those of one filter together: the first few of the log-frequency axis each."""
        nodes = self.time.nodes
        inner = sorted(
            [k for k, node in enumerate(nodes) if node.parent >= 0],
            key=lambda k: (nodes[k].filter, nodes[k].parent),
        )
        return tuple([tuple(same) for _, same in groupby(inner, lambda k: nodes[k].filter)])

    @property
    def rising(self) -> tuple[int, ...]:
        """The nodes over frequency that real functions of it are given: those of spins 0 and 1."""
        return tuple([k for k, spin in enumerate(self.spins) if spin >= 0])

    def averaged_rows(self, place: int) -> bool:
        """Whether φ averages what a node over frequency gives.

        The low-pass has done so, unless φ is wider.
        """
        if self.average_fr is not True:
            return False
        return self.spins[place] != 0 or self.frequency.nodes[place].stride < self.frequency.stride
