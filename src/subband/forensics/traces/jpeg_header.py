"""A JPEG's quantisation tables and sampling, and the quality that they correspond to.

Sources: ITU-T T.81, annex K.1 (tables), B.2.4.1 (DQT), B.2.2 (frame header); IJG libjpeg, jcparam.c (scaling of the
tables by a quality of 1 to 100).
"""

import functools
from dataclasses import dataclass

import numpy as np

from subband.forensics.metadata.jpeg import segments

LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA = (
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *(99,) * 32,
)
ZIGZAG = tuple(
    8 * row + column
    for row, column in sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda rc: (sum(rc), rc[0] if sum(rc) % 2 else rc[1]),
    )
)
DQT, FRAMES = 0xDB, (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB)
PROGRESSIVE = (0xC2, 0xC6, 0xCA)


@dataclass(frozen=True)
class JpegHeader:
    """What a JPEG file's header says of its compression.

    Attributes:
        tables: Quantisation tables, 64 entries each in row-major order; luminance first.
        sampling: Horizontal and vertical factor of each component.
        progressive: Whether it is progressive.
    """

    tables: tuple[tuple[int, ...], ...]
    sampling: tuple[tuple[int, int], ...]
    progressive: bool

    @property
    def subsampling(self) -> str:
        """ "4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1", "grey", or the factors as they are."""
        if len(self.sampling) == 1:
            return "grey"
        names = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1"}
        first, *others = self.sampling
        if all(other == (1, 1) for other in others) and first in names:
            return names[first]
        return ", ".join(f"{h}×{v}" for h, v in self.sampling)


@dataclass(frozen=True)
class Quality:
    """The quality that a table corresponds to.

    Attributes:
        value: 1..100 on the scale of libjpeg; the nearest one for tables of its own.
        standard: Whether the tables are exactly those of libjpeg at this quality.
    """

    value: int
    standard: bool


def read_header(data: bytes) -> JpegHeader | None:
    """Tables and sampling of a JPEG file; None if it has no tables or no frame before its first scan."""
    tables: dict[int, tuple[int, ...]] = {}
    frame, progressive = b"", False
    for marker, block in segments(data):
        if marker == DQT:
            tables |= _tables(block)
        elif marker in FRAMES and len(block) >= 6 and not frame:
            frame, progressive = block, marker in PROGRESSIVE
    components = [frame[k : k + 3] for k in range(6, 6 + 3 * frame[5], 3)] if frame else []
    components = [c for c in components if len(c) == 3]
    used = dict.fromkeys(c[2] for c in components)
    if not components or not all(number in tables for number in used):
        return None
    sampling = tuple((c[1] >> 4, c[1] & 15) for c in components)
    return JpegHeader(tuple(tables[number] for number in used), sampling, progressive)


def _tables(block: bytes) -> dict[int, tuple[int, ...]]:
    """Number → entries of the tables in one DQT segment."""
    tables, start = {}, 0
    while start < len(block):
        wide, number = 1 + (block[start] >> 4 > 0), block[start] & 15
        entries = block[start + 1 : start + 1 + 64 * wide]
        if len(entries) < 64 * wide:
            break
        table = [0] * 64
        for place, k in zip(ZIGZAG, range(0, 64 * wide, wide), strict=True):
            table[place] = int.from_bytes(entries[k : k + wide])
        tables[number] = tuple(table)
        start += 1 + 64 * wide
    return tables


def standard_table(quality: int, base: tuple[int, ...] = LUMA) -> np.ndarray:
    """libjpeg's table at a quality of 1..100, (8, 8) integers.

    Example:
        >>> int(standard_table(50)[0, 0]), int(standard_table(90)[0, 0])
        (16, 3)
    """
    return _standard_tables(base)[quality]


@functools.cache
def _standard_tables(base: tuple[int, ...]) -> np.ndarray:
    """Tables of the qualities 0 (unused) to 100: (101, 8, 8)."""
    scales = np.array([0] + [5000 // q if q < 50 else 200 - 2 * q for q in range(1, 101)])
    return np.clip((np.asarray(base).reshape(8, 8) * scales[:, None, None] + 50) // 100, 1, 255)


def quality_of(header: JpegHeader) -> Quality:
    """The quality of a file's tables: exact for libjpeg's, the nearest in mean |ln ratio| for others."""
    luma = np.asarray(header.tables[0]).reshape(8, 8)
    distance = np.abs(np.log(_standard_tables(LUMA)[1:]) - np.log(np.maximum(luma, 1))).mean((1, 2))
    value = 100 - int(np.argmin(distance[::-1]))  # the highest of several as near
    bases = (LUMA, *(CHROMA,) * (len(header.tables) - 1))
    standard = all(
        np.array_equal(np.asarray(table).reshape(8, 8), standard_table(value, base))
        for table, base in zip(header.tables, bases, strict=True)
    )
    return Quality(value, standard)
