"""Samplers: pure functions of a denoiser, a starting point and a grid of times.

Each integrates from the grid's first time to its last; from `path.end` to 0 that turns noise into images.
Samplers of the probability-flow ODE dx/dt = alpha'(t) x0(x, t) + sigma'(t) eps(x, t) (Song et al. 2021,
equation 13, in terms of the denoiser) turn images into noise on the reversed grid. Denoisers return x0 and
eps for every objective, so any sampler applies to any objective and any path.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising, Prediction
from subband.generate.diffusion.paths.path import between, posterior, transition, wide
from subband.training import normal_like


def ask(denoiser: Denoising, x: Tensor, t: Tensor) -> Prediction:
    """The denoiser's prediction for x, shape (N, ...), at a scalar time t."""
    return denoiser(x, t.to(x.device).expand(len(x)))


def velocity(denoiser: Denoising, x: Tensor, t: Tensor) -> Tensor:
    """dx/dt of the probability-flow ODE at x, shape (N, ...), and a scalar time t, in x's shape."""
    t = t.clamp(denoiser.path.near, denoiser.path.end)
    prediction = ask(denoiser, x, t)
    c = denoiser.path.at(t.reshape(1), x)
    return c.alpha_rate * prediction.x0 + c.sigma_rate * prediction.eps


def euler(denoiser: Denoising, x: Tensor, grid: Tensor) -> Tensor:
    """Euler's method in the path's time: first order, one call of the denoiser per step.

    Args:
        denoiser: the denoiser.
        x: x_t at t = grid[0], shape (N, ...).
        grid: times, shape (steps + 1,).

    Returns:
        x_t at t = grid[-1], x's shape.
    """
    for now, then in pairwise(grid):
        x = x + (then - now).to(x) * velocity(denoiser, x, now)
    return x


def heun(denoiser: Denoising, x: Tensor, grid: Tensor) -> Tensor:
    """Heun's method in the path's time: second order, two calls per step; the step to 0 is an Euler step.

    Arguments and result as for `euler`. Source: Karras et al. 2022, algorithm 1.
    """
    for now, then in pairwise(grid):
        step = (then - now).to(x)
        slope = velocity(denoiser, x, now)
        ahead = x + step * slope
        x = ahead if then == 0 else x + step / 2 * (slope + velocity(denoiser, ahead, then))
    return x


@dataclass(frozen=True)
class Churn:
    """Noise that each step of `heun_churn` adds.

    Attributes:
        amount: S_churn, distributed evenly over the steps.
        first, last: highest and lowest noise level sigma / alpha at which noise is added.
        noise: S_noise, a factor on the standard deviation of the added noise.
    """

    amount: float = 40.0
    first: float = 50.0
    last: float = 0.05
    noise: float = 1.003

    def raised(self, level: float, steps: int) -> float:
        """The noise level (1 + gamma) `level` to which a step from `level` first returns."""
        gamma = min(self.amount / steps, math.sqrt(2) - 1) if self.last <= level <= self.first else 0.0
        return level * (1 + gamma)


def heun_churn(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator, churn: Churn | None = None
) -> Tensor:
    """Heun's method with noise added by the forward process before each step.

    Arguments and result as for `euler`; `random` is the generator of the noise, `churn` its amount.
    Source: Karras et al. 2022, algorithm 2, on any path.
    """
    path, churn = denoiser.path, churn or Churn()
    for now, then in pairwise(grid):
        level = path.noise_level(now.reshape(1))
        up = path.time_of(level.new_tensor([churn.raised(float(level), len(grid) - 1)]))
        if bool(up > now) and math.isfinite(float(level)):
            mean, variance = transition(path, x, now.reshape(1), up)
            x = mean + variance.sqrt() * churn.noise * normal_like(x, random)
            now = up[0]
        x = heun(denoiser, x, torch.stack([now, then]))
    return x


def ddim(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, eta: float = 0.0, random: torch.Generator | None = None
) -> Tensor:
    """DDIM steps, exact where the predicted x0 is constant along a step.

    Arguments and result as for `euler`. With eta = 0 it is deterministic, and the reversed grid inverts it;
    with eta = 1 it is `ancestral`. Source: Song, Meng and Ermon 2021, equations 12 and 16.

    Raises:
        InvalidInput: if eta is negative, or above 0 without a generator.
    """
    if eta < 0 or (eta > 0 and random is None):
        raise InvalidInput(
            f"can't take DDIM steps with eta={eta}: take 0, or more with random=torch.Generator()"
        )
    for now, then in pairwise(grid):
        x = _towards(denoiser, x, ask(denoiser, x, now).x0, now, then, eta, random)
    return x


def ancestral(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator, variance: str = "small"
) -> Tensor:
    """Ancestral sampling: reverse steps drawn from p(x_s | x_t) = N(mean of q(x_s | x_t, x0), variance).

    Arguments and result as for `euler`.

    Args:
        random: generator of the noise.
        variance: "small" for the variance of q(x_s | x_t, x0), exact if x0 is deterministic; "large" for that
            of q(x_t | x_s), exact for x0 ~ N(0, 1); "learned" for the network's interpolation of the two.

    Raises:
        InvalidInput: if there is no such variance, or the denoiser learns none.

    Source: Ho et al. 2020, algorithm 2; Nichol and Dhariwal 2021, equation 15.
    """
    for now, then in pairwise(grid):
        mean, log = step_back(denoiser, x, ask(denoiser, x, now), now.reshape(1), then.reshape(1), variance)
        x = mean if then == 0 else mean + (log / 2).exp() * normal_like(x, random)
    return x


def step_back(
    denoiser: Denoising, x: Tensor, prediction: Prediction, now: Tensor, then: Tensor, variance: str
) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of p(x_then | x_now = x), broadcastable to x; times of shape (N,) or (1,).

    `prediction` is the denoiser's prediction at x_now, `variance` as for `ancestral`.
    """
    mean, small = posterior(denoiser.path, prediction.x0, x, now, then)
    large = transition(denoiser.path, x, then, now).variance
    # The posterior of a step to time 0 has variance 0, which has no logarithm.
    low = torch.where(small > 0, small, large).clamp(min=1e-20).log()
    high = large.clamp(min=1e-20).log()
    if variance == "small":
        return mean, low
    if variance == "large":
        return mean, high
    if variance == "learned":
        if prediction.mix is None:
            raise InvalidInput("can't use the learned variance: build the denoiser with learn_variance=True")
        return mean, torch.lerp(low.expand_as(prediction.mix), high.expand_as(prediction.mix), prediction.mix)
    raise InvalidInput(f"no variance {variance!r}: choose small, large or learned")


def dpm_solver(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, eta: float = 0.0, random: torch.Generator | None = None
) -> Tensor:
    """DPM-Solver++ (2M): `ddim` with x0 extrapolated linearly from the last two predictions.

    Arguments and result as for `euler`. One call of the denoiser per step, second order in the steps of
    lambda = log(alpha / sigma). With eta = 1 it solves the SDE (SDE-DPM-Solver++). The step to 0 is of first
    order, as lambda is infinite there.

    Source: Lu et al. 2022, "DPM-Solver++", algorithm 2; the stochastic form from the same paper.
    """
    before, h_before = None, math.inf
    for now, then in pairwise(grid):
        x0 = ask(denoiser, x, now).x0
        h = float(_lambda(denoiser, then) - _lambda(denoiser, now))
        guess = x0
        # Steps from pure noise or to time 0 are infinitely long in lambda and are not extrapolated.
        if before is not None and math.isfinite(h) and math.isfinite(h_before):
            guess = x0 + h / (2 * h_before) * (x0 - before)
        x = _towards(denoiser, x, guess, now, then, eta, random)
        before, h_before = x0, h
    return x


def dpm_solver_sde(denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator) -> Tensor:
    """`dpm_solver` with eta = 1, for the SDE; arguments and result as for `euler`."""
    return dpm_solver(denoiser, x, grid, eta=1.0, random=random)


def consistency(denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator) -> Tensor:
    """Multistep consistency sampling: predict x0, add fresh noise, repeat; for consistency-tuned denoisers.

    Arguments and result as for `euler`. Source: Song et al. 2023, "Consistency models", algorithm 1.
    """
    for now, then in pairwise(grid):
        c = denoiser.path.at(then.reshape(1), x)
        x = c.alpha * ask(denoiser, x, now).x0
        if then > 0:
            x = x + c.sigma * normal_like(x, random)
    return x


def _towards(
    denoiser: Denoising,
    x: Tensor,
    x0: Tensor,
    now: Tensor,
    then: Tensor,
    eta: float,
    random: torch.Generator | None,
) -> Tensor:
    """x_s = alpha_s x0 + sqrt(sigma_s^2 - w^2) eps + w z, w = eta times the posterior's deviation."""
    path = denoiser.path
    now, then = now.clamp(min=path.near).reshape(1), then.reshape(1)
    (a, s), (b, r) = path.coefficients(now), path.coefficients(then)
    w = eta * (between(path, then, now)[1].sqrt() * r / s) if eta else torch.zeros_like(r)
    kept = (r**2 - w**2).clamp(min=0).sqrt()
    x = wide(kept / s, x) * x + wide(b - kept * a / s, x) * x0  # eps = (x - alpha x0) / sigma
    if random is None or not eta or then == 0:
        return x
    return x + wide(w, x) * normal_like(x, random)


def _lambda(denoiser: Denoising, t: Tensor) -> Tensor:
    """lambda(t) = log(alpha / sigma)."""
    a, s = denoiser.path.coefficients(t)
    return (a / s).log()
