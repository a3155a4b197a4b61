"""Joint time–frequency scattering: dispatch to the compiled or the reference implementation."""

from collections.abc import Sequence

from subband.arrays.arguments import implementation
from subband.arrays.compilers import compiling, transforming
from subband.arrays.namespace import Array, library, on_cpu
from subband.errors import InvalidInput
from subband.kernels.build import compiled, why_not
from subband.kernels.joint.plan import Joint


def joint(x: Array, plan: Joint, *, impl: str | None = None) -> tuple[Array, Sequence[Array]]:
    """Averaged moduli of joint wavelet transforms over time t and log-frequency λ.

    Args:
        x: (batch, N) real floating array; (batch, padded) if the plan's `pad_mode` is "given".
        plan: The transform.
        impl: "fast" (compiled), "reference" (array API), or None for the fastest supported.

    Returns:
        The averaged signal (batch, frames), and for each path (batch, rows, frames): order 1 with the nodes
        of spin 0 and 1, then each filter of order 2 with all nodes over λ. Rows are those of the padded λ
        axis; rows and frames are 1 where averaged globally.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for an unsupported array or plan.
    """
    implementation(impl)
    if impl == "fast" and not _served(x, plan):
        raise InvalidInput(
            f"no compiled kernel for this{why_not()}: give an array in CPU memory, of PyTorch one that needs no "
            "gradient, and average over time; or leave impl out"
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
    """Whether the compiled implementation supports this: CPU arrays without gradients, averaged over time."""
    if not compiled() or plan.average is False or not on_cpu(x) or compiling():
        return False
    return library(x) == "numpy" or not (x.requires_grad or transforming())
