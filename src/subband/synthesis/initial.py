"""Where a synthesis starts: Gaussian fields, of the examples' mean and variance or of their whole spectrum."""

from typing import Any

import numpy as np

from subband.errors import InvalidInput
from subband.synthesis.examples import Task
from subband.synthesis.fields import autocovariance, power_on_grid, resampled
from subband.transforms.fourier.gaussian_fields import gaussian_fields

INITS = ("white", "spectrum")


def initial(
    init: Any,
    task: Task,
    examples: np.ndarray | None,
    field: tuple[int, ...],
    n: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """(n, *field) fields.

    "white" is the Gaussian field of largest entropy of the examples' mean and variance (of channels: covariance),
    "spectrum" that of their mean and autocovariance.

    Raises:
        InvalidInput: an unknown name, or an array of another shape or with numbers that are not finite.
    """
    if not isinstance(init, str):
        start = np.asarray(init, dtype=np.float64)
        try:
            start = np.broadcast_to(start, (n, *field)).copy()
        except ValueError:
            raise InvalidInput(f"init of shape {start.shape}: give {field}, or {(n, *field)}") from None
        if not np.isfinite(start).all():
            raise InvalidInput("init has NaN or infinity: fill these in, or give init='white'")
        return start
    if init not in INITS:
        raise InvalidInput(
            f"init={init!r} is unknown: give one of {', '.join(INITS)}, or an array of {field}"
        )
    if examples is None:
        if init == "spectrum":
            raise InvalidInput(
                "init='spectrum' takes the spectrum of an example: give like=, or init='white'"
            )
        return rng.standard_normal((n, *field))
    turned, back = _principal(examples, task.axes)
    axes = tuple(range(-task.axes, 0))
    mean = turned.mean(axis=(0, *axes), keepdims=True)[0]
    if init == "white":
        spread = np.sqrt(((turned - mean) ** 2).mean(axis=(0, *axes), keepdims=True))[0]
        made = spread * rng.standard_normal((n, *field))
    else:
        power = power_on_grid(autocovariance(turned, task.axes), field[-task.axes :])
        made = gaussian_fields(power, n, task.axes, rng)
    return _mixed(mean + made, back)


def _principal(examples: np.ndarray, axes: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Examples (m, channels, *field) as principal components, which are uncorrelated, and the way back."""
    if examples.ndim == 1 + axes:
        return examples, None
    samples = np.moveaxis(examples, 1, 0).reshape(examples.shape[1], -1)
    _, vectors = np.linalg.eigh(np.atleast_2d(np.cov(samples)))
    return _mixed(examples, vectors.T), vectors


def _mixed(x: np.ndarray, mixing: np.ndarray | None) -> np.ndarray:
    """(b, channels, *field) → (b, mixtures, *field)."""
    return x if mixing is None else np.moveaxis(np.tensordot(mixing, x, axes=(1, 1)), 0, 1)


def refined(x: np.ndarray, start: np.ndarray, axes: int) -> np.ndarray:
    """Coarse fields (n, *coarse) on the grid of `start` (n, *field), whose finest octave is that of `start`."""
    coarse, fine = x.shape[-axes:], start.shape[-axes:]
    return start - resampled(resampled(start, coarse), fine) + resampled(x, fine)
