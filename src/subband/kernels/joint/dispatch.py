"""Joint time–frequency scattering: what it is, and which twin serves which array."""

from collections.abc import Sequence

from subband.arrays.arguments import implementation
from subband.arrays.compilers import compiling, transforming
from subband.arrays.namespace import Array, library, on_cpu
from subband.errors import InvalidInput
from subband.kernels.joint.plan import Joint


def joint(x: Array, plan: Joint, *, impl: str | None = None) -> tuple[Array, Sequence[Array]]:
    """Averaged moduli of a signal's wavelets over time and log-frequency.

    Args:
        x: (batch, N) real floating array; (batch, padded) where the plan's `pad_mode` is "given".
        plan: What to compute.
        impl: "fast" (compiled), "reference" (array API), or None for the best that fits.

    Returns:
        The averaged signal (batch, frames), and for each path (batch, rows, frames): order 1 with the nodes
        of spin 0 and 1, then each filter of order 2 with all nodes over frequency. Rows are those of the
        padded axis, 1 where they are averaged globally, and so are frames.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for what the compiled twin does not compute.
    """
    implementation(impl)
    if impl == "fast" and not _served(x, plan):
        raise InvalidInput(
            "no fast twin for this: give an array in CPU memory, of PyTorch one that needs no gradient, "
            "and average over time; or leave impl out"
        )
    if impl == "reference" or not _served(x, plan):
        from subband.kernels.joint import reference as joint_reference

        return joint_reference.apply(x, plan)
    from subband.kernels.joint import compiled as joint_line

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
