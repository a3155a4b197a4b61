"""Features of sounds with a common time resolution: cepstra, time scattering, joint scattering."""

from collections.abc import Callable

import numpy as np
import scipy

from subband.transforms.fourier import stft
from subband.transforms.scattering import JointScattering, Scattering

Features = Callable[[np.ndarray], np.ndarray]
BANDS, CEPSTRA = 40, 20
FRAME, HOP = 0.032, 0.010  # seconds
FLOOR = 1e-3  # of the mean coefficient, added before logarithms
CHUNK = 32


def mel_filters(bands: int, frequencies: np.ndarray) -> np.ndarray:
    """(bands, frequencies) triangles of height 1, equally spaced on the mel scale 2595 log₁₀(1 + f/700)."""
    top = 2595 * np.log10(1 + frequencies[-1] / 700)
    corners = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (frequencies - left) / (middle - left), (right - frequencies) / (right - middle)
    return np.maximum(np.minimum(rising, falling), 0)


def log_mel(x: np.ndarray, fs: float, *, hop: float = HOP, bands: int = BANDS) -> np.ndarray:
    """(N, samples) → (N, bands, frames) log-mel power spectrogram, Hann window of 32 ms."""
    size = round(fs * FRAME)
    s = stft(x, "hann", round(fs * hop), fs=fs, n_fft=size)
    power = mel_filters(bands, np.asarray(s.frequencies)) @ np.abs(s.array) ** 2
    return np.log(power + 1e-6 * size)


def cepstra(x: np.ndarray, fs: float, frames: int) -> np.ndarray:
    """(N, samples) → (N, 40, frames): 20 mel-frequency cepstra and their time derivatives, averaged.

    Source: S. Davis, P. Mermelstein, Comparison of Parametric Representations for Monosyllabic Word
    Recognition (1980); slopes by regression over 5 frames (Furui 1986).
    """
    c = np.asarray(scipy.fft.dct(log_mel(x, fs), axis=1, norm="ortho"))[:, :CEPSTRA]
    padded = np.pad(c, ((0, 0), (0, 0), (2, 2)), mode="edge")
    n = c.shape[-1]
    slopes = sum(k * (padded[..., 2 + k : 2 + k + n] - padded[..., 2 - k : 2 - k + n]) for k in (1, 2)) / 10
    both = np.concatenate([c, slopes], axis=1)
    parts = np.array_split(both, frames, axis=-1)
    return np.stack([part.mean(axis=-1) for part in parts], axis=-1)


def scattered(x: np.ndarray, transform: Scattering | JointScattering) -> np.ndarray:
    """(N, samples) → (N, paths, frames): scattering coefficients, without negative signs from rounding."""
    parts = [np.abs(transform(x[k : k + CHUNK]).values) for k in range(0, len(x), CHUNK)]
    return np.concatenate(parts).astype(np.float32)


def compressed(s: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """(N, paths, frames) → (N, paths · frames): ln(s + ε · typical), with equal floors relative to each path.

    Args:
        s: Non-negative coefficients.
        typical: (paths,) means over training examples.
    """
    return np.log(s + FLOOR * typical[:, None] + np.finfo(s.dtype).tiny).reshape(len(s), -1)


def descriptions(fs: float, samples: int, *, J: int, Q: int, J_fr: int) -> dict[str, Features]:
    """Three feature extractors, (N, samples) → (N, rows, frames), averaged over 2^J samples: by name."""
    frames = samples // 2**J
    time = Scattering(J=J, Q=Q, fs=fs)
    joint = JointScattering(J=J, J_fr=J_fr, Q=Q, format="time", fs=fs)
    return {
        "MFCC": lambda x: cepstra(x, fs, frames),
        "time scattering": lambda x: scattered(x, time),
        "joint scattering": lambda x: scattered(x, joint),
    }
