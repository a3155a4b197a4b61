"""Containers of values over frequencies and times, with their scales and cone of influence."""

from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container
from subband.transforms.continuous.response import recoverable_ranges
from subband.transforms.continuous.spec import ContinuousSpec, Numbers, from_numbers
from subband.transforms.coordinates import signal_axes, time_frequency


@dataclass(frozen=True, eq=False)
class OnScales(Container):
    """Base class of values at every frequency and time of a continuous transform.

    Attributes:
        array: (*batch, S, N): untransformed axes, frequencies, time.
        spec: Parameters of the transform.
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
    def cone_frequencies(self) -> Array:
        """(N,) Lowest frequency in hertz outside the cone of influence at each time; infinite at both ends."""
        spec = self.spec
        edge = np.minimum(np.arange(spec.samples), np.arange(spec.samples)[::-1]) / spec.fs
        with np.errstate(divide="ignore"):
            return real_array_like(self.array, spec.wavelet.frequency(edge / spec.wavelet.e_folding))

    @property
    def trusted(self) -> Array:
        """(S, N) True outside the cone of influence."""
        device = device_of(self.array)
        return namespace(self.array).asarray(trusted_times(self.spec.numbers), **device)

    def to_xarray(self) -> Any:
        spec = self.spec
        axes = signal_axes(self.labels, spec.shape, (spec.axis,), spec.fs)
        return time_frequency(self.labels, self.array, axes, spec.axis, spec.frequencies)

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"{type(self).__name__}({spec.wavelet}, {len(spec.frequencies)} frequencies from "
            f"{min(spec.frequencies):.4g} to {max(spec.frequencies):.4g} Hz, mode={spec.mode}, norm={spec.norm}, "
            f"of {spec.shape}, array {tuple(self.array.shape)})"
        )


@final
@pytree("array", "remainder")
@dataclass(frozen=True, eq=False, repr=False)
class ContinuousCoefficients(OnScales):
    """Continuous wavelet coefficients W(f, t), returned by `cwt`.

    Attributes:
        array: (*batch, S, N): untransformed axes, frequencies, time. Complex for an analytic wavelet; for a real
            one of the signal's dtype.
        spec: Parameters of the transform.
        remainder: What of the signal the coefficients do not hold, in the signal's shape; None unless `cwt` was
            asked for it. `icwt` adds it as it is.

    See also: `icwt`, `synchrosqueeze`, `extract_ridge`.
    """

    remainder: Array | None = None

    @property
    def recoverable(self) -> tuple[tuple[float, float], ...]:
        """Ranges (low, high) of frequencies in hertz, ascending, that `icwt` gives back without a remainder.

        Within them, and in modes "symmetric" and "periodic", it is exact. Frequencies are those of the Fourier
        transform of the extended signal.
        """
        return recoverable_ranges(self)

    def __repr__(self) -> str:
        whole = super().__repr__()
        return whole if self.remainder is None else f"{whole[:-1]}, remainder)"


@partial(static, large=True)
def trusted_times(numbers: Numbers) -> np.ndarray:
    """(S, N) whether each time is at least the e-folding time of each scale away from both ends."""
    spec = from_numbers(numbers)
    edge = np.minimum(np.arange(spec.samples), np.arange(spec.samples)[::-1]) / spec.fs
    return edge >= spec.wavelet.e_folding * spec.scales[:, None]


def real_array_like(x: Array, numbers: Any) -> Array:
    """Numbers as a real array of the library, precision and device of `x`."""
    xp = namespace(x)
    real = xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
    device = device_of(x)
    return xp.asarray([float(number) for number in numbers], dtype=real, **device)
