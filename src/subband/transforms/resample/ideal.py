"""Band-limited interpolation and the ideal low-pass of periodic signals, by FFT."""

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, namespace
from subband.transforms.fourier.inputs import constant, is_real


def fourier_resample(x: Array, axis: int, inputs: int, outputs: int, *, transposed: bool = False) -> Array:
    """The trigonometric interpolant of least energy, sampled at `outputs` places; or the transpose of that map.

    A component at half the shorter length stands for both of its signs: on the way up it is split between
    them, and on the way down both are added, as in `scipy.signal.resample`.

    Args:
        x: Real or complex, with `inputs` samples along the axis, or `outputs` if transposed.
        axis: The axis.
        inputs, outputs: Lengths of the map.
        transposed: Whether to apply the transpose.
    """
    xp = namespace(x)
    if not is_real(x):
        parts = [
            fourier_resample(p, axis, inputs, outputs, transposed=transposed)
            for p in (xp.real(x), xp.imag(x))
        ]
        return parts[0] + 1j * parts[1]
    x = xp.moveaxis(x, (axis,), (-1,))
    n, m = (outputs, inputs) if transposed else (inputs, outputs)
    shorter = min(n, m)
    spectrum = for_any_batch(xp.fft.rfft)(x, axis=-1)[..., : shorter // 2 + 1]
    if shorter % 2 == 0 and n != m and not transposed:
        spectrum = spectrum * constant(_weights(shorter // 2 + 1, 0.5 if n < m else 2.0), x)
    y = for_any_batch(xp.fft.irfft)(_padded(spectrum, m // 2 + 1), n=m, axis=-1)
    return xp.moveaxis(y * (1.0 if transposed else m / n), (-1,), (axis,))


def _padded(spectrum: Array, bins: int) -> Array:
    """The spectrum with zeros behind it."""
    xp, missing = namespace(spectrum), bins - spectrum.shape[-1]
    if missing <= 0:
        return spectrum
    zeros = xp.broadcast_to(xp.zeros_like(spectrum[..., :1]), (*spectrum.shape[:-1], missing))
    return xp.concat([spectrum, zeros], axis=-1)


@static
def _weights(bins: int, last: float) -> np.ndarray:
    return np.append(np.ones(bins - 1), last)
