"""Pictures of a generator's plane while it moves and turns."""

import io
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


def gif(rows: list[np.ndarray], *, scale: int = 2, seconds: float = 0.06) -> bytes:
    """Frames of several films side by side as an endless GIF.

    Args:
        rows: films, each uint8 (frames, H, W, C), of equal shape.
        scale: of the pixels.
        seconds: of a frame.
    """
    from PIL import Image

    films = [np.repeat(film, 3, axis=-1) if film.shape[-1] == 1 else film for film in rows]
    wide = np.concatenate(films, axis=2).repeat(scale, axis=1).repeat(scale, axis=2)
    pictures = [Image.fromarray(frame) for frame in wide]
    file = io.BytesIO()
    pictures[0].save(
        file, "gif", save_all=True, append_images=pictures[1:], duration=int(1000 * seconds), loop=0
    )
    return file.getvalue()
