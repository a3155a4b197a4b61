"""Images and labels in an .npz file."""

import stat
import zipfile
from pathlib import Path

import numpy as np

from subband.data.classes import class_names
from subband.data.decode import MALFORMED, kind_of
from subband.errors import DataError
from subband.runs.names import printable

LAYOUTS = (("x_{}", "y_{}"), ("{}_images", "{}_labels"))  # Keras; MedMNIST
WHOLE = (("images", "labels"), ("x", "y"), ("arr_0", "arr_1"))  # one split without a name


def read_npz(path: Path, split: str | None = None, *, labels: bool = True) -> tuple[np.ndarray, list[str]]:
    """Read the images of a split and the names of their classes.

    Array names are x_SPLIT and y_SPLIT, or SPLIT_images and SPLIT_labels. Without a split, "train" is tried
    first, then images and labels, x and y, arr_0 and arr_1. Images are uint8 of shape (N, H, W), (N, H, W, 1)
    or (N, H, W, 3). Labels are integers (N,) or (N, 1), one-hot rows (N, K), or strings (N,).

    Args:
        path: the .npz file.
        split: e.g. "test".
        labels: whether to read the labels.

    Returns:
        uint8 pixels (N, H, W, C), and N class names; an empty list without labels.

    Raises:
        DataError: missing or damaged file, missing arrays, or arrays of another dtype or shape.
    """
    source = printable(path)
    try:
        if not stat.S_ISREG(mode := path.stat().st_mode):
            raise DataError(f"can't read {source}: it is {kind_of(mode)}")
        with path.open("rb") as stream:  # NumPy would leave the file of a damaged archive open
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise DataError(
                    f"can't read {source}: it holds one unnamed array; save with np.savez(FILE, x_train=…)"
                )
            with file:
                pair = _pair(file.files, split, source)
                images = _array(file, pair[0], source)
                classes = _array(file, pair[1], source) if labels and pair[1] in file.files else None
    except (*MALFORMED, zipfile.BadZipFile) as error:
        raise DataError(f"can't read {source}: {getattr(error, 'strerror', None) or error}") from error
    pixels = _pixels(images, f"{pair[0]} of {source}")
    return pixels, [] if classes is None else _names(classes, len(pixels), pair[1], source)


def _pair(names: list[str], split: str | None, source: str) -> tuple[str, str]:
    """Array names of images and labels."""
    candidates = [(x.format(split or "train"), y.format(split or "train")) for x, y in LAYOUTS]
    found = next((pair for pair in [*candidates, *(() if split else WHOLE)] if pair[0] in names), None)
    if found is None:
        splits = sorted({name[2:] for name in names if name.startswith("x_")} | {
            name.removesuffix("_images") for name in names if name.endswith("_images")
        })  # fmt: skip
        available = ", ".join(f"{source}:{printable(name)}" for name in splits) or "none"
        arrays = ", ".join(map(printable, names)) or "none"
        raise DataError(
            f"{source} has no array {candidates[0][0]} or {candidates[1][0]}; available splits: {available}; "
            f"arrays: {arrays}"
        )
    return found


def _array(file: np.lib.npyio.NpzFile, name: str, source: str) -> np.ndarray:
    try:
        return file[name]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        raise DataError(
            f"{name} of {source} holds Python objects, which are not loaded: "
            f"save it with a numeric or string dtype, e.g. np.array({name}.tolist())"
        ) from error


def _pixels(images: np.ndarray, source: str) -> np.ndarray:
    """Images as uint8 (N, H, W, C), C = 1 or 3; DataError for any other dtype or shape."""
    if (
        images.dtype == np.uint8
        and images.ndim in (3, 4)
        and images.shape[3:] in ((), (1,), (3,))
        and 0 not in images.shape[1:]
    ):
        return images if images.ndim == 4 else images[..., None]
    advice = ""
    if images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[3] not in (1, 3):
        advice = "; move the channels last with x.transpose(0, 2, 3, 1)"
    elif images.ndim == 4 and images.shape[3] == 4:
        advice = "; drop the alpha channel with x[..., :3]"
    elif images.dtype.kind == "f" and images.size and 0 <= images.min() <= images.max() <= 1:
        advice = "; from [0, 1]: (x * 255).round().astype('uint8')"
    need = "need uint8 (N, H, W) or (N, H, W, 3)"
    raise DataError(f"{source} is {images.dtype} {images.shape}: {need}{advice}")


def _names(labels: np.ndarray, count: int, name: str, source: str) -> list[str]:
    names = class_names(labels)
    if names is not None and len(names) == count:
        return names
    advice = ""
    if labels.ndim == 2 and labels.shape[0] == count:
        advice = f"; for rows of class scores, {name}={name}.argmax(axis=1)"
    raise DataError(
        f"{name} of {source} is {labels.dtype} {labels.shape}: need one integer per image, ({count},), "
        f"a one-hot row, ({count}, K), or a string{advice}; --no-labels ignores them"
    )
