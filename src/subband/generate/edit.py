"""In-painting, out-painting and class-conditional editing of images by models of tokens."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
import torch
from jaxtyping import Bool, UInt8

from subband.errors import InvalidInput
from subband.generate.families import GENERATORS
from subband.generate.pixels import to_pixels, to_signal
from subband.generate.tokens.model import TokenModel
from subband.generate.trained import TrainedGenerator, changed
from subband.training import generator

Mask = Bool[np.ndarray, "rows columns"]
Pixels = UInt8[np.ndarray, "height width channels"]
Extension = tuple[int, int, int, int]
"""Pixels beyond the top, right, bottom and left side of an image."""

_EDIT = 5  # stream of edits; trained.py has that of samples
_AT_ONCE = 16  # images drawn together


def edit(
    model: TrainedGenerator,
    image: Pixels,
    mask: Mask | None = None,
    *,
    extend: Extension = (0, 0, 0, 0),
    label: int | None = None,
    count: int = 1,
    strength: float = 1.0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> UInt8[np.ndarray, "variants new_height new_width channels"]:
    """Draw a part of an image again, or what lies beyond its sides.

    The mask is widened to whole tokens. Pixels of the other tokens are returned bit for bit. With strength 1 the
    masked pixels have no influence: those of the nearest pixels outside the mask are seen in their place.

    Args:
        model: of a family of tokens, maskgit or paella.
        image: of the channels of the model.
        mask: true where the image is drawn again.
        extend: pixels to draw beyond its top, right, bottom and left side.
        label: class to draw, an index into the classes of the model; None for any.
        count: number of variants.
        strength: share of the masked tokens that is drawn without regard to what they were.
        seed: equal seeds give equal images.
        progress: receives how many images are done, and of how many.
        settings: other values for settings of the sampler.

    Returns:
        The variants, of the extended size.

    Raises:
        InvalidInput: a model of another family, sizes or channels that do not fit, or a mask of nothing or of all.

    Example:
        >>> from subband.generate import train_generator
        >>> images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 1), dtype=np.uint8)
        >>> model = train_generator("maskgit", images, steps=1, width=16, depth=1)
        >>> edit(model, images[0], extend=(0, 8, 0, 0), count=2).shape
        (2, 16, 24, 1)
    """
    network = model.network
    if not isinstance(network, TokenModel):
        names = [name for name, family in GENERATORS.items() if family.build is TokenModel]
        raise InvalidInput(f"can't edit images by {model.family!r}: train {' or '.join(sorted(names))}")
    if count < 1 or not 0 < strength <= 1:
        raise InvalidInput(
            f"can't draw {count} variants with strength {strength}: take 1 or more, and a strength above 0 up to 1"
        )
    config = changed(model.config, settings)
    condition = model.condition(count, None if label is None else np.full(count, label))
    canvas, redrawn = _canvas(image, mask, extend)
    factor, side = network.tokenizer.factor, network.config.size
    _check_canvas(canvas, side, factor, network.config.channels)
    tokens = token_mask(redrawn, factor)
    cells = tokens.repeat(factor, axis=0).repeat(factor, axis=1)[..., None]
    seen = nearest_known(canvas, redrawn) if strength == 1 else canvas
    signal = to_signal(torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1))))[None]
    variants = []
    with torch.no_grad():
        for i in range(0, count, _AT_ONCE):
            part = {name: rows[i : i + _AT_ONCE] for name, rows in condition.items()}
            some = signal.expand(min(_AT_ONCE, count - i), -1, -1, -1)
            drawn = network.redraw(
                some, torch.from_numpy(tokens), generator(seed, _EDIT, i), part, config, strength=strength
            )
            variants.append(np.where(cells, to_pixels(drawn), canvas))
            if progress is not None:
                progress(i + len(some), count)
    return np.concatenate(variants)


def token_mask(mask: Mask, factor: int) -> Bool[np.ndarray, "token_rows token_columns"]:
    """Tokens that cover a masked pixel, each of factor x factor pixels.

    Raises:
        InvalidInput: if the mask is not of whole tokens, or these are none or all.

    Example:
        >>> import numpy as np
        >>> token_mask(np.eye(4, dtype=bool), 2).tolist()
        [[True, False], [False, True]]
    """
    height, width = mask.shape
    if height % factor or width % factor:
        raise InvalidInput(
            f"can't cut a mask of {height} × {width} into tokens of {factor} × {factor} pixels: its sides must be "
            f"multiples of {factor}"
        )
    blocks = mask.reshape(height // factor, factor, width // factor, factor)
    tokens = np.asarray(blocks.any(axis=(1, 3)))
    if not tokens.any():
        raise InvalidInput("the mask selects nothing to draw: mark pixels of it, or extend the image")
    if tokens.all():
        raise InvalidInput(
            f"the mask leaves nothing of the image, as each token of {factor} × {factor} pixels has a masked one: "
            "mark less, or draw whole images with subband sample"
        )
    return tokens


def nearest_known(image: Pixels, mask: Mask) -> Pixels:
    """The image with each masked pixel replaced by the nearest one outside the mask."""
    nearest: Any = scipy.ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    return image[tuple(nearest)]


def _canvas(image: Pixels, mask: Mask | None, extend: Extension) -> tuple[np.ndarray, np.ndarray]:
    """The image with black pixels beyond its sides, and what of it is to be drawn."""
    if image.dtype != np.uint8 or image.ndim != 3:
        raise InvalidInput(
            f"can't edit an image of {image.dtype} {image.shape}: give uint8 (height, width, channels)"
        )
    if min(extend) < 0:
        raise InvalidInput(f"can't extend an image by {extend} pixels: give 0 or more for each side")
    if mask is None:
        mask = np.zeros(image.shape[:2], dtype=bool)
    if mask.shape != image.shape[:2]:
        raise InvalidInput(
            f"the mask is {mask.shape[0]} × {mask.shape[1]} and the image {image.shape[0]} × {image.shape[1]}: "
            "their sizes must agree"
        )
    top, right, bottom, left = extend
    sides = ((top, bottom), (left, right))
    return np.pad(image, (*sides, (0, 0))), np.pad(mask, sides, constant_values=True)


def _check_canvas(canvas: Pixels, side: int, factor: int, channels: int) -> None:
    height, width, own = canvas.shape
    if own != channels:
        raise InvalidInput(
            f"can't edit an image of {own} channels by a model of {channels}: convert it first"
        )
    if min(height, width) < side or height % factor or width % factor:
        raise InvalidInput(
            f"can't edit an image of {height} × {width} by a model of {side} × {side}: its sides, extended, must "
            f"be multiples of {factor} and {side} or more"
        )
