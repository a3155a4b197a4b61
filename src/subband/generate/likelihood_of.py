"""Log-likelihood of test images under a generator that can be asked for it, and what its code's units know."""

import math
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from subband.data import Examples
from subband.generate.pixels import to_signal
from subband.training import generator

SAMPLES, IMAGES = 100, 500  # of the codes of each image; images at most
ACTIVE = 0.01  # variance of a unit's posterior mean above which it is called active
_STREAM = 11  # the place, in `training.generator`'s sense, of what is drawn here


@runtime_checkable
class Likely(Protocol):
    """A network that says how probable images are, by importance sampling of its codes."""

    def log_likelihood(
        self, images: Tensor, random: torch.Generator, *, samples: int = 500, labels: Tensor | None = None
    ) -> Tensor:
        """(N,) nats of images in [-1, 1], (N, channels, size, size)."""
        ...

    def information(self, images: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(units,) mean divergence of each unit in nats, and (units,) variance of its posterior mean."""
        ...


@torch.no_grad()
def likelihood(
    network: Likely, real: Examples, *, classes: tuple[str, ...], seed: int = 0, samples: int = SAMPLES
) -> dict[str, float]:
    """Numbers of test images, the first 500 at most.

    Args:
        network: that was trained.
        real: test images.
        classes: of the network; those of the images must be the same.
        seed: of the codes.
        samples: of the codes for each image.

    Returns:
        `nats` (importance-sampled log-likelihood of an image, mean) and `nats_error` (its standard error
        over images),
        `elbo_nats` (the bound with one sample), `bits_per_value` (of the image, from `nats`),
        `active_units`, `units`
        and `divergence_nats` (from N(0, 1), the sum over units).
    """
    some = real.take(np.arange(min(IMAGES, len(real))))
    images = to_signal(torch.from_numpy(np.ascontiguousarray(some.pixels.transpose(0, 3, 1, 2))))
    labels = torch.from_numpy(some.labels) if classes and some.labels is not None else None
    if classes and (labels is None or some.classes != classes):
        return {}
    nats = network.log_likelihood(images, generator(seed, _STREAM), samples=samples, labels=labels)
    bound = network.log_likelihood(images, generator(seed, _STREAM), samples=1, labels=labels)
    divergence, spread = network.information(images, labels)
    return {
        "nats": float(nats.mean()),
        "nats_error": float(nats.std() / math.sqrt(len(nats))),
        "elbo_nats": float(bound.mean()),
        "bits_per_value": float(-nats.mean() / (images[0].numel() * math.log(2))),
        "active_units": float((spread > ACTIVE).sum()),
        "units": float(len(spread)),
        "divergence_nats": float(divergence.sum()),
    }
