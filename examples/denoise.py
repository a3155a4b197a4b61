"""Denoising by thresholds
=======================

Take the noise off a signal: transform, shrink what is small, transform back.
"""

import numpy as np

import subband as sb

rng = np.random.default_rng(0)
t = np.linspace(0, 1, 4096)
clean = np.sign(np.sin(9 * t)) + np.sin(40 * t)
noisy = clean + 0.3 * rng.standard_normal(t.size)

c = sb.dwt(noisy, "db4", level=7)
# The finest details are almost only noise: their median tells its level (Donoho & Johnstone 1994).
sigma = np.median(np.abs(c[1]["d"])) / 0.6745
threshold = sigma * np.sqrt(2 * np.log(noisy.size))
shrunk = c.map(lambda band: np.sign(band) * np.maximum(np.abs(band) - threshold, 0), approx=False)
restored = sb.idwt(shrunk)


def snr(x: np.ndarray) -> float:
    """Signal-to-noise ratio against the clean signal, in decibels."""
    return 10 * np.log10((clean**2).sum() / ((x - clean) ** 2).sum())


print(f"noise level {sigma:.3f} (true 0.300); {snr(noisy):.1f} dB before, {snr(restored):.1f} dB after")
assert snr(restored) > snr(noisy) + 8
