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

    Arrays are called x_SPLIT and y_SPLIT, or SPLIT_images and SPLIT_labels; without SPLIT, that is "train",
    or else images and labels, x and y, or arr_0 and arr_1. Images are uint8, (N, H, W), (N, H, W, 1) or
    (N, H, W, 3). Labels are whole numbers, (N,) or (N, 1), one-hot rows, (N, K), or text, (N,).

    Args:
        path: of the file.
        split: e.g. "test".
        labels: whether to read the labels.

    Returns:
        uint8 (N, H, W, C), and N names, or none where there are no labels.

    Raises:
        DataError: the file is missing or damaged, has no such arrays, or they are of another kind; the
            message says what came and what to type.
    """
    shown = printable(path)
    try:
        if not stat.S_ISREG(mode := path.stat().st_mode):
            raise DataError(f"can't read {shown}: it is {kind_of(mode)}")
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise DataError(f"can't read {shown}: it holds one array; np.savez(FILE, x_train=…, y_train=…)")
        with file:
            pair = _pair(file.files, split, shown)
            images = _array(file, pair[0], shown)
            classes = _array(file, pair[1], shown) if labels and pair[1] in file.files else None
    except (*MALFORMED, zipfile.BadZipFile) as error:
        raise DataError(f"can't read {shown}: {getattr(error, 'strerror', None) or error}") from error
    pixels = _pixels(images, f"{pair[0]} of {shown}")
    return pixels, [] if classes is None else _names(classes, len(pixels), pair[1], shown)


def _pair(names: list[str], split: str | None, shown: str) -> tuple[str, str]:
    """Names of the arrays of images and of labels."""
    candidates = [(x.format(split or "train"), y.format(split or "train")) for x, y in LAYOUTS]
    found = next((pair for pair in [*candidates, *(() if split else WHOLE)] if pair[0] in names), None)
    if found is None:
        splits = sorted({name[2:] for name in names if name.startswith("x_")} | {
            name.removesuffix("_images") for name in names if name.endswith("_images")
        })  # fmt: skip
        there = ", ".join(f"{shown}:{printable(name)}" for name in splits) or "none"
        arrays = ", ".join(map(printable, names)) or "none"
        raise DataError(
            f"{shown} has no array {candidates[0][0]} or {candidates[1][0]}; splits that it has: {there}; "
            f"arrays: {arrays}"
        )
    return found


def _array(file: np.lib.npyio.NpzFile, name: str, shown: str) -> np.ndarray:
    try:
        return file[name]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        raise DataError(
            f"{name} of {shown} holds Python objects, which are not loaded: save it with a fixed type, "
            f"e.g. np.array({name}.tolist())"
        ) from error


def _pixels(images: np.ndarray, shown: str) -> np.ndarray:
    """(N, H, W, C) uint8 with C = 1 or 3, of arrays that are so or nearly so."""
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
        advice = "; leave out the transparency with x[..., :3]"
    elif images.dtype.kind == "f" and images.size and 0 <= images.min() <= images.max() <= 1:
        advice = "; from [0, 1]: (x * 255).round().astype('uint8')"
    need = "need uint8 (N, H, W) or (N, H, W, 3)"
    raise DataError(f"{shown} is {images.dtype} {images.shape}: {need}{advice}")


def _names(labels: np.ndarray, count: int, name: str, shown: str) -> list[str]:
    names = class_names(labels)
    if names is not None and len(names) == count:
        return names
    advice = ""
    if labels.ndim == 2 and labels.shape[0] == count:
        advice = f"; if the largest of each row is its class, {name}={name}.argmax(axis=1)"
    raise DataError(
        f"{name} of {shown} is {labels.dtype} {labels.shape}: need a whole number for each image, ({count},), "
        f"a one-hot row, ({count}, K), or text{advice}; --no-labels does without"
    )
