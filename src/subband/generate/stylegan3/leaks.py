"""Which layer of a generator aliases, and how much."""

from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from subband.generate.stylegan3.synthesis import Synthesis, SynthesisLayer
from subband.training import generator
from subband.transforms.resample import aliasing

PARTS = (0.3, 0.6, 0.9)  # of the cutoff, the frequencies that are fed
EDGE = 4  # samples that zeros around a map reach into it


@runtime_checkable
class Styled(Protocol):
    """A generator whose layers are measured."""

    latent: int

    def mapping(self, z: Tensor, label: Tensor | None = None, truncation: float = 1.0) -> Tensor: ...
    @property
    def synthesis(self) -> Synthesis: ...


@torch.no_grad()
def layer_aliasing(network: Styled, *, phases: int = 16, seed: int = 0) -> list[float]:
    """Share of the energy that each layer before the last puts at wrong frequencies, in dB; see `subband.aliasing`.

    Each layer sees plane waves below the cutoff of its input, equal in all channels, in the style of one latent.
    Edges are left out, as far as maps go on beyond the image, and a few samples more.

    Args:
        network: an unconditional StyleGAN3 of any configuration.
        phases: waves for each frequency.
        seed: of the latent and of the waves' directions.

    Returns:
        One number for each layer.

    Example:
        >>> from subband.generate import GENERATORS
        >>> from subband.generate.stylegan3 import layer_aliasing
        >>> from subband.training import initialised
        >>> with initialised(0):
        ...     network = GENERATORS["stylegan3"].build(GENERATORS["stylegan3"].configure(16))
        >>> found = layer_aliasing(network, phases=4)
        >>> len(found), max(found) < -10  # dB
        (4, True)
    """
    random = generator(seed)
    w = network.mapping(torch.randn(1, network.latent, generator=random))
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(PARTS))
    directions = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    found = []
    for layer in network.synthesis.layers[:-1]:
        assert isinstance(layer, SynthesisLayer)
        before, after = layer.plan.before, layer.plan.after
        waves = np.array(PARTS)[:, None] * directions * before.cutoff / before.rate
        measured = aliasing(
            lambda x, layer=layer: layer(x, w.expand(len(x), -1)),
            waves,
            shape=(before.channels, before.size, before.size),
            phases=phases,
            rate=after.rate / before.rate,
            margin=min((after.size - after.rate) // 2 + EDGE, after.size // 3),
            like=w,
        )
        energy = measured.aliased.sum() + measured.signal.sum()
        found.append(float(10 * np.log10(max(measured.aliased.sum() / energy, 1e-30))))
    return found
