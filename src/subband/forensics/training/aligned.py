"""Aligned pairs: each photograph and its reconstruction by an autoencoder, equal in content, different in origin.

A detector that must tell the two apart can't use what a picture shows. Blends of both, pixel by pixel, teach it to
find weaker traces.

Source: Guillaro et al. 2024 (B-Free, arXiv:2412.17671); Rajan et al. 2024 (arXiv:2410.11835); Chen et al.
2025 (DDA,
arXiv:2505.14359).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from subband.errors import InvalidInput
from subband.forensics.training.material import Item, square
from subband.nn.tiny_autoencoder import TinyAutoencoder
from subband.runs.files import write_bytes

BLENDED = (0.0, 0.6)
"""Smallest and largest share of the photograph in a blend that still counts as generated."""


@torch.inference_mode()
def reconstruct(net: TinyAutoencoder, pixels: np.ndarray) -> np.ndarray:
    """The reconstruction of one picture, (H, W, 3) uint8 with sides divisible by 8."""
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
    y = net(x.contiguous(memory_format=torch.channels_last))
    return (y[0] * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


def blend(photograph: np.ndarray, reconstruction: np.ndarray, share: float) -> np.ndarray:
    """share · photograph + (1 − share) · reconstruction, (H, W, 3) uint8.

    Raises:
        InvalidInput: different shapes, or a share outside 0..1.
    """
    if photograph.shape != reconstruction.shape or not 0 <= share <= 1:
        raise InvalidInput(
            f"can't blend {photograph.shape} and {reconstruction.shape} with a share of {share}: "
            "give equal shapes and a share from 0 to 1"
        )
    mixed = share * photograph.astype(np.float32) + (1 - share) * reconstruction
    return np.rint(mixed).astype(np.uint8)


def with_reconstructions(
    items: Sequence[Item],
    net: TinyAutoencoder | None,
    cache: Path,
    *,
    side: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Item]:
    """Photographs cut to the central square of `side` pixels, with their reconstruction; others as they are.

    Args:
        items: of any size.
        net: the autoencoder; None takes what the cache has, and leaves the others without.
        cache: folder for reconstructions, one file each, named by the pixels they are made of.
        side: of the squares, divisible by 8.
        progress: called with the numbers of photographs done and in all.
    """
    if net is not None:
        net = net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    photographs = sum(not item.generated for item in items)
    done, paired = 0, []
    for item in items:
        if item.generated:
            paired.append(item)
            continue
        pixels = square(item.pixels, side)
        paired.append(replace(item, pixels=pixels, reconstruction=_cached(net, pixels, cache)))
        done += 1
        if progress is not None:
            progress(done, photographs)
    return paired


def _cached(net: TinyAutoencoder | None, pixels: np.ndarray, cache: Path) -> np.ndarray | None:
    name = hashlib.blake2b(pixels.tobytes(), digest_size=12).hexdigest()
    file = cache / f"{name}.bin"
    if file.is_file() and file.stat().st_size == pixels.size:
        return np.fromfile(file, np.uint8).reshape(pixels.shape)
    if net is None:
        return None
    made = reconstruct(net, pixels)
    write_bytes(file, made.tobytes())
    return made
