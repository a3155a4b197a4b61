"""Pictures of any shape as equal squares: the size that suits a set, the square, and what was done in words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PIL import Image

STRIDE = 8  # sizes that networks like are multiples of this
LARGEST = 64  # side of squares whose size nobody chose


def natural_size(sides: Sequence[int]) -> int:
    """Side of squares that suits pictures with these shorter sides: a multiple of 8, at most 64.

    It is taken from the side that nine tenths of the pictures reach (of 4 to 19 pictures all but one), so
    that one icon among photographs does not settle it: rounded down, or rounded up if more than half of the
    pictures have exactly that side, because a set of one size is not to lose its edges (28 px digits become
    32 px).

    Args:
        sides: at least one.
    """
    ordered = sorted(sides)
    side = ordered[max(len(ordered) // 10, 1) if len(ordered) > 3 else 0]
    common = 2 * ordered.count(side) > len(ordered)
    return min(fitting(side) if common else max(side // STRIDE, 1) * STRIDE, LARGEST)


def fitting(side: int) -> int:
    """The largest size, at most 64, for which a picture with this shorter side is large enough."""
    return min(-(-side // STRIDE) * STRIDE, LARGEST)


def square(pixels: np.ndarray, size: int) -> np.ndarray | None:
    """The middle square of a picture, uint8 (H, W, C), at `size`; see `read_examples`.

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
    """What happened to pictures of these (height, width) on their way to squares of `size`, in one line."""
    sides = [min(shape) for shape in shapes]
    parts = [
        _counted("centre-cropped from", [f"{width}x{height}" for height, width in shapes if height != width]),
        _counted("scaled down from", [f"{side}x{side}" for side in sides if side > size]),
        _counted("given copies of their edges around", [f"{side}x{side}" for side in sides if side < size]),
    ]
    done = "; ".join(part for part in parts if part) or "as they are"
    return f"{len(shapes)} pictures of {size}x{size}: {done}"


def _counted(words: str, sizes: Sequence[str], most: int = 3) -> str:
    """ "12 centre-cropped from 481x321, 321x481", the most frequent size first; "" if there is none."""
    if not sizes:
        return ""
    kinds = [kind for kind, _ in Counter(sizes).most_common()]
    more = f" and {len(kinds) - most} other sizes" if len(kinds) > most else ""
    return f"{len(sizes)} {words} {', '.join(kinds[:most])}{more}"
