"""Binomial diffusion of binary images: a Markov chain that mixes every pixel with a fair coin."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.path import wide


@dataclass(frozen=True)
class BinomialPath:
    """q(x_k | x_{k-1}) = Bernoulli(x_{k-1} (1 - beta_k) + beta_k / 2), k = 1..T, pixels 0 and 1.

    Attributes:
        betas: beta_1..beta_T in (0, 1]; with `erasing_betas`, x_T is exactly a fair coin.

    Source: Sohl-Dickstein et al. 2015, "Deep unsupervised learning using nonequilibrium thermodynamics", the
    binomial column of the table in the appendix.
    """

    betas: tuple[float, ...]

    def __post_init__(self) -> None:
        betas = np.asarray(self.betas, dtype=np.float64)
        if betas.ndim != 1 or not len(betas) or not (np.all(betas > 0) and np.all(betas <= 1)):
            raise InvalidInput("can't diffuse by these betas: give one or more, each above 0 and at most 1")
        kept = np.concatenate([[1.0], np.cumprod(1 - betas)])
        object.__setattr__(self, "_kept", torch.from_numpy(kept))
        object.__setattr__(self, "_betas", torch.from_numpy(np.concatenate([[0.0], betas])))

    @property
    def steps(self) -> int:
        """Number of steps T."""
        return len(self.betas)

    def kept(self, k: Tensor) -> Tensor:
        """Coefficient of x_0 in P(x_k = 1 | x_0), the product of 1 - beta_1..beta_k: k's shape, float64."""
        table: Tensor = self._kept  # pyright: ignore[reportAttributeAccessIssue]
        return table.to(k.device)[k]

    def marginal(self, x0: Tensor, k: Tensor) -> Tensor:
        """P(x_k = 1 | x_0), shape (N, ...); x0 is binary or holds P(x_0 = 1), shape (N, ...), k (N,)."""
        kept = wide(self.kept(k), x0)
        return kept * x0 + (1 - kept) / 2

    def posterior(self, x0: Tensor, x: Tensor, k: Tensor) -> Tensor:
        """P(x_{k-1} = 1 | x_k = x, x_0) by Bayes' rule; x0 and x binary, shape (N, ...), k (N,)."""
        table: Tensor = self._betas  # pyright: ignore[reportAttributeAccessIssue]
        beta = wide(table.to(k.device)[k], x)
        one = self.marginal(x0, k - 1)
        likelihood_of_one = x * (1 - beta / 2) + (1 - x) * beta / 2  # P(x_k = x | x_{k-1} = 1)
        likelihood_of_zero = 1 - likelihood_of_one
        return one * likelihood_of_one / (one * likelihood_of_one + (1 - one) * likelihood_of_zero)


def erasing_betas(steps: int) -> tuple[float, ...]:
    """beta_k = 1 / (T - k + 1): the coefficient of x_0 falls linearly, by 1/T a step.

    Source: Sohl-Dickstein et al. 2015, section 2.4.1.
    """
    if steps < 1:
        raise InvalidInput(f"can't diffuse in {steps} steps: take 1 or more")
    return tuple(1 / (steps - k + 1) for k in range(1, steps + 1))


class BinomialDenoiser(nn.Module):
    """A network that predicts P(x_0 = 1 | x_k) for each pixel, with its forward process.

    p(x_{k-1} | x_k) is the posterior q(x_{k-1} | x_k, x_0), averaged over the predicted x_0.

    Args:
        net: (x (N, ...) in [-1, 1], k / T (N,)) -> logits of x_0, x's shape.
        path: the forward process.
    """

    def __init__(self, net: nn.Module, path: BinomialPath):
        super().__init__()
        self.net = net
        self.path = path

    def forward(self, x: Float[Tensor, "n *shape"], k: Tensor) -> Float[Tensor, "n *shape"]:
        """P(x_0 = 1 | x_k = x), x's shape; x binary, shape (N, ...), k of integers, shape (N,)."""
        return self.net(2 * x - 1, k.to(x) / self.path.steps).to(x.dtype).sigmoid()

    def step_back(self, x: Tensor, k: Tensor) -> Tensor:
        """P(x_{k-1} = 1 | x_k = x), x's shape."""
        one = self(x, k)
        given_zero, given_one = (self.path.posterior(torch.full_like(x, v), x, k) for v in (0.0, 1.0))
        return given_zero + one * (given_one - given_zero)

    def errors(
        self, x0: Float[Tensor, "n *shape"], k: Tensor, random: torch.Generator
    ) -> Float[Tensor, " n"]:
        """T times the k-th term of the bound in nats per image, from one sample of x_k: shape (N,).

        Its mean over k uniform on 1..T is the bound without its constant term.
        """
        x = self._drawn(self.path.marginal(x0, k), random)
        return self.path.steps * self._term(x0, x, k)

    @torch.no_grad()
    def bound(self, x0: Tensor, random: torch.Generator) -> Tensor:
        """Upper bound on -log p(x_0) in nats per image, shape (N,), from one sample of each x_k.

        Divided by the number of pixels and by ln 2 it is in bits per pixel.
        """
        total = _divergence(self.path.marginal(x0, _all(self.path.steps, x0)), torch.full_like(x0, 0.5))
        for step in range(1, self.path.steps + 1):
            k = _all(step, x0)
            total = total + self._term(x0, self._drawn(self.path.marginal(x0, k), random), k)
        return total

    @torch.no_grad()
    def sample(self, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """Binary images of the given shape (N, ...), by the reverse chain from fair coins x_T to x_0."""
        like = next(self.parameters(), torch.empty(0))
        x = self._drawn(torch.full(shape, 0.5, dtype=like.dtype, device=like.device), random)
        for step in range(self.path.steps, 0, -1):
            x = self._drawn(self.step_back(x, _all(step, x)), random)
        return x

    def _term(self, x0: Tensor, x: Tensor, k: Tensor) -> Tensor:
        """KL(q(x_{k-1} | x_k, x_0) || p(x_{k-1} | x_k)), shape (N,); at k = 1 it is -log p(x_0 | x_1)."""
        return _divergence(self.path.posterior(x0, x, k), self.step_back(x, k))

    @staticmethod
    def _drawn(probability: Tensor, random: torch.Generator) -> Tensor:
        u = torch.rand(probability.shape, generator=random).to(probability)
        return (u < probability).to(probability.dtype)


def _divergence(q: Tensor, p: Tensor) -> Tensor:
    """KL(q || p) of Bernoulli distributions in nats, summed over all axes but the first: shape (N,)."""
    p = p.clamp(1e-7, 1 - 1e-7)
    entropy = -(torch.special.entr(q) + torch.special.entr(1 - q))
    return (entropy + F.binary_cross_entropy(p, q, reduction="none")).flatten(1).sum(dim=1)


def _all(k: int, like: Tensor) -> Tensor:
    return torch.full((len(like),), k, device=like.device)
