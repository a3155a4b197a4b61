"""Sound data sets: WAV files at one length and sampling rate, with classes and groups."""

import csv
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import final

import numpy as np
import scipy

from subband.arrays.arguments import integer
from subband.errors import DataError

URBAN_FOLDS = 10


@final
@dataclass(frozen=True)
class SoundSet:
    """Recordings of one length.

    Attributes:
        x: (N, samples) float32 waveforms; ±1 is full scale for integer files.
        labels: (N,) classes, from 0.
        groups: (N,) fold or speaker, the unit of cross-validation.
        takes: (N,) take number; −1 if the data set has none.
        classes: Class names.
        names: Group names.
        fs: Sampling rate in hertz.
    """

    x: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    takes: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]
    fs: float


def read_wav(file: Path, *, fs: float, samples: int) -> np.ndarray:
    """Read a WAV file: channels averaged, resampled to `fs`, truncated or zero-padded to `samples`.

    Returns:
        (samples,) float32.

    Raises:
        DataError: the file is missing, damaged, empty, or neither PCM nor floating-point.
        InvalidInput: a rate that is not a whole number of hertz.
    """
    fs = integer("fs", fs, 1, what="a whole number of hertz")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", scipy.io.wavfile.WavFileWarning)  # non-audio chunks
            rate, data = scipy.io.wavfile.read(file)
    except (OSError, ValueError) as error:
        raise DataError(f"can't read {file}: {error}") from error
    if not data.size:
        raise DataError(f"{file} has no samples")
    if data.dtype == np.uint8:  # 8-bit WAV is unsigned, other depths are signed
        x = (data.astype(np.float64) - 128) / 128
    elif np.issubdtype(data.dtype, np.integer):
        x = data / -float(np.iinfo(data.dtype).min)
    else:
        x = data.astype(np.float64)
    if x.ndim == 2:
        x = x.mean(axis=1)
    common = gcd(rate, fs)
    if rate != fs:
        x = scipy.signal.resample_poly(x, fs // common, rate // common)
    padded = np.zeros(samples, np.float32)
    padded[: len(x)] = x[:samples]
    return padded


def spoken_digits(folder: Path, *, samples: int = 8192) -> SoundSet:
    """Read the Free Spoken Digit Dataset: files `<digit>_<speaker>_<take>.wav` below `folder`, at 8 kHz.

    Groups are speakers. In the official split, takes 0 to 4 are the test set.

    Raises:
        DataError: no such files, or an unreadable one.
    """
    found = sorted(folder.rglob("[0-9]_*_*.wav"))
    if not found:
        raise DataError(f"no recording <digit>_<speaker>_<take>.wav below {folder}")
    parts = [file.stem.split("_") for file in found]
    names = tuple(sorted({speaker for _, speaker, _ in parts}))
    return SoundSet(
        x=np.stack([read_wav(file, fs=8000, samples=samples) for file in found]),
        labels=np.array([int(digit) for digit, _, _ in parts]),
        groups=np.array([names.index(speaker) for _, speaker, _ in parts]),
        takes=np.array([int(take) for _, _, take in parts]),
        classes=tuple("0123456789"),
        names=names,
        fs=8000.0,
    )


def urban_sounds(
    folder: Path, *, fs: float = 22050, seconds: float = 4.0, folds: Iterable[int] = range(1, 11)
) -> SoundSet:
    """Read UrbanSound8K in its original layout: `metadata/UrbanSound8K.csv` and `audio/fold1 … fold10`.

    Groups are the ten official folds, which keep slices of one recording together. Use them for 10-fold
    cross-validation: other splits leak between training and test, and their results are not comparable.

    Args:
        folder: The folder UrbanSound8K.
        fs: Sampling rate to resample to, in hertz.
        seconds: Length to truncate or zero-pad to.
        folds: Folds to read, from 1 to 10.

    Raises:
        DataError: the table or a recording is missing or unreadable, or no recording is in `folds`.

    Source: J. Salamon, C. Jacoby, J. Bello, A Dataset and Taxonomy for Urban Sound Research (2014).
    """
    table = folder / "metadata" / "UrbanSound8K.csv"
    wanted = set(folds)
    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if int(row["fold"]) in wanted]
            classes = {int(row["classID"]): row["class"] for row in rows}
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"can't read the table of UrbanSound8k, {table}: {error!r}") from error
    if not rows:
        raise DataError(
            f"{table} lists no recordings in folds {sorted(wanted)}: folds are numbered 1 to {URBAN_FOLDS}"
        )
    samples = round(fs * seconds)
    files = [folder / "audio" / f"fold{row['fold']}" / row["slice_file_name"] for row in rows]
    return SoundSet(
        x=np.stack([read_wav(file, fs=fs, samples=samples) for file in files]),
        labels=np.array([int(row["classID"]) for row in rows]),
        groups=np.array([int(row["fold"]) - 1 for row in rows]),
        takes=np.full(len(rows), -1),
        classes=tuple(classes.get(k, str(k)) for k in range(max(classes) + 1)),
        names=tuple(f"fold{k + 1}" for k in range(URBAN_FOLDS)),
        fs=float(fs),
    )
