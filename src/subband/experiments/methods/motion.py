"""Pictures of a generator's plane while it moves and turns."""

from math import pi

import numpy as np
import torch

from subband.generate.equivariance import Transformable, rotations, translations
from subband.generate.pixels import to_pixels
from subband.training import generator

FRAMES = 64
FARTHEST = 0.125  # of the image's side


@torch.no_grad()
def moving(network: Transformable, *, seed: int = 0, frames: int = FRAMES) -> np.ndarray:
    """Frames of one latent whose plane moves to the right by an eighth of the side, uint8 (frames, H, W, C)."""
    plane = network.of_plane(1, generator(seed), {})
    offsets = np.stack([np.zeros(frames), np.linspace(0, FARTHEST, frames)], axis=1)
    return np.concatenate(
        [to_pixels(plane(torch.from_numpy(m)[None].float())) for m in translations(offsets)]
    )


@torch.no_grad()
def turning(network: Transformable, *, seed: int = 0, frames: int = FRAMES) -> np.ndarray:
    """Frames of one latent whose plane turns once, uint8 (frames, H, W, C)."""
    plane = network.of_plane(1, generator(seed), {})
    angles = 2 * pi * np.arange(frames) / frames
    return np.concatenate([to_pixels(plane(torch.from_numpy(m)[None].float())) for m in rotations(angles)])


def side_by_side(films: list[np.ndarray], *, scale: int = 3, gap: int = 4) -> list[np.ndarray]:
    """Frames of several films beside each other, with white between them.

    Args:
        films: uint8 (frames, H, W, C), of equal shape.
        scale: of the pixels.
        gap: white pixels between two films.

    Returns:
        uint8 (H, W, 3) each.
    """
    colour = [np.repeat(film, 3 // film.shape[-1], axis=-1) for film in films]
    large = [film.repeat(scale, axis=1).repeat(scale, axis=2) for film in colour]
    between = np.full((*large[0].shape[:2], gap, 3), 255, np.uint8)
    parts = [part for film in large for part in (between, film)][1:]
    return list(np.concatenate(parts, axis=2))
