"""Samplers: pure functions of a denoiser, a starting point and a grid of times.

Each goes from the grid's first time to its last. From `path.end` to 0 it makes images of noise; those that follow
the probability-flow equation dx/dt = alpha'(t) x0(x, t) + sigma'(t) eps(x, t) (Song et al. 2021, equation 13, in
the denoiser's terms) make the noise of images on the reversed grid. Whatever the network predicts, the denoiser
answers with x0 and eps, so any sampler serves any objective and any path.
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
    """The denoiser's answer at one time, a scalar, for all of x, (N, ...)."""
    return denoiser(x, t.to(x.device).expand(len(x)))


def velocity(denoiser: Denoising, x: Tensor, t: Tensor) -> Tensor:
    """dx/dt of the probability-flow equation at x, shape (N, ...), and time t, a scalar."""
    t = t.clamp(denoiser.path.near, denoiser.path.end)
    answer = ask(denoiser, x, t)
    c = denoiser.path.at(t.reshape(1), x)
    return c.alpha_rate * answer.x0 + c.sigma_rate * answer.eps


def euler(denoiser: Denoising, x: Tensor, grid: Tensor) -> Tensor:
    """Euler steps in the path's own time: one call of the denoiser each, error of first order.

    Args:
        denoiser: answers with x0 and eps.
        x: the point at time grid[0], shape (N, ...).
        grid: times, shape (steps + 1,).

    Returns:
        The point at time grid[-1], x's shape.
    """
    for now, then in pairwise(grid):
        x = x + (then - now).to(x) * velocity(denoiser, x, now)
    return x


def heun(denoiser: Denoising, x: Tensor, grid: Tensor) -> Tensor:
    """Heun's steps in the path's own time: two calls each, error of second order; the step to 0 is Euler's.

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
    """How much noise a step of `heun_churn` adds before it goes down.

    Attributes:
        amount: S_churn, shared out over the steps.
        first, last: noise levels sigma / alpha between which it is added.
        noise: standard deviation S_noise of what is added.
    """

    amount: float = 40.0
    first: float = 50.0
    last: float = 0.05
    noise: float = 1.003

    def raised(self, level: float, steps: int) -> float:
        """The noise level to go up to before the step down from `level`."""
        gamma = min(self.amount / steps, math.sqrt(2) - 1) if self.last <= level <= self.first else 0.0
        return level * (1 + gamma)


def heun_churn(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator, churn: Churn | None = None
) -> Tensor:
    """Heun's steps, each after a small step back up into noise, by the forward process.

    Arguments and result as for `euler`; noise is drawn from `random`, `churn` says how much of it.
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
    """Steps along the direction to x0: exact wherever the denoiser's answer stays the same.

    Arguments and result as for `euler`. With eta = 0 nothing is drawn, and the reversed grid inverts it; with
    eta = 1 it is `ancestral`. Source: Song, Meng and Ermon 2021, equations 12 and 16.

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
    """Steps back drawn from p(x_s | x_t) = N(mean of q(x_s | x_t, x0), variance).

    Arguments and result as for `euler`.

    Args:
        variance: "small" for that of q(x_s | x_t, x0), right for an image that is certain; "large" for that of
            q(x_t | x_s), right for white noise; "learned" for the network's place between the two.

    Raises:
        InvalidInput: if there is no such variance, or it was not learnt.

    Source: Ho et al. 2020, algorithm 2; Nichol and Dhariwal 2021, equation 15.
    """
    for now, then in pairwise(grid):
        mean, log = step_back(denoiser, x, ask(denoiser, x, now), now.reshape(1), then.reshape(1), variance)
        x = mean if then == 0 else mean + (log / 2).exp() * normal_like(x, random)
    return x


def step_back(
    denoiser: Denoising, x: Tensor, answer: Prediction, now: Tensor, then: Tensor, variance: str
) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of p(x_then | x_now = x); times of shape (N,) or (1,). See `ancestral`."""
    mean, small = posterior(denoiser.path, answer.x0, x, now, then)
    large = transition(denoiser.path, x, then, now).variance
    # The first step back has nothing to spare: its posterior is the image itself.
    low = torch.where(small > 0, small, large).clamp(min=1e-20).log()
    high = large.clamp(min=1e-20).log()
    if variance == "small":
        return mean, low
    if variance == "large":
        return mean, high
    if variance == "learned":
        if answer.mix is None:
            raise InvalidInput("can't use the learned variance: build the denoiser with learn_variance=True")
        return mean, torch.lerp(low.expand_as(answer.mix), high.expand_as(answer.mix), answer.mix)
    raise InvalidInput(f"no variance {variance!r}: choose small, large or learned")


def dpm_solver(
    denoiser: Denoising, x: Tensor, grid: Tensor, *, eta: float = 0.0, random: torch.Generator | None = None
) -> Tensor:
    """DPM-Solver++ (2M): `ddim` with x0 carried on along the line through the last two answers.

    Arguments and result as for `euler`. One call of the denoiser a step, error of second order in the steps
    of lambda = log(alpha / sigma). With eta = 1 it is the solver of the stochastic equation (SDE-DPM-Solver++).
    The step to 0 is of first order, as lambda is infinite there.

    Source: Lu et al. 2022, "DPM-Solver++", algorithm 2; the stochastic form from the same paper.
    """
    before, h_before = None, math.inf
    for now, then in pairwise(grid):
        x0 = ask(denoiser, x, now).x0
        h = float(_lambda(denoiser, then) - _lambda(denoiser, now))
        guess = x0
        # Steps from noise alone and to the image alone are infinitely long: there is no line to carry on.
        if before is not None and math.isfinite(h) and math.isfinite(h_before):
            guess = x0 + h / (2 * h_before) * (x0 - before)
        x = _towards(denoiser, x, guess, now, then, eta, random)
        before, h_before = x0, h
    return x


def dpm_solver_sde(denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator) -> Tensor:
    """`dpm_solver` for the stochastic equation; arguments and result as for `euler`."""
    return dpm_solver(denoiser, x, grid, eta=1.0, random=random)


def consistency(denoiser: Denoising, x: Tensor, grid: Tensor, *, random: torch.Generator) -> Tensor:
    """Jump to the image, add fresh noise, and jump again: for denoisers tuned to answer with one image.

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
    a, s = denoiser.path.coefficients(t)
    return (a / s).log()
