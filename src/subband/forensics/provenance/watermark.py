"""Invisible watermarks of the kind that Stable Diffusion's scripts write ("dwtDct"), read with a Haar transform.

The mark lies in the approximation of the U channel. Its quarter-size plane is cut into blocks of 4×4 coefficients
(8×8 pixels); block n carries bit n mod L of a message of L bits in its largest coefficient v but the first:
|v| mod 36 is 27 for a one and 9 for a zero. Despite its name no cosine transform is taken.

It survives PNG and JPEG without chroma subsampling at quality 90 and above; not 4:2:0, cropping or scaling. Most
programs never write it. So its absence says nothing.

Agreement of the best of the four messages, in two orders of the colours, on photographs without a mark: at most .78
(`tests/forensics/provenance/test_watermark.py` measures it); a mark is called found from .9.

Sources: invisible-watermark 0.2.0 (`imwatermark/maxDct.py`), read for the procedure only; the messages are those of
the scripts named in `MESSAGES`.
"""

from collections.abc import Iterator

import numpy as np

from subband.forensics.judgement import Finding
from subband.transforms.wavelets.dwt import dwt

SCALE = 36
BLOCK = 4  # coefficients a side; 8 pixels
SMALLEST = 256 * 256  # pixels; the writers refuse less
FOUND = 0.9
MOST_PIXELS = 1 << 21
"""Pixels looked at, in bands spread over the height: votes for each bit are in the hundreds by then."""


def _bits_of(text: str) -> str:
    return "".join(f"{byte:08b}" for byte in text.encode())


MESSAGES = {
    "Stable Diffusion 1 (CompVis script)": _bits_of("StableDiffusionV1"),
    "Stable Diffusion 2 (Stability AI script)": _bits_of("SDV2"),
    "Stable Diffusion XL (generative-models, diffusers)": f"{0xB3EC907BB19E:048b}",
    "FLUX.1 (Black Forest Labs script)": f"{0b001010101111111010000111100111001111010100101110:b}",  # 46 digits
}


def read_watermark(pixels: np.ndarray) -> Finding | None:
    """The finding of a watermark in (H, W, 3) uint8 RGB pixels; None if there is none.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.provenance import read_watermark
        >>> noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
        >>> read_watermark(noise) is None
        True
        >>> from subband.forensics.provenance.watermark import agreements
        >>> max(agreements(noise).values()) < 0.9  # of the bits, by chance
        True
    """
    agreement = agreements(pixels)
    if not agreement:
        return None
    writer, share = max(agreement.items(), key=lambda item: item[1])
    if share < FOUND:
        return None
    text = (
        f"The pixels carry the invisible watermark of {writer}: {share:.0%} of its bits are there, "
        "where photographs give at most 78 %."
    )
    return Finding(
        "watermark", "generated", "measured", text, {"writer": writer, "agreement": round(share, 3)}
    )


def agreements(pixels: np.ndarray) -> dict[str, float]:
    """Share of bits that agree with each writer's message, 0..1; {} for pictures that are too small.

    Some writers took RGB for BGR, so U is computed both ways and the better one counts.

    Args:
        pixels: (H, W, 3) uint8, RGB, as stored (not turned).
    """
    if pixels.shape[0] * pixels.shape[1] < SMALLEST or min(pixels.shape[:2]) < 2 * BLOCK:
        return {}
    best: dict[str, float] = {}
    for ordered in (pixels, pixels[..., ::-1]):
        numbers, votes = _votes(ordered)
        for writer, message in MESSAGES.items():
            bits = np.frombuffer(message.encode(), np.uint8) == ord("1")
            best[writer] = max(best.get(writer, 0.0), _agreement(numbers, votes, bits))
    return best


def _votes(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of each block looked at, row by row, and the bit it votes for."""
    height, width = (side // 4 * 4 for side in pixels.shape[:2])
    rows, columns = height // (2 * BLOCK), width // (2 * BLOCK)
    numbers, votes = [], []
    for first, last in _bands(rows, width):
        u = blue_difference(pixels[first * 8 : last * 8, : columns * 8])
        approximation = dwt(u, "haar", level=1, mode="periodization", axes=(0, 1)).approx
        blocks = (
            approximation.reshape(last - first, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK**2)
        )
        size = np.abs(blocks[:, 1:]).max(-1)
        numbers.append(np.arange(first * columns, last * columns))
        votes.append(size % SCALE > SCALE / 2)
    return np.concatenate(numbers), np.concatenate(votes)


def _bands(rows: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last row of blocks of up to eight bands, `MOST_PIXELS` in all."""
    most = max(MOST_PIXELS // (8 * width), 8)
    if rows <= most:
        yield 0, rows
        return
    for first in np.linspace(0, rows - most // 8, 8).astype(int).tolist():
        yield first, first + most // 8


def blue_difference(pixels: np.ndarray) -> np.ndarray:
    """U of Y'UV in 8 bits: .492 (B − Y) + 128, rounded, float32."""
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    luma = np.rint(0.299 * red + 0.587 * green + 0.114 * blue)
    return np.clip(np.rint(0.492 * (blue - luma)) + 128, 0, 255)


def _agreement(numbers: np.ndarray, votes: np.ndarray, message: np.ndarray) -> float:
    """Share of bits that agree if the positions with the most votes for a one are read as ones.

    As many ones are read as the message has: grey and flat areas vote for one value whatever was written, so that
    half of all votes is no fixed border (the writers' own readers take it for one, and miss grey pictures).
    """
    place = numbers % len(message)
    ballots = np.bincount(place, minlength=len(message))
    share = np.bincount(place, weights=votes, minlength=len(message)) / np.maximum(ballots, 1)
    least = np.sort(share)[-int(message.sum())]
    return float((((share >= least) == message) & (ballots > 0)).mean())
