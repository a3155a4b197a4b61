"""Where images are written: one sheet, or a folder with one file each."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subband.errors import InvalidInput, OutputError
from subband.runs.files import check_folder, replacing_folder, write_bytes

if TYPE_CHECKING:
    import numpy as np

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}  # of sheets, by suffix
_OPTIONS: dict[str, dict[str, Any]] = {"jpeg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}
_OURS = re.compile(r"\d{5,}\.png")  # names in a folder of images
_ANOTHER = "choose another --out"


def check_out(place: Path, *, overwrite: bool) -> None:
    """Raise at once if images can't be written to a place, or something there would be lost or mixed with them.

    Args:
        place: a file whose suffix is in `FORMATS`, or a folder: a name without a suffix, or of one that is there.
        overwrite: whether a file, or images in a folder, may be replaced. Other files never are.

    Raises:
        InvalidInput: the suffix is another.
        OutputError: it can't be written, or holds something.
    """
    sheet = place.suffix.lower() in FORMATS
    if not sheet and place.suffix and not place.is_dir():
        raise InvalidInput(
            f"can't write images to {place}: for one sheet end the name in {', '.join(FORMATS)}; for a folder "
            "with one file each take a name without a dot, or make the folder first"
        )
    if sheet:
        if place.is_dir():
            raise OutputError(f"can't write a sheet to {place}: it is a folder; {_ANOTHER}")
        check_folder(place.parent, _ANOTHER)
        if place.exists() and not overwrite:
            raise OutputError(f"{place} exists: {_ANOTHER}, or replace it with --overwrite")
        return
    check_folder(place, _ANOTHER)
    there = sorted(file.name for file in place.iterdir()) if place.is_dir() else []
    foreign = [name for name in there if not _OURS.fullmatch(name)]
    if foreign:
        raise OutputError(
            f"{place} holds {foreign[0]}, which is no image of subband sample: choose an empty or new folder "
            "for --out"
        )
    if there and not overwrite:
        raise OutputError(
            f"{place} holds {len(there)} images already: {_ANOTHER}, or replace them with --overwrite"
        )


def write_out(place: Path, pixels: "np.ndarray", *, overwrite: bool) -> None:
    """Write images, uint8 (N, H, W, C), where `check_out` allowed it: all of them, or nothing.

    Raises:
        OutputError: they can't be written.
    """
    if place.suffix.lower() in FORMATS:
        write_sheet(place, pixels)
        return
    with replacing_folder(place, overwrite=overwrite) as folder:
        for k, image in enumerate(pixels):
            (folder / f"{k:05d}.png").write_bytes(_encoded(image, "png"))


def write_sheet(place: Path, pixels: "np.ndarray") -> "np.ndarray":
    """Write images side by side as one, in the format of the suffix, and return it, uint8 (H, W, C).

    JPEG is written with quality 95 and whole colours, WebP without loss.

    Raises:
        OutputError: it can't be written.
    """
    from subband.plots import mosaic

    sheet = mosaic(pixels)
    try:
        content = _encoded(sheet, FORMATS[place.suffix.lower()])
    except (OSError, ValueError) as error:  # more pixels a side than the format has
        raise OutputError(f"can't write {place}: {error}; take .png, or a folder") from error
    write_bytes(place, content)
    return sheet


def _encoded(image: "np.ndarray", name: str) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.save(file, name, **_OPTIONS.get(name, {}))
    return file.getvalue()
