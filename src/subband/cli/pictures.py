"""Output of images: one sheet, or a folder with one file per image."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subband.errors import InvalidInput, OutputError
from subband.runs.files import check_folder, replacing_folder, write_bytes

if TYPE_CHECKING:
    import numpy as np

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}  # suffix → format of a sheet
_OPTIONS: dict[str, dict[str, Any]] = {"jpeg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}
_OWN = re.compile(r"\d{5,}\.png")  # file names written by write_out
_ROW = 8  # pairs of images in a row of a sheet
_ANOTHER = "choose another --out"


def check_out(path: Path, *, overwrite: bool) -> None:
    """Check, before any work, that images can be written to a path without losing or mixing other files.

    Args:
        path: A file with a suffix of `FORMATS` for one sheet; an existing folder, or a name without a suffix, for
            one file per image.
        overwrite: Whether an existing sheet, or the images in a folder, may be replaced. Other files never are.

    Raises:
        InvalidInput: unknown suffix.
        OutputError: the path can't be written, or files exist there.
    """
    sheet = path.suffix.lower() in FORMATS
    if not sheet and path.suffix and not path.is_dir():
        raise InvalidInput(
            f"can't write images to {path}: for one sheet end the name in {', '.join(FORMATS)}; for a folder "
            "with one file per image use a name without a dot, or create the folder first"
        )
    if sheet:
        if path.is_dir():
            raise OutputError(f"can't write a sheet to {path}: it is a folder; {_ANOTHER}")
        check_folder(path.parent, _ANOTHER)
        if path.exists() and not overwrite:
            raise OutputError(f"{path} exists: {_ANOTHER}, or replace it with --overwrite")
        return
    check_folder(path, _ANOTHER)
    existing = sorted(file.name for file in path.iterdir()) if path.is_dir() else []
    foreign = [name for name in existing if not _OWN.fullmatch(name)]
    if foreign:
        raise OutputError(
            f"{path} holds {foreign[0]}, which subband sample did not write: choose an empty or new folder "
            "for --out"
        )
    if existing and not overwrite:
        raise OutputError(
            f"{path} holds {len(existing)} images already: {_ANOTHER}, or replace them with --overwrite"
        )


def write_out(
    path: Path, pixels: "np.ndarray", *, overwrite: bool, above: "np.ndarray | None" = None
) -> None:
    """Write images, (N, H, W, C) uint8, to a path that `check_out` accepted: all of them or none.

    A sheet has `above`, as many images of the same shape, in rows above theirs; a folder does not.

    Raises:
        OutputError: the path can't be written.
    """
    if path.suffix.lower() in FORMATS:
        write_sheet(path, pixels, above=above)
        return
    with replacing_folder(path, overwrite=overwrite) as folder:
        for k, image in enumerate(pixels):
            (folder / f"{k:05d}.png").write_bytes(encoded(image, "png"))


def write_sheet(path: Path, pixels: "np.ndarray", *, above: "np.ndarray | None" = None) -> "np.ndarray":
    """Write (N, H, W, C) uint8 images as one mosaic, in the format of the suffix.

    JPEG has quality 95 without chroma subsampling; WebP is lossless. Images `above`, of the same shape, stand each
    above the one with its number, eight in a row.

    Returns:
        The mosaic, (H, W, C) uint8.

    Raises:
        OutputError: the path can't be written, or the mosaic is too large for the format.
    """
    from subband.plots import mosaic

    sheet = mosaic(pixels) if above is None else mosaic(_in_pairs(above, pixels), columns=_ROW)
    try:
        content = encoded(sheet, FORMATS[path.suffix.lower()])
    except (OSError, ValueError) as error:  # e.g. a side longer than the format allows
        raise OutputError(f"can't write {path}: {error}; use .png, or a folder") from error
    write_bytes(path, content)
    return sheet


def _in_pairs(above: "np.ndarray", below: "np.ndarray") -> "np.ndarray":
    """Rows of eight images, in turn of the one set and of the other, with white images behind their last rows."""
    import numpy as np

    missing = -len(above) % _ROW
    full = [np.pad(x, [(0, missing), (0, 0), (0, 0), (0, 0)], constant_values=255) for x in (above, below)]
    rows = np.stack([x.reshape(-1, _ROW, *x.shape[1:]) for x in full], axis=1)
    return rows.reshape(-1, *above.shape[1:])


def encoded(image: "np.ndarray", name: str) -> bytes:
    """The file of an image, (H, W, C) uint8, in a format of `FORMATS`."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.save(file, name, **_OPTIONS.get(name, {}))
    return file.getvalue()


def levels(x: "np.ndarray") -> "np.ndarray":
    """(rows, columns) or (3, rows, columns) from 0 to 1 → (rows, columns, channels) uint8."""
    import numpy as np

    last = x[..., None] if x.ndim == 2 else np.moveaxis(x, 0, -1)
    return np.rint(255 * np.clip(last, 0, 1)).astype(np.uint8)
