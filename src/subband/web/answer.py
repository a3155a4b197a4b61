"""One picture: its file → judgement and explanation."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from subband.data.decode import MALFORMED, decode
from subband.errors import InvalidInput, SubbandError
from subband.forensics import PictureExplanation, explain_picture, subject_of
from subband.forensics.evidence import judged
from subband.forensics.explanation.spectrum import LEAST, Spectrum, spectrum
from subband.forensics.judgement import Judgement
from subband.forensics.traces.maps import EvidenceMap, error_level, noise_map
from subband.runs.names import printable
from subband.web.limits import check_length, check_size

MAPPED = 16_000_000
"""Most pixels of which maps of noise and error levels are made: they take some 100 bytes a pixel."""

SQUARES = 400
"""Most squares of a heat map: some seconds for a small net."""


@dataclass(frozen=True, eq=False)
class Answer:
    """All that the page shows of a picture.

    Attributes:
        name: Of the file, printable.
        pixels: (H, W, 3) uint8.
        judgement: The answer.
        spectrum: None for a picture that is too small for one.
        explanation: None if it isn't there yet, or can't be.
        lacks: Why there is no explanation; empty while it is being made.
        maps: Of noise and of error levels, for those who know how to read them.
    """

    name: str
    pixels: np.ndarray
    judgement: Judgement
    spectrum: Spectrum | None
    explanation: PictureExplanation | None = None
    lacks: str = ""
    maps: tuple[EvidenceMap, ...] = ()


def answers(data: bytes, name: str, detector: Any, lacks: str = "") -> Iterator[Answer]:
    """Judge a picture; then judge it with an explanation.

    Args:
        data: Contents of the file.
        name: Of the file.
        detector: As loaded; None if there is none.
        lacks: Why there is none.

    Raises:
        SubbandError: the picture can't be read, or has too many bytes or pixels.
    """
    pixels = read(data, name)
    first = Answer(printable(name), pixels, judged(data, pixels, detector), _spectrum(pixels))
    yield first
    first = replace(first, maps=_maps(pixels))
    if detector is None or first.judgement.opinion is None:
        yield replace(
            first,
            lacks=lacks or "The detector has no opinion on this picture, so there is nothing to explain.",
        )
        return
    try:
        found = explain_picture(
            subject_of(detector), pixels, first.judgement.opinion.verdict, squares=SQUARES
        )
    except SubbandError as error:
        yield replace(first, lacks=str(error))
        return
    yield replace(first, explanation=found)


def read(data: bytes, name: str) -> np.ndarray:
    """Decode a picture within the limits of the page.

    Raises:
        SubbandError: it can't be read, or is too large.
    """
    from PIL import Image

    check_length(len(data))
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = image.size
    except (*MALFORMED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        size = (0, 0)  # `decode` says what is wrong with it, or reads what Pillow alone can't
    check_size(*size)
    try:
        pixels = decode(data, printable(name)).pixels
    except SubbandError as error:
        reason = getattr(error, "reason", str(error))
        raise InvalidInput(f"This file can't be read as a picture: {reason}.") from error
    check_size(pixels.shape[1], pixels.shape[0])
    return pixels


def _maps(pixels: np.ndarray) -> tuple[EvidenceMap, ...]:
    if min(pixels.shape[:2]) < LEAST or pixels.shape[0] * pixels.shape[1] > MAPPED:
        return ()
    return noise_map(pixels), error_level(pixels)


def _spectrum(pixels: np.ndarray) -> Spectrum | None:
    return spectrum(pixels) if min(pixels.shape[:2]) >= LEAST else None
