"""All traces of one picture."""

from collections.abc import Iterator

import numpy as np

from subband.errors import InvalidInput
from subband.forensics.judgement import Trace
from subband.forensics.metadata import Metadata, as_stored, read_metadata
from subband.forensics.traces.content import content_traces, size_trace
from subband.forensics.traces.double_quantisation import double_of
from subband.forensics.traces.grid_comb import Grid, grid_of
from subband.forensics.traces.jpeg_header import JpegHeader, Quality, quality_of, read_header
from subband.forensics.traces.luma import luma_part
from subband.forensics.traces.resampling import SMALLEST, pattern_of
from subband.forensics.traces.thresholds import DOUBLE, GRID, GRID_IN_JPEG, PATTERN, earlier_quality
from subband.forensics.traces.thumbnail import compare_thumbnail, stated_size

PART = 1 << 18
"""Pixels of the part in which grids and double compression are looked for."""

LINES = 1 << 20
"""Pixels of the part in which resampling is looked for."""

COMPRESSED = 50
"""Quality below which compression has removed what a detector looks at."""

OWN_GRID = frozenset({(k, 0) for k in range(8)} | {(0, k) for k in range(8)} | {(4, 4)})
"""Offsets at which a JPEG's own grid shows: its own, those in its rows or columns, and half a block
away. An earlier grid there is not looked for."""


def read_traces(data: bytes, pixels: np.ndarray) -> tuple[Trace, ...]:
    """Read what the history of a picture left in its file and pixels. No trace is evidence of generation.

    Rates at the thresholds used, measured by `tests/forensics/traces/test_rates.py` on the photographs of
    `thresholds.py`, stand there beside each threshold.

    Args:
        data: contents of the file; b"" for pixels from memory.
        pixels: (H, W, 3) uint8, RGB, upright, as `subband.data.decode` gives them.

    Returns:
        Traces; those with `limits` say why a detector may be wrong about this picture.

    Raises:
        InvalidInput: pixels of another shape or type.

    Example:
        >>> [trace.kind for trace in read_traces(b"", np.zeros((64, 64, 3), np.uint8))]
        ['size', 'grey', 'few colours', 'flat']
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise InvalidInput(
            f"read_traces takes (H, W, 3) uint8 pixels, not {pixels.dtype} of shape {pixels.shape}"
        )
    metadata = read_metadata(data)
    header = read_header(data) if metadata.container == "jpeg" else None
    stored = as_stored(pixels, metadata)
    return tuple(_traces(stored, metadata, header))


def _traces(pixels: np.ndarray, metadata: Metadata, header: JpegHeader | None) -> Iterator[Trace]:
    yield size_trace(pixels)
    content = content_traces(pixels)
    yield from content
    quality = quality_of(header) if header else None
    if header and quality:
        yield _quality_trace(header, quality)
    flat = any(trace.kind in ("flat", "few colours") for trace in content)
    luma = None if flat else luma_part(pixels, PART)
    if luma is not None:
        if (earlier := earlier_compression(luma, header)) is not None:
            yield earlier
        if min(pixels.shape[:2]) >= SMALLEST and (scaled := _resampling(pixels)):
            yield scaled
    yield from _exif_traces(pixels, metadata)


def _quality_trace(header: JpegHeader, quality: Quality) -> Trace:
    kind = "libjpeg's tables" if quality.standard else "tables of its own"
    about = "" if quality.standard else "about "
    poor = quality.value < COMPRESSED
    text = f"JPEG of quality {about}{quality.value} ({kind}), chroma {header.subsampling}."
    if poor:
        text += " So much compression removes what a detector looks at."
    details = {
        "quality": quality.value,
        "standard tables": quality.standard,
        "chroma": header.subsampling,
        "progressive": header.progressive,
        "luminance table": list(header.tables[0]),
    }
    return Trace("jpeg quality", text, poor, details)


def earlier_compression(luma: np.ndarray, header: JpegHeader | None) -> Trace | None:
    """The trace of a JPEG before the present file; None if none is seen.

    Args:
        luma: (h, w) float32 of `luma_part`.
        header: of the present file if it is a JPEG.
    """
    grid = grid_of(luma, without=OWN_GRID if header else frozenset())
    if header is None:
        return _grid_trace(grid, "before it was stored in this format") if grid.score >= GRID else None
    if grid.score >= GRID_IN_JPEG:
        return _grid_trace(grid, "and then cut and compressed again")
    double = double_of(luma, np.asarray(header.tables[0]).reshape(8, 8))
    if double.gain < DOUBLE:
        return None
    text = f"The picture was a JPEG of quality about {double.quality} before it was compressed again."
    details = {"aligned": True, "quality": double.quality, "gain in nats": round(double.gain, 4)}
    return Trace("double compression", text, double.quality < COMPRESSED, details)


def _grid_trace(grid: Grid, then: str) -> Trace:
    quality = earlier_quality(grid.steps)
    row, column = grid.offset
    of = f" of quality about {quality}" if quality else ""
    text = f"The picture was a JPEG{of} {then}; its 8×8 grid begins at row {row}, column {column}."
    details = {"aligned": grid.offset == (0, 0), "quality": quality, "row": row, "column": column}
    details["score"] = round(grid.score, 1)
    return Trace("double compression", text, bool(quality and quality < COMPRESSED), details)


def _resampling(pixels: np.ndarray) -> Trace | None:
    luma = luma_part(pixels, LINES)
    pattern = pattern_of(luma) if luma is not None and min(luma.shape) >= SMALLEST else None
    if pattern is None or pattern.score < PATTERN:
        return None
    factors = " or ".join(f"{factor:.2f}" for factor in pattern.factors)
    text = f"The picture seems to have been enlarged {factors} times, which changes what a detector looks at."
    details = {
        "factors": [round(factor, 3) for factor in pattern.factors],
        "frequency": round(pattern.frequency, 4),
        "score": round(pattern.score, 2),
    }
    return Trace("resampling", text, True, details)


def _exif_traces(pixels: np.ndarray, metadata: Metadata) -> Iterator[Trace]:
    size = stated_size(metadata)
    height, width = pixels.shape[:2]
    if size and size not in ((width, height), (height, width)):
        text = (
            f"EXIF states {size[0]}×{size[1]} pixels, the picture has {width}×{height}: "
            "it was cut or scaled after EXIF was written."
        )
        yield Trace("exif size", text, False, {"stated": list(size), "actual": [width, height]})
    preview = compare_thumbnail(pixels, metadata)
    if preview is None or preview.fits:
        return
    reason = "has another shape" if not preview.same_shape else "shows something else"
    text = f"The preview in EXIF {reason} than the picture: the picture was changed after EXIF was written."
    if preview.same_shape:
        text = f"The preview in EXIF {reason}: the picture was changed after EXIF was written."
    details = {
        "width": preview.width,
        "height": preview.height,
        "correlation": round(preview.correlation, 3),
        "same shape": preview.same_shape,
    }
    yield Trace("thumbnail", text, False, details)
