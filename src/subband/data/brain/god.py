"""Generic Object Decoding (Horikawa & Kamitani 2017) as arrays of NumPy, one file a subject."""

from pathlib import Path

import numpy as np

from subband.data.archives import DAMAGED
from subband.data.brain.recording import BrainRecording, standardised, without_missing
from subband.errors import DataError
from subband.runs.names import printable

IMAGES = "images_256.npz"


def read_god(folder: str | Path, subject: str, *, roi: str = "VC", missing: str = "error") -> BrainRecording:
    """Read a subject of GOD.

    The layout is that of MinD-Vis and of Beliy et al. 2019: `images_256.npz` with `train_images` and `test_images`
    (N, 256, 256, 3), and `sbj_1.npz` … `sbj_5.npz` with

        arr_0  (1200, voxels) training responses
        arr_1  (1750, voxels) test responses, 35 of each picture
        arr_2  (50, voxels) their means
        arr_3  (1200,) index of the training picture of each response
        VC, V1 … V4, LOC, FFA, PPA, HVC  bool (voxels,): regions

    Args:
        folder: of these files.
        subject: e.g. "sbj_3".
        roi: region.
        missing: "error" or "drop", for voxels with NaN.

    Raises:
        DataError: files or arrays are missing or damaged, an index without its picture, or NaN voxels.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import read_god
        >>> pictures = np.zeros((3, 256, 256, 3), np.uint8)
        >>> np.savez("images_256.npz", train_images=pictures, test_images=pictures[:2])
        >>> betas, shown = np.random.default_rng(0).normal(size=(10, 6)), np.array([0, 1, 2, 0])
        >>> responses = {"arr_0": betas[:4], "arr_1": betas[4:8], "arr_2": betas[8:], "arr_3": shown}
        >>> np.savez("sbj_1.npz", **responses, VC=np.arange(6) < 5)
        >>> recording = read_god(".", "sbj_1")
        >>> recording.voxels.shape, recording.test_voxels.shape
        ((4, 5), (2, 5))
    """
    folder = Path(folder)
    brain = _arrays(folder / f"{subject}.npz", ("arr_0", "arr_2", "arr_3", roi))
    pictures = _arrays(folder / IMAGES, ("train_images", "test_images"))
    mask, index = brain[roi].astype(bool), brain["arr_3"].astype(int)
    train, test = brain["arr_0"].astype(np.float64), brain["arr_2"].astype(np.float64)
    if mask.shape != (train.shape[-1],) or train.shape[-1] != test.shape[-1] or not mask.any():
        raise DataError(
            f"{subject}: region {roi} of {mask.shape} with {int(mask.sum())} voxels does not fit responses "
            f"of {train.shape} and {test.shape}"
        )
    seen, shown = pictures["train_images"], pictures["test_images"]
    if (
        index.shape != (len(train),)
        or len(shown) != len(test)
        or not 0 <= index.min() <= index.max() < len(seen)
    ):
        raise DataError(
            f"{subject}: {len(train)} training and {len(test)} test responses don't fit {len(seen)} and "
            f"{len(shown)} pictures, with indices from {index.min()} to {index.max()}"
        )
    train, test = standardised(*without_missing(train[:, mask], test[:, mask], missing, subject))
    return BrainRecording(subject, train, _bytes(seen[index]), test, _bytes(shown))


def _arrays(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays of an .npz file, without pickles."""
    try:
        with np.load(path, allow_pickle=False) as file:
            absent = [name for name in names if name not in file]
            if absent:
                raise DataError(
                    f"{printable(path)} has no array {', '.join(absent)}: it has {', '.join(file.files)}"
                )
            return {name: file[name] for name in names}
    except FileNotFoundError as error:
        raise DataError(
            f"no file {printable(path)}: see subband.data.brain.read_god for the layout"
        ) from error
    except (*DAMAGED, OSError, ValueError) as error:
        raise DataError(f"can't read {printable(path)}: {error}") from error


def _bytes(images: np.ndarray) -> np.ndarray:
    """uint8; floats are taken to be from 0 to 1."""
    return images if images.dtype == np.uint8 else np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)
