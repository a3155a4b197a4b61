"""Two unbiased estimators of the gradient of an expectation over a Gaussian, and their variance."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.variational.priors import Gaussian
from subband.training import normal_like

Value = Callable[[Float[Tensor, "s d"]], Float[Tensor, " s"]]
"""The function under the expectation, f(z): codes (S, d) -> (S,)."""


@dataclass(frozen=True)
class GradientSamples:
    """Single-sample estimates of d/d(mean) E[f(z)], z ~ N(mean, variance), each (S, d).

    Attributes:
        reparameterised: f'(mean + deviation * noise), the pathwise estimate.
        score: f(z) d log N(z) / d mean, the score-function estimate (REINFORCE).
        score_baseline: the same of f(z) - b, b the mean of f over the other samples, which leaves it unbiased.
    """

    reparameterised: Float[Tensor, "s d"]
    score: Float[Tensor, "s d"]
    score_baseline: Float[Tensor, "s d"]

    def variances(self) -> dict[str, float]:
        """Variance of one sample of each estimator, summed over the d components."""
        return {
            name: float(getattr(self, name).double().var(dim=0).sum())
            for name in ("reparameterised", "score", "score_baseline")
        }


def gradient_samples(
    value: Value, posterior: Gaussian, samples: int, random: torch.Generator
) -> GradientSamples:
    """Estimates of the gradient of E[f(z)] with respect to the mean of z, by both estimators from the same codes.

    Args:
        value: f, differentiable.
        posterior: distribution of z, mean and log-variance (d,).
        samples: number of samples S.
        random: the only randomness.

    Raises:
        InvalidInput: if there are fewer than two samples.

    Example: of f(z) = z^2 at mean 0 and variance s^2 the variances are 4 s^2 and 15 s^2.

    Source: Kingma and Welling 2014, section 2.4; Williams 1992, "Simple statistical gradient-following algorithms";
    Mohamed et al. 2020, "Monte Carlo gradient estimation in machine learning", sections 4 and 5.
    """
    if samples < 2:
        raise InvalidInput(f"can't measure a variance with {samples} samples: take 2 or more")
    mean, log_variance = posterior
    deviation = (log_variance / 2).exp()
    noise = normal_like(mean.expand(samples, -1), random)
    z = (mean + deviation * noise).detach().requires_grad_()
    with torch.enable_grad():
        f = value(z)
        (path,) = torch.autograd.grad(f.sum(), z)
    f = f.detach()
    others = (f.sum() - f) / (samples - 1)
    score = noise / deviation
    return GradientSamples(path, f[:, None] * score, (f - others)[:, None] * score)
