"""The metadata of one file."""

from subband.forensics.metadata import bmff, gif, jpeg, png, tiff, webp
from subband.forensics.metadata.container import Blocks, Exif, Metadata
from subband.forensics.metadata.photoshop import data_sets
from subband.forensics.metadata.xmp import read_xmp

PACKETS = 8
"""XMP packets and EXIF blocks read of one file."""

MANIFEST = (b"jumb", b"c2pa")
"""Box type and label of a C2PA manifest store; they lie uncompressed in the file, whatever the container."""


def read_metadata(data: bytes) -> Metadata:
    """Read what an image file says of itself, beside its pixels.

    Nothing is decoded, and nothing is believed: sizes, counts and depths are bounded (`bounds`), and what can't be
    read is left out. It takes time proportional to the number of blocks, not of pixels.

    Args:
        data: contents of a PNG, JPEG, WebP, GIF, TIFF, AVIF or HEIC file; anything else has no metadata.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (4, 2)).save(file, "JPEG", comment="by hand")
        >>> read_metadata(file.getvalue()).texts
        (('comment', 'by hand'),)
    """
    container, blocks = _blocks(data)
    exif = next(
        (exif for exif in map(tiff.read_exif, blocks.exif[:PACKETS]) if exif.picture or exif.thumbnail),
        Exif(),
    )
    xmp: dict[str, tuple[str, ...]] = {}
    for packet in blocks.xmp[:PACKETS]:
        for name, values in read_xmp(packet).items():
            xmp[name] = xmp.get(name, ()) + values
    iim = {key: value for part in blocks.iim[:PACKETS] for key, value in data_sets(part)}
    return Metadata(container, blocks.texts, exif, xmp, iim, all(word in data for word in MANIFEST))


def _blocks(data: bytes) -> tuple[str, Blocks]:
    """Name of the container and its blocks."""
    if data.startswith(png.SIGNATURE):
        return "png", png.blocks_of(data)
    if data.startswith(jpeg.SIGNATURE):
        return "jpeg", jpeg.blocks_of(data)
    if webp.is_webp(data):
        return "webp", webp.blocks_of(data)
    if data.startswith(gif.SIGNATURES):
        return "gif", gif.blocks_of(data)
    if tiff.is_tiff(data):
        return "tiff", tiff.blocks_of(data)
    if bmff.is_bmff(data):
        return "bmff", bmff.blocks_of(data)
    return ("bmp" if data.startswith(b"BM") else ""), Blocks()
