"""The coefficients of a continuous transform: modulus and phase at each frequency and time."""

from dataclasses import dataclass, replace
from typing import Any

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import register_container
from subband.errors import InvalidInput
from subband.transforms.continuous.spec import ContinuousSpec


@dataclass(frozen=True, eq=False)
class ContinuousCoefficients:
    """What `cwt` gives. JAX and PyTorch see a pytree with one leaf, `array`.

    Attributes:
        array: (*batch, S, N): the axes that were not transformed, frequencies, time. Complex for an analytic
            wavelet; for a real one of the dtype that was transformed.
        spec: What was transformed, and how.
    """

    array: Array
    spec: ContinuousSpec

    def __post_init__(self) -> None:
        register_container(ContinuousCoefficients, lambda c: ([c.array], c.spec), _unflatten)

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

    def replace(self, array: Array) -> "ContinuousCoefficients":
        """The same frequencies and times with other numbers, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
        """
        if tuple(array.shape) != tuple(self.array.shape):
            raise InvalidInput(
                f"coefficients of shape {tuple(self.array.shape)} can't be replaced by {tuple(array.shape)}"
            )
        return replace(self, array=array)

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


def _unflatten(spec: Any, leaves: Any) -> ContinuousCoefficients:
    """Put a container together from leaves that a tree map made, which need not be arrays."""
    made = object.__new__(ContinuousCoefficients)
    object.__setattr__(made, "array", next(iter(leaves)))
    object.__setattr__(made, "spec", spec)
    return made
