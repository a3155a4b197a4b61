"""What there is in a picture for a detector to look at: its size, colours, and how much of it is flat."""

import numpy as np

from subband.forensics.features.palette import colour_codes, distinct_colours
from subband.forensics.judgement import Trace

SMALL = 128
"""Pixels of the shorter side below which a detector has too little to look at."""

FLAT = 0.5
PALETTE = 64  # colours; photographs have thousands
SAMPLES = 1 << 18


def size_trace(pixels: np.ndarray) -> Trace:
    """Width and height; a limit if the shorter side is below `SMALL`."""
    height, width = pixels.shape[:2]
    details = {"width": width, "height": height}
    if min(height, width) < SMALL:
        text = f"The picture has {width}×{height} pixels, too few for a detector ({SMALL}×{SMALL} or more)."
        return Trace("size", text, True, details)
    return Trace("size", f"The picture has {width}×{height} pixels.", False, details)


def content_traces(pixels: np.ndarray) -> tuple[Trace, ...]:
    """Traces "grey", "flat" and "few colours" where they hold."""
    traces = []
    thin = max(int((pixels.shape[0] * pixels.shape[1] / SAMPLES) ** 0.5), 1)
    sample = pixels[::thin, ::thin].reshape(-1, 3)
    if (sample == sample[:, :1]).all():
        traces.append(Trace("grey", "The picture is grey: its three colours are equal.", False))
    colours = distinct_colours(colour_codes(sample), PALETTE + 1)
    if colours <= PALETTE and len(sample) > 4 * PALETTE:
        text = f"The picture has only {colours} colours: not a photograph as a camera takes it."
        traces.append(Trace("few colours", text, True, {"colours": colours}))
    share = flat_share(pixels)
    if share >= FLAT:
        text = f"{share:.0%} of the picture is perfectly flat, so there is little for a detector to look at."
        traces.append(Trace("flat", text, True, {"share": round(share, 3)}))
    return tuple(traces)


def flat_share(pixels: np.ndarray) -> float:
    """Share of 8×8 blocks whose green values are all equal, of a sample of the blocks; 0 without a block."""
    rows, columns = pixels.shape[0] // 8, pixels.shape[1] // 8
    if not rows or not columns:
        return 0.0
    thin = max(int((rows * columns * 64 / SAMPLES) ** 0.5), 1)
    green = pixels[: rows * 8, : columns * 8, 1].reshape(rows, 8, columns, 8)[::thin, :, ::thin]
    return float((green == green[:, :1, :, :1]).all(axis=(1, 3)).mean())
