"""Sound files: channels, depths, rates, and what can't be read."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from subband.data.recordings import read_recording, write_wav
from subband.errors import DataError, InvalidInput, MissingDependency


def test_stereo_goes_out_and_comes_back(tmp_path: Path, rng) -> None:
    x = rng.uniform(-0.9, 0.9, (2, 300))
    assert write_wav(tmp_path / "a.wav", x, 22050) == 1
    back = read_recording(tmp_path / "a.wav")
    assert (back.rate, back.x.shape) == (22050, (2, 300))
    np.testing.assert_allclose(back.x, x, atol=1e-4)


def test_loud_sounds_are_lowered_not_clipped(tmp_path: Path) -> None:
    x = np.array([0.5, -4.0, 2.0])
    assert write_wav(tmp_path / "a.wav", x, 8000) == pytest.approx(0.25)
    np.testing.assert_allclose(read_recording(tmp_path / "a.wav").x[0], x / 4, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_all_depths_have_one_scale(tmp_path: Path, dtype) -> None:
    x = np.array([0.0, 0.5, -0.5])
    if dtype is np.uint8:
        stored = (x * 128 + 128).astype(dtype)
    elif dtype is np.float32:
        stored = x.astype(dtype)
    else:
        stored = (x * -float(np.iinfo(dtype).min)).astype(dtype)
    wavfile.write(tmp_path / "a.wav", 8000, stored)
    np.testing.assert_allclose(read_recording(tmp_path / "a.wav").x[0], x, atol=1e-2)


def test_what_is_no_sound_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't read"):
        read_recording(tmp_path / "missing.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(DataError, match="can't read"):
        read_recording(tmp_path / "text.wav")
    wavfile.write(tmp_path / "nan.wav", 8000, np.array([0.0, np.nan], np.float32))
    with pytest.raises(DataError, match="NaN"):
        read_recording(tmp_path / "nan.wav")
    with pytest.raises(InvalidInput, match="NaN"):
        write_wav(tmp_path / "a.wav", np.array([np.nan]), 8000)


def test_other_formats_need_soundfile(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(MissingDependency, match="pip install soundfile"):
        read_recording(tmp_path / "a.flac")
