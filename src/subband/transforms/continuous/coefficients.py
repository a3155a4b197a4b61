"""Container of continuous wavelet coefficients, with their frequencies, scales and cone of influence."""

from dataclasses import dataclass
from typing import Any, final

from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container
from subband.transforms.continuous.spec import ContinuousSpec
from subband.transforms.coordinates import signal_axes, time_frequency


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class ContinuousCoefficients(Container):
    """Continuous wavelet coefficients W(f, t), returned by `cwt`.

    Attributes:
        array: (*batch, S, N): untransformed axes, frequencies, time. Complex for an analytic wavelet; for a real
            one of the signal's dtype.
        spec: Parameters of the transform.

    See also: `icwt`, `synchrosqueeze`, `extract_ridge`.
    """

    spec: ContinuousSpec

    @property
    def frequencies(self) -> Array:
        """(S,) Peak frequencies in hertz."""
        return real_array_like(self.array, self.spec.frequencies)

    @property
    def scales(self) -> Array:
        """(S,) Scales in seconds."""
        return real_array_like(self.array, self.spec.scales)

    @property
    def cone(self) -> Array:
        """(S,) Half-width of the cone of influence in seconds, at either end of the signal.

        The e-folding time of each scale, at which the power of a discontinuity at the edge has fallen by e²
        (Torrence & Compo 1998, §3g).
        """
        return real_array_like(self.array, self.spec.wavelet.e_folding * self.spec.scales)

    @property
    def trusted(self) -> Array:
        """(S, N) True outside the cone of influence."""
        xp, n = namespace(self.array), self.spec.samples
        time = real_array_like(self.array, range(n)) / self.spec.fs
        edge = xp.where(time < time[-1] - time, time, time[-1] - time)
        return edge[None, :] >= self.cone[:, None]

    def to_xarray(self) -> Any:
        spec = self.spec
        axes = signal_axes(self.labels, spec.shape, (spec.axis,), spec.fs)
        return time_frequency(self.labels, self.array, axes, spec.axis, spec.frequencies)

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"ContinuousCoefficients({spec.wavelet}, {len(spec.frequencies)} frequencies from "
            f"{min(spec.frequencies):.4g} to {max(spec.frequencies):.4g} Hz, mode={spec.mode}, norm={spec.norm}, "
            f"of {spec.shape}, array {tuple(self.array.shape)})"
        )


def real_array_like(x: Array, numbers: Any) -> Array:
    """Numbers as a real array of the library, precision and device of `x`."""
    xp = namespace(x)
    real = xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
    device = device_of(x)
    return xp.asarray([float(number) for number in numbers], dtype=real, **device)
