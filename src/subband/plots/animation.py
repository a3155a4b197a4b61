"""Encoding of pictures in order as an animation."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np

from subband.errors import InvalidInput


def gif(frames: Sequence[np.ndarray], *, rate: float = 20.0) -> bytes:
    """Encode pictures as an endless animated GIF, with one palette for all.

    Args:
        frames: (H, W, 3) or (H, W) uint8, all of one size.
        rate: Pictures for each second, rounded to whole hundredths of a second.

    Raises:
        InvalidInput: no picture, or pictures of several sizes.

    Example:
        >>> import io
        >>> import numpy as np
        >>> from PIL import Image
        >>> from subband.plots import gif
        >>> data = gif([np.full((8, 8), grey, np.uint8) for grey in (0, 128, 255)], rate=10)
        >>> clip = Image.open(io.BytesIO(data))
        >>> clip.n_frames, clip.info["duration"]  # ms a frame
        (3, 100)
    """
    from PIL import Image

    if not frames or len({np.shape(frame) for frame in frames}) > 1:
        sizes = sorted({str(np.shape(frame)) for frame in frames})
        raise InvalidInput(f"an animation needs pictures of one size: {', '.join(sizes) or 'none came'}")
    pictures = [Image.fromarray(np.asarray(frame, dtype=np.uint8)).convert("RGB") for frame in frames]
    # Colours of the first, middle and last picture; a palette for each makes colours flicker.
    picked = [np.asarray(pictures[k]) for k in (0, len(pictures) // 2, -1)]
    palette = Image.fromarray(np.concatenate(picked)).quantize(256)
    shown = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    file = BytesIO()
    shown[0].save(
        file, "GIF", save_all=True, append_images=shown[1:], duration=max(20, round(1000 / rate)), loop=0
    )
    return file.getvalue()
