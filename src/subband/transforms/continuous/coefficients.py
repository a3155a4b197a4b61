"""The coefficients of a continuous transform: modulus and phase at each frequency and time."""

from dataclasses import dataclass
from typing import Any, final

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container
from subband.transforms.continuous.spec import ContinuousSpec


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class ContinuousCoefficients(Container):
    """What `cwt` gives.

    Attributes:
        array: (*batch, S, N): the axes that were not transformed, frequencies, time. Complex for an analytic
            wavelet; for a real one of the dtype that was transformed.
        spec: What was transformed, and how.
    """

    spec: ContinuousSpec

    @property
    def frequencies(self) -> Array:
        """(S,) peak frequencies in hertz."""
        return alongside(self.array, self.spec.frequencies)

    @property
    def scales(self) -> Array:
        """(S,) scales in seconds."""
        return alongside(self.array, self.spec.scales)

    @property
    def cone(self) -> Array:
        """(S,) seconds from either end within which the extension is felt (cone of influence).

        The e-folding time of each scale (Torrence & Compo 1998, §3g): beyond it, what an edge adds to the power
        has fallen by e².
        """
        return alongside(self.array, self.spec.wavelet.e_folding * self.spec.scales)

    @property
    def trusted(self) -> Array:
        """(S, N) whether a coefficient lies outside the cone of influence."""
        xp, n = namespace(self.array), self.spec.samples
        time = alongside(self.array, range(n)) / self.spec.fs
        edge = xp.where(time < time[-1] - time, time, time[-1] - time)
        return edge[None, :] >= self.cone[:, None]

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"ContinuousCoefficients({spec.wavelet}, {len(spec.frequencies)} frequencies from "
            f"{min(spec.frequencies):.4g} to {max(spec.frequencies):.4g} Hz, mode={spec.mode}, norm={spec.norm}, "
            f"of {spec.shape}, array {tuple(self.array.shape)})"
        )


def alongside(x: Array, numbers: Any) -> Array:
    """Numbers as a real array of the library, precision and device of `x`."""
    xp = namespace(x)
    real = xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
    place = {"device": x.device} if hasattr(x, "device") else {}
    return xp.asarray([float(number) for number in numbers], dtype=real, **place)
