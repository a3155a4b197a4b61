"""Joint time–frequency scattering: what it is, and which twin serves which array."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from subband.arrays.namespace import Array, library, on_cpu
from subband.arrays.programs import compiling, transforming
from subband.errors import InvalidInput
from subband.kernels.cascade import IMPLS, Cascade

AVERAGES = (True, False, "global")


@dataclass(frozen=True, eq=False)
class Joint:
    """A joint scattering transform of signals of one length: static data, made once and compared by identity.

    Attributes:
        time: Two orders over time, with their average. The filters of order 1 stand at equal steps of log-frequency,
            from high to low, and make up the second axis.
        frequency: One order over that axis: its size, with what is put behind it for no path to wrap round, and an
            average. The node without a spin comes first; spins +1 and −1 of a filter have real spectra ψ̂(ω), ψ̂(−ω).
        spins: Of each node of `frequency`: 0 the low-pass, +1 for patterns that rise in frequency, −1 for those that
            fall.
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


def joint(x: Array, plan: Joint, *, impl: str | None = None) -> tuple[Array, Sequence[Array]]:
    """Averaged moduli of a signal's wavelets over time and log-frequency.

    Args:
        x: (batch, N) real floating array; (batch, padded) where the plan's `pad_mode` is "given".
        plan: What to compute.
        impl: "fast" (compiled), "reference" (array API), or None for the best that fits.

    Returns:
        The averaged signal (batch, frames), and for each path (batch, rows, frames): order 1 with the nodes of spin 0
        and 1, then each filter of order 2 with all nodes over frequency. Rows are those of the padded axis, 1 where
        they are averaged globally, and so are frames.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for what the compiled twin does not compute.
    """
    if impl is not None and impl not in IMPLS:
        raise InvalidInput(f"impl={impl!r} is unknown: give one of {', '.join(IMPLS)}, or None for the best")
    if impl == "fast" and not _served(x, plan):
        raise InvalidInput(
            "no fast twin for this: give an array in CPU memory, of PyTorch one that needs no gradient, and average "
            "over time; or leave impl out"
        )
    if impl == "reference" or not _served(x, plan):
        from subband.kernels import joint_reference

        return joint_reference.apply(x, plan)
    from subband.kernels import joint_line

    if library(x) == "numpy":
        return joint_line.apply(x, plan)
    from torch import from_numpy

    zeroth, paths = joint_line.apply(x.detach().contiguous().numpy(), plan)
    return from_numpy(zeroth), [from_numpy(one) for one in paths]


def _served(x: Array, plan: Joint) -> bool:
    """Whether the compiled twin computes this: plain numbers in CPU memory, averaged over time."""
    if plan.average is False or not on_cpu(x) or compiling():
        return False
    return library(x) == "numpy" or not (x.requires_grad or transforming())
