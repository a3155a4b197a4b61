"""Copies of pictures between two sources: equal pixels, or pictures that look alike whatever their encoding.

If a source of "generated" images holds the photographs themselves, a detector that tells them apart has learnt how
they were saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from subband.data.perceptual import NEAR, perceptual_hash
from subband.data.scenes import pixel_digest

SIDE = 16  # pixels of a thumbnail
LEAST_CONTRAST = 4.0  # grey levels; flatter thumbnails all look alike
LEAST_CORRELATION = 0.98  # of two thumbnails; unrelated photographs of one layout reach 0.9


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of a picture to recognise its copies.

    Attributes:
        digest: Of shape and pixels.
        bits: (63,) bool; see `subband.data.perceptual`.
        thumbnail: (256,) float32 grey values of mean 0 and norm 1; all 0 for a flat picture.
    """

    digest: bytes
    bits: np.ndarray
    thumbnail: np.ndarray

    @staticmethod
    def of(pixels: np.ndarray) -> "Fingerprint":
        """Fingerprint of a picture, (H, W, 3) uint8."""
        grey = Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        small = np.asarray(grey, dtype=np.float32).ravel()
        small = small - small.mean()
        flat = small.std() < LEAST_CONTRAST
        thumbnail = np.zeros_like(small) if flat else small / np.linalg.norm(small)
        return Fingerprint(pixel_digest(pixels), perceptual_hash(pixels), thumbnail)


class Copies(NamedTuple):
    """Pictures of a source that are copies of pictures of another one.

    Attributes:
        equal: Pixel by pixel.
        alike: Others that look the same: saved again, scaled, edited a little, or reconstructed by an autoencoder.
    """

    equal: int
    alike: int


def copies(first: Sequence[Fingerprint], second: Sequence[Fingerprint]) -> Copies:
    """Count the pictures of `second` that are copies of a picture of `first`.

    Example:
        >>> picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        >>> copies([Fingerprint.of(picture)], [Fingerprint.of(picture), Fingerprint.of(255 - picture)])
        Copies(equal=1, alike=0)
    """
    if not len(first) or not len(second):
        return Copies(0, 0)
    known = {item.digest for item in first}
    equal = np.array([item.digest in known for item in second])
    a, b = (np.stack([item.bits for item in side]).astype(np.float32) for side in (second, first))
    differing = a @ (1 - b).T + (1 - a) @ b.T
    t, u = (np.stack([item.thumbnail for item in side]) for side in (second, first))
    alike = ((differing <= NEAR) & (t @ u.T >= LEAST_CORRELATION)).any(1)
    return Copies(int(equal.sum()), int((alike & ~equal).sum()))
