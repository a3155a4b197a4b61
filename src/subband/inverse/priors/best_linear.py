"""The best linear estimate, fitted to images."""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.namespace import Array, device_of, namespace
from subband.errors import InvalidInput
from subband.inverse.choose import golden_section
from subband.inverse.priors.prior import Prior, training_images
from subband.inverse.problem import Problem, Progress, Solution
from subband.transforms.linear import Operator


@final
@dataclass(frozen=True, eq=False)
class BestLinear(Prior):
    """x̂ = x̄ + Σxy (Σy + ridge)⁻¹ (y − ȳ), with the covariances of training images and their measurements.

    Made by `BestLinear.fit`. The noise enters Σy by its exact covariance, so that no noise is drawn.

    Attributes:
        mean: x̄, (*input_shape).
        measured: ȳ, flattened.
        gain: (numbers of x, numbers of y): Σxy (Σy + ridge)⁻¹.
        ridge: Added to the noise's variance; chosen on images left out.
        shape: Shape of the measurements.

    Source: S. M. Kay, Fundamentals of Statistical Signal Processing: Estimation Theory (1993), §12.3.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import BestLinear, invert
        >>> random = np.random.default_rng(0)
        >>> images = random.normal(size=(30, 16, 16)).cumsum(1).cumsum(2)  # smooth
        >>> A = sb.Blur((16, 16), sb.gaussian_kernel(1.0))
        >>> y = A(images[0]) + 0.1 * random.normal(size=(16, 16))
        >>> x = invert(A, y, prior=BestLinear.fit(A, images[1:], noise=0.1), noise=0.1).x
        >>> bool(np.abs(x - images[0]).mean() < np.abs(images[0] - images.mean(0)).mean())
        True
    """

    mean: np.ndarray
    measured: np.ndarray
    gain: np.ndarray
    ridge: float
    shape: tuple[int, ...]

    @classmethod
    def fit(cls, operator: Operator, images: Any, noise: float) -> Self:
        """Fit to images; the ridge is that with the least squared error on images left out one by one.

        Args:
            operator: A.
            images: True images (N, *input_shape), 8 or more.
            noise: Standard deviation of the measurements' noise.

        Raises:
            InvalidInput: fewer images, or of another shape; a noise below 0; complex measurements.
        """
        truth = training_images(images, operator, 8)
        sigma = number("noise", noise, "a standard deviation, 0 or more", low=0)
        y = np.asarray(operator.forward(truth))
        if np.iscomplexobj(y):
            raise InvalidInput(
                f"a best linear estimate is of real measurements, and {operator!r} gives complex ones"
            )
        count = len(truth)
        x, y = truth.reshape(count, -1), y.reshape(count, -1)
        mean, measured = x.mean(0), y.mean(0)
        x, y = x - mean, y - measured
        values, vectors = np.linalg.eigh(y @ y.T)
        values = np.maximum(values, 0)
        inner = vectors.T @ (x @ x.T) @ vectors

        def left_out(position: float) -> float:
            """Mean squared error on each image, fitted to all others, plus what the noise adds."""
            # With K = Y Yᵀ + total, the error on image i is (K⁻¹ X)ᵢ / K⁻¹ᵢᵢ.
            shrunk = 1 / (values + count * sigma**2 + np.exp(position))
            scaled = vectors * shrunk
            left = ((scaled @ inner) * scaled).sum(axis=1) / (vectors**2 @ shrunk) ** 2
            return float(left.mean() + sigma**2 * np.sum(shrunk**2 * values * np.diag(inner)))

        largest = max(float(values[-1]), 1e-300)
        best = golden_section(left_out, np.log(1e-9 * largest), np.log(10 * largest), 30)
        inverse = (vectors / (values + count * sigma**2 + np.exp(best))) @ vectors.T
        gain = x.T @ (inverse @ y)
        return cls(
            mean.reshape(operator.input_shape),
            measured,
            gain,
            float(np.exp(best) / count),
            operator.output_shape,
        )

    @property
    def name(self) -> str:
        return "best linear"

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        shape = problem.operator.output_shape
        if shape != self.shape or problem.operator.input_shape != self.mean.shape:
            raise InvalidInput(
                f"this estimate was fitted to measurements of shape {self.shape}, and {problem.operator!r} "
                f"gives {shape}: "
                "type BestLinear.fit(operator, images, noise)"
            )
        xp, batch = namespace(problem.y), tuple(problem.y.shape[: problem.y.ndim - len(shape)])
        flat = xp.reshape(problem.y, (*batch, -1))
        centred = flat - _constant(self.measured, flat)
        x = xp.reshape(centred @ _constant(self.gain.T, flat), (*batch, *self.mean.shape))
        return Solution(x + _constant(self.mean, flat), 1, "by a formula")


def _constant(values: np.ndarray, like: Array) -> Array:
    return namespace(like).asarray(np.ascontiguousarray(values), dtype=like.dtype, **device_of(like))
