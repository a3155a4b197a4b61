"""The short-time Fourier transform and its exact inverse, with any window, learnable ones included."""

from collections.abc import Callable
from functools import partial

import numpy as np

from subband.arrays.arguments import LONGEST, integer, number
from subband.arrays.axes import count_axis
from subband.arrays.compilers import static
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, is_real, zeros
from subband.transforms.fourier.spectrogram import Framing, StftCoefficients, window_like
from subband.transforms.fourier.windows import WindowLike, read_window


@keyword_only_after("hop", renamed={"axes": "axis"})
def stft(
    x: Array,
    window: WindowLike,
    hop: int,
    *,
    fs: float = 1.0,
    axis: int = -1,
    n_fft: int | None = None,
) -> StftCoefficients:
    """Short-time Fourier transform: X[k, m] = Σₙ x[n] w[n − m·hop] exp(−2πi k (n − m·hop) / n_fft).

    Frame m is centred on sample m·hop, sample ⌊N/2⌋ of the window. Every frame that touches the signal is kept,
    with zeros beyond the ends, so the frame operator is diagonal and the same at the ends as in the middle
    ("painless": Daubechies, Grossmann & Meyer 1986) and `istft` is exact to the last sample.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        window: A name or (name, parameter) as in `subband.window`, n_fft samples long; a list or NumPy array of
            N samples; or an array (N,) of the library of `x`, through which gradients flow, e.g.
            `gaussian_window(128, sigma)`.
        hop: Samples from one frame to the next.
        fs: Samples per second.
        axis: The axis of time.
        n_fft: Samples of each Fourier transform, N or more; by default N, and 4·hop for a window by name.

    Returns:
        The spectrogram: `.array` (…, frequencies, frames), `.frequencies` in hertz, `.times` in seconds.
        A real signal has n_fft // 2 + 1 frequencies, a complex one n_fft.

    Raises:
        InvalidInput: unknown window, hop or fs not positive, n_fft below N, empty or missing axis, several axes.
        UnsupportedArray: an array of another library or of a dtype that can't be transformed.
    """
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    framing, learnt = make_framing(x, dtype, window, hop, fs, axis, n_fft)
    fft = namespace(x).fft
    spectra = analyse(x, framing, window_like(x, framing, learnt), fft.rfft if framing.real else fft.fft)
    return StftCoefficients(spectra, framing, learnt)


def istft(s: StftCoefficients, *, eps: float | None = None) -> Array:
    """Inverse of `stft`, through the canonical dual window w̃[n] = w[n] / Σₘ w²[n − m·hop].

    For a spectrogram that was changed, the result is the signal whose own spectrogram is nearest to it in the
    least-squares sense (Griffin & Lim 1984, eq. 6).

    Args:
        s: A spectrogram, as `stft` gave it or with other numbers in it.
        eps: Lower bound for the overlap-added w², relative to its maximum, added to it; it keeps the inverse and
            its gradient finite while the width of a window is learnt. By default the machine epsilon, which
            changes no digit where the window is wide enough.

    Returns:
        The array, of exactly the shape and dtype that was transformed. Samples that a learnable window does not
        see come back as 0.

    Raises:
        InvalidInput: if `s` is not a `StftCoefficients`, if eps is negative, or if the window, where it is not
            learnable, is so narrow that some sample is not seen.
    """
    if not isinstance(s, StftCoefficients):
        raise InvalidInput(f"can't invert a {type(s).__name__}: give the StftCoefficients that stft returned")
    if eps is not None:
        eps = number("eps", eps, "a number, 0 or more, relative to the largest power", low=0)
    framing, fft = s.framing, namespace(s.array).fft
    inverse = partial(fft.irfft, n=framing.n_fft) if framing.real else fft.ifft
    return synthesise(s, dual_window(s, eps), inverse)


def analyse(x: Array, framing: Framing, window: Array, transform: Callable[[Array], Array]) -> Array:
    """(…, bins, frames): the signal cut by a window, its frames transformed along their last axis."""
    xp = namespace(x)
    frames = _frames(xp.moveaxis(x, (framing.axis,), (-1,)), framing) * window
    # The centre comes first, so that phases are counted from it; what n_fft has more than N lies in between.
    middle = zeros(frames, framing.n_fft - framing.size)
    turned = xp.concat([frames[..., framing.centre :], middle, frames[..., : framing.centre]], axis=-1)
    return xp.matrix_transpose(for_any_batch(transform)(turned))


def synthesise(s: StftCoefficients, window: Array, transform: Callable[[Array], Array]) -> Array:
    """The transpose of `analyse`, if `transform` is its transform's: each frame windowed, then overlap and add."""
    xp, framing = namespace(s.array), s.framing
    turned = for_any_batch(transform)(xp.matrix_transpose(s.array))
    middle = framing.n_fft - framing.centre
    frames = xp.concat([turned[..., middle:], turned[..., : framing.size - framing.centre]], axis=-1)
    y = _overlap_add(frames * window, framing)[..., framing.left : framing.left + framing.length]
    return xp.astype(xp.moveaxis(y, (-1,), (framing.axis,)), framing.dtype)


def frame_bounds(window: WindowLike, hop: int, n_fft: int | None = None) -> tuple[float, float]:
    """The frame bounds A, B of `stft`: A ‖x‖² ≤ ‖X‖² ≤ B ‖x‖², over all n_fft frequencies.

    B is the square of the transform's norm; A = B is a tight frame, which keeps the energy; A = 0 can't be
    inverted.

    Args:
        window, hop, n_fft: As in `stft`; the window by name or as samples.

    Raises:
        InvalidInput: as `stft`.
    """
    framing, _ = make_framing(np.zeros(1), np.float64, window, hop, 1.0, -1, n_fft)
    least, most = _extremes(framing.window or (), framing.hop)
    return framing.n_fft * least, framing.n_fft * most


def frame_range(framing: Framing) -> tuple[float, float]:
    """Least and largest ‖X‖² of signals of energy 1 and this framing's length, over all n_fft frequencies."""
    # The frame operator is diagonal; a signal shorter than a hop does not meet all of its numbers.
    power = _power(np.asarray(framing.window), framing.hop)
    met = power[(framing.left + np.arange(min(framing.length, framing.hop))) % framing.hop]
    return framing.n_fft * float(met.min()), framing.n_fft * float(met.max())


def make_framing(x, dtype, window, hop, fs, axis, n_fft) -> tuple[Framing, Array | None]:
    """Everything that was asked, checked; and the window, if it is learnable."""
    axis = count_axis(axis, x.shape)
    hop = integer("hop", hop, 1, LONGEST, "a whole number of samples")
    fs = number("fs", fs, "a positive number of samples per second", above=0)
    if n_fft is not None:
        n_fft = integer("n_fft", n_fft, 1, LONGEST, "a whole number of samples")
    known, learnt = read_window(window, x, 4 * hop if n_fft is None else n_fft)
    size = int(learnt.shape[0]) if known is None else len(known)
    n_fft = size if n_fft is None else n_fft
    if n_fft < size:
        raise InvalidInput(f"n_fft={n_fft} is below the window's {size} samples: give {size} or more")
    # Only the length must be known; the batch may stay open while a program is exported.
    shape = tuple(int(n) if i == axis else n for i, n in enumerate(x.shape))
    return Framing(shape, axis, dtype, is_real(x), fs, size, hop, n_fft, known), learnt


def _frames(x: Array, framing: Framing) -> Array:
    """(…, length) → (…, frames, N). A frame is a run of blocks of one hop, so no sample is looked up by index."""
    xp = namespace(x)
    right = framing.padded - framing.left - framing.length
    x = xp.concat([zeros(x, framing.left), x, zeros(x, right)], axis=-1)
    blocks = xp.reshape(x, (*x.shape[:-1], framing.padded // framing.hop, framing.hop))
    runs = [blocks[..., j : j + framing.frames, :] for j in range(framing.overlap)]
    return xp.concat(runs, axis=-1)[..., : framing.size]


def _overlap_add(frames: Array, framing: Framing) -> Array:
    """(…, frames, N) → (…, padded), the transpose of cutting."""
    xp = namespace(frames)
    hop, overlap = framing.hop, framing.overlap
    frames = xp.concat([frames, zeros(frames, overlap * hop - framing.size)], axis=-1)
    batch = frames.shape[:-2]
    # Block j of every frame, one after the other, starts j hops later.
    total = None
    for j in range(overlap):
        block = xp.reshape(frames[..., j * hop : (j + 1) * hop], (*batch, framing.frames * hop))
        late = xp.concat([zeros(block, j * hop), block, zeros(block, (overlap - 1 - j) * hop)], axis=-1)
        total = late if total is None else total + late
    return total


def dual_window(s: StftCoefficients, eps: float | None) -> Array:
    """(N,) The canonical dual window; `eps` as in `istft`."""
    xp, framing, window = namespace(s.array), s.framing, s.window
    machine = float(xp.finfo(window.dtype).eps)
    if framing.window is not None and not eps:
        least, most = _extremes(framing.window, framing.hop)
        # Reconstruction loses about as many digits as the root of the power spans.
        if least <= machine**2 * most:
            raise InvalidInput(
                f"the window of {framing.size} samples is too narrow for hop={framing.hop}: it leaves samples "
                f"unseen; give hop={max(1, framing.size // 4)} or less, a wider window, or istft(…, eps=1e-3)"
            )
    power = _power(window, framing.hop)
    power = power + (machine if eps is None else eps) * xp.max(power)
    return window / xp.tile(power, (framing.overlap,))[: framing.size]


def _power(window: Array, hop: int) -> Array:
    """(hop,) Overlap-added w², which repeats with every hop: n_fft times the frame operator's diagonal."""
    xp, overlap = namespace(window), -(-window.shape[0] // hop)
    padded = xp.concat([window, zeros(window, overlap * hop - window.shape[0])])
    return xp.sum(xp.reshape(padded, (overlap, hop)) ** 2, axis=0)


@static
def _extremes(window: tuple[float, ...], hop: int) -> tuple[float, float]:
    """The least and the greatest overlap-added w²."""
    power = _power(np.asarray(window), hop)
    return float(power.min()), float(power.max())
