"""What the page takes: a file's length and number of pixels, and how long it remembers."""

from subband.errors import InvalidInput

MOST_BYTES = 50 * 2**20
MOST_PIXELS = 60_000_000
REMEMBERED = 1800.0
"""Seconds after which the page forgets the decoded picture of a visitor who has gone."""


def check_length(length: int) -> None:
    """Check the length of a file in bytes.

    Raises:
        InvalidInput: it is empty or too long.
    """
    if length > MOST_BYTES:
        raise InvalidInput(
            f"The file has {length / 2**20:.0f} MiB; this page takes at most {MOST_BYTES >> 20} MiB. "
            "subband detect has no such limit."
        )
    if length == 0:
        raise InvalidInput("The file is empty.")


def check_size(width: int, height: int) -> None:
    """Check the size of a picture, in pixels, before it is decoded.

    Raises:
        InvalidInput: it has too many pixels.
    """
    if width * height > MOST_PIXELS:
        raise InvalidInput(
            f"The picture has {width} × {height} pixels; this page takes at most {MOST_PIXELS // 10**6} million. "
            "subband detect has no such limit."
        )
