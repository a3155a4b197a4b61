"""The networks of DCGAN: strided convolutions with batch normalisation; with classes if wanted.

Source: Radford et al. 2016, "Unsupervised representation learning with deep convolutional generative adversarial
networks", section 3. Classes by concatenation: Mirza and Osindero 2014, "Conditional generative adversarial
nets"; by projection: Miyato and Koyama 2018, "cGANs with projection discriminator", equation 3.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DEVIATION = 0.02  # of initial weights


def start_grid(size: int) -> tuple[int, int]:
    """(side, doublings) of the coarsest grid, of 4 to 7 pixels where the size can be halved so often."""
    doublings = 0
    while size % 2 == 0 and size // 2 >= 4:
        size, doublings = size // 2, doublings + 1
    return size, doublings


def initialise(module: nn.Module) -> None:
    """Weights N(0, 0.02^2); scales of normalisation N(1, 0.02^2)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, DEVIATION)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, DEVIATION)
            nn.init.zeros_(layer.bias)


class DCGenerator(nn.Module):
    """Noise, and the embedding of a class, to an image: transposed 4 x 4 convolutions of stride 2.

    Args:
        latent: length of the noise.
        channels, size: of the images.
        width: channels of the finest grid; coarser ones have twice as many each, at most 8 * width.
        classes: number of classes; 0 for none.
    """

    def __init__(self, latent: int, channels: int, size: int, *, width: int, classes: int = 0):
        super().__init__()
        side, doublings = start_grid(size)
        widths = [min(width * 2**i, 8 * width) for i in range(doublings)][::-1] or [width]
        self.classes, self.start = classes, (widths[0], side, side)
        self.embed = nn.Embedding(classes + 1, latent) if classes else None
        self.project = nn.Linear(latent * (2 if classes else 1), widths[0] * side**2)
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for before, after in pairwise(widths):
            layers += [
                nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        if doublings:
            layers += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1)]
        else:
            layers += [nn.Conv2d(widths[-1], channels, 3, padding=1)]
        self.body = nn.Sequential(*layers)
        initialise(self)

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """z (N, latent), label int64 (N,), -1 for any -> (N, channels, size, size) in (-1, 1)."""
        if self.embed is not None:
            known = torch.full((len(z),), -1, device=z.device) if label is None else label
            z = torch.cat([z, self.embed(torch.where(known < 0, self.classes, known)).to(z)], dim=1)
        return torch.tanh(self.body(self.project(z).unflatten(1, self.start)))


class DCCritic(nn.Module):
    """An image, and a class, to one number: 4 x 4 convolutions of stride 2.

    Args:
        channels, size, width, classes: as for `DCGenerator`.
        condition: how a class is given: "concatenation" of one map for each class to the image, or "projection",
            the inner product of an embedding with the features.
        normalised: whether there is batch normalisation; penalties on gradients of single images need none.
    """

    def __init__(
        self,
        channels: int,
        size: int,
        *,
        width: int,
        classes: int = 0,
        condition: str = "projection",
        normalised: bool = True,
    ):
        super().__init__()
        side, halvings = start_grid(size)
        self.classes, self.concatenated = classes, bool(classes) and condition == "concatenation"
        before, layers = channels + (classes if self.concatenated else 0), []
        for i in range(halvings):
            after = min(width * 2**i, 8 * width)
            layers += [nn.Conv2d(before, after, 4, 2, 1)]
            if i and normalised:
                layers += [nn.BatchNorm2d(after)]
            layers += [nn.LeakyReLU(0.2)]
            before = after
        self.body = nn.Sequential(*layers)
        features = before * side**2
        self.out = nn.Linear(features, 1)
        self.embed = nn.Embedding(classes, features) if classes and not self.concatenated else None
        initialise(self)
        if self.embed is not None:
            nn.init.normal_(self.embed.weight, 0.0, DEVIATION)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """x (N, channels, size, size), label int64 (N,), -1 for any -> (N,)."""
        if self.concatenated:
            chosen = torch.zeros(len(x), self.classes, device=x.device, dtype=x.dtype)
            if label is not None:
                chosen = F.one_hot(label.clamp(min=0), self.classes).to(x) * (label >= 0)[:, None]
            x = torch.cat([x, chosen[:, :, None, None].expand(-1, -1, *x.shape[2:])], dim=1)
        h = self.body(x).flatten(1)
        score = self.out(h)[:, 0]
        if self.embed is not None and label is not None:
            score = score + (self.embed(label.clamp(min=0)).to(h) * h).sum(dim=1) * (label >= 0)
        return score


@torch.no_grad()
def measured_again(network: nn.Module, pictures: list[Tensor], draw) -> None:
    """Set the statistics of all batch normalisations to those of the weights as they are.

    Averaged weights have other statistics than those that the training kept.

    Args:
        network: whose layers are meant.
        pictures: inputs, a batch each.
        draw: called with each of them.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    kept = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean over the batches
        layer.train()
    for batch in pictures:
        draw(batch)
    for layer, momentum in zip(layers, kept, strict=True):
        layer.momentum = momentum
        layer.eval()
