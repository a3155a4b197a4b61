"""Translation of images by a trained generator of two domains."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.pixels import to_pixels, to_signal
from subband.generate.trained import TrainedGenerator

_AT_ONCE = 64


@runtime_checkable
class Translating(Protocol):
    """A network that makes images of one domain of those of another.

    Example:
        >>> from subband.generate import GENERATORS, Translating
        >>> both = {name: GENERATORS[name].build(GENERATORS[name].configure(16)) for name in ("cyclegan", "vae")}
        >>> [name for name, network in both.items() if isinstance(network, Translating)]
        ['cyclegan']
    """

    def translate(self, images: Tensor, *, back: bool = False) -> Tensor:
        """Images in [-1, 1], (N, channels, size, size), in the other domain."""
        ...


@torch.no_grad()
def translated(
    generator: TrainedGenerator,
    pixels: np.ndarray,
    *,
    back: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Translate images, 64 at a time.

    Args:
        generator: a trained CycleGAN.
        pixels: uint8 (N, size, size, channels), as the generator's.
        back: from domain B to A.
        progress: told how many images are done, and of how many.

    Returns:
        uint8, the same shape.

    Raises:
        InvalidInput: a generator of another family, or images that don't fit it.

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, TrainedGenerator, translated
        >>> config = GENERATORS["cyclegan"].configure(16)
        >>> generator = TrainedGenerator("cyclegan", config, GENERATORS["cyclegan"].build(config))  # untrained
        >>> translated(generator, np.zeros((2, 16, 16, 3), np.uint8)).shape
        (2, 16, 16, 3)
    """
    network, config = generator.network, generator.config
    if not isinstance(network, Translating):
        raise InvalidInput(f"a {generator.family} makes no images of images: give a trained cyclegan")
    expected = (config.size, config.size, config.channels)
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != expected or not len(pixels):
        raise InvalidInput(
            f"can't translate {pixels.dtype} of shape {pixels.shape}: this model takes uint8 (N, {config.size}, "
            f"{config.size}, {config.channels})"
        )
    images = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
    made = []
    for part in images.split(_AT_ONCE):
        made.append(to_pixels(network.translate(to_signal(part), back=back)))
        if progress is not None:
            progress(sum(map(len, made)), len(pixels))
    return np.concatenate(made)
