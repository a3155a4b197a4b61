"""A measurement to be inverted, and what an inversion found."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.concrete import values
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.errors import InvalidInput
from subband.transforms.linear import Mask, Operator
from subband.transforms.linear.operator import Product
from subband.transforms.thresholding import noise_level
from subband.transforms.wavelets import dwt

Progress = Callable[[int, int], None]
"""Called with the number of steps done, and of all steps."""

EXACT = 1e-4
"""Relative misfit that counts as exact, for data without noise."""


@dataclass(frozen=True)
class Problem:
    """y = A x + noise.

    Attributes:
        operator: A.
        y: The measurement, (*batch, *operator.output_shape); all of a batch is solved as one problem.
        noise: Standard deviation of each real number of y.
        start: Where iterations start, (*batch, *operator.input_shape); None for zeros.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import Problem
        >>> A = sb.Blur((16, 16), sb.gaussian_kernel(1.0))
        >>> problem = Problem(A, A(np.ones((16, 16))), noise=0.1)
        >>> problem.count, round(problem.expected_misfit, 6)  # noise · √count
        (256, 1.6)
        >>> problem.misfit(np.ones((16, 16))) < 1e-12
        True
    """

    operator: Operator
    y: Array
    noise: float
    start: Array | None = None

    @property
    def count(self) -> int:
        """Real numbers that were measured."""
        outer = self.operator
        while isinstance(outer, Product):
            outer = outer.outer
        batch = prod(self.y.shape) // prod(self.operator.output_shape)
        each = np.count_nonzero(outer.mask) if isinstance(outer, Mask) else prod(self.operator.output_shape)
        is_complex = namespace(self.y).isdtype(self.y.dtype, "complex floating")
        return batch * int(each) * (2 if is_complex else 1)

    @property
    def expected_misfit(self) -> float:
        """‖A x − y‖ of the true x: noise · √count, and at least `EXACT` of ‖y‖."""
        return max(self.noise * sqrt(self.count), EXACT * norm(self.y))

    def misfit(self, x: Array) -> float:
        """‖A x − y‖."""
        return norm(self.operator.forward(x) - self.y)


@dataclass(frozen=True)
class Solution:
    """What a prior found.

    Attributes:
        x: The estimate.
        iterations: Steps of the solver, over all tries.
        reason: Why it stopped.
        weight: The weight of the prior that was chosen; None where there is none.
    """

    x: Array
    iterations: int
    reason: str
    weight: float | None = None


@dataclass(frozen=True)
class Inversion:
    """An estimate of x from y = A x + noise; made by `invert`.

    Attributes:
        x: The estimate, (*batch, *operator.input_shape), of y's library.
        prior: Name of the prior.
        weight: Its weight against ½‖A x − y‖²; None where it has none.
        noise: Standard deviation of the noise, as given or estimated.
        misfit: ‖A x − y‖.
        expected_misfit: That of the true x, noise · √(numbers measured).
        iterations: Steps of the solver.
        reason: Why it stopped.
        seconds: Time taken.
    """

    x: Array
    prior: str
    weight: float | None
    noise: float
    misfit: float
    expected_misfit: float
    iterations: int
    reason: str
    seconds: float


def make_problem(operator: Any, y: Any, noise: Any = None, start: Any = None) -> Problem:
    """A problem of checked arguments; noise=None is estimated.

    Raises:
        InvalidInput: no operator; y of another shape or with numbers that are not finite; noise below 0, or that
            can't be estimated.
    """
    if not isinstance(operator, Operator):
        raise InvalidInput(
            f"operator of {type(operator).__name__}: give a linear map, e.g. sb.Radon((64, 64)) or sb.linear_map(…)"
        )
    y = operator._numbers(y, operator._single.output, "output")
    if not np.isfinite(_as_numpy(y)).all():
        bad = int(np.count_nonzero(~np.isfinite(_as_numpy(y))))
        raise InvalidInput(
            f"y has {bad} numbers that are not finite: set them to 0 and leave them out of the measurement with "
            "sb.Mask(numpy.isfinite(y)) @ operator"
        )
    if start is not None:
        start = operator._numbers(as_signal(start, "init"), operator._single.input, "input")
    sigma = (
        estimate_noise(y, operator)
        if noise is None
        else number("noise", noise, "a standard deviation, 0 or more", low=0)
    )
    return Problem(operator, y, sigma, start)


def estimate_noise(y: Array, operator: Operator) -> float:
    """The standard deviation of white noise in a measurement, from the median of its finest wavelet details.

    Raises:
        InvalidInput: complex measurements, masked ones, and those that are too small for an estimate.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import estimate_noise
        >>> A = sb.Blur((128, 128), sb.gaussian_kernel(1.0))
        >>> y = A(np.ones((128, 128))) + 0.1 * np.random.default_rng(0).normal(size=(128, 128))
        >>> round(estimate_noise(y, A), 2)
        0.1
    """
    is_complex = namespace(y).isdtype(y.dtype, "complex floating")
    masked = isinstance(operator, Mask) or (
        isinstance(operator, Product) and isinstance(operator.outer, Mask)
    )
    axes = tuple(range(-min(2, len(operator.output_shape)), 0))
    if is_complex or masked or min(y.shape[axis] for axis in axes) < 8:
        raise InvalidInput(
            f"can't estimate the noise of a measurement by {operator!r}: give noise=, its standard deviation "
            "(0 if there is "
            "none)"
        )
    details = dwt(values(y), "db2", level=1, mode="symmetric", axes=axes)
    return float(np.mean(noise_level(details)))


def norm(x: Array) -> float:
    """‖x‖."""
    xp = namespace(x)
    return sqrt(float(xp.sum(xp.abs(x) ** 2)))


def dot(a: Array, b: Array) -> float:
    """Re Σ a b*."""
    xp = namespace(a)
    if xp.isdtype(a.dtype, "complex floating"):
        return float(xp.sum(xp.real(a) * xp.real(b) + xp.imag(a) * xp.imag(b)))
    return float(xp.sum(a * b))


def _as_numpy(x: Array) -> np.ndarray:
    return np.asarray(x.detach().cpu() if library(x) == "torch" else x)
