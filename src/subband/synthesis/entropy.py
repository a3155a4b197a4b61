"""Entropy of stationary fields: the bound that their spectrum sets."""

from math import e, pi

import numpy as np


def gaussian_entropy(x: np.ndarray, ndim: int) -> float:
    """Differential entropy, in nats per sample, of the Gaussian process with the fields' power spectrum.

    h = ½ ⟨log 2πe P⟩ over frequencies other than 0, with P the mean periodogram over fields; of white noise of
    variance σ² this is ½ log 2πeσ². No process of the same spectrum has more.

    The logarithm of a mean over few periodograms is too small; its expectation, ψ(m) − log m for m fields, is taken
    off.

    Args:
        x: (m, *channels, *field).
        ndim: Number of axes of a field.

    Source: T. Cover, J. Thomas, Elements of Information Theory (2006), theorem 12.6.1; bias of log χ².
    """
    from scipy.special import digamma

    axes = tuple(range(-ndim, 0))
    power = (np.abs(np.fft.fftn(x, axes=axes)) ** 2 / np.prod(x.shape[-ndim:])).mean(axis=0)
    rest = power.reshape(-1, int(np.prod(x.shape[-ndim:])))[:, 1:]
    with np.errstate(divide="ignore"):
        logs = np.log(2 * pi * e * rest)
    return float(0.5 * (logs.mean() - digamma(len(x)) + np.log(len(x))))
