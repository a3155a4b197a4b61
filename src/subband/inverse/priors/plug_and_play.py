"""A denoiser in place of a prior."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from typing import Any, final

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Prior
from subband.inverse.problem import Problem, Progress, Solution, norm
from subband.inverse.solvers.least_squares import conjugate_gradients
from subband.transforms.thresholding import denoise as denoise_wavelets


def wavelet_denoiser(x: Array, sigma: float) -> Array:
    """Bayesian soft thresholds of stationary-like details ("sym8"), for images or lines, of noise of σ = sigma.

    Example:
        >>> import numpy as np
        >>> from subband.inverse import wavelet_denoiser
        >>> truth = np.sin(np.arange(64) / 8) * np.cos(np.arange(64) / 9)[:, None]
        >>> noisy = truth + 0.1 * np.random.default_rng(0).normal(size=(64, 64))
        >>> found = wavelet_denoiser(noisy, 0.1)
        >>> bool(np.std(found - truth) < 0.5 * np.std(noisy - truth))
        True
    """
    return denoise_wavelets(x, "sym8", sigma=sigma, axes=(-2, -1) if x.ndim > 1 else (-1,))


@final
@dataclass(frozen=True)
class PlugAndPlay(Prior):
    """Half-quadratic splitting with a denoiser D(z, σ): x ← argmin ‖A x − y‖² / noise² + ‖x − z‖² / σ², z ← D(x,
    σ).

    The σ of the denoiser falls in equal ratios from `first` to that of the noise, so that large structures
    settle first. A trained diffusion denoiser becomes such a D by `diffusion_denoiser`.

    Args:
        denoiser: (x, σ) → x, for arrays (*batch, *input_shape) of the measurement's library.
        steps: Number of σ.
        first: The first σ; None for a quarter of the range of Aᵀy scaled to A's norm.
        last: The last σ; None for the noise of y relative to A's norm, and at least 1 % of `first`.

    Raises:
        InvalidInput: a denoiser that can't be called, or σ that don't fall.

    Source: K. Zhang et al., "Plug-and-play image restoration with deep denoiser prior", IEEE Trans. PAMI 44 (2022),
    equations 6 and 8.
    """

    denoiser: Callable[[Array, float], Array] = wavelet_denoiser
    steps: int = 24
    first: float | None = None
    last: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.denoiser):
            raise InvalidInput(f"denoiser={self.denoiser!r}: give a function of an image and σ")
        integer("steps", self.steps, 2)
        for name in ("first", "last"):
            if getattr(self, name) is not None:
                number(name, getattr(self, name), "a number above 0", above=0)

    @property
    def name(self) -> str:
        return "plug and play"

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        A, scale = problem.operator, problem.operator.norm()
        b = A.adjoint(problem.y)
        z = conjugate_gradients(lambda x: A.adjoint(A.forward(x)) + 1e-2 * scale**2 * x, b, b * 0, 50, 1e-4)[
            0
        ]
        if problem.start is not None:
            z = problem.start
        spread = norm(z - _mean(z)) / max(1, _count(z)) ** 0.5
        first = self.first or max(spread, 1e-12)
        noise = max(problem.noise, problem.expected_misfit / max(1, problem.count) ** 0.5)
        last = self.last or min(max(noise / scale, 0.01 * first), 0.5 * first)
        if last >= first:
            raise InvalidInput(f"σ from first={first:g} to last={last:g} does not fall: give a larger first")
        total = 0
        for k in range(self.steps):
            sigma = exp(log(first) + (log(last) - log(first)) * k / (self.steps - 1))
            rho = (noise / sigma) ** 2

            def normal(x: Array, rho: float = rho) -> Array:
                return A.adjoint(A.forward(x)) + rho * x

            x, steps = conjugate_gradients(normal, b + rho * z, z, 30, 1e-4)
            z = self.denoiser(x, sigma)
            if tuple(z.shape) != tuple(x.shape):
                raise InvalidInput(
                    f"the denoiser gave an array of shape {tuple(z.shape)} for one of {tuple(x.shape)}: it "
                    "must keep it"
                )
            total += steps
            if progress is not None:
                progress(k + 1, self.steps)
        return Solution(z, total, "all steps done")


def _mean(x: Array) -> Any:
    from subband.arrays.namespace import namespace

    return namespace(x).mean(x)


def _count(x: Array) -> int:
    from math import prod

    return prod(x.shape)
