"""Low-pass filters: ideal, by FFT, or finite, by Kaiser's window; along axes, or radial in the plane."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, flag, number
from subband.arrays.axes import count_axes
from subband.arrays.compilers import static
from subband.arrays.fft import for_any_batch
from subband.arrays.labelled import labelled_alike
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, constant, frequencies, is_real
from subband.transforms.resample.design import check_cutoff, check_width, jinc_filter, kaiser_taps, taps_for
from subband.transforms.resample.tables import MODES, apply


@labelled_alike
def lowpass(
    x: Array,
    cutoff: float,
    *,
    axes: int | Sequence[int] = -1,
    fs: float = 1.0,
    width: float = 0.0,
    mode: str = "periodic",
    radial: bool = False,
) -> Array:
    """Take out what lies above a frequency, along some axes; nothing is delayed.

    Of width 0 the filter is ideal: the bins of the Fourier transform above the cutoff become 0. Of a positive
    width it is a Kaiser filter that attenuates by 80 dB from cutoff + width/2 on, and reads no more than about 2.5
    f_s/width samples on each side. Radially it is a disc in the plane of two axes' frequencies, a jinc instead
    of two sincs.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        cutoff: Frequency above 0 and below fs/2, or, for an ideal filter, at most fs/2.
        axes: The axes to filter, or the two axes of the plane.
        fs: Sampling rate, in whose unit cutoff and width are.
        width: Width of the transition from pass band to stop band, centred at the cutoff.
        mode: What lies outside: "periodic", which an ideal and a radial filter need, "zero", "constant",
            "symmetric" or "reflect".
        radial: Whether the pass band is the disc √(f₁² + f₂²) ≤ cutoff rather than a square.

    Returns:
        The filtered array, of the shape and dtype of `x`.

    Raises:
        InvalidInput: a cutoff beyond the Nyquist frequency, or a mode or axes that don't fit.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> n = np.arange(64)
        >>> slow, quick = np.cos(2 * np.pi * 4 * n / 64), np.cos(2 * np.pi * 20 * n / 64)
        >>> bool(np.allclose(sb.lowpass(slow + quick, 0.2), slow))
        True

    See also: `kaiser_filter`, `jinc_filter`, `downsample`, `filtered_nonlinearity`.
    """
    return _filtered(x, cutoff, axes, fs, width, mode, radial, transposed=False)


def lowpass_adjoint(
    x: Array, *, cutoff: float, axes: int | Sequence[int], fs: float, width: float, mode: str, radial: bool
) -> Array:
    """The transpose of `lowpass` with these arguments: itself, for periodic signals."""
    return _filtered(x, cutoff, axes, fs, width, mode, radial, transposed=True)


def _filtered(
    x: Array, cutoff: Any, axes: Any, fs: Any, width: Any, mode: Any, radial: Any, *, transposed: bool
) -> Array:
    fs = number("fs", fs, "a positive number", above=0)
    cutoff, width = number("cutoff", cutoff), number("width", width, "a number, 0 or more", low=0)
    radial, mode = flag("radial", radial), choice("mode", mode, MODES)
    check_cutoff(cutoff, fs, most=width == 0)
    check_width(width, fs)
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    counted = count_axes(axes, x.shape)
    if mode != "periodic" and (radial or width == 0):
        which = "a radial" if radial else "an ideal"
        raise InvalidInput(
            f"{which} filter is computed by FFT, for mode='periodic': give that instead of mode={mode!r}"
            + ("" if radial else ", or a width above 0")
        )
    if radial and len(counted) != 2:
        raise InvalidInput(
            f"axes={axes} are {len(counted)} axes: a radial filter has two, e.g. axes=(-2, -1)"
        )
    relative, transition = cutoff / fs, width / fs
    if transition and taps_for(transition) > _LONGEST:
        raise InvalidInput(
            f"width={width:g} takes {taps_for(transition)} taps: give a wider transition, or 0 for an ideal one"
        )
    if radial:
        y = _by_spectrum(
            x, counted, partial(_disc, *(int(x.shape[axis]) for axis in counted), relative, transition)
        )
    else:
        y = x
        for axis in counted:
            y = _along(y, axis, relative, transition, mode, transposed)
    return namespace(y).astype(y, dtype)


_LONGEST = 1 << 20


def _along(x: Array, axis: int, cutoff: float, width: float, mode: str, transposed: bool) -> Array:
    """The filter along one axis; frequencies in cycles a sample."""
    n = int(x.shape[axis])
    if width == 0:
        return _by_spectrum(x, (axis,), partial(_band, n, cutoff))
    key = ("fir", 1, 1, kaiser_taps(taps_for(width), cutoff, width), n, mode)
    return apply(x, axis, key, (n, n), transposed=transposed)


def _by_spectrum(x: Array, axes: tuple[int, ...], response: Any) -> Array:
    """Multiply the spectrum of the last axes by a real and even response of all frequencies."""
    xp = namespace(x)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    x = xp.moveaxis(x, axes, last)
    if is_real(x):
        size = tuple(x.shape[axis] for axis in last)
        half = constant(response()[..., : size[-1] // 2 + 1], x)
        spectrum = for_any_batch(xp.fft.rfftn)(x, axes=last) * half
        y = for_any_batch(xp.fft.irfftn)(spectrum, s=size, axes=last)
    else:
        spectrum = for_any_batch(xp.fft.fftn)(x, axes=last) * constant(response(), x)
        y = for_any_batch(xp.fft.ifftn)(spectrum, axes=last)
    return xp.moveaxis(y, last, axes)


@static
def _band(n: int, cutoff: float) -> np.ndarray:
    """(n,) 1 for frequencies up to the cutoff, else 0."""
    return (abs(frequencies(n, False)) <= cutoff * n * (1 + 1e-12)).astype(float)


@static
def _disc(rows: int, columns: int, cutoff: float, width: float) -> np.ndarray:
    """(rows, columns) response of the ideal disc, or of a jinc filter that is wrapped round."""
    if width == 0:
        down, across = frequencies(rows, False)[:, None] / rows, frequencies(columns, False) / columns
        return (np.hypot(down, across) <= cutoff * (1 + 1e-12)).astype(float)
    h = jinc_filter(taps_for(width), cutoff, width)
    at = np.arange(len(h)) - len(h) // 2
    wrapped = np.zeros((rows, columns))
    np.add.at(wrapped, (at[:, None] % rows, at % columns), h)
    return np.fft.fft2(wrapped).real
