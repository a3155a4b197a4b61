"""Short-time Fourier transform and its exact inverse, with fixed or learnable windows."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, number
from subband.arrays.axes import count_axis
from subband.arrays.compilers import static
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.fft import for_any_batch
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.fourier.dispatch import fft, ifft, irfft, rfft
from subband.transforms.fourier.coefficients import Framing, StftCoefficients, scale_factors, window_like
from subband.transforms.fourier.inputs import as_wide_signal, is_real, zeros
from subband.transforms.fourier.windows import WindowLike, read_window

SCALINGS = ("magnitude", "psd")


@keyword_only_after("hop", renamed={"axes": "axis"})
@labelled
def stft(
    x: Array,
    window: WindowLike,
    hop: int,
    *,
    fs: float = 1.0,
    axis: int = -1,
    n_fft: int | None = None,
    scaling: str | None = None,
) -> StftCoefficients:
    """Short-time Fourier transform: X[k, m] = Σₙ x[n] w[n − m·hop] exp(−2πi k (n − m·hop) / n_fft).

    Here w[j] is the window sample j + ⌊N/2⌋, so frame m is centred on sample m·hop. The transform has every frame
    that overlaps the zero-padded signal. The frame operator is therefore diagonal, without boundary effects (a
    "painless" frame: Daubechies, Grossmann & Meyer 1986), and `istft` is exact for every sample.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        window: A name or (name, parameter) as in `subband.window`, of n_fft samples; a list or NumPy array of
            N samples; or an array (N,) of the library of `x`, in which the transform is differentiable, e.g.
            `gaussian_window(128, sigma)`.
        hop: Samples between successive frames.
        fs: Sampling rate in hertz.
        axis: The time axis.
        n_fft: Length of each Fourier transform, at least N; by default N, and 4·hop for a window by name.
        scaling: What the moduli measure; `istft` undoes it. None: nothing. "magnitude" divides by |Σ w|, so that
            |X| = A for a sinusoid A cos 2πft in the middle of a bin. "psd" divides by √(fs Σ w²), so that |X|² is
            the power spectral density in squared units of the signal per hertz: its sum over frequencies, times
            fs / n_fft, is the frame's mean square weighted by w². For real signals both are one-sided: moduli are
            multiplied by 2 or √2, except those of 0 and fs/2, since negative frequencies are left out.

    Returns:
        The coefficients: `.array` (…, frequencies, frames), `.frequencies` in hertz, `.times` in seconds. There are
        n_fft // 2 + 1 frequencies for real signals, n_fft for complex ones.

    Raises:
        InvalidInput: unknown window or scaling, hop or fs not positive, n_fft below N, empty or missing axis,
            several axes, or scaling="magnitude" for a window whose samples add up to 0.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * 100 * np.arange(800) / 800)
        >>> s = sb.stft(x, "hann", 16, fs=800)
        >>> s.array.shape
        (33, 53)
        >>> float(s.frequencies[abs(s.array[:, 26]).argmax()])
        100.0
        >>> s = sb.stft(x, "hann", 16, fs=800, scaling="magnitude")
        >>> round(float(abs(s.array[:, 26]).max()), 6)
        1.0

    Source: I. Daubechies, A. Grossmann, Y. Meyer, Painless nonorthogonal expansions (1986).

    See also: `istft`, `frame_bounds`, `window`, `cwt`.
    """
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    framing, learnt = make_framing(x, dtype, window, hop, fs, axis, n_fft, scaling)
    samples = window_like(x, framing, learnt)
    spectra = analyse(x, framing, samples, rfft if framing.real else fft)
    if scaling is not None:
        spectra = spectra * scale_factors(framing, samples)
    return StftCoefficients(spectra, framing, learnt)


def istft(s: StftCoefficients, *, eps: float | None = None) -> Array:
    """Inverse of `stft`, through the canonical dual window w̃[n] = w[n] / Σₘ w²[n − m·hop].

    For modified coefficients, the result is the signal whose coefficients are nearest in least squares (Griffin &
    Lim 1984, eq. 6).

    Args:
        s: Coefficients returned by `stft`, or modified ones (`s.replace`).
        eps: Regularisation added to the overlap-added w², relative to its maximum. It keeps the inverse and its
            gradient finite while the width of a window is learnt. By default the machine epsilon, which has no
            effect beyond rounding for a sufficiently wide window.

    Returns:
        The signal, in the shape and dtype that was transformed. Samples outside every frame of a learnable window
        are 0.

    Raises:
        InvalidInput: if `s` is not a `StftCoefficients`, eps is negative, or a fixed window is so narrow that some
            samples are outside every frame.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(100)
        >>> bool(np.allclose(sb.istft(sb.stft(x, "hann", 8)), x))
        True

    Source: D. W. Griffin, J. S. Lim, Signal estimation from modified short-time Fourier transform, IEEE Trans.
    Acoustics, Speech, and Signal Processing 32(2), 1984.

    See also: `frame_bounds`.
    """
    if not isinstance(s, StftCoefficients):
        raise InvalidInput(f"can't invert a {type(s).__name__}: give the StftCoefficients that stft returned")
    if eps is not None:
        eps = number("eps", eps, "a number, 0 or more, relative to the largest power", low=0)
    framing = s.framing
    inverse = partial(irfft, n=framing.n_fft) if framing.real else ifft
    return s.with_labels(synthesise(_unscaled(s), dual_window(s, eps), inverse))


def _unscaled(s: StftCoefficients) -> StftCoefficients:
    """The coefficients divided by the factors of their scaling."""
    return s if s.framing.scaling is None else replace(s, array=s.array / s.scale)


def analyse(x: Array, framing: Framing, window: Array, transform: Callable[[Array], Array]) -> Array:
    """(…, bins, frames): windowed frames of the signal, transformed along their last axis."""
    xp = namespace(x)
    x = xp.moveaxis(x, (framing.axis,), (-1,))
    right = framing.padded - framing.left - framing.length
    return spectra(
        xp.concat([zeros(x, framing.left), x, zeros(x, right)], axis=-1), framing, window, transform
    )


def spectra(x: Array, framing: Framing, window: Array, transform: Callable[[Array], Array]) -> Array:
    """(…, a multiple of hop) → (…, bins, frames): all frames that lie within these samples."""
    xp = namespace(x)
    frames = _frames(x, framing) * window
    # Rotated so that the centre is sample 0, the phase reference; zero padding goes between the two halves.
    padding = zeros(frames, framing.n_fft - framing.size)
    rotated = xp.concat([frames[..., framing.centre :], padding, frames[..., : framing.centre]], axis=-1)
    return xp.matrix_transpose(for_any_batch(transform)(rotated))


def synthesise(s: StftCoefficients, window: Array, transform: Callable[[Array], Array]) -> Array:
    """Windowed overlap-add; the adjoint of `analyse` if `transform` is the adjoint of its transform."""
    xp, framing = namespace(s.array), s.framing
    y = overlap_add(s.array, framing, window, transform)[..., framing.left : framing.left + framing.length]
    return xp.astype(xp.moveaxis(y, (-1,), (framing.axis,)), framing.dtype)


def overlap_add(array: Array, framing: Framing, window: Array, transform: Callable[[Array], Array]) -> Array:
    """(…, bins, frames) → (…, (frames − 1) hop + N, rounded up to hops): the transpose of `spectra`."""
    xp = namespace(array)
    rotated = for_any_batch(transform)(xp.matrix_transpose(array))
    start = framing.n_fft - framing.centre
    frames = xp.concat([rotated[..., start:], rotated[..., : framing.size - framing.centre]], axis=-1)
    return _overlap_add(frames * window, framing)


def frame_bounds(window: WindowLike, hop: int, n_fft: int | None = None) -> tuple[float, float]:
    """Frame bounds of `stft`: the largest A and smallest B with A ‖x‖² ≤ ‖X‖² ≤ B ‖x‖² for signals of any length.

    ‖X‖² is the sum over all n_fft frequencies, without scaling; A and B are n_fft times the extrema of the
    overlap-added w². √B is the norm of the transform. The frame is tight if A = B, and the transform not invertible
    if A = 0.

    Args:
        window: As in `stft`, by name or as samples.
        hop: Samples between successive frames.
        n_fft: Length of each Fourier transform, as in `stft`.

    Returns:
        (A, B).

    Raises:
        InvalidInput: as `stft`.

    Example:
        >>> import subband as sb
        >>> [round(bound, 6) for bound in sb.frame_bounds("hann", 16)]
        [96.0, 96.0]

    See also: `stft`, `linear_map`.
    """
    framing, _ = make_framing(np.zeros(1), np.float64, window, hop, 1.0, -1, n_fft, None)
    least, most = _extremes(framing.window or (), framing.hop)
    return framing.n_fft * least, framing.n_fft * most


def frame_range(framing: Framing) -> tuple[float, float]:
    """Minimum and maximum of ‖X‖² over unit-energy signals of the framing's length, over all n_fft frequencies.

    Without the framing's scaling.
    """
    # The frame operator is diagonal, with period hop; a shorter signal involves part of a period.
    power = _power(np.asarray(framing.window), framing.hop)
    diagonal = power[(framing.left + np.arange(min(framing.length, framing.hop))) % framing.hop]
    return framing.n_fft * float(diagonal.min()), framing.n_fft * float(diagonal.max())


def make_framing(x, dtype, window, hop, fs, axis, n_fft, scaling) -> tuple[Framing, Array | None]:
    """The validated framing, and the window array if it is learnable."""
    axis = count_axis(axis, x.shape)
    hop = integer("hop", hop, 1, LONGEST, "a whole number of samples")
    fs = number("fs", fs, "a positive number of samples per second", above=0)
    if n_fft is not None:
        n_fft = integer("n_fft", n_fft, 1, LONGEST, "a whole number of samples")
    fixed, learnt = read_window(window, x, 4 * hop if n_fft is None else n_fft)
    size = int(learnt.shape[0]) if fixed is None else len(fixed)
    n_fft = size if n_fft is None else n_fft
    if n_fft < size:
        raise InvalidInput(f"n_fft={n_fft} is below the window's {size} samples: give {size} or more")
    if scaling is not None:
        scaling = choice("scaling", scaling, SCALINGS, ", or None")
    if scaling == "magnitude" and fixed is not None and not abs(sum(fixed)) > 0:
        raise InvalidInput(
            "the window's samples add up to 0, so no amplitude can be measured: give scaling='psd'"
        )
    # Only the length must be concrete; batch sizes may be symbolic while a program is exported.
    shape = tuple(int(n) if i == axis else n for i, n in enumerate(x.shape))
    return Framing(shape, axis, dtype, is_real(x), fs, size, hop, n_fft, fixed, scaling), learnt


def _frames(x: Array, framing: Framing) -> Array:
    """(…, a multiple of hop) → (…, frames, N), by concatenation of blocks of one hop instead of indexing."""
    xp, count = namespace(x), int(x.shape[-1]) // framing.hop
    blocks = xp.reshape(x, (*x.shape[:-1], count, framing.hop))
    parts = [blocks[..., j : j + count - framing.overlap + 1, :] for j in range(framing.overlap)]
    return xp.concat(parts, axis=-1)[..., : framing.size]


def _overlap_add(frames: Array, framing: Framing) -> Array:
    """(…, frames, N) → (…, padded), the transpose of `_frames`."""
    xp = namespace(frames)
    hop, overlap = framing.hop, framing.overlap
    frames = xp.concat([frames, zeros(frames, overlap * hop - framing.size)], axis=-1)
    batch, count = frames.shape[:-2], int(frames.shape[-2])
    # The blocks j of all frames, concatenated, are offset by j hops.
    total = None
    for j in range(overlap):
        block = xp.reshape(frames[..., j * hop : (j + 1) * hop], (*batch, count * hop))
        delayed = xp.concat([zeros(block, j * hop), block, zeros(block, (overlap - 1 - j) * hop)], axis=-1)
        total = delayed if total is None else total + delayed
    return total


def dual_window(s: StftCoefficients, eps: float | None) -> Array:
    """(N,) canonical dual window; `eps` as in `istft`."""
    xp, framing, window = namespace(s.array), s.framing, s.window
    machine = float(xp.finfo(window.dtype).eps)
    if framing.window is not None and not eps:
        least, most = _extremes(framing.window, framing.hop)
        # The condition number of the reconstruction is about √(most / least).
        if least <= machine**2 * most:
            raise InvalidInput(
                f"the window of {framing.size} samples is too narrow for hop={framing.hop}: it leaves samples "
                f"unseen; give hop={max(1, framing.size // 4)} or less, a wider window, or istft(…, eps=1e-3)"
            )
    power = _power(window, framing.hop)
    power = power + (machine if eps is None else eps) * xp.max(power)
    return window / xp.tile(power, (framing.overlap,))[: framing.size]


def _power(window: Array, hop: int) -> Array:
    """(hop,) overlap-added w² over one period; the frame operator's diagonal is n_fft times this."""
    xp, overlap = namespace(window), -(-window.shape[0] // hop)
    padded = xp.concat([window, zeros(window, overlap * hop - window.shape[0])])
    return xp.sum(xp.reshape(padded, (overlap, hop)) ** 2, axis=0)


@static
def _extremes(window: tuple[float, ...], hop: int) -> tuple[float, float]:
    """Minimum and maximum of the overlap-added w²."""
    power = _power(np.asarray(window), hop)
    return float(power.min()), float(power.max())
