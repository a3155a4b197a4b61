"""Camera, lens and exposure in EXIF: a claim, since any program can write them.

Source: Exif 2.32, tables 4, 7 and 8.
"""

from typing import Any

from subband.forensics.judgement import Finding
from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import shown
from subband.forensics.provenance.quoting import quoted

MAKE, MODEL, SOFTWARE = 0x010F, 0x0110, 0x0131
EXPOSURE = {
    0x829A: "exposure in s",
    0x829D: "aperture",
    0x8827: "ISO",
    0x920A: "focal length in mm",
    0x9003: "taken",
    0xA434: "lens",
}
ENOUGH = 2
"""Exposure fields that make a camera's record; a make alone is written by scanners and programs too."""


def read_camera(metadata: Metadata) -> Finding | None:
    """The finding of a camera's EXIF; None if neither make nor model is there."""
    camera = [
        str(metadata.exif.picture[tag]).strip() for tag in (MAKE, MODEL) if tag in metadata.exif.picture
    ]
    camera = [name for name in camera if name and not name.startswith(("{", "prompt:", "workflow:"))]
    if not camera:
        return None
    make, model = camera[0], camera[-1]
    name = model if model.lower().startswith(make.lower().split()[0]) else f"{make} {model}"
    exposure: dict[str, Any] = {
        words: shown(metadata.exif.photo[tag])
        for tag, words in EXPOSURE.items()
        if tag in metadata.exif.photo
    }
    complete = len(exposure) >= ENOUGH
    what = "camera, lens or exposure" if complete else "only a device, no exposure"
    text = (
        f"The EXIF of the file names {what}: {quoted(name)}. "
        "It is not signed: any program can write, copy or remove it."
    )
    details = {"make": shown(make), "model": shown(model), **exposure}
    if SOFTWARE in metadata.exif.picture:
        details["software"] = shown(metadata.exif.picture[SOFTWARE])
    return Finding("camera", "real" if complete else "nothing", "claimed", text, details)
