"""Filtered back-projection: the inverse Radon transform by a formula."""

from typing import Any

import numpy as np

from subband.arrays.arguments import choice
from subband.arrays.namespace import Array, device_of, namespace, precision, widened
from subband.errors import InvalidInput
from subband.inverse.problem import make_problem
from subband.transforms.linear import Radon

WINDOWS = {
    "ramp": lambda f: np.ones_like(f),
    "shepp-logan": lambda f: np.sinc(f),
    "cosine": lambda f: np.cos(np.pi * f),
    "hamming": lambda f: 0.54 + 0.46 * np.cos(2 * np.pi * f),
    "hann": lambda f: 0.5 + 0.5 * np.cos(2 * np.pi * f),
}
"""Windows of the ramp filter by name, as functions of the frequency in cycles per detector, 0 to ½."""


def filtered_back_projection(operator: Radon, y: Any, window: str = "ramp") -> Array:
    """Invert parallel line integrals: x = Σ over views of the ramp-filtered profiles, back-projected.

    Args:
        operator: A `Radon` with parallel rays. Views are weighted by their distances, at most twice the median
            distance, so that limited and uneven angles are not extrapolated.
        y: Sinogram, (*batch, views, detectors).
        window: "ramp", "shepp-logan", "cosine", "hamming" or "hann": the later, the smoother.

    Returns:
        (*batch, rows, columns).

    Raises:
        InvalidInput: another operator, a fan beam, an unknown window, or as `invert`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import filtered_back_projection
        >>> A = sb.Radon((32, 32))
        >>> x = np.zeros((32, 32))
        >>> x[10:20, 12:22] = 1
        >>> found = filtered_back_projection(A, A(x))
        >>> bool(np.abs(found - x).mean() < 0.05)
        True

    See also: `cgls`, `sirt`, for fan beams and few views.

    Source: A. C. Kak, M. Slaney, Principles of Computerized Tomographic Imaging (1988), §3.3; the ramp filter is
    sampled in space (equation 61), which keeps the mean right.
    """
    if not isinstance(operator, Radon):
        raise InvalidInput(
            f"{operator!r} is no Radon transform: type cgls(operator, y), which inverts any map"
        )
    if operator.beam != "parallel":
        raise InvalidInput(
            "filtered back-projection is for parallel rays: for a fan type cgls(operator, y) or sirt(…)"
        )
    choice("window", window, WINDOWS)
    y = widened(make_problem(operator, y, 0.0).y)
    xp, detectors = namespace(y), y.shape[-1]
    size = 1 << (2 * detectors - 1).bit_length()
    dtype = xp.complex64 if precision(y) == "float32" else xp.complex128
    response = xp.asarray(_ramp(size) * WINDOWS[window](np.fft.rfftfreq(size)), dtype=dtype, **device_of(y))
    zeros = xp.zeros((*y.shape[:-1], size - detectors), dtype=y.dtype, **device_of(y))
    spectrum = xp.fft.rfft(xp.concat([y, zeros], axis=-1), axis=-1)
    filtered = xp.fft.irfft(spectrum * response, n=size, axis=-1)[..., :detectors]
    weights = xp.asarray(_between(operator.angles)[:, None], dtype=y.dtype, **device_of(y))
    return operator.adjoint(filtered * weights)


def _ramp(size: int) -> np.ndarray:
    """Frequency response of the ramp filter |f| for a spacing of 1, from its samples in space."""
    n = np.fft.fftfreq(size, 1 / size)
    odd = n % 2 == 1
    h = np.zeros(size)
    h[0], h[odd] = 0.25, -1 / (np.pi * n[odd]) ** 2
    return np.fft.rfft(h).real


def _between(degrees: tuple[float, ...]) -> np.ndarray:
    """The angle in radians that each view stands for: half of the way to both neighbours on the half circle."""
    angles = np.asarray(degrees) % 180
    if len(angles) == 1:
        return np.array([np.pi])
    order = np.argsort(angles)
    gaps = np.diff(angles[order], append=angles[order][0] + 180)
    gaps = np.minimum(gaps, 2 * np.median(gaps))
    found = np.empty(len(angles))
    found[order] = (gaps + np.roll(gaps, 1)) / 2
    return np.deg2rad(found)
