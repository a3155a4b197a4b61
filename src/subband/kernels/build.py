"""How the compiled kernels were built, and what they run on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BuildInfo:
    """The kernels in use.

    Attributes:
        kernels: "native" for the compiled extension, "reference" for NumPy, PyTorch and JAX code.
        instructions: Instruction set in use, e.g. "v3" (x86-64-v3: AVX2 and FMA), "baseline" (arm64) or "own" (what
            the machine has that it was compiled on); empty for the reference.
        reason: Why the reference is in use; empty for the extension.
    """

    kernels: str
    instructions: str = ""
    reason: str = ""


def build_info() -> BuildInfo:
    """Which kernels are in use, for which instruction set, and why.

    Example:
        >>> import subband as sb
        >>> sb.build_info().kernels
        'native'
    """
    try:
        from subband import _native
    except ImportError as error:
        return BuildInfo("reference", reason=str(error))
    return BuildInfo("native", _native.instructions)
