"""What every forward process shares: how an image becomes noise, and what is known of the way between."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

_HALVINGS = 80  # of an interval in search of a time: past the resolution of float64


class Coefficients(NamedTuple):
    """The path at some times: x_t = alpha x0 + sigma eps, and the derivatives of both in t."""

    alpha: Tensor
    sigma: Tensor
    alpha_rate: Tensor
    sigma_rate: Tensor


class Path(ABC):
    """A corruption x_t = alpha(t) x0 + sigma(t) eps, eps ~ N(0, 1): the image at t = 0, noise at t = `end`.

    Between two times s < t the process is Gaussian and Markov: with a = alpha_t / alpha_s,

        q(x_t | x_s) = N(a x_s, sigma_t^2 - a^2 sigma_s^2)

    so every path gives the same marginals as a diffusion (Kingma et al. 2021, "Variational diffusion models",
    section 3.1), whether it was thought of as one or as a flow.

    Attributes:
        spacing: name in `SPACINGS` of the grid of times that suits it.
    """

    spacing: str = "uniform"

    @abstractmethod
    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """alpha(t) and sigma(t), each of t's shape."""

    @abstractmethod
    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Their derivatives in t, each of t's shape."""

    @abstractmethod
    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        """Times to train at, shape (count,), between `near` and `end`."""

    @property
    def end(self) -> float:
        """The time of noise."""
        return 1.0

    @property
    def near(self) -> float:
        """The earliest time that a denoiser is asked about; before it there is no noise to speak of."""
        return 1e-4

    @property
    def far(self) -> float:
        """The latest time at which x_t says enough of x0 for x0 to be had from x_t and the noise."""
        return self.end

    def label(self, t: Tensor) -> Tensor:
        """What a network is told of the time, of order one."""
        return t

    def snap(self, t: Tensor) -> Tensor:
        """The nearest times that the path has; a continuous one has them all."""
        return t

    def at(self, t: Tensor, like: Tensor) -> Coefficients:
        """Coefficients at times t, shape (N,), to multiply something of `like`'s shape, in its type."""
        return Coefficients(*(wide(c, like) for c in (*self.coefficients(t), *self.rates(t))))

    def noise_level(self, t: Tensor) -> Tensor:
        """sigma / alpha: the standard deviation of the noise where the image is left as it is."""
        a, s = self.coefficients(t)
        return s / a

    def snr(self, t: Tensor) -> Tensor:
        """Signal-to-noise ratio alpha^2 / sigma^2, of t's shape."""
        a, s = self.coefficients(t)
        return (a / s) ** 2

    def time_of(self, level: Tensor) -> Tensor:
        """The time at which sigma / alpha is `level`, by bisection, float64; 0 or `end` if it is beyond."""
        low = torch.zeros_like(level, dtype=torch.float64)
        high = torch.full_like(low, self.end)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            a, s = self.coefficients(middle)
            early = s < level * a
            low, high = torch.where(early, middle, low), torch.where(early, high, middle)
        return high


class Gaussian(NamedTuple):
    """A diagonal normal distribution. Each of one shape, or one that broadcasts."""

    mean: Tensor
    variance: Tensor


def corrupt(
    path: Path, x0: Float[Tensor, "n *shape"], eps: Float[Tensor, "n *shape"], t: Float[Tensor, " n"]
) -> Float[Tensor, "n *shape"]:
    """x_t = alpha(t) x0 + sigma(t) eps; x0 and eps of shape (N, ...), t of shape (N,)."""
    a, s = (wide(c, x0) for c in path.coefficients(t))
    return a * x0 + s * eps


def marginal(path: Path, x0: Tensor, t: Tensor) -> Gaussian:
    """q(x_t | x0), x0 of shape (N, ...), t of shape (N,)."""
    a, s = (wide(c, x0) for c in path.coefficients(t))
    return Gaussian(a * x0, s**2)


def transition(path: Path, x: Tensor, then: Tensor, now: Tensor) -> Gaussian:
    """q(x_now | x_then = x) for then <= now: what the forward process adds. x (N, ...), times (N,)."""
    kept, added = between(path, then, now)
    return Gaussian(wide(kept, x) * x, wide(added, x))


def posterior(path: Path, x0: Tensor, x: Tensor, now: Tensor, then: Tensor) -> Gaussian:
    """q(x_then | x_now = x, x0) for then < now; x0 and x (N, ...), times (N,).

    Source: Ho et al. 2020, equations 6 and 7; for any alpha and sigma, Kingma et al. 2021, appendix A.2.
    """
    kept, added = between(path, then, now)
    alpha, s2, r2 = (
        path.coefficients(then)[0],
        path.coefficients(now)[1] ** 2,
        path.coefficients(then)[1] ** 2,
    )
    of_x, of_x0 = kept * r2 / s2, alpha * added / s2
    return Gaussian(wide(of_x, x) * x + wide(of_x0, x) * x0, wide(added * r2 / s2, x))


def between(path: Path, then: Tensor, now: Tensor) -> tuple[Tensor, Tensor]:
    """alpha_t / alpha_s and sigma_t^2 - (alpha_t / alpha_s)^2 sigma_s^2, for s = then <= t = now.

    Taken before the coefficients are rounded to the images' type: the difference of nearly equal numbers.
    """
    (a, s), (b, r) = path.coefficients(now.double()), path.coefficients(then.double())
    kept = a / b
    return kept, (s**2 - (kept * r) ** 2).clamp(min=0)


def wide(coefficient: Tensor, like: Tensor) -> Tensor:
    """Shape (N,) to (N, 1, ...), to multiply something of `like`'s shape; in its type, on its device."""
    return coefficient.to(dtype=like.dtype, device=like.device).reshape(-1, *[1] * (like.ndim - 1))
