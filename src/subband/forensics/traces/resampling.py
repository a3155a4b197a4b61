"""Enlargement by interpolation: a periodic pattern in what neighbouring pixels predict of each other.

Interpolated pixels are weighted sums of original ones, and the weights repeat with period s/gcd for a factor s. So
the mean over rows (or columns) of two measures of predictability has a line in its spectrum at the frequency 1/s
modulo 1: (d) ln(1 + |second difference|), (p) exp(−e²), where e is the error of a fixed linear predictor from the
eight neighbours. Each spectrum is divided by its running median; the geometric mean of the four (d and p, rows and
columns) is 1 for a picture without a pattern, and few pictures exceed `FOUND` at any frequency.

A decoded JPEG has lines of its own at multiples of 1/8, where factors such as 4/3, 1.6, 2, 8/3 and 4 lie. They are
left out in every picture: a JPEG of high quality that was stored again without loss shows them while its grid
can't be seen otherwise. Reduction with a filter against aliasing leaves next to nothing.

Sources: A. C. Gallagher, Detection of linear and cubic interpolation in JPEG compressed images (CRV 2005); M.
Kirchner, Fast and reliable resampling detection by spectral analysis of fixed linear predictor residue (ACM
MM&Sec 2008).
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

SIDE = 1024  # of the square part that is looked at
SMALLEST = 128
LOWEST = 0.11  # cycles a pixel; below are lines of the content
WINDOW = 49  # bins of the running median
LEFT_OUT = 4.5  # bins either side of a multiple of 1/8
FOUND = 3.2


@dataclass(frozen=True)
class Pattern:
    """The clearest line.

    Attributes:
        score: of the line over the running median, geometric mean of four spectra.
        frequency: in cycles a pixel, 0 to ½.
    """

    score: float
    frequency: float

    @property
    def factors(self) -> tuple[float, ...]:
        """Enlargements that put a line there: 1/(1 − f), and 1/f, which is at least 2."""
        f = self.frequency
        return (1 / (1 - f),) if f >= 0.499 else (1 / (1 - f), 1 / f)


def pattern_of(luma: np.ndarray) -> Pattern:
    """The clearest line in the spectrum of a picture's predictability.

    Args:
        luma: (h, w) float32; its centred square of at most `SIDE` is used. At least `SMALLEST` either way.
    """
    side = min(*luma.shape, SIDE)
    top, left = ((whole - side) // 2 for whole in luma.shape)
    x = luma[top : top + side, left : left + side]
    spectra = np.stack([_lines(m) for part in (x, x.T) for m in (_roughness(part), _predictability(part))])
    n = 2 * (spectra.shape[1] - 1)
    frequency = np.arange(spectra.shape[1]) / n
    score = np.exp(np.log(np.maximum(spectra, 1e-3)).mean(0))
    score[frequency < LOWEST] = 0
    score[np.abs(frequency * 8 - np.rint(frequency * 8)) < 8 * LEFT_OUT / n] = 0
    best = int(np.argmax(score))
    return Pattern(float(score[best]), float(frequency[best]))


def _roughness(x: np.ndarray) -> np.ndarray:
    """Mean over rows of ln(1 + |x[j−1] − 2 x[j] + x[j+1]|), (w − 2,)."""
    return np.log1p(np.abs(2 * x[:, 1:-1] - x[:, :-2] - x[:, 2:])).mean(0)


def _predictability(x: np.ndarray) -> np.ndarray:
    """Mean over rows of exp(−e²), e the error of predicting a pixel from its eight neighbours, (w − 2,)."""
    beside = x[:-2] + x[2:]
    corners = beside[:, :-2] + beside[:, 2:]
    edges = beside[:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]
    return np.exp(-np.square(x[1:-1, 1:-1] - 0.5 * edges + 0.25 * corners)).mean(0)


def _lines(mean: np.ndarray) -> np.ndarray:
    """Amplitude spectrum of a mean over rows, over its running median; an even number of samples."""
    mean = mean[: len(mean) // 2 * 2]
    level = np.convolve(np.pad(mean, 8, mode="edge"), np.ones(17) / 17, "valid")
    spectrum = np.abs(np.fft.rfft((mean - level) * np.hanning(len(mean))))
    middle = median_filter(spectrum, WINDOW, mode="reflect")
    return spectrum / np.maximum(middle, 1e-6 * spectrum.max() + 1e-12)
