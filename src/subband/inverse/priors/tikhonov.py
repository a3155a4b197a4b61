"""Quadratic penalties."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.arguments import integer
from subband.arrays.namespace import Array, namespace
from subband.inverse.priors.prior import Weighted
from subband.inverse.problem import Problem, Solution
from subband.inverse.solvers.differences import gradient, gradient_transpose
from subband.inverse.solvers.least_squares import conjugate_gradients
from subband.transforms.linear import Blur


@final
@dataclass(frozen=True)
class Tikhonov(Weighted):
    """min ½‖A x − y‖² + ½ weight ‖L x‖², with L the gradient (order 1) or the identity (order 0).

    A periodic `Blur` is inverted by a formula for order 0, Wiener's filter of white images; all else by conjugate
    gradients.

    Args:
        weight: See `Weighted`.
        order: 0 for small x, 1 for smooth ones.
        iterations: The most steps of conjugate gradients.

    Raises:
        InvalidInput: another weight or order.

    Source: A. N. Tikhonov, Soviet Math. Dokl. 4 (1963).
    """

    weight: Any = "discrepancy"
    order: int = 1
    iterations: int = 300

    def __post_init__(self) -> None:
        self.check_weight()
        integer("order", self.order, 0, 1, "0 or 1")
        integer("iterations", self.iterations, 1)

    def scale(self, problem: Problem) -> float:
        return 1e-2 * problem.operator.norm() ** 2

    def with_weight(self, problem: Problem, weight: float, start: Array | None) -> Solution:
        A = problem.operator
        b = A.adjoint(problem.y)
        if isinstance(A, Blur) and A.mode == "periodic" and self.order == 0 and A.kernel.ndim == len(A.shape):
            return Solution(_wiener(A, b, weight), 1, "by a formula", weight)
        axes = min(2, len(A.input_shape))

        def normal(x: Array) -> Array:
            penalty = gradient_transpose(gradient(x, axes)) if self.order else x
            return A.adjoint(A.forward(x)) + weight * penalty

        start = b * 0 if start is None else start
        x, steps = conjugate_gradients(normal, b, start, self.iterations, 1e-6)
        return Solution(x, steps, "converged" if steps < self.iterations else "all iterations done", weight)


def _wiener(A: Blur, b: Array, weight: float) -> Array:
    """(AᵀA + weight)⁻¹ b, where A is diagonal in the Fourier basis."""
    xp, axes = namespace(b), tuple(range(-len(A.shape), 0))
    impulse = np.zeros(A.shape)
    impulse[(0,) * impulse.ndim] = 1
    gram = np.fft.fftn(np.asarray(A.adjoint(A.forward(impulse)))).real
    inverse = xp.asarray(1 / (gram + weight), dtype=xp.abs(b).dtype)
    x = xp.fft.ifftn(xp.fft.fftn(b + 0j, axes=axes) * inverse, axes=axes)
    return x if xp.isdtype(b.dtype, "complex floating") else xp.astype(xp.real(x), b.dtype)
