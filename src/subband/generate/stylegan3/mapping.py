"""The mapping network: from a noise vector, and a class, to a latent that styles the layers."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from subband.nn.equalised import EqualisedLinear, activated

RATE = 0.01  # of learning, relative to the other layers
KEEP = 0.998  # of the running mean of latents, for each training step


def normalised(x: Tensor) -> Tensor:
    """Scale rows to mean square 1."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class Mapping(nn.Module):
    """z, and the embedding of a class, both normalised; then a few dense layers; the result is w.

    Args:
        latent: length of z and of w.
        layers: dense layers.
        classes: number of classes; 0 for none.

    Source: Karras et al. 2019, "A style-based generator architecture for GANs", section 2; 2021, section 3.
    """

    mean: Tensor

    def __init__(self, latent: int, layers: int, classes: int = 0):
        super().__init__()
        self.latent, self.classes = latent, classes
        self.embed = EqualisedLinear(classes, latent) if classes else None
        sizes = [latent * (2 if classes else 1), *[latent] * layers]
        self.layers = nn.ModuleList([EqualisedLinear(a, b, rate=RATE) for a, b in pairwise(sizes)])
        self.register_buffer("mean", torch.zeros(latent))

    def forward(self, z: Tensor, label: Tensor | None = None, truncation: float = 1.0) -> Tensor:
        """(N, latent) -> w (N, latent), moved towards the mean of all w if truncation is below 1.

        Args:
            z: standard normal.
            label: int64 (N,), of a mapping with classes.
            truncation: psi; w -> mean + psi (w - mean).
        """
        x = normalised(z)
        if self.embed is not None:
            assert label is not None
            x = torch.cat([x, normalised(self.embed(F.one_hot(label, self.classes).to(x)))], dim=1)
        for layer in self.layers:
            x = activated(layer(x))
        if self.training and torch.is_grad_enabled():
            self.mean.copy_(x.detach().float().mean(dim=0).lerp(self.mean, KEEP))
        return x if truncation == 1 else self.mean.to(x).lerp(x, truncation)
