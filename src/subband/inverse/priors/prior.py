"""The base classes of priors."""

from abc import ABC, abstractmethod
from dataclasses import replace
from math import exp, log
from typing import Any, Self

import numpy as np

from subband.arrays.arguments import number, shown
from subband.arrays.namespace import Array, as_array
from subband.errors import InvalidInput
from subband.inverse.choose import by_discrepancy, by_sure, golden_section
from subband.inverse.problem import Problem, Progress, Solution, make_problem
from subband.transforms.linear import Operator

RULES = ("discrepancy", "sure")


class Prior(ABC):
    """What is known of x before the measurement; solves y = A x + noise with it.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import Prior, invert
        >>> from subband.inverse.problem import Solution
        >>> class Adjoint(Prior):
        ...     def solve(self, problem, progress=None):
        ...         return Solution(problem.operator.adjoint(problem.y), 1, "one step")
        >>> A = sb.Blur((16, 16), sb.gaussian_kernel(1.0))
        >>> invert(A, np.ones((16, 16)), prior=Adjoint(), noise=0.1).x.shape
        (16, 16)
    """

    @property
    def name(self) -> str:
        """For tables."""
        return type(self).__name__

    @abstractmethod
    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        """The estimate of x."""


class Weighted(Prior):
    """A prior whose penalty has a weight against ½‖A x − y‖².

    Subclasses are dataclasses.

    Attributes:
        weight: "discrepancy", so that ‖A x − y‖ is that of the noise; "sure", for the least estimated risk; or a
            number, as `tuned` finds it on images.
    """

    weight: Any

    @abstractmethod
    def with_weight(self, problem: Problem, weight: float, start: Array | None) -> Solution:
        """The solution for a weight."""

    @abstractmethod
    def scale(self, problem: Problem) -> float:
        """A weight of the right order of magnitude."""

    def check_weight(self) -> None:
        """Raise InvalidInput for a weight that is neither a rule nor a number."""
        if isinstance(self.weight, str):
            if self.weight not in RULES:
                raise InvalidInput(
                    f"weight={shown(self.weight)}: give 'discrepancy' or 'sure', or choose it on other images with "
                    ".tuned(operator, images, noise)"
                )
        else:
            number("weight", self.weight, "'discrepancy', 'sure', or a number above 0", above=0)

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        if self.weight == "discrepancy":
            return by_discrepancy(self.with_weight, problem, self.scale(problem))
        if self.weight == "sure":
            return by_sure(self.with_weight, problem, self.scale(problem))
        return self.with_weight(problem, float(self.weight), problem.start)

    def tuned(
        self,
        operator: Operator,
        images: Any,
        noise: float,
        *,
        seed: int = 0,
        tries: int = 9,
        span: float = 1e3,
    ) -> Self:
        """The prior with the weight that has the least mean squared error on other images.

        Args:
            operator: A.
            images: True images, (N, *input_shape), none of which is tested on later.
            noise: Standard deviation of the noise that is added to their measurements.
            seed: Of this noise.
            tries: Weights tried, by golden section in logarithms.
            span: The weights are searched within this factor of the expected one.

        Raises:
            InvalidInput: no images, or of another shape.

        Example:
            >>> import numpy as np
            >>> import subband as sb
            >>> from subband.inverse import Tikhonov
            >>> A = sb.Blur((16, 16), sb.gaussian_kernel(1.0))
            >>> images = np.cumsum(np.random.default_rng(0).standard_normal((2, 16, 16)), axis=-1)
            >>> Tikhonov().tuned(A, images, 0.1, tries=4).weight > 0
            True
        """
        truth = training_images(images, operator)
        rng = np.random.default_rng(seed)
        clean = np.asarray(operator.forward(truth))
        problems = [make_problem(operator, y + noise * rng.standard_normal(y.shape), noise) for y in clean]
        middle = float(np.exp(np.mean([log(self.scale(problem)) for problem in problems])))

        def error(position: float) -> float:
            weight = exp(position)
            found = [np.asarray(self.with_weight(problem, weight, None).x) for problem in problems]
            return float(np.mean([(x - true) ** 2 for x, true in zip(found, truth, strict=True)]))

        best = golden_section(error, log(middle / span), log(middle * span), tries)
        return replace(self, weight=exp(best))  # pyright: ignore[reportArgumentType]


def training_images(images: Any, operator: Operator, least: int = 1) -> np.ndarray:
    """(N, *input_shape) float64 images to learn from, checked."""
    found = as_array(images, "images")
    shape = operator.input_shape
    if found.ndim != len(shape) + 1 or found.shape[1:] != shape or len(found) < least:
        raise InvalidInput(
            f"images of shape {found.shape} for {operator!r}: give {least} or more, as an array (N, "
            f"{', '.join(map(str, shape))})"
        )
    if found.dtype.kind not in "biuf" or not np.isfinite(found).all():
        raise InvalidInput("the images have numbers that are not real and finite: leave those images out")
    return found.astype(np.float64)
