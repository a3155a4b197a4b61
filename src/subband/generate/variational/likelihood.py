"""Log-likelihoods of test images by importance sampling, and the bounds on them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput

LogWeights = Float[Tensor, "samples n"]
Weigh = Callable[[int], LogWeights]
"""Draws S codes of each image from its posterior: S -> log p(x, z) - log q(z|x), (S, N) in nats."""

PIXELS, CODES = 0, 1  # streams of the pixels of test images and of their codes
_AT_ONCE = 50  # samples drawn together, which bounds the memory


def importance_bound(log_weights: LogWeights) -> Float[Tensor, " n"]:
    """log 1/k sum_i w_i of k weights for each image, (k, N) -> (N,) in nats.

    Its expectation is a lower bound on log p(x) that does not fall with k: the evidence lower bound for k = 1, and
    log p(x) for k to infinity.

    Source: Burda et al. 2016, "Importance weighted autoencoders", equation 8 and theorem 1.
    """
    return log_weights.logsumexp(dim=0) - math.log(len(log_weights))


@dataclass(frozen=True)
class LogLikelihood:
    """Estimated log-likelihood of images.

    Attributes:
        each: log p(x) of each image in nats, by importance sampling, (N,).
        bound: evidence lower bound of each image, the mean of its log-weights, (N,).
        noise: standard error of each of `each` from the finite number of samples, (N,).
        samples: number of samples of each image.
        values: values of an image.
    """

    each: Float[Tensor, " n"]
    bound: Float[Tensor, " n"]
    noise: Float[Tensor, " n"]
    samples: int
    values: int

    def numbers(self) -> dict[str, float]:
        """Means in nats and bits per value, and their standard errors.

        `log_likelihood_error` is over images. `log_likelihood_sampling_error` is the part of it that more samples
        would take away; they would also raise the mean, as it is a lower bound.
        """
        count = len(self.each)
        mean = float(self.each.double().mean())
        per_value = 1 / (self.values * math.log(2))
        spread = float(self.each.double().std()) / math.sqrt(count) if count > 1 else float("nan")
        return {
            "log_likelihood": mean,
            "log_likelihood_error": spread,
            "log_likelihood_sampling_error": float(self.noise.double().square().sum().sqrt()) / count,
            "evidence_bound": float(self.bound.double().mean()),
            "bits_per_dimension": -mean * per_value,
            "bits_per_dimension_error": spread * per_value,
            "importance_samples": float(self.samples),
            "images_weighed": float(count),
        }


@torch.no_grad()
def log_likelihood(
    weigh: Weigh, samples: int, values: int, *, progress: Callable[[int, int], None] | None = None
) -> LogLikelihood:
    """Importance-sampled log-likelihood of images.

    Args:
        weigh: draws log-weights; called several times.
        samples: number of samples of each image.
        values: values of an image.
        progress: told how many samples are drawn, and of how many.

    Raises:
        InvalidInput: if there are fewer than two samples, of which no error can be told.

    Source: Burda et al. 2016, section 5; the error is that of a logarithm of a mean, to first order.
    """
    if samples < 2:
        raise InvalidInput(f"can't estimate a likelihood of {samples} samples: take 2 or more")
    parts = []
    for start in range(0, samples, _AT_ONCE):
        parts.append(weigh(min(_AT_ONCE, samples - start)).double())
        if progress is not None:
            progress(min(start + _AT_ONCE, samples), samples)
    weights = torch.cat(parts)
    each = importance_bound(weights)
    relative = (weights - each).exp()  # of mean 1
    noise = relative.std(dim=0) / math.sqrt(samples)
    return LogLikelihood(each, weights.mean(dim=0), noise, samples, values)
