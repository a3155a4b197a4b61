"""What is known of one image file after it was judged."""

from dataclasses import dataclass

from subband.errors import SubbandError, UnreadableImage
from subband.forensics.judgement import Judgement


@dataclass(frozen=True)
class Answer:
    """The answer for one file.

    Attributes:
        judgement: None if there is an error.
        width: of the upright picture, in pixels; None if it can't be decoded.
        height: of the upright picture, in pixels; None if it can't be decoded.
        format: Pillow's name of the format; None if it can't be decoded.
        error: why there is no judgement, one line.
    """

    judgement: Judgement | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    error: str | None = None


def reason(error: Exception) -> str:
    """One line on why an image has no judgement."""
    if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
        return "not enough memory for this picture: raise --memory, or give a smaller copy"
    if isinstance(error, UnreadableImage):
        return error.reason
    words = " ".join(str(error).split())
    if isinstance(error, SubbandError):
        return words
    return f"{type(error).__name__}: {words[:200]} (a bug in Subband: please report it with this file)"
