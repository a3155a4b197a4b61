"""Changes of the sampling rate, and non-linearities on a finer grid."""

from collections.abc import Callable, Sequence
from math import gcd
from typing import Any

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, shown
from subband.arrays.axes import count_axes
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, is_real
from subband.transforms.resample.design import STOPBAND, kaiser_taps
from subband.transforms.resample.ideal import fourier_resample
from subband.transforms.resample.tables import MODES, apply

ZEROS = 16
"""Zero crossings of the default filter on each side of its middle."""

FINEST = 1 << 16
"""Largest factor, whose filter has 32 times as many taps."""

Filter = np.ndarray | Sequence[float] | str | None


@labelled
def resample(
    x: Array,
    up: int,
    down: int = 1,
    *,
    axes: int | Sequence[int] = -1,
    mode: str = "periodic",
    filter: Filter = None,
) -> Array:
    """Change the sampling rate by up/down along some axes: sample m of the result stands at m · down/up.

    y[m] = up · Σₖ h[c + down · m − up · k] x[k]: zeros between the samples, a low-pass filter h, every
    `down`-th sample. The middle tap of h is c, so nothing is delayed. All of it is one sparse matrix; no zero
    is multiplied.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        up, down: Factors, of which common divisors are taken out.
        axes: The axes to resample.
        mode: What lies outside: "periodic", "zero", "constant" (the last sample), "symmetric" or "reflect".
        filter: Odd number of taps at `up` times the rate, of sum 1. By default Kaiser's filter with 80 dB of
            attenuation from the lower of both Nyquist frequencies on, flat up to 0.69 of it. "ideal": by FFT, for
            periodic signals whose new length n · up/down is whole.

    Returns:
        The array with ⌈n · up/down⌉ samples along each axis, of the dtype of `x`.

    Raises:
        InvalidInput: factors below 1, an unknown mode, or a filter that does not fit.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> n = np.arange(32)
        >>> y = sb.resample(np.cos(2 * np.pi * n / 16), 3, 2)
        >>> bool(np.allclose(y, np.cos(2 * np.pi * np.arange(48) / 24), atol=1e-3))
        True

    Source: P. P. Vaidyanathan, Multirate Systems and Filter Banks, 1993, section 4.1.

    See also: `upsample`, `downsample`, `lowpass`, `kaiser_filter`.
    """
    up, down = (integer(name, n, 1, FINEST, "a factor") for name, n in (("up", up), ("down", down)))
    divisor = gcd(up, down)
    up, down, dtype = up // divisor, down // divisor, as_signal(x).dtype
    x = as_wide_signal(x)
    for axis in count_axes(axes, x.shape):
        x = along(x, axis, up, down, mode, filter)
    return namespace(x).astype(x, dtype)


@labelled
def upsample(
    x: Array,
    factor: int = 2,
    *,
    axes: int | Sequence[int] = -1,
    mode: str = "periodic",
    filter: Filter = None,
) -> Array:
    """`resample` by a whole factor to a finer grid, whose samples 0, factor, 2 factor, … are those of x.

    Only with the ideal filter these are kept exactly; others let a little of the images of the spectrum through.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        factor: Samples of the result for each of x.
        axes, mode, filter: As for `resample`.

    Returns:
        The array with factor · n samples along each axis.

    Raises:
        As `resample`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.upsample(np.ones((8, 8)), 2, axes=(-2, -1)).shape
        (16, 16)

    See also: `resample`, `downsample`.
    """
    return resample.unlabelled(
        x, integer("factor", factor, 1, FINEST, "a factor"), axes=axes, mode=mode, filter=filter
    )  # pyright: ignore[reportFunctionMemberAccess]


@labelled
def downsample(
    x: Array,
    factor: int = 2,
    *,
    axes: int | Sequence[int] = -1,
    mode: str = "periodic",
    filter: Filter = None,
) -> Array:
    """`resample` by a whole factor to a coarser grid, of every `factor`-th sample after a low-pass filter.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        factor: Samples of x for each of the result.
        axes, mode, filter: As for `resample`.

    Returns:
        The array with ⌈n / factor⌉ samples along each axis.

    Raises:
        As `resample`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> alternating = np.cos(np.pi * np.arange(64))
        >>> bool(np.abs(sb.downsample(alternating)).max() < 1e-3)  # x[::2] would be 1, 1, 1, …
        True

    See also: `resample`, `upsample`.
    """
    factor = integer("factor", factor, 1, FINEST, "a factor")
    return resample.unlabelled(x, 1, factor, axes=axes, mode=mode, filter=filter)  # pyright: ignore[reportFunctionMemberAccess]


@labelled
def filtered_nonlinearity(
    x: Array,
    f: Callable[[Array], Array],
    *,
    factor: int = 2,
    axes: int | Sequence[int] = -1,
    mode: str = "periodic",
    filter: Filter = None,
) -> Array:
    """A pointwise function of the continuous signal: up-sampled, f, low-pass filtered, down-sampled.

    f makes frequencies above the Nyquist frequency, which f(x) folds back. On a grid that is finer by `factor`,
    those below factor − ½ sampling rates don't reach the pass band, and the filter takes them out. So the
    result moves with the signal: shift(y(x), s) = y(shift(x, s)) up to what the filter lets through.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        f: Pointwise function of arrays, such as `lambda x: x.clip(0)`.
        factor: How much finer the grid is.
        axes, mode, filter: As for `resample`, for the way up and the way down.

    Returns:
        The array, of the shape of `x`.

    Raises:
        As `resample`, and InvalidInput if f changes the shape.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * 5 * np.arange(32) / 32)
        >>> relu = lambda x: np.maximum(x, 0)
        >>> def sticks(y):
        ...     return float(np.abs(sb.shift(y(x), 0.5) - y(sb.shift(x, 0.5))).max())
        >>> sticks(lambda x: sb.filtered_nonlinearity(x, relu, factor=4, filter="ideal")) < sticks(relu) / 4
        True

    Source: T. Karras et al., Alias-free generative adversarial networks, NeurIPS 2021, section 2.1.

    See also: `filtered_leaky_relu`, `aliasing`, `resample`.
    """
    if not callable(f):
        raise InvalidInput(f"f={shown(f)} is not a function: give one of arrays, such as numpy.abs")
    factor = integer("factor", factor, 1, FINEST, "a factor")
    shape = tuple(as_signal(x).shape)
    fine = upsample.unlabelled(x, factor, axes=axes, mode=mode, filter=filter)  # pyright: ignore[reportFunctionMemberAccess]
    curved = f(fine)
    if tuple(getattr(curved, "shape", ())) != tuple(fine.shape):
        raise InvalidInput(
            f"f gave {shown(curved)} for an array of shape {tuple(fine.shape)}: it must be pointwise, and "
            "keep the shape"
        )
    y = downsample.unlabelled(curved, factor, axes=axes, mode=mode, filter=filter)  # pyright: ignore[reportFunctionMemberAccess]
    return y[tuple(slice(n) for n in shape)]


def along(
    x: Array, axis: int, up: int, down: int, mode: str, filter: Filter, *, inputs: int | None = None
) -> Array:
    """`resample` along one counted axis by coprime factors; the transpose, if the number of `inputs` is given."""
    n = x.shape[axis] if inputs is None else inputs
    choice("mode", mode, MODES)
    if isinstance(filter, str):
        return fourier_resample(
            x, axis, *_ideal_sizes(n, up, down, mode, filter), transposed=inputs is not None
        )
    if up == down == 1 and filter is None:
        return x
    if not is_real(x):
        xp = namespace(x)
        parts = [
            along(part, axis, up, down, mode, filter, inputs=inputs) for part in (xp.real(x), xp.imag(x))
        ]
        return parts[0] + 1j * parts[1]
    key = ("fir", up, down, _scaled(filter, up, down), n, mode)
    return apply(x, axis, key, (n, -(-n * up // down)), transposed=inputs is not None)


def default_taps(up: int, down: int) -> tuple[float, ...]:
    """Kaiser's filter at `up` times the rate: 80 dB of attenuation from the lower Nyquist frequency on."""
    most = max(up, down)
    taps = 2 * ZEROS * most + 1
    width = (STOPBAND - 7.95) / (2.285 * np.pi * 2 * (taps - 1))
    return kaiser_taps(taps, 0.5 / most - width / 2, width)


def _scaled(filter: Any, up: int, down: int) -> tuple[float, ...]:
    """The taps times `up`, since a fraction 1/up of the samples that they see is not zero."""
    if filter is None:
        return tuple([up * tap for tap in default_taps(up, down)])
    taps = as_array(filter, "filter")
    if taps.ndim != 1 or taps.dtype.kind not in "iuf" or len(taps) % 2 == 0 or not np.isfinite(taps).all():
        raise InvalidInput(
            f"filter={shown(filter)} is no odd number of finite taps: give an array such as "
            "subband.kaiser_filter(33, 0.2, 0.1), or 'ideal', or None"
        )
    if len(taps) > LONGEST // 64:
        raise InvalidInput(f"filter of {len(taps)} taps is too long: give at most {LONGEST // 64}")
    return tuple([up * tap for tap in taps.astype(float).tolist()])


def _ideal_sizes(n: int, up: int, down: int, mode: str, filter: str) -> tuple[int, int]:
    choice("filter", filter, ("ideal",), ", taps, or None")
    if mode != "periodic":
        raise InvalidInput(
            f"filter='ideal' is for periodic signals, not mode={mode!r}: give taps, or mode='periodic'"
        )
    if n * up % down:
        raise InvalidInput(
            f"filter='ideal' can't make {n} · {up}/{down} samples: give a signal whose length is a multiple "
            f"of {down}"
        )
    return n, n * up // down
