"""What a code is like: lines between codes, images of random ones, and how noisy estimates of a gradient are."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from subband.generate.families.binary_vae import BinaryVAE, normal_log_density
from subband.training import normal_like


@torch.no_grad()
def codes(network: BinaryVAE, images: Tensor) -> Tensor:
    """(N, latent) mean codes of images in [-1, 1]."""
    return network.top((images.flatten(1) + 1) / 2)[0]


@torch.no_grad()
def decoded(network: BinaryVAE, z: Tensor) -> Tensor:
    """(N, channels, size, size) brightness in [-1, 1] of codes of one level."""
    side = network.config.size
    return 2 * network.decoder(z).sigmoid().reshape(len(z), network.config.channels, side, side) - 1


def paths(z: Tensor, pairs: Tensor, points: int) -> Tensor:
    """(pairs, points, latent) straight lines between codes, ends included.

    Args:
        z: (N, latent).
        pairs: (pairs, 2) whole numbers.
        points: on each line.
    """
    share = torch.linspace(0, 1, points)[None, :, None]
    return z[pairs[:, :1]] * (1 - share) + z[pairs[:, 1:]] * share


def as_the_codes_lie(z: Tensor, count: int, random: torch.Generator) -> Tensor:
    """(count, latent) normal codes with the mean and the spread of all, each number by itself."""
    return z.mean(dim=0) + z.std(dim=0) * torch.randn(count, z.shape[1], generator=random)


def gradient_deviations(
    network: BinaryVAE, x: Tensor, random: torch.Generator, *, draws: int = 200
) -> dict[str, np.ndarray]:
    """Deviation over single draws of two unbiased estimates of d/dm E_q[log p(x|z)], m the posterior's mean.

    Reparameterised (Kingma and Welling 2014): z = m + s n, and the derivative goes through z. By the score function
    (Williams 1992): log p(x|z) d log q(z)/dm, less the mean over the draws of log p(x|z) as a baseline in
    the second
    one.

    Args:
        network: of one level.
        x: (N, values) of 0 and 1.
        random: of the draws.
        draws: of each image's code.

    Returns:
        Name → (N, latent) standard deviations; "means" → (3, N, latent) means of the three estimates.
    """
    with torch.no_grad():
        mean, log_variance = network.top(x)
    through, score, values = [], [], []
    for _ in range(draws):
        m = mean.clone().requires_grad_()
        z = m + (log_variance / 2).exp() * normal_like(mean, random)
        likelihood = _log_likelihood(network, x, z)
        through.append(torch.autograd.grad(likelihood.sum(), m)[0])
        fixed = z.detach()
        density = normal_log_density(fixed, m, log_variance)
        score.append(torch.autograd.grad(density.sum(), m)[0])
        values.append(likelihood.detach())
    f, s = torch.stack(values)[..., None], torch.stack(score)
    estimates = {
        "reparameterised": torch.stack(through),
        "score function": f * s,
        "score function with a baseline": (f - f.mean(dim=0)) * s * draws / (draws - 1),
    }
    found = {name: estimate.std(dim=0).numpy() for name, estimate in estimates.items()}
    return found | {"means": torch.stack([e.mean(dim=0) for e in estimates.values()]).numpy()}


def _log_likelihood(network: BinaryVAE, x: Tensor, z: Tensor) -> Tensor:
    logits = network.decoder(z)
    return (x * logits - softplus(logits)).sum(dim=1)
