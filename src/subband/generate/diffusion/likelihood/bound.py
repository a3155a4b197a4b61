"""The variational bound on log p(x): the code length of an image under a diffusion model."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising, Prediction
from subband.generate.diffusion.paths.discrete import StepPath
from subband.generate.diffusion.paths.path import Gaussian, corrupt, marginal, posterior
from subband.generate.diffusion.samplers.solvers import ask, step_back
from subband.generate.pixels import LEVEL
from subband.training import normal_like


@dataclass(frozen=True)
class Bound:
    """Terms of the bound -log p(x0) <= prior + sum of steps + reconstruction, in nats per image.

    Attributes:
        prior: KL(q(x_T | x0) || p(x_T)), shape (N,); independent of the network.
        steps: KL(q(x_s | x_t, x0) || p(x_s | x_t)) for each pair of times but the last, shape (T - 1, N).
        reconstruction: -log p(x0 | x_1), shape (N,).

    Example:
        >>> import torch
        >>> from subband.generate.diffusion import GaussianMixture, StepPath, bound, linear_betas
        >>> exact = GaussianMixture(StepPath(linear_betas(50)), means=torch.zeros(1, 64), deviations=torch.ones(1))
        >>> x0 = torch.randn(50, 64, generator=torch.Generator().manual_seed(0))
        >>> terms = bound(exact, x0, random=torch.Generator().manual_seed(1), variance="large", pixel=None)
        >>> terms.steps.shape
        torch.Size([49, 50])
        >>> round(float(terms.bits_per_dimension(64).mean()), 1)  # the entropy of a standard normal is 2.05
        2.1
    """

    prior: Tensor
    steps: Tensor
    reconstruction: Tensor

    @property
    def total(self) -> Tensor:
        """The sum of all terms, shape (N,)."""
        return self.prior + self.steps.sum(dim=0) + self.reconstruction

    def bits_per_dimension(self, dimensions: int) -> Tensor:
        """The bound in bits per dimension, shape (N,)."""
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
    """Variational bound on -log p(x0), each term estimated from one noise sample.

    The model is the one that `samplers.ancestral` samples from.

    Args:
        denoiser: the model.
        x0: shape (N, ...), in [-1, 1] for pixels.
        random: generator of the noise, which is drawn anew for each term.
        grid: decreasing times from `path.end` to 0; None for all steps of a path in steps.
        variance: variance of reverse steps: "small", "large" or "learned".
        pixel: spacing of the levels of x0: the last term is then the log probability of a level; None for
            continuous x0, where it is a log density.

    Raises:
        InvalidInput: if the path is not one in steps and no grid is given; as for `samplers.step_back` too.

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
        prediction = ask(denoiser, x, now)
        terms.append(_step(denoiser, x0, x, prediction, now.reshape(1), then.reshape(1), variance, pixel))
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
    """Hybrid loss: the objective's error plus the bound's term at t, which trains the variance only.

    The mean in the bound's term is detached, so that its gradient reaches the variance alone.

    Args:
        denoiser: a denoiser with learned variance, on a path in steps.
        x0, eps, t, condition, keep: as for `Denoiser.errors`.
        weight: weight of the bound in bits per dimension; the one term computed is multiplied by T.
        pixel: as for `bound`.

    Returns:
        Shape (N,).

    Raises:
        InvalidInput: if the denoiser learns no variance, or its path is not one in steps.

    Source: Nichol and Dhariwal 2021, equation 16.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from subband.generate.diffusion import Denoiser, StepPath, hybrid_errors, linear_betas
        >>> class Net(nn.Module):  # twice the channels: means and variances
        ...     def forward(self, x, label):
        ...         return torch.cat([x, 0 * x], dim=1)
        >>> denoiser = Denoiser(Net(), StepPath(linear_betas(100)), "eps", learn_variance=True)
        >>> x0 = torch.zeros(4, 3, 8, 8)
        >>> hybrid_errors(denoiser, x0, torch.ones_like(x0), torch.full((4,), 0.5)).shape
        torch.Size([4])
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
    prediction = Prediction(*fixed, c.alpha, c.sigma, mix)
    nats = _step(denoiser, x0, x, prediction, now, then, "learned", pixel)
    bits = nats / (x0[0].numel() * math.log(2))
    return simple.flatten(1).mean(dim=1) + weight * path.steps * bits


def divergence(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats, summed over all axes but the first: shape (N,).

    Source: Kingma and Welling 2014, appendix B.
    """
    ratio = q.variance / p.variance
    terms = 0.5 * (ratio - 1 - ratio.log() + (q.mean - p.mean).square() / p.variance)
    return terms.expand_as(q.mean).flatten(1).sum(dim=1)


def log_probability(x: Tensor, mean: Tensor, log_variance: Tensor, pixel: float | None) -> Tensor:
    """log p(x) for p normal, summed over all axes but the first: shape (N,).

    With `pixel` it is the log probability of the interval of width `pixel` around x; the outermost ones, at
    -1 and 1, extend to infinity (Ho et al. 2020, equation 13).
    """
    deviation = (log_variance / 2).exp()
    z = (x - mean) / deviation
    if pixel is None:
        return (-0.5 * (z.square() + math.log(2 * math.pi)) - log_variance / 2).flatten(1).sum(dim=1)
    half = pixel / 2 / deviation
    # The upper tail is mirrored to the lower one, which avoids cancellation between values near 1.
    sign = torch.where(z > 0, -1.0, 1.0)
    low = torch.where(x > -1 + pixel / 2, z - half, -math.inf)
    high = torch.where(x < 1 - pixel / 2, z + half, math.inf)
    inside = (torch.special.ndtr(sign * high) - torch.special.ndtr(sign * low)).abs()
    # Where the difference underflows: density at x times the width.
    density = -0.5 * (z.square() + math.log(2 * math.pi)) + (2 * half).log()
    floor = torch.finfo(x.dtype).tiny
    return torch.where(inside > floor, inside.clamp(min=floor).log(), density).flatten(1).sum(dim=1)


def _step(
    denoiser: Denoising,
    x0: Tensor,
    x: Tensor,
    prediction: Prediction,
    now: Tensor,
    then: Tensor,
    variance: str,
    pixel: float | None,
) -> Tensor:
    """One term, shape (N,): a KL divergence for steps to then > 0, -log p(x0 | x_1) for steps to 0."""
    mean, log_variance = step_back(denoiser, x, prediction, now, then, variance)
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
