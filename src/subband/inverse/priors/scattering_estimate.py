"""Estimates in the scattering domain: regression of the scattering coefficients, then an image that has them.

Averages of moduli are stable to the errors of a linear estimate and say how much fine structure there is, where
the linear estimate, a mean over all explanations, has lost it.
"""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.errors import InvalidInput
from subband.inverse.choose import golden_section
from subband.inverse.priors.prior import Prior, training_images
from subband.inverse.priors.statistics import check_size, check_statistics, values_of
from subband.inverse.priors.tikhonov import Tikhonov
from subband.inverse.problem import Problem, Progress, Solution, make_problem
from subband.inverse.solvers.lbfgs import minimise
from subband.inverse.torch_arrays import in_torch, like, torch_module
from subband.transforms.linear import Operator
from subband.transforms.scattering import Scattering

FOLDS = 4


@final
@dataclass(frozen=True, eq=False)
class ScatteringEstimate(Prior):
    """min Σ (S x − Ŝ)² / v + ‖A x − y‖² / noise², with Ŝ regressed on S(x₀), and x₀ the linear estimate from y.

    Made by `ScatteringEstimate.fit`. The regression takes the coefficients of all paths at one position to those
    of the true image there, and is the same at all positions, so that it serves images of any size. v is its
    error by path, on training images left out: both terms are negative log-likelihoods, and no weight remains to
    be chosen.

    Attributes:
        scattering: S, of two axes.
        linear: Prior of the linear estimate x₀.
        matrix, offset: (C, C) and (C,): Ŝ = S(x₀) · matrix + offset.
        variance: (C,) v.
        ridge: Of the regression, chosen on images left out.
        noise: Standard deviation of the training measurements' noise.
        evaluations: The most evaluations of L-BFGS.

    Source: I. Dokmanić, J. Bruna, S. Mallat, M. de Hoop, "Inverse problems with invariant multiscale statistics"
        (2016).
    """

    scattering: Scattering
    linear: Prior
    matrix: np.ndarray
    offset: np.ndarray
    variance: np.ndarray
    ridge: float
    noise: float
    evaluations: int = 100

    @classmethod
    def fit(
        cls,
        scattering: Scattering,
        operator: Operator,
        images: Any,
        noise: float,
        *,
        linear: Prior | None = None,
        seed: int = 0,
        evaluations: int = 100,
        progress: Progress | None = None,
    ) -> Self:
        """Fit the regression to images.

        Args:
            scattering: S: `sb.Scattering(ndim=2, J=3, L=8)`.
            operator: A.
            images: True images (N, rows, columns), 8 or more; none of which is tested on later.
            noise: Standard deviation of the noise that is added to their measurements.
            linear: Prior of the linear estimate; `Tikhonov()` by default, or a fitted `BestLinear`.
            seed: Of this noise.
            evaluations: The most evaluations of L-BFGS for an image.
            progress: Called with the images done.

        Raises:
            InvalidInput: another scattering; fewer images, or of another shape, or smaller than the largest
                wavelet.
        """
        check_statistics(scattering)
        if not isinstance(scattering, Scattering) or scattering.ndim != 2 or scattering.average is not True:
            raise InvalidInput(
                "give a scattering of images with local averages, e.g. sb.Scattering(ndim=2, J=3, L=8)"
            )
        truth = training_images(images, operator, 2 * FOLDS)
        check_size(scattering, truth.shape[1:])
        sigma = number("noise", noise, "a standard deviation, 0 or more", low=0)
        integer("evaluations", evaluations, 2)
        linear = Tikhonov() if linear is None else linear
        rng, estimates = np.random.default_rng(seed), []
        for k, x in enumerate(truth):
            clean = np.asarray(operator.forward(x))
            y = clean + sigma * rng.standard_normal(clean.shape)
            estimates.append(np.asarray(linear.solve(make_problem(operator, y, sigma)).x))
            if progress is not None:
                progress(k + 1, len(truth))
        blurred, wanted = (_by_position(scattering, np.asarray(x)) for x in (estimates, truth))
        matrix, offset, variance, ridge = _regression(blurred, wanted)
        return cls(scattering, linear, matrix, offset, variance, ridge, sigma, evaluations)

    @property
    def name(self) -> str:
        return "scattering estimate"

    def regressed(self, x0: Any) -> Any:
        """Ŝ from the linear estimate, of the shape of S(x₀), for tensors."""
        torch = torch_module()
        s = values_of(self.scattering, x0)
        matrix, offset = (torch.asarray(a).to(s) for a in (self.matrix, self.offset))
        return torch.movedim(torch.movedim(s, -3, -1) @ matrix + offset, -1, -3)

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        check_size(self.scattering, problem.operator.input_shape)
        begun = self.linear.solve(Problem(problem.operator, problem.y, problem.noise)).x
        here, torch = in_torch(Problem(problem.operator, problem.y, problem.noise, begun)), torch_module()
        start: Any = here.start
        y, x0 = here.y.to(torch.promote_types(here.y.dtype, torch.float64)), start.double()
        with torch.no_grad():
            wanted = self.regressed(x0)
        precision = 1 / torch.asarray(self.variance).to(x0)[:, None, None]
        noise = max(problem.noise, problem.expected_misfit / max(1, problem.count) ** 0.5)
        # Neighbouring coefficients share samples: their number is counted as that of samples, not of paths ·
        # positions.
        independent = float(np.prod(problem.operator.input_shape)) / wanted[..., :, :, :].numel()

        def energy(x: Any) -> Any:
            of_statistics = ((values_of(self.scattering, x) - wanted).square() * precision).sum()
            of_data = (problem.operator.forward(x) - y).abs().square().sum() / noise**2
            return min(1.0, independent) * of_statistics + of_data

        found = minimise(energy, x0, self.evaluations, progress=progress)
        reason = "all evaluations done" if found.evaluations >= self.evaluations else "converged"
        return Solution(like(found.x.to(here.y.abs().dtype), problem.y), found.evaluations, reason)


def _by_position(scattering: Scattering, images: np.ndarray) -> np.ndarray:
    """(N, positions, C) coefficients."""
    s = np.asarray(scattering(images).array)
    return np.moveaxis(s.reshape(*s.shape[:2], -1), 1, 2)


def _regression(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Ridge regression of (N, positions, C) on as many: matrix, offset, error variance by path, and the ridge.

    The ridge has the least relative error on the images of the folds left out.
    """
    spread = np.maximum(x.std(axis=(0, 1)), 1e-12 * max(1e-300, float(np.abs(x).max())))
    folds = np.arange(len(x)) % FOLDS
    level = np.maximum(y.std(axis=(0, 1)), 1e-12 * max(1e-300, float(np.abs(y).max())))

    def fitted(keep: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
        a, b = x[keep].reshape(-1, x.shape[-1]) / spread, y[keep].reshape(-1, y.shape[-1])
        ma, mb = a.mean(0), b.mean(0)
        gram = (a - ma).T @ (a - ma) / len(a)
        matrix = np.linalg.solve(gram + ridge * np.eye(len(gram)), (a - ma).T @ (b - mb) / len(a))
        return matrix / spread[:, None], mb - ma @ matrix

    def errors(ridge: float) -> np.ndarray:
        total = np.zeros(y.shape[-1])
        for fold in range(FOLDS):
            matrix, offset = fitted(folds != fold, ridge)
            total += ((x[folds == fold] @ matrix + offset - y[folds == fold]) ** 2).sum(axis=(0, 1))
        return total / (y.shape[0] * y.shape[1])

    best = golden_section(
        lambda p: float((errors(np.exp(p)) / level**2).mean()), np.log(1e-6), np.log(1e2), 12
    )
    ridge = float(np.exp(best))
    matrix, offset = fitted(np.ones(len(x), bool), ridge)
    variance = errors(ridge)
    return matrix, offset, np.maximum(variance, 1e-8 * float(variance.max()) + 1e-300), ridge
