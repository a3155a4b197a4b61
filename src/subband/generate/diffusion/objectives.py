"""Prediction targets of a network, and how x0 and eps are recovered from them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.path import Coefficients, Path

Share = Callable[[Coefficients, float], Tensor | float]
"""(coefficients of the path, deviation of the data) -> a factor that is broadcastable against images."""


@dataclass(frozen=True)
class Objective:
    """A target y = p x0 + q eps; with x_t = alpha x0 + sigma eps it is a linear system for x0 and eps.

    Attributes:
        p, q: coefficients of the image and of the noise.
        weight: weight of the squared error.
        needs_signal: whether the system is singular at alpha = 0; such denoisers are evaluated at times up to
            `Path.far` only.
    """

    p: Share
    q: Share
    weight: Share = lambda c, d: 1.0
    needs_signal: bool = False

    def target(self, x0: Tensor, eps: Tensor, c: Coefficients, deviation: float = 1.0) -> Tensor:
        """The target y = p x0 + q eps, of x0's shape."""
        return self.p(c, deviation) * x0 + self.q(c, deviation) * eps

    def determinant(self, c: Coefficients, deviation: float = 1.0) -> Tensor:
        """alpha q - sigma p. An error e in y is an error of -sigma e / determinant in x0."""
        return c.alpha * self.q(c, deviation) - c.sigma * self.p(c, deviation)

    def solve(self, y: Tensor, x: Tensor, c: Coefficients, deviation: float = 1.0) -> tuple[Tensor, Tensor]:
        """x0 and eps, the solution of x = alpha x0 + sigma eps and y = p x0 + q eps."""
        p, q = self.p(c, deviation), self.q(c, deviation)
        det = c.alpha * q - c.sigma * p
        return (q * x - c.sigma * y) / det, (c.alpha * y - p * x) / det


def spread(c: Coefficients, deviation: float = 1.0) -> Tensor:
    """Standard deviation of x_t for data of standard deviation `deviation`."""
    return (c.alpha**2 * deviation**2 + c.sigma**2).sqrt()


OBJECTIVES: dict[str, Objective] = {
    "x0": Objective(lambda c, d: torch.ones_like(c.alpha), lambda c, d: torch.zeros_like(c.alpha)),
    "eps": Objective(
        lambda c, d: torch.zeros_like(c.alpha), lambda c, d: torch.ones_like(c.alpha), needs_signal=True
    ),
    "score": Objective(
        lambda c, d: torch.zeros_like(c.alpha), lambda c, d: -1 / c.sigma, lambda c, d: c.sigma**2, True
    ),
    "flow": Objective(lambda c, d: c.alpha_rate, lambda c, d: c.sigma_rate),
    "v": Objective(
        lambda c, d: -c.sigma / (d * spread(c, d)),
        lambda c, d: c.alpha * d / spread(c, d),
    ),
}
"""Objectives by name, on a path x_t = alpha x0 + sigma eps of data with standard deviation d:

    x0     the image
    eps    the noise; its mean squared error is L_simple (Ho et al. 2020, equation 14)
    score  the gradient of log q(x_t | x0), -eps / sigma, its error weighted by sigma^2: denoising score
           matching (Vincent 2011; Song and Ermon 2019, equation 6)
    flow   dx_t/dt = alpha' x0 + sigma' eps, on the straight path eps - x0 (Lipman et al. 2023)
    v      (alpha d eps - sigma x0 / d) / r, r^2 = alpha^2 d^2 + sigma^2 (Salimans and Ho 2022, appendix D,
           generalised to any path)

v is orthogonal to x_t: for white images of deviation d it is white, of variance 1 and uncorrelated with x_t,
so a network with zero output is the best linear denoiser. On `EdmPath` it is minus the prediction of the
network of Karras et al. 2022 (table 1: c_skip, c_out), and its unweighted error is their weighted one.
"""


def objective(name: str) -> Objective:
    """The objective `OBJECTIVES[name]`.

    Raises:
        InvalidInput: if there is none.
    """
    if name not in OBJECTIVES:
        raise InvalidInput(f"can't predict {name!r}: choose one of {', '.join(OBJECTIVES)}")
    return OBJECTIVES[name]


def target(
    path: Path,
    predict: str,
    x0: Float[Tensor, "n *shape"],
    eps: Float[Tensor, "n *shape"],
    t: Float[Tensor, " n"],
    deviation: float = 1.0,
) -> Float[Tensor, "n *shape"]:
    """Target of a network that predicts `predict` at times t, for data of this standard deviation.

    Args:
        path: the forward process.
        predict: name in `OBJECTIVES`.
        x0, eps: images and noise, each of shape (N, ...).
        t: times of the path, shape (N,).
        deviation: standard deviation of the data.

    Returns:
        Shape (N, ...).
    """
    return objective(predict).target(x0, eps, path.at(t, x0), deviation)
