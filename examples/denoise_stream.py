"""Denoising a stream
==================

Take the noise off a long recording in blocks, as it would arrive from a sound card.
"""

import numpy as np

import subband as sb

fs, channels, block = 48_000, 8, 256
rng = np.random.default_rng(0)
t = np.arange(4 * fs) / fs
clean = np.sin(2 * np.pi * 220 * t)[:, None] * np.exp(-3 * (t % 1.0))[:, None] * np.ones(channels)
noisy = (clean + 0.1 * rng.standard_normal(clean.shape)).astype(np.float32)  # (samples, channels)

stream = sb.stream(sb.dwt, "db4", level=5, axis=0)
inverse = stream.inverse()
threshold = 0.1 * np.sqrt(2 * np.log(fs))


def shrink(band: np.ndarray) -> np.ndarray:
    return sb.threshold(band, threshold)


restored = [
    inverse.push(stream.push(part).map(shrink, approx=False)) for part in np.split(noisy, len(noisy) // block)
]
restored = np.concatenate([*restored, inverse.push(stream.finish().map(shrink, approx=False))])

# The whole signal at once gives the same.
c = sb.dwt(noisy, "db4", level=5, axes=0)
assert np.abs(restored - sb.idwt(c.map(shrink, approx=False))).max() < 1e-5


def snr(x: np.ndarray) -> float:
    """Signal-to-noise ratio against the clean signal, in decibels."""
    return 10 * np.log10((clean**2).sum() / ((x - clean) ** 2).sum())


print(f"{snr(noisy):.1f} dB before, {snr(restored):.1f} dB after, {1e3 * inverse.delay / fs:.1f} ms late")
assert snr(restored) > snr(noisy) + 8
