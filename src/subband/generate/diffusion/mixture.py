"""The exact denoiser of a Gaussian mixture, in closed form."""

import math

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Prediction
from subband.generate.diffusion.paths.path import Path, wide


class GaussianMixture:
    """The exact denoiser of data x0 ~ sum_k weight_k N(mean_k, deviation_k^2 1).

    x_t is again a Gaussian mixture, with means alpha m_k and variances v_k = alpha^2 s_k^2 + sigma^2. A
    reference for samplers, guidance and likelihoods that needs no training.

    Args:
        path: the forward process.
        means: shape (K, D), or (K, ...) for images.
        deviations: shape (K,), each 0 or more.
        weights: shape (K,), above 0; divided by their sum. None for equal ones.

    Raises:
        InvalidInput: if the lengths differ, a deviation is negative, or a weight is not above 0.
    """

    def __init__(self, path: Path, means: Tensor, deviations: Tensor, weights: Tensor | None = None):
        weights = torch.ones_like(deviations) if weights is None else weights
        if len(means) != len(deviations) or len(means) != len(weights) or not (weights > 0).all():
            raise InvalidInput(
                f"can't mix {len(means)} means, {len(deviations)} deviations and {len(weights)} weights: "
                "give as many of each, weights above 0"
            )
        if (deviations < 0).any():
            raise InvalidInput("can't mix Gaussians of negative deviation")
        self.path = path
        self.means, self.deviations, self.weights = means, deviations, weights / weights.sum()

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples of x0 and the indices of their components: shapes (count, ...) and (count,)."""
        component = torch.multinomial(self.weights, count, replacement=True, generator=random)
        z = torch.randn(count, *self.means.shape[1:], generator=random, dtype=self.means.dtype)
        return self.means[component] + wide(self.deviations[component], z) * z, component

    def log_densities(self, x: Tensor, t: Tensor) -> Tensor:
        """log weight_k + log N(x_t; alpha m_k, v_k) for each component, shape (N, K)."""
        a, s = (c.to(x) for c in self.path.coefficients(t))
        variance = a[:, None] ** 2 * self.deviations**2 + s[:, None] ** 2
        away = x.flatten(1)[:, None] - a[:, None, None] * self.means.flatten(1)
        size = away.shape[2]
        squares = away.square().sum(dim=2)
        return self.weights.log() - 0.5 * (squares / variance + size * (2 * math.pi * variance).log())

    def log_density(self, x: Tensor, t: Tensor) -> Tensor:
        """log q(x_t), shape (N,)."""
        return self.log_densities(x, t).logsumexp(dim=1)

    def log_posterior(self, x: Tensor, t: Tensor) -> Tensor:
        """log p(component | x_t), shape (N, K): the Bayes-optimal classifier of noisy data."""
        return self.log_densities(x, t).log_softmax(dim=1)

    def component(self, k: int) -> "GaussianMixture":
        """The exact denoiser of one component."""
        return GaussianMixture(self.path, self.means[k : k + 1], self.deviations[k : k + 1])

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """E[x0 | x_t] = sum_k p(k | x_t) (m_k + alpha s_k^2 / v_k (x_t - alpha m_k)), and E[eps | x_t]."""
        t = t.clamp(self.path.near, self.path.end)
        c = self.path.at(t, x)
        share = self.log_posterior(x, t).exp()
        alpha, sigma = (value.reshape(-1, 1) for value in (c.alpha, c.sigma))
        gain = alpha * self.deviations**2 / (alpha**2 * self.deviations**2 + sigma**2)
        flat, means = x.flatten(1), self.means.flatten(1)
        own = ((share * gain).sum(dim=1, keepdim=True)) * flat
        x0 = (own + (share * (1 - gain * alpha)) @ means).reshape(x.shape)
        # E[eps | x_t] = sum_k p(k | x_t) sigma / v_k (x_t - alpha m_k), which avoids cancellation.
        pull = share * sigma / (alpha**2 * self.deviations**2 + sigma**2)
        eps = (pull.sum(dim=1, keepdim=True) * flat - alpha * (pull @ means)).reshape(x.shape)
        return Prediction(x0, eps, c.alpha, c.sigma)
