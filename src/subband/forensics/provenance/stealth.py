"""Parameters hidden in the lowest bits of the alpha channel, or of all three colours.

Bits are read column by column, top to bottom: a magic word, the length in bits (32 bits, big-endian), the
text, with gzip after the words that end in "comp". They survive PNG and lossless WebP, nothing else.

Source: the format that ashen-sensored/sd_webui_stealth_pnginfo introduced and NovelAI uses; read for the
layout only.
"""

import io
from typing import Final

import numpy as np
from PIL import Image

from subband.data.decode import MALFORMED
from subband.forensics.metadata.bounds import BLOCK_BYTES, inflated

ALPHA = {b"stealth_pnginfo": False, b"stealth_pngcomp": True}  # whether compressed
COLOUR = {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True}
WORD: Final = len(b"stealth_pnginfo")
HEADER: Final = WORD + 4
ALPHA_MODES = ("RGBA", "LA", "PA")


def read_stealth(data: bytes, container: str, pixels: np.ndarray | None) -> str | None:
    """Text hidden in the pixels of a PNG or lossless WebP file; None if there is none.

    Args:
        data: contents of the file; it is decoded again only if it has an alpha channel.
        container: as in `Metadata.container`.
        pixels: (H, W, 3) uint8 as stored; None if the file can't be decoded.
    """
    if (
        pixels is None
        or container not in ("png", "webp")
        or (container == "webp" and b"VP8L" not in data[:64])
    ):
        return None
    if (text := _hidden(pixels, COLOUR)) is not None:
        return text
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            if image.mode in ALPHA_MODES:
                return _hidden(np.asarray(image.getchannel("A"))[..., None], ALPHA)
    except (*MALFORMED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return None


def _hidden(samples: np.ndarray, words: dict[bytes, bool]) -> str | None:
    """The text in (H, W, C) samples, after one of the magic words."""
    compressed = words.get(_bytes(samples, WORD))
    if compressed is None:
        return None
    length = int.from_bytes(_bytes(samples, HEADER)[WORD:]) // 8
    if not 0 < length <= min(BLOCK_BYTES, samples.size // 8 - HEADER):
        return None
    payload = _bytes(samples, HEADER + length)[HEADER:]
    text = inflated(payload, gzip=True) if compressed else payload
    return text.decode("utf-8", "replace") or None


def _bytes(samples: np.ndarray, count: int) -> bytes:
    """The first `count` bytes of the lowest bits of (H, W, C) samples, columns first."""
    columns = -(-count * 8 // (samples.shape[0] * samples.shape[2]))
    bits = samples[:, :columns].swapaxes(0, 1).reshape(-1)[: count * 8] & 1
    return np.packbits(bits).tobytes()
