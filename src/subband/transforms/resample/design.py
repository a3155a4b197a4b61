"""Low-pass filters by Kaiser's window: a sinc for one axis, a jinc for the plane."""

from math import ceil, pi

import numpy as np

from subband.arrays.arguments import LONGEST, integer, number
from subband.arrays.compilers import static
from subband.errors import InvalidInput

STOPBAND = 80.0
"""Attenuation in dB of the filters that are designed where none is given."""

WIDEST_PLANE = 4096
"""Most taps of a filter of the plane along an axis."""


def kaiser_filter(taps: int, cutoff: float, width: float, *, fs: float = 1.0) -> np.ndarray:
    """Low-pass filter h[n] = 2 f_c/f_s · sinc(2 f_c/f_s · (n − (N − 1)/2)) · w_β[n], scaled to Σ h = 1.

    w_β is Kaiser's window, whose β follows from the number of taps N and the transition width Δf by Kaiser's
    rule: the attenuation is A = 2.285 (N − 1) π Δf/(f_s/2) + 7.95 dB. These are the taps of
    `scipy.signal.firwin(taps, cutoff, width=width, fs=fs)`.

    Args:
        taps: N, 1 or more.
        cutoff: f_c, the middle of the transition, above 0 and below f_s/2.
        width: Δf, the width of the transition from pass band to stop band.
        fs: Sampling rate f_s.

    Returns:
        (taps,) float64.

    Raises:
        InvalidInput: a cutoff at or beyond the Nyquist frequency, or no positive width.

    Example:
        >>> import subband as sb
        >>> sb.kaiser_filter(5, cutoff=0.25, width=0.3).round(4).tolist()
        [0.0, 0.2679, 0.4641, 0.2679, 0.0]

    Source: J. F. Kaiser, Nonrecursive digital filter design using the I₀-sinh window function, Proc. IEEE
        ISCAS, 1974.

    See also: `jinc_filter`, `resample`, `lowpass`.
    """
    taps, cutoff, width = _checked(taps, cutoff, width, fs)
    return np.array(kaiser_taps(taps, cutoff, width))


def jinc_filter(taps: int, cutoff: float, width: float, *, fs: float = 1.0) -> np.ndarray:
    """Radially symmetric low-pass filter of the plane, J₁(2π f_c r)/(π r) · w_β ⊗ w_β, scaled to Σ h = 1.

    The pass band is the disc |f| ≤ f_c, so it does not depend on the direction; J₁ is Bessel's function, and w_β
    Kaiser's window as in `kaiser_filter`.

    Args:
        taps: N, along each of both axes.
        cutoff, width, fs: As for `kaiser_filter`.

    Returns:
        (taps, taps) float64.

    Raises:
        InvalidInput: as `kaiser_filter`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> h = sb.jinc_filter(12, cutoff=0.2, width=0.1)
        >>> h.shape, bool(np.allclose(h, h.T)), round(float(h.sum()), 6)
        ((12, 12), True, 1.0)

    Source: T. Karras et al., Alias-free generative adversarial networks, NeurIPS 2021, section 3.2 and appendix C.

    See also: `kaiser_filter`.
    """
    from scipy.special import j1  # its import is slow

    taps, cutoff, width = _checked(taps, cutoff, width, fs, WIDEST_PLANE)
    n = np.arange(taps) - (taps - 1) / 2
    r = np.hypot(n, n[:, None])
    ideal = np.where(r == 0, pi * cutoff**2, cutoff * j1(2 * pi * cutoff * r) / np.where(r == 0, 1, r))
    window = _kaiser_window(taps, width)
    h = ideal * window * window[:, None]
    return h / h.sum()


@static
def kaiser_taps(taps: int, cutoff: float, width: float) -> tuple[float, ...]:
    """`kaiser_filter` for a sampling rate of 1, as plain numbers."""
    n = np.arange(taps) - (taps - 1) / 2
    h = np.sinc(2 * cutoff * n) * _kaiser_window(taps, width)
    return tuple((h / h.sum()).tolist())


def taps_for(width: float, attenuation: float = STOPBAND) -> int:
    """The odd number of taps whose Kaiser filter of this width, in cycles a sample, attenuates so much."""
    taps = ceil((attenuation - 7.95) / (2.285 * pi * 2 * width)) + 1
    return taps + 1 - taps % 2


def _kaiser_window(taps: int, width: float) -> np.ndarray:
    return np.kaiser(taps, _kaiser_beta(2.285 * (taps - 1) * pi * 2 * width + 7.95))


def _kaiser_beta(attenuation: float) -> float:
    """β of a Kaiser window for an attenuation in dB (Kaiser 1974)."""
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    return 0.0


def _checked(
    taps: int, cutoff: float, width: float, fs: float, most: int = LONGEST
) -> tuple[int, float, float]:
    """The number of taps, and both frequencies in cycles a sample."""
    taps = integer("taps", taps, 1, most, "a whole number of taps")
    fs = number("fs", fs, "a positive number", above=0)
    cutoff, width = number("cutoff", cutoff), number("width", width, "a positive number", above=0)
    check_cutoff(cutoff, fs)
    check_width(width, fs)
    return taps, cutoff / fs, width / fs


def check_width(width: float, fs: float) -> None:
    """Raise InvalidInput unless a transition is narrower than the sampling rate."""
    if width >= fs:
        raise InvalidInput(f"width={width:g} is no transition below fs={fs:g}: give a narrower one")


def check_cutoff(cutoff: float, fs: float, *, most: bool = False) -> None:
    """Raise InvalidInput unless the cutoff is above 0 and below (or, if `most`, at most) the Nyquist frequency."""
    if not (0 < cutoff < fs / 2 or (most and cutoff == fs / 2)):
        raise InvalidInput(
            f"cutoff={cutoff:g} is not between 0 and the Nyquist frequency {fs / 2:g} of fs={fs:g}: give a lower "
            "cutoff, or a higher sampling rate"
        )
