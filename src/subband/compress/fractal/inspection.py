"""`inspect`: what a stream is made of, and how strongly its map contracts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from subband.compress.fractal.contraction import spectral_radius
from subband.compress.fractal.decoder import leaves_of
from subband.compress.fractal.stream import Stream, unpack
from subband.kernels.fractal import SIZES, Leaves, draw
from subband.kernels.fractal.meter import bits_by_field as count_bits

NAMES = ("Y", "Cb", "Cr")


@dataclass(frozen=True)
class Copy:
    """A block that is copied from another one.

    Attributes:
        block: y, x and size of the block, in pixels of its plane.
        domain: y, x and size of what is copied, twice as large.
        contrast: What the copy's contrast is multiplied with; negative for a negative.
        isometry: 4 transposed, + 2 rows reversed, + 1 columns reversed.
    """

    block: tuple[int, int, int]
    domain: tuple[int, int, int]
    contrast: float
    isometry: int


@dataclass(frozen=True)
class PlaneReport:
    """One plane.

    Attributes:
        name: "Y", "Cb" or "Cr".
        bytes: Of its code.
        leaves: Size in pixels → number of leaves.
        copied: Share of the plane's area whose leaves are copies of domains.
        smooth: Share of the area whose leaves have cosine terms beside their means.
        terms: Cosine terms that are not 0.
        steepest: Largest modulus of a contrast: in the maximum norm the map contracts if it is below 1.
        spectral_radius: Of the map's linear part; below 1 the iteration converges from every start.
        iterations: How many the decoder took.
        boxes: y, x and size of every leaf, in pixels of the plane.
        copies: The leaves that are copies.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> data = fractal.encode(np.where(x + y < 64, 210, 40 + x % 3).astype(np.uint8), psnr=35)
        >>> luma = fractal.inspect(data).planes[0]
        >>> sum(luma.leaves.values()) == len(luma.boxes), 0 < luma.copied <= 1
        (True, True)
    """

    name: str
    bytes: int
    leaves: Mapping[int, int]
    copied: float
    smooth: float
    terms: int
    steepest: float
    spectral_radius: float
    iterations: int
    boxes: tuple[tuple[int, int, int], ...]
    copies: tuple[Copy, ...]


@dataclass(frozen=True)
class Inspection:
    """A stream.

    Attributes:
        height, width: In pixels.
        colour: Whether there are chroma planes, of half the size.
        bytes: Of the whole stream.
        bpp: Bits a pixel.
        step: Of luma's cosine terms, in grey levels.
        planes: Luma, then Cb and Cr.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> image = (128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
        >>> found = fractal.inspect(fractal.encode(image, psnr=35))
        >>> found.height, found.width, found.colour
        (64, 64, False)
    """

    height: int
    width: int
    colour: bool
    bytes: int
    bpp: float
    step: float
    planes: tuple[PlaneReport, ...]


def inspect(data: bytes) -> Inspection:
    """What a stream is made of.

    Args:
        data: From `encode`.

    Raises:
        UnreadableImage: bytes that are no fractal stream, or that were cut or changed.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> image = (128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
        >>> found = fractal.inspect(fractal.encode(image, psnr=35))
        >>> [luma] = found.planes
        >>> found.colour, luma.name, luma.spectral_radius < 1  # so that the decoder converges
        (False, 'Y', True)
    """
    stream = unpack(data)
    planes = tuple(_report(stream, plane, leaves) for plane, leaves in enumerate(leaves_of(stream)))
    bits = 8 * len(data) / (stream.height * stream.width)
    return Inspection(
        stream.height, stream.width, stream.colour, len(data), bits, stream.steps[0] / 16, planes
    )


def _report(stream: Stream, plane: int, leaves: Leaves) -> PlaneReport:
    header, drawing = stream.header(plane), stream.drawing(plane, 1)
    level, contrast, terms = leaves[:, 2], leaves[:, 3], leaves[:, 8:]
    area = np.array(SIZES)[level] ** 2 / (header.height * header.width)
    unit = stream.contrast / 64
    _, iterations = draw(drawing, leaves)
    return PlaneReport(
        name=NAMES[plane],
        bytes=len(stream.codes[plane]),
        leaves={size: int((level == k).sum()) for k, size in enumerate(SIZES) if (level == k).any()},
        copied=float(area[contrast != 0].sum()),
        smooth=float(area[(terms != 0).any(axis=1)].sum()),
        terms=int((terms != 0).sum()),
        steepest=float(np.abs(contrast).max(initial=0) * unit),
        spectral_radius=spectral_radius(drawing, leaves),
        iterations=iterations,
        boxes=tuple((int(y), int(x), SIZES[k]) for y, x, k in leaves[:, :3]),
        copies=tuple(_copy(leaf, stream) for leaf in leaves[contrast != 0]),
    )


def _copy(leaf: np.ndarray, stream: Stream) -> Copy:
    y, x, level, contrast, isometry, row, column = map(int, leaf[:7])
    spacing = 2 * stream.spacing[level]
    return Copy(
        (y, x, SIZES[level]),
        (row * spacing, column * spacing, 2 * SIZES[level]),
        contrast * stream.contrast / 64,
        isometry,
    )


def bits_by_field(data: bytes) -> dict[str, dict[str, float]]:
    """Where the bits of a stream go; takes about a second for 512 × 512 pixels.

    Args:
        data: From `encode`.

    Returns:
        Plane → field → ideal code length in bits; they add up to the codes' sizes within a few bytes.

    Raises:
        UnreadableImage: bytes that are no fractal stream, or that were cut or changed.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> data = fractal.encode((128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8), psnr=35)
        >>> bits = fractal.bits_by_field(data)["Y"]
        >>> list(bits), sum(bits.values()) < 8 * len(data)
        (['partition', 'copied or not', 'mean', 'cosines'], True)
    """
    stream = unpack(data)
    return {
        NAMES[plane]: count_bits(stream.header(plane), leaves)
        for plane, leaves in enumerate(leaves_of(stream))
    }


def telling_copies(report: PlaneReport, image: np.ndarray, count: int = 5) -> list[Copy]:
    """Copies that show what a fractal is: large, rich in contrast, and far from each other.

    Args:
        report: Of luma.
        image: (h, w) or (h, w, 3) pixels.
        count: At most so many.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> image = np.where(x + y < 64, 210, 40 + x % 3).astype(np.uint8)
        >>> luma = fractal.inspect(fractal.encode(image, psnr=35)).planes[0]
        >>> copies = fractal.telling_copies(luma, image, count=2)
        >>> [copy.domain[2] // copy.block[2] for copy in copies]  # a domain is twice as large as its copy
        [2, 2]
    """
    grey = image.astype(float) if image.ndim == 2 else image.astype(float).mean(axis=2)

    def richness(copy: Copy) -> float:
        y, x, size = copy.block
        return float(grey[y : y + size, x : x + size].std()) * size

    inside = [copy for copy in report.copies if _inside(copy.block, grey) and _inside(copy.domain, grey)]
    chosen: list[Copy] = []
    apart = max(grey.shape) / (count + 1)
    for copy in sorted(inside, key=richness, reverse=True):
        if all(np.hypot(copy.block[0] - c.block[0], copy.block[1] - c.block[1]) > apart for c in chosen):
            chosen.append(copy)
        if len(chosen) == count:
            break
    return chosen


def _inside(box: tuple[int, int, int], image: np.ndarray) -> bool:
    y, x, size = box
    return y + size <= image.shape[0] and x + size <= image.shape[1]
