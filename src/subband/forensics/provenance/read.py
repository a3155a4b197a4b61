"""All that a file says of its origin."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from subband.data.decode import decode, open_file
from subband.errors import InvalidInput, UnreadableImage
from subband.forensics.judgement import Finding
from subband.forensics.metadata import Metadata, as_stored, read_metadata
from subband.forensics.metadata.bounds import shown
from subband.forensics.provenance.camera import read_camera
from subband.forensics.provenance.credentials import Credentials, read_credentials
from subband.forensics.provenance.credentials_finding import finding_of
from subband.forensics.provenance.generators import GENERATORS, Found
from subband.forensics.provenance.quoting import quoted
from subband.forensics.provenance.source_type import read_source_types
from subband.forensics.provenance.stealth import read_stealth
from subband.forensics.provenance.watermark import read_watermark
from subband.runs.names import printable


def read_provenance(
    data: bytes | Path, *, pixels: np.ndarray | None = None, trust_list: str | Path | None = None
) -> tuple[Finding, ...]:
    """Read what an image file says of its origin, and marks that its generator left in the pixels.

    A signature of a trusted signer is proof of origin; everything else in the file is a claim that any program can
    write, copy or remove; a watermark is measured. A file that says nothing gives (): that is no evidence either.

    Args:
        data: contents of an image file, or its path.
        pixels: (H, W, 3) uint8, RGB, if the file has been decoded already; otherwise it is decoded here.
        trust_list: PEM file of certificate authorities in place of the packaged list of Content Credentials.

    Returns:
        Findings: Content Credentials, digital source type, generators' metadata, watermark, camera.

    Raises:
        UnreadableImage: the path can't be read.
        DataError: the trust list can't be read.

    Example:
        >>> import io
        >>> from PIL import Image, PngImagePlugin
        >>> info, file = PngImagePlugin.PngInfo(), io.BytesIO()
        >>> info.add_text("parameters", "a cat\\nSteps: 20, Sampler: Euler a, Seed: 7")
        >>> Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
        >>> [(finding.kind, finding.says, finding.strength) for finding in read_provenance(file.getvalue())]
        [('generator metadata', 'generated', 'claimed')]
    """
    if isinstance(data, Path):
        data = _contents(data)
    if not isinstance(data, bytes):
        raise InvalidInput(
            f"read_provenance takes the bytes of an image file or a Path, not {type(data).__name__}"
        )
    metadata = read_metadata(data)
    return tuple(_findings(data, metadata, pixels, trust_list))


def _findings(
    data: bytes, metadata: Metadata, pixels: np.ndarray | None, trust_list: str | Path | None
) -> Iterator[Finding]:
    if metadata.credentials:
        credentials = read_credentials(data, metadata.container, trust_list)
    else:
        address = metadata.property("provenance") or ""
        credentials = Credentials("elsewhere" if address.startswith(("http://", "https://")) else "none")
    if (signed := finding_of(credentials)) is not None:
        yield signed
    yield from read_source_types(metadata)
    stored = _pixels(data) if pixels is None else pixels
    stored = None if stored is None else as_stored(stored, metadata)
    hidden = read_stealth(data, metadata.container, stored)
    known = replace(metadata, texts=(*metadata.texts, ("stealth", hidden))) if hidden else metadata
    generators = list(read_generators(known))
    yield from generators
    if stored is not None and (mark := read_watermark(stored)) is not None:
        yield mark
    if not generators and (camera := read_camera(metadata)) is not None:
        yield camera


def read_generators(metadata: Metadata) -> Iterator[Finding]:
    """The finding of the first generator whose parameters are in the metadata."""
    for name, read in GENERATORS.items():
        if (found := read(metadata)) is not None:
            yield _finding(name, found)
            return


def _finding(name: str, found: Found) -> Finding:
    model = found.fields.get("model")
    of = f" (model {quoted(model)})" if model else ""
    if found.generated:
        text = f"The file holds parameters of {name}{of}, in {found.where}. They are not signed, but very specific."
    else:
        text = (
            f"The file holds a graph of {name} that scales or combines pictures but does not make one{of}, "
            f"in {found.where}. It is not signed."
        )
    details = {"generator": name, "where": found.where, **{key: shown(v) for key, v in found.fields.items()}}
    return Finding(
        "generator metadata", "generated" if found.generated else "nothing", "claimed", text, details
    )


def _contents(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableImage(f"{printable(path)}: {reason}", reason) from error


def _pixels(data: bytes) -> np.ndarray | None:
    """Pixels of a file; None if it can't be decoded: its metadata may be readable all the same."""
    try:
        return decode(data).pixels
    except UnreadableImage:
        return None
