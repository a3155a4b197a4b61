"""Sound files as arrays and back: WAV by SciPy, other formats by soundfile where it is installed."""

import io
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from subband.errors import DataError, InvalidInput, MissingDependency
from subband.runs.files import write_bytes
from subband.runs.names import printable

WAVES = (".wav", ".wave")
OTHERS = (".flac", ".ogg", ".aiff", ".aif", ".mp3")


class Recording(NamedTuple):
    """x (channels, samples) float64, ±1 full scale; rate in hertz."""

    x: np.ndarray
    rate: int


def read_recording(file: Path) -> Recording:
    """Read a sound file, all its channels, at its own rate.

    Raises:
        DataError: missing, damaged, empty, or of an unknown kind.
        MissingDependency: a format other than WAV, without soundfile.
    """
    if file.suffix.lower() in WAVES:
        return _read_wav(file)
    try:
        import soundfile
    except ImportError as error:
        raise MissingDependency(
            f"{printable(file)} needs soundfile, as all but WAV do: pip install soundfile, or convert it to .wav"
        ) from error
    try:
        data, rate = soundfile.read(file, dtype="float64", always_2d=True)
    except (RuntimeError, OSError) as error:
        raise DataError(f"can't read {printable(file)}: {error}") from error
    return _checked(data.T.copy(), int(rate), file)


def _read_wav(file: Path) -> Recording:
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # non-audio chunks
            rate, data = wavfile.read(file)
    except (OSError, ValueError) as error:
        raise DataError(f"can't read {printable(file)}: {error}") from error
    if data.dtype == np.uint8:  # 8-bit WAV is unsigned, other depths are signed
        x = (data.astype(np.float64) - 128) / 128
    elif np.issubdtype(data.dtype, np.integer):
        x = data / -float(np.iinfo(data.dtype).min)
    else:
        x = data.astype(np.float64)
    return _checked(np.atleast_2d(x.T), int(rate), file)


def _checked(x: np.ndarray, rate: int, file: Path) -> Recording:
    if not x.size:
        raise DataError(f"{printable(file)} has no samples")
    if not np.isfinite(x).all():
        raise DataError(f"{printable(file)} has samples that are NaN or infinite")
    return Recording(x, rate)


def write_wav(file: Path, x: np.ndarray, rate: int) -> float:
    """Write (channels, samples) or (samples,) as 16-bit WAV; what exceeds full scale lowers all.

    Returns:
        The factor by which samples were multiplied, 1 if they fit.

    Raises:
        InvalidInput: samples that are not finite.
        OutputError: the file can't be written.
    """
    from scipy.io import wavfile

    if not np.isfinite(x).all():
        raise InvalidInput("samples that are NaN or infinite can't be written as sound")
    largest = float(np.abs(x).max()) if x.size else 0.0
    factor = min(1.0, 1 / largest) if largest > 0 else 1.0
    levels = np.rint(32767 * factor * np.atleast_2d(x)).astype(np.int16)
    content = io.BytesIO()
    wavfile.write(content, rate, levels.T)
    write_bytes(file, content.getvalue())
    return factor
