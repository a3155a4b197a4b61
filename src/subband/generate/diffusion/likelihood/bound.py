"""The variational bound on log p(x): how many bits a diffusion model needs to code an image."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising, Prediction
from subband.generate.diffusion.paths.path import Gaussian, corrupt, marginal, posterior
from subband.generate.diffusion.paths.steps import StepPath
from subband.generate.diffusion.samplers.steps import ask, step_back
from subband.generate.pixels import LEVEL
from subband.training import normal_like


@dataclass(frozen=True)
class Bound:
    """-log p(x0) <= prior + sum of steps + reconstruction, each in nats an image.

    Attributes:
        prior: KL(q(x_T | x0) | p(x_T)), shape (N,): nothing that a network could change.
        steps: KL(q(x_s | x_t, x0) | p(x_s | x_t)) for each pair of times but the last, shape (T - 1, N).
        reconstruction: -log p(x0 | x_1), shape (N,).
    """

    prior: Tensor
    steps: Tensor
    reconstruction: Tensor

    @property
    def total(self) -> Tensor:
        """The whole bound, shape (N,)."""
        return self.prior + self.steps.sum(dim=0) + self.reconstruction

    def bits_per_dimension(self, dimensions: int) -> Tensor:
        """The bound in bits for each number of an image, shape (N,)."""
        return self.total / (dimensions * math.log(2))


def bound(
    denoiser: Denoising,
    x0: Tensor,
    *,
    random: torch.Generator,
    grid: Tensor | None = None,
    variance: str = "small",
    pixel: float | None = LEVEL,
) -> Bound:
    """The variational bound for some images, each term at one draw of the noise.

    Args:
        denoiser: the model; its samples by `samplers.ancestral` are what the bound is of.
        x0: shape (N, ...), in [-1, 1] if they are pixels.
        random: noise is drawn from it, afresh for each term.
        grid: falling times from `path.end` to 0; None for all those of a path in steps.
        variance: of steps back: "small", "large" or "learned".
        pixel: distance between levels of x0, for which the last step is a probability and the bound counts
            bits of files; None if x0 is not in levels: it is a density then.

    Raises:
        InvalidInput: if the path has no steps of its own and no grid is given; see `samplers.step_back` too.

    Source: Sohl-Dickstein et al. 2015, section 2.4; Ho et al. 2020, equations 5 and 13.
    """
    path = denoiser.path
    if grid is None:
        if not isinstance(path, StepPath):
            raise InvalidInput("this path has no steps of its own: give grid=time_grid(steps, path)")
        grid = torch.cat([path.times().flip(0), torch.zeros(1, dtype=torch.float64)])
    far = grid[:1]
    prior = divergence(marginal(path, x0, far), _noise(path.coefficients(far)[1] ** 2, x0))
    terms = []
    for now, then in pairwise(grid):
        x = corrupt(path, x0, normal_like(x0, random), now.expand(len(x0)))
        answer = ask(denoiser, x, now)
        terms.append(_step(denoiser, x0, x, answer, now.reshape(1), then.reshape(1), variance, pixel))
    return Bound(prior, torch.stack(terms[:-1]) if len(terms) > 1 else x0.new_zeros(0, len(x0)), terms[-1])


def hybrid_errors(
    denoiser: Denoiser,
    x0: Tensor,
    eps: Tensor,
    t: Tensor,
    condition: Condition | None = None,
    keep: Tensor | None = None,
    *,
    weight: float = 1e-3,
    pixel: float | None = LEVEL,
) -> Tensor:
    """The objective's own error, plus the bound's term at t, which teaches the variance and nothing else.

    Args:
        denoiser: with learned variance, on a path in steps.
        x0, eps, t, condition, keep: as for `Denoiser.errors`.
        weight: of the whole bound in bits per dimension, of which one of T terms is seen: times T.
        pixel: as for `bound`.

    Returns:
        Shape (N,).

    Raises:
        InvalidInput: if the denoiser learns no variance, or its path is not one in steps.

    Source: Nichol and Dhariwal 2021, equation 16.
    """
    path = denoiser.path
    if not isinstance(path, StepPath) or not denoiser.learn_variance:
        raise InvalidInput("the hybrid loss needs Denoiser(net, StepPath(...), learn_variance=True)")
    now = path.snap(t.double())
    then = path.snap(now - 1 / path.steps)
    x = corrupt(path, x0, eps, now)
    y, mix = denoiser.output(x, now, condition, keep)
    c = path.at(now, x)
    goal = denoiser.objective.target(x0, eps, c, denoiser.data_deviation)
    simple = denoiser.objective.weight(c, denoiser.data_deviation) * (y - goal).square()
    fixed = denoiser.objective.solve(y.detach(), x, c, denoiser.data_deviation)
    answer = Prediction(*fixed, c.alpha, c.sigma, mix)
    nats = _step(denoiser, x0, x, answer, now, then, "learned", pixel)
    bits = nats / (x0[0].numel() * math.log(2))
    return simple.flatten(1).mean(dim=1) + weight * path.steps * bits


def divergence(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q | p) in nats, summed over all but the first axis: shape (N,). Source: Kingma and Welling 2014, B."""
    ratio = q.variance / p.variance
    terms = 0.5 * (ratio - 1 - ratio.log() + (q.mean - p.mean).square() / p.variance)
    return terms.expand_as(q.mean).flatten(1).sum(dim=1)


def log_probability(x: Tensor, mean: Tensor, log_variance: Tensor, pixel: float | None) -> Tensor:
    """log p(x) for p normal, summed over all but the first axis; shape (N,).

    With `pixel` it is the probability of the level that x is on, where the outermost levels, at -1 and 1, own all
    that lies beyond (Ho et al. 2020, equation 13).
    """
    deviation = (log_variance / 2).exp()
    z = (x - mean) / deviation
    if pixel is None:
        return (-0.5 * (z.square() + math.log(2 * math.pi)) - log_variance / 2).flatten(1).sum(dim=1)
    half = pixel / 2 / deviation
    # The upper tail by symmetry, so that neither end is a difference of numbers near 1.
    sign = torch.where(z > 0, -1.0, 1.0)
    low = torch.where(x > -1 + pixel / 2, z - half, -math.inf)
    high = torch.where(x < 1 - pixel / 2, z + half, math.inf)
    inside = (torch.special.ndtr(sign * high) - torch.special.ndtr(sign * low)).abs()
    # Where both ends underflow, the density at the level times its width.
    density = -0.5 * (z.square() + math.log(2 * math.pi)) + (2 * half).log()
    floor = torch.finfo(x.dtype).tiny
    return torch.where(inside > floor, inside.clamp(min=floor).log(), density).flatten(1).sum(dim=1)


def _step(
    denoiser: Denoising,
    x0: Tensor,
    x: Tensor,
    answer: Prediction,
    now: Tensor,
    then: Tensor,
    variance: str,
    pixel: float | None,
) -> Tensor:
    """One term: a divergence for steps to times above 0, -log p(x0 | x_1) for those to 0. Shape (N,)."""
    mean, log_variance = step_back(denoiser, x, answer, now, then, variance)
    log_variance = log_variance.expand_as(mean)
    last = then == 0
    terms = torch.zeros(len(x0), dtype=x0.dtype, device=x0.device)
    if not bool(last.all()):
        q = posterior(denoiser.path, x0, x, now, torch.where(last, now / 2, then))
        terms = divergence(q, Gaussian(mean, log_variance.exp()))
    if bool(last.any()):
        terms = torch.where(last.to(terms.device), -log_probability(x0, mean, log_variance, pixel), terms)
    return terms


def _noise(variance: Tensor, like: Tensor) -> Gaussian:
    return Gaussian(torch.zeros_like(like), variance.to(like).reshape(-1, *[1] * (like.ndim - 1)))
