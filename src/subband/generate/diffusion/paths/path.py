"""The base class of forward processes, with their marginals, transitions and posteriors."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

_HALVINGS = 80  # bisection steps of `time_of`: beyond the resolution of float64


class Coefficients(NamedTuple):
    """alpha, sigma and their derivatives with respect to t, for x_t = alpha x0 + sigma eps."""

    alpha: Tensor
    sigma: Tensor
    alpha_rate: Tensor
    sigma_rate: Tensor


class Path(ABC):
    """A forward process x_t = alpha(t) x0 + sigma(t) eps, eps ~ N(0, 1): image at t = 0, noise at t = `end`.

    Between two times s < t the process is Gaussian and Markov: with a = alpha_t / alpha_s,

        q(x_t | x_s) = N(a x_s, sigma_t^2 - a^2 sigma_s^2)

    so every path, flows included, has the marginals of a diffusion (Kingma et al. 2021, "Variational
    diffusion models", section 3.1).

    Attributes:
        spacing: name in `SPACINGS` of its default grid of times.
    """

    spacing: str = "uniform"

    @abstractmethod
    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """alpha(t) and sigma(t), each of t's shape."""

    @abstractmethod
    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives of alpha and sigma with respect to t, each of t's shape."""

    @abstractmethod
    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        """Random training times, shape (count,), between `near` and `end`."""

    @property
    def end(self) -> float:
        """The last time, at which x_t is noise."""
        return 1.0

    @property
    def near(self) -> float:
        """The earliest time at which denoisers are evaluated; before it the noise is negligible."""
        return 1e-4

    @property
    def far(self) -> float:
        """The latest time at which alpha is large enough for x0 to be recovered from x_t and eps."""
        return self.end

    def label(self, t: Tensor) -> Tensor:
        """The network's time input, of order one, of t's shape."""
        return t

    def snap(self, t: Tensor) -> Tensor:
        """The nearest times of a path in steps; t itself on a continuous path."""
        return t

    def at(self, t: Tensor, like: Tensor) -> Coefficients:
        """Coefficients at times t, shape (N,), broadcastable against `like`, of its dtype and device."""
        return Coefficients(*(wide(c, like) for c in (*self.coefficients(t), *self.rates(t))))

    def noise_level(self, t: Tensor) -> Tensor:
        """sigma / alpha, the standard deviation of the noise relative to an unscaled image, of t's shape."""
        a, s = self.coefficients(t)
        return s / a

    def snr(self, t: Tensor) -> Tensor:
        """Signal-to-noise ratio alpha^2 / sigma^2, of t's shape."""
        a, s = self.coefficients(t)
        return (a / s) ** 2

    def time_of(self, level: Tensor) -> Tensor:
        """The time at which sigma / alpha = `level`, by bisection, float64; 0 or `end` if out of range."""
        low = torch.zeros_like(level, dtype=torch.float64)
        high = torch.full_like(low, self.end)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            a, s = self.coefficients(middle)
            early = s < level * a
            low, high = torch.where(early, middle, low), torch.where(early, high, middle)
        return high


class Gaussian(NamedTuple):
    """A normal distribution with diagonal covariance; mean and variance are broadcastable."""

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
    """q(x_now | x_then = x) for then <= now, the forward transition; x (N, ...), times (N,)."""
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

    Computed in float64, as the difference is one of nearly equal numbers.
    """
    (a, s), (b, r) = path.coefficients(now.double()), path.coefficients(then.double())
    kept = a / b
    return kept, (s**2 - (kept * r) ** 2).clamp(min=0)


def wide(coefficient: Tensor, like: Tensor) -> Tensor:
    """(N,) -> (N, 1, ...), broadcastable against `like`, in its dtype and on its device."""
    return coefficient.to(dtype=like.dtype, device=like.device).reshape(-1, *[1] * (like.ndim - 1))
