"""How near a restored image is to the true one: in its samples, structure, spectrum and scattering."""

from math import inf, log10, sqrt
from typing import Any

import numpy as np
import scipy

from subband.errors import InvalidInput
from subband.transforms.scattering import Scattering


def psnr(x: Any, truth: Any, peak: float | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, 10 log₁₀ (peak² / mean squared error).

    Args:
        x: The estimate, (…, rows, columns).
        truth: The true image, of the same shape.
        peak: Largest value; the range of the true image if None.

    Returns:
        Infinity for equal images.

    Raises:
        InvalidInput: other shapes, numbers that are not real and finite, or a constant truth without a peak.
    """
    x, truth = _pair(x, truth)
    error = float(np.mean((x - truth) ** 2))
    return inf if error == 0 else 10 * log10(_peak(truth, peak) ** 2 / error)


def ssim(x: Any, truth: Any, peak: float | None = None) -> float:
    """Structural similarity, 1 for equal images: means, variances and covariance under a Gaussian of σ = 1.5
    samples.

    Args:
        x, truth, peak: As for `psnr`; (…, rows, columns) of 11 × 11 or more, the mean over all leading axes.

    Source: Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE
    Trans. Image Process. 13 (2004), equation 13.
    """
    x, truth = _pair(x, truth)
    if min(x.shape[-2:]) < 11:
        raise InvalidInput(
            f"images of {x.shape[-2:]} are smaller than the window of SSIM: give 11 × 11 or more"
        )
    c1, c2 = (0.01 * _peak(truth, peak)) ** 2, (0.03 * _peak(truth, peak)) ** 2

    def mean(a: np.ndarray) -> np.ndarray:
        sigmas = (0.0,) * (a.ndim - 2) + (1.5, 1.5)
        return scipy.ndimage.gaussian_filter(a, sigmas, truncate=3.5)[..., 5:-5, 5:-5]

    ux, uy = mean(x), mean(truth)
    vx, vy, vxy = mean(x * x) - ux**2, mean(truth * truth) - uy**2, mean(x * truth) - ux * uy
    similar = (2 * ux * uy + c1) * (2 * vxy + c2) / ((ux**2 + uy**2 + c1) * (vx + vy + c2))
    return float(similar.mean())


def log_spectrum_error(x: Any, truth: Any) -> float:
    """Root mean square difference in decibels of the radial power spectra, over rings of one frequency step.

    What is smoothed away counts as much as what is invented, at whatever position.

    Args:
        x, truth: As for `psnr`; leading axes are averaged.
    """
    x, truth = _pair(x, truth)
    mean, true = _radial_power(x), _radial_power(truth)
    floor = 1e-10 * float(true.max())
    return sqrt(float(np.mean((10 * np.log10((mean + floor) / (true + floor))) ** 2)))


def scattering_distance(x: Any, truth: Any, scattering: Scattering | None = None) -> float:
    """Root mean square of the relative errors of scattering coefficients of orders 1 and 2, means over the image.

    The coefficients of one scale, or pair of scales, are averaged over directions first, which keeps the distance
    between two realisations of one texture small. Scales with little energy count as much as others.

    Args:
        x, truth: As for `psnr`; leading axes are averaged.
        scattering: With average="global"; up to J = 4 with L = 8 by default, as far as the image allows.
    """
    x, truth = _pair(x, truth)
    if scattering is None:
        largest = min(4, min(x.shape[-2:]).bit_length() - 2)
        if largest < 1:
            raise InvalidInput(
                f"images of {x.shape[-2:]} are too small for a scattering distance: give 4 × 4 or more"
            )
        scattering = Scattering(ndim=2, J=largest, L=8, average="global")
    a, b = (np.asarray(scattering(image).array).reshape(-1, len(scattering.paths)) for image in (x, truth))
    table = scattering.paths.table
    scales = np.concatenate([table["order"][:, None], table["j"]], axis=1)
    group = np.unique(scales, axis=0, return_inverse=True)[1].ravel()
    found, true = (np.bincount(group, s.mean(0))[1:] / np.bincount(group)[1:] for s in (a, b))
    known = true > 1e-6 * true.max()
    return sqrt(float(np.mean(((found - true)[known] / true[known]) ** 2)))


def _radial_power(x: np.ndarray) -> np.ndarray:
    """Mean power on rings around frequency 0, which is left out, up to the shorter side's highest frequency."""
    rows, columns = x.shape[-2:]
    power = np.abs(np.fft.fft2(x)) ** 2
    power = power.reshape(-1, rows, columns).mean(0)
    size = min(rows, columns)
    ring = np.rint(np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)) * size).astype(int)
    wanted = np.arange(1, size // 2 + 1)
    return scipy.ndimage.mean(power, ring, wanted) if len(wanted) else power.ravel()[:1]


def _pair(x: Any, truth: Any) -> tuple[np.ndarray, np.ndarray]:
    found = [np.asarray(a.detach().cpu() if hasattr(a, "detach") else a) for a in (x, truth)]
    if found[0].shape != found[1].shape or found[0].ndim < 2:
        raise InvalidInput(
            f"can't compare images of shapes {found[0].shape} and {found[1].shape}: give two of one shape "
            "(…, rows, columns)"
        )
    if any(a.dtype.kind not in "biuf" or not np.isfinite(a).all() for a in found):
        raise InvalidInput("the images have numbers that are not real and finite")
    return found[0].astype(np.float64), found[1].astype(np.float64)


def _peak(truth: np.ndarray, peak: float | None) -> float:
    found = float(np.ptp(truth)) if peak is None else float(peak)
    if not found > 0:
        raise InvalidInput("the true image is constant: give the range of its values, e.g. peak=1.0")
    return found
