"""Square crops of pictures of any shape: default size, crop, and a summary for the user."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PIL import Image

STRIDE = 8  # default sizes are multiples, for networks that downsample
LARGEST = 64  # maximal default size


def natural_size(sides: Sequence[int]) -> int:
    """Default size for pictures with these shorter sides: a multiple of 8, at most 64.

    It follows from the tenth percentile of `sides` (of 4 to 19 pictures the second smallest), so that a
    single icon among photographs has no effect. The percentile is rounded down, or up if more than half of
    the pictures have exactly that side: then padding keeps their edges (28 px digits become 32 px).

    Args:
        sides: shorter sides in pixels, at least one.

    Example:
        >>> natural_size([28] * 10), natural_size([30, 50, 50, 53])
        (32, 48)
    """
    ordered = sorted(sides)
    side = ordered[max(len(ordered) // 10, 1) if len(ordered) > 3 else 0]
    common = 2 * ordered.count(side) > len(ordered)
    return min(fitting(side) if common else max(side // STRIDE, 1) * STRIDE, LARGEST)


def fitting(side: int) -> int:
    """Largest default size for a picture with this shorter side: at most 64, padding included."""
    return min(-(-side // STRIDE) * STRIDE, LARGEST)


def square(pixels: np.ndarray, size: int) -> np.ndarray | None:
    """Centre crop of a picture, uint8 (H, W, C), resized or padded to `size`; see `read_examples`.

    Returns:
        (size, size, C); None if the picture is more than 7 pixels too small.
    """
    side = min(pixels.shape[:2])
    if size - side >= STRIDE:
        return None
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    middle = pixels[top : top + side, left : left + side]
    if side > size:
        image = Image.fromarray(middle[..., 0] if middle.shape[2] == 1 else middle)
        resized = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))
        return resized.reshape(size, size, -1)
    before = (size - side) // 2
    return np.pad(middle, [(before, size - side - before)] * 2 + [(0, 0)], mode="edge")


def described(shapes: Sequence[tuple[int, int]], size: int) -> str:
    """One-line summary of crops, resizes and paddings of pictures of shapes (height, width) to `size`."""
    sides = [min(shape) for shape in shapes]
    parts = [
        _counted("centre-cropped from", [f"{width}x{height}" for height, width in shapes if height != width]),
        _counted("scaled down from", [f"{side}x{side}" for side in sides if side > size]),
        _counted("padded by edge replication from", [f"{side}x{side}" for side in sides if side < size]),
    ]
    done = "; ".join(part for part in parts if part) or "unchanged"
    return f"{len(shapes)} pictures of {size}x{size}: {done}"


def _counted(words: str, sizes: Sequence[str], most: int = 3) -> str:
    """ "12 centre-cropped from 481x321, 321x481", most frequent sizes first; "" without sizes."""
    if not sizes:
        return ""
    kinds = [kind for kind, _ in Counter(sizes).most_common()]
    more = f" and {len(kinds) - most} other sizes" if len(kinds) > most else ""
    return f"{len(sizes)} {words} {', '.join(kinds[:most])}{more}"
