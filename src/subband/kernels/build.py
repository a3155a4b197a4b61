"""How the compiled kernels were built, and what they run on."""

import os
from dataclasses import dataclass
from functools import cache

from subband.arrays.compilers import static


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


@cache
def build_info() -> BuildInfo:
    """Which kernels are in use, for which instruction set, and why.

    $SUBBAND_INSTRUCTIONS, read once, names another instruction set of the extension, or "reference".

    Example:
        >>> import subband as sb
        >>> sb.build_info().kernels
        'native'
    """
    if os.environ.get("SUBBAND_INSTRUCTIONS") == "reference":
        return BuildInfo("reference", reason="SUBBAND_INSTRUCTIONS=reference")
    try:
        from subband import _native
    except ImportError as error:
        noted = os.path.join(os.path.dirname(__file__), "no_kernels.txt")
        if not os.path.isfile(noted):
            return BuildInfo("reference", reason=str(error))
        with open(noted, encoding="utf-8") as reason:
            return BuildInfo("reference", reason=reason.read())
    return BuildInfo("native", _native.instructions)


@static
def compiled() -> bool:
    """Whether the compiled kernels are in use."""
    return build_info().kernels == "native"


def why_not() -> str:
    """For messages: " (…)", the reason why there are no compiled kernels; empty if there are."""
    return f" ({build_info().reason})" if build_info().reason else ""
