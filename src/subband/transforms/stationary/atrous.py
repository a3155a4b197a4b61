"""One level of the algorithme à trous (Holschneider et al. 1989; Shensa 1992) over the last axes of an array.

Filters are dilated by s = 2^(level − 1), and convolution is circular. With analysis taps h of length L centred at
L/2 and synthesis taps f at L/2 − 1, perfect reconstruction, h∗f + g∗k = 2δ[n − L + 1], holds for dilated filters
and any period N, by substituting zˢ for z and reducing modulo z^N − 1.

`merge` is the transpose of `split` with the dual wavelets (`Wavelet.dual`) and the same gain.
"""

from collections.abc import Sequence

from subband.arrays.namespace import Array, namespace
from subband.kernels.dilated.plan import DilatedPlan, periodised
from subband.kernels.filterbank.plan import Taps
from subband.transforms.wavelets.filters import Wavelet


def split(x: Array, wavelets: Sequence[Wavelet], step: int, gain: float) -> list[Array]:
    """(…, n₁, …, n_d) → the 2^d bands of the same shape; the letter of the first axis varies slowest."""
    bands = [x]
    for axis, w in enumerate(wavelets, start=x.ndim - len(wavelets)):
        bands = [
            circular_filter(band, taps, step, w.taps // 2, axis, gain)
            for band in bands
            for taps in (w.dec_lo, w.dec_hi)
        ]
    return bands


def merge(bands: Sequence[Array], wavelets: Sequence[Wavelet], step: int, gain: float) -> Array:
    """The 2^d bands → (…, n₁, …, n_d); the inverse of `split` if the product of the two gains is ½.

    It is the mean of the inverses of all decimated transforms contained in the bands (Coifman & Donoho 1995).
    """
    first = bands[0].ndim - len(wavelets)
    for axis, w in reversed(list(enumerate(wavelets, start=first))):
        low = [circular_filter(band, w.rec_lo, step, w.taps // 2 - 1, axis, gain) for band in bands[::2]]
        high = [circular_filter(band, w.rec_hi, step, w.taps // 2 - 1, axis, gain) for band in bands[1::2]]
        bands = [a + d for a, d in zip(low, high, strict=True)]
    return bands[0]


def analysis_plan(
    wavelets: Sequence[Wavelet], size: Sequence[int], levels: int, gain: float, first: int = 0
) -> DilatedPlan:
    """What the compiled kernel needs to know of `split` at some levels, dilated by 2^first and more."""
    filters = tuple((w.dec_lo, w.dec_hi) for w in wavelets)
    return DilatedPlan(filters, tuple(w.taps // 2 for w in wavelets), tuple(size), levels, gain, first)


def synthesis_plan(
    wavelets: Sequence[Wavelet], size: Sequence[int], levels: int, gain: float, first: int = 0
) -> DilatedPlan:
    """What the compiled kernel needs to know of `merge` at some levels, dilated by 2^first and more."""
    filters = tuple((w.rec_lo, w.rec_hi) for w in wavelets)
    return DilatedPlan(filters, tuple(w.taps // 2 - 1 for w in wavelets), tuple(size), levels, gain, first)


def merge_band(band: Array, name: str, wavelets: Sequence[Wavelet], step: int, gain: float) -> Array:
    """Contribution of one band, e.g. "ad", to `merge`."""
    for axis, (letter, w) in enumerate(zip(name, wavelets, strict=True), start=band.ndim - len(wavelets)):
        taps = w.rec_lo if letter == "a" else w.rec_hi
        band = circular_filter(band, taps, step, w.taps // 2 - 1, axis, gain)
    return band


def split_band(x: Array, name: str, wavelets: Sequence[Wavelet], step: int, gain: float) -> Array:
    """One band of `split`, e.g. "ad"; with the dual wavelets the transpose of `merge_band`."""
    for axis, (letter, w) in enumerate(zip(name, wavelets, strict=True), start=x.ndim - len(wavelets)):
        x = circular_filter(x, w.dec_lo if letter == "a" else w.dec_hi, step, w.taps // 2, axis, gain)
    return x


def circular_filter(x: Array, taps: Taps, step: int, centre: int, axis: int, gain: float) -> Array:
    """Circular dilated filter along one axis: y[n] = gain · Σⱼ taps[j] x[(n + step (centre − j)) mod N]."""
    size = x.shape[axis]
    twice = namespace(x).concat([x, x], axis=axis)
    before, after = (slice(None),) * axis, (slice(None),) * (x.ndim - axis - 1)
    total = None
    for offset, weight in periodised(taps, step, centre, size):
        term = gain * weight * twice[(*before, slice(offset, offset + size), *after)]
        total = term if total is None else total + term
    return total
