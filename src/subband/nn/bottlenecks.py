"""Bottlenecks of autoencoders: Gaussian noise, vector quantisation, finite scalar quantisation."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput

Answer = Float[Tensor, "n inputs h w"]
Grid = Float[Tensor, "n channels h w"]
Ids = Int64[Tensor, "n h w"]


class Passed(NamedTuple):
    """Output of a bottleneck in training.

    Attributes:
        latents: input of the decoder, with gradients to the encoder's output.
        cost: loss term of each image, shape (N,).
        ids: code indices, (N, h, w); None for continuous latents.
    """

    latents: Grid
    cost: Float[Tensor, " n"]
    ids: Ids | None


class Bottleneck(nn.Module, ABC):
    """The layer between encoder and decoder.

    Attributes:
        inputs: channels of the encoder's output.
        latent: channels of the latents.
    """

    inputs: int
    latent: int

    @abstractmethod
    def forward(self, h: Answer, random: torch.Generator) -> Passed:
        """The encoder's output (N, inputs, h, w) -> latents, cost and code indices for training."""

    @abstractmethod
    def continuous(self, h: Answer) -> Grid:
        """Latents (N, latent, h, w) before quantisation or noise, the data of latent generators."""

    def start(self, h: Answer) -> None:
        """Initialise from an untrained encoder's output (N, inputs, h, w); does nothing by default."""

    def settled(self, z: Grid) -> Grid:
        """The valid decoder input nearest to `z`, (N, latent, h, w); `z` itself for continuous latents."""
        return z


class DiscreteBottleneck(Bottleneck):
    """A bottleneck whose latents are entries of a codebook.

    Attributes:
        codes: size of the codebook.
    """

    codes: int

    @abstractmethod
    def ids(self, z: Grid) -> Ids:
        """Index of the nearest code of each latent vector: (N, latent, h, w) -> (N, h, w), 0 to codes - 1."""

    @abstractmethod
    def vectors(self, ids: Ids) -> Grid:
        """Codes by index: (N, h, w) -> (N, latent, h, w)."""

    def settled(self, z: Grid) -> Grid:
        return self.vectors(self.ids(z))


class GaussianBottleneck(Bottleneck):
    """Gaussian latents with learned variance; the cost is KL(q(z|x) || N(0, 1)) in nats.

    Args:
        latent: channels of the latents.

    Source: Kingma and Welling 2014, "Auto-encoding variational Bayes"; Rombach et al. 2022, "High-resolution image
    synthesis with latent diffusion models", section 3.1.
    """

    def __init__(self, latent: int):
        super().__init__()
        self.inputs, self.latent = 2 * latent, latent

    def forward(self, h: Answer, random: torch.Generator) -> Passed:
        mean, log_variance = h.float().chunk(2, dim=1)
        log_variance = log_variance.clamp(-30, 20)
        noise = torch.randn(mean.shape, generator=random).to(mean)
        z = mean + (0.5 * log_variance).exp() * noise
        return Passed(z, gaussian_divergence(mean.flatten(1), log_variance.flatten(1)), None)

    def continuous(self, h: Answer) -> Grid:
        return h.float().chunk(2, dim=1)[0]


class VectorQuantiser(DiscreteBottleneck):
    """Vector quantisation to the nearest code of a codebook, a learned affine map of fixed random vectors.

    All codes thus follow the data jointly, which avoids the collapse of codebooks with independent codes,
    where most are never used. `start` initialises the map such that the codes have mean and covariance of the
    encoder's output. The cost is the mean over values of |sg(h) - e|^2 + commitment |h - sg(e)|^2, sg being
    stop-gradient.

    Args:
        latent: length of a code.
        codes: number of codes.
        commitment: weight of the commitment term.

    Raises:
        InvalidInput: if there are fewer than two codes.

    Source: van den Oord et al. 2017, "Neural discrete representation learning", equation 3; the book of Zhu et al.
    2024, "Addressing representation collapse in vector quantized models with one linear layer".
    """

    draws: Tensor

    def __init__(self, latent: int, codes: int, *, commitment: float = 0.25):
        super().__init__()
        if codes < 2:
            raise InvalidInput(f"can't quantise to {codes} codes: take 2 or more")
        self.inputs = self.latent = latent
        self.codes, self.commitment = codes, commitment
        self.register_buffer("draws", torch.randn(codes, latent))
        self.book = nn.Linear(latent, latent)
        nn.init.eye_(self.book.weight)
        nn.init.zeros_(self.book.bias)

    @torch.no_grad()
    def start(self, h: Answer) -> None:
        rows = h.double().movedim(1, -1).flatten(0, -2)
        least = 1e-12 * torch.eye(self.latent, dtype=rows.dtype, device=rows.device)
        self.book.weight.copy_(torch.linalg.cholesky(torch.cov(rows.T) + least))
        self.book.bias.copy_(rows.mean(dim=0))

    def forward(self, h: Answer, random: torch.Generator) -> Passed:
        h = h.float()
        ids = self.ids(h)
        e = self.vectors(ids)
        codebook_loss = (e - h.detach()).square().flatten(1).mean(dim=1)
        commitment_loss = (h - e.detach()).square().flatten(1).mean(dim=1)
        return Passed(h + (e - h).detach(), codebook_loss + self.commitment * commitment_loss, ids)

    def continuous(self, h: Answer) -> Grid:
        return h.float()

    def ids(self, z: Grid) -> Ids:
        return nearest_codes(z, self._codes())

    def vectors(self, ids: Ids) -> Grid:
        return F.embedding(ids, self._codes()).permute(0, 3, 1, 2)

    def _codes(self) -> Tensor:
        with torch.autocast(self.draws.device.type, enabled=False):
            return self.book(self.draws)


class FiniteScalarQuantiser(DiscreteBottleneck):
    """Finite scalar quantisation: every latent value is bounded and rounded to a level; the cost is 0.

    Args:
        levels: number of levels of each channel, each 2 or more; their product is the number of codes.

    Raises:
        InvalidInput: if a channel has fewer than two levels.

    Source: Mentzer et al. 2024, "Finite scalar quantization: VQ-VAE made simple", section 3.1.
    """

    count: Tensor
    place: Tensor

    def __init__(self, levels: Sequence[int]):
        super().__init__()
        if not levels or min(levels) < 2:
            raise InvalidInput(f"can't round to levels {tuple(levels)}: give 2 or more for each channel")
        self.inputs = self.latent = len(levels)
        count = torch.tensor(levels).reshape(-1, 1, 1)
        self.codes = int(count.prod())
        self.register_buffer("count", count, persistent=False)
        place = torch.cat([torch.ones(1), count.flatten()[:-1].cumprod(0)]).long().reshape(-1, 1, 1)
        self.register_buffer("place", place, persistent=False)

    def forward(self, h: Answer, random: torch.Generator) -> Passed:
        z = self.continuous(h)
        e = self.settled(z)
        return Passed(z + (e - z).detach(), z.new_zeros(len(z)), self.ids(z))

    def continuous(self, h: Answer) -> Grid:
        """Latents tanh(h) in [-1, 1], which the levels divide into equal intervals."""
        return h.float().tanh()

    def ids(self, z: Grid) -> Ids:
        return (self._digits(z) * self.place).sum(dim=1)

    def vectors(self, ids: Ids) -> Grid:
        digits = ids[:, None] // self.place % self.count
        return (2 * digits + 1 - self.count).float() / self.count

    def _digits(self, z: Grid) -> Tensor:
        """Index of the interval of [-1, 1] that holds each value, 0 to count - 1."""
        return ((z.float() + 1) / 2 * self.count).floor().long().clamp(min=0).minimum(self.count - 1)


def nearest_codes(z: Grid, book: Float[Tensor, "codes channels"]) -> Ids:
    """Index of the code nearest to each vector: (N, channels, h, w), (codes, channels) -> (N, h, w)."""
    # |z - e|^2 - |z|^2: |z|^2 is the same for all codes.
    with torch.autocast(z.device.type, enabled=False):
        distance = book.square().sum(dim=1) - 2 * torch.einsum("nchw,kc->nhwk", z.float(), book.float())
    return distance.argmin(dim=-1)


def gaussian_divergence(
    mean: Float[Tensor, "n d"],
    log_variance: Float[Tensor, "n d"],
    prior_mean: Float[Tensor, "n d"] | float = 0.0,
    prior_log_variance: Float[Tensor, "n d"] | float = 0.0,
) -> Float[Tensor, " n"]:
    """KL(N(mean, diag(exp(log_variance))) || N(prior_mean, diag(exp(prior_log_variance)))) in nats, closed form.

    Args:
        mean, log_variance: of the first distribution, (N, d).
        prior_mean, prior_log_variance: of the second, (N, d) or one number; by default N(0, 1).

    Returns:
        Shape (N,).

    Example:
        >>> import torch
        >>> gaussian_divergence(torch.ones(1, 3), torch.zeros(1, 3))
        tensor([1.5000])

    Source: Kingma and Welling 2014, "Auto-encoding variational Bayes", appendix B.
    """
    narrower = log_variance - prior_log_variance
    scaled = (mean - prior_mean).square() * torch.exp(-torch.as_tensor(prior_log_variance))
    return 0.5 * (scaled + narrower.exp() - 1 - narrower).sum(dim=1)
