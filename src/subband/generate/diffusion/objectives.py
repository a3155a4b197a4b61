"""What a network may learn to predict, and how the image and the noise are had from it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.path import Coefficients, Path

Share = Callable[[Coefficients, float], Tensor | float]
"""(coefficients of the path, deviation of the data) -> a factor, of a shape that multiplies images."""


@dataclass(frozen=True)
class Objective:
    """A target y = p x0 + q eps. With x_t = alpha x0 + sigma eps it says both, being the other of two equations.

    Attributes:
        p, q: shares of the image and of the noise.
        weight: of the squared error.
        needs_signal: whether x0 can't be had from y once x_t is noise alone; such a denoiser is asked no
            later than `Path.far`.
    """

    p: Share
    q: Share
    weight: Share = lambda c, d: 1.0
    needs_signal: bool = False

    def target(self, x0: Tensor, eps: Tensor, c: Coefficients, deviation: float = 1.0) -> Tensor:
        """What the network should say, of x0's shape."""
        return self.p(c, deviation) * x0 + self.q(c, deviation) * eps

    def determinant(self, c: Coefficients, deviation: float = 1.0) -> Tensor:
        """alpha q - sigma p. An error e of the network makes one of -sigma e / determinant in x0."""
        return c.alpha * self.q(c, deviation) - c.sigma * self.p(c, deviation)

    def solve(self, y: Tensor, x: Tensor, c: Coefficients, deviation: float = 1.0) -> tuple[Tensor, Tensor]:
        """x0 and eps from x = alpha x0 + sigma eps and y = p x0 + q eps."""
        p, q = self.p(c, deviation), self.q(c, deviation)
        det = c.alpha * q - c.sigma * p
        return (q * x - c.sigma * y) / det, (c.alpha * y - p * x) / det


def spread(c: Coefficients, deviation: float = 1.0) -> Tensor:
    """Standard deviation of x_t where the data's is `deviation`."""
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
"""Every target by name, on a path x_t = alpha x0 + sigma eps of data with standard deviation d:

    x0     the image
    eps    the noise; its mean squared error is L_simple (Ho et al. 2020, equation 14)
    score  the gradient of log q(x_t | x0), -eps / sigma, its error weighted by sigma^2: denoising score
           matching (Vincent 2011; Song and Ermon 2019, equation 6)
    flow   dx_t/dt = alpha' x0 + sigma' eps, on the straight path eps - x0 (Lipman et al. 2023)
    v      (alpha d eps - sigma x0 / d) / r, r^2 = alpha^2 d^2 + sigma^2 (Salimans and Ho 2022, appendix D,
           carried to any path)

v is the noise that is orthogonal to x_t: of white images of deviation d it is white, of variance 1 and
uncorrelated with x_t, so a network that starts at zero starts as the best linear denoiser. On `EdmPath` it is
minus what the network of Karras et al. 2022 predicts (table 1: c_skip, c_out), and its unweighted error is
their weighted one.
"""


def objective(name: str) -> Objective:
    """The objective of this name.

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
    """What a network that predicts `predict` should say at times t, for data of this standard deviation."""
    return objective(predict).target(x0, eps, path.at(t, x0), deviation)
