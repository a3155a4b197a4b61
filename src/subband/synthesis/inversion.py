"""A signal from its scattering coefficients."""

from typing import Any

import numpy as np

from subband.arrays.arguments import integer, shown
from subband.arrays.concrete import values
from subband.arrays.namespace import as_signal
from subband.errors import InvalidInput
from subband.synthesis.fields import resampled
from subband.synthesis.result import Synthesis
from subband.synthesis.statistics.local_scattering import LocalScattering
from subband.synthesis.synthesis import Progress, synthesise
from subband.transforms.scattering import Scattering, ScatteringCoefficients


def invert_scattering(
    coefficients: ScatteringCoefficients,
    *,
    init: Any = None,
    evaluations: int = 100,
    tol: float = 1e-4,
    seed: int = 0,
    progress: Progress | None = None,
) -> Synthesis:
    """Find a signal or image whose scattering coefficients are given.

    All coefficients count alike: with weights by order and scale, the search is slower. It starts from the average
    of order 0, interpolated, with a little noise, so that moduli are differentiable.

    Args:
        coefficients: Of one signal, (C, *out), from a `Scattering` with average=True.
        init: Where to start instead.
        evaluations: The most evaluations of the transform and its gradient.
        tol: Relative error of the coefficients at which to stop.
        seed: Of the noise.
        progress: Called with the evaluations done, and the most that may follow.

    Returns:
        `.samples` (1, *shape), with the error of the coefficients, `.residual`.

    Raises:
        InvalidInput: no coefficients of one signal, coefficients of another average, or numbers that are not
            finite.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.synthesis import invert_scattering
        >>> x = np.exp(-((np.arange(64) - 30) ** 2) / 20.0)
        >>> found = invert_scattering(sb.Scattering(J=2, Q=4)(x), evaluations=200)
        >>> bool(np.abs(found.samples[0] - x).max() < 0.05)
        True

    See also: `subband.Scattering`, `subband.synthesise`.

    Source: J. Bruna, S. Mallat, "Audio texture synthesis with scattering moments" (2013), for the loss; L-BFGS in
    place of its gradient descent.
    """
    if not isinstance(coefficients, ScatteringCoefficients):
        raise InvalidInput(f"coefficients={shown(coefficients)}: give those of subband.Scattering(…)(x)")
    integer("evaluations", evaluations, 1)
    transform: Scattering = coefficients.spec
    shape = coefficients.shape
    statistics = LocalScattering(transform, shape)
    array = as_signal(coefficients.array, "coefficients")
    if array.ndim != 1 + transform.ndim:
        raise InvalidInput(
            f"coefficients of shape {tuple(array.shape)} are of several signals: give those of one, e.g. of x[0]"
        )
    s = values(array)
    target = s.ravel()
    if init is None and np.isfinite(target).all():
        init = _start(s, shape, np.random.default_rng(seed))
    return synthesise(
        statistics, target=array.reshape(-1), shape=shape, n=1, init="white" if init is None else init,
        weights="unit", tol=tol, evaluations=evaluations, seed=seed, progress=progress,
    )  # fmt: skip


def _start(s: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Order 0 on the grid of the signal, and noise of the size of order 1 at the finest scale."""
    smooth = s[0]
    # Mirrored, so that opposite ends don't meet.
    mirrored = np.pad(smooth, [(0, n) for n in smooth.shape], mode="symmetric")
    wide = resampled(mirrored, tuple(2 * n for n in shape))
    steps = [wide.shape[k] // mirrored.shape[k] // 2 for k in range(len(shape))]
    centred = np.roll(wide, steps, axis=tuple(range(len(shape))))[tuple(slice(0, n) for n in shape)]
    size = float(np.abs(s[1]).mean()) if len(s) > 1 else float(np.abs(smooth).std())
    return centred + 0.003 * size * rng.standard_normal(shape)
