"""Recordings: every format of WAV that is met, and the layouts of the two data sets."""

import csv

import numpy as np
import pytest
from scipy.io import wavfile

from subband.data.sounds import read_wav, spoken_digits, urban_sounds
from subband.errors import DataError, InvalidInput

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)


@pytest.mark.parametrize(
    ("dtype", "scale", "offset", "step"),
    [
        (np.uint8, 128, 128, 1 / 128),
        (np.int16, 2**15, 0, 2.0**-15),
        (np.int32, 2**31, 0, 1e-7),
        (np.float32, 1, 0, 1e-7),
    ],
)
def test_every_format_gives_the_same_samples(tmp_path, dtype, scale, offset, step) -> None:
    wavfile.write(tmp_path / "a.wav", 8000, (TONE * scale + offset).astype(dtype))
    x = read_wav(tmp_path / "a.wav", fs=8000, samples=4000)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, TONE, atol=step)


def test_channels_are_averaged_and_lengths_made_equal(tmp_path) -> None:
    both = np.stack([TONE, np.zeros_like(TONE)], axis=1).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", 8000, both)
    longer = read_wav(tmp_path / "a.wav", fs=8000, samples=5000)
    np.testing.assert_allclose(longer[:4000], TONE / 2, atol=1e-6)
    assert not longer[4000:].any()
    np.testing.assert_array_equal(read_wav(tmp_path / "a.wav", fs=8000, samples=100), longer[:100])


@pytest.mark.parametrize("rate", [44100, 11025])
def test_a_tone_keeps_its_frequency_at_another_rate(tmp_path, rate) -> None:
    n = rate // 2
    tone = np.sin(2 * np.pi * 440 * np.arange(n) / rate).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", rate, tone)
    x = read_wav(tmp_path / "a.wav", fs=8000, samples=4000)
    expected = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    np.testing.assert_allclose(x[200:-200], expected[200:-200], atol=0.01)


def test_what_is_no_recording_is_named(tmp_path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF, but not really")
    for name in ("broken.wav", "missing.wav"):
        with pytest.raises(DataError, match=name):
            read_wav(tmp_path / name, fs=8000, samples=10)
    with pytest.raises(DataError, match="no recording"):
        spoken_digits(tmp_path)


def test_names_of_spoken_digits_are_read(tmp_path) -> None:
    for name in ("3_theo_12", "0_anna_4"):
        wavfile.write(tmp_path / f"{name}.wav", 8000, TONE.astype(np.float32))
    sounds = spoken_digits(tmp_path, samples=4096)
    assert sounds.x.shape == (2, 4096)
    assert sounds.names == ("anna", "theo")
    assert [a.tolist() for a in (sounds.labels, sounds.groups, sounds.takes)] == [[0, 3], [0, 1], [4, 12]]


HEAD = ["slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class"]


def urban(folder, rows) -> None:
    """A folder as UrbanSound8k is delivered."""
    (folder / "metadata").mkdir(parents=True)
    with (folder / "metadata" / "UrbanSound8K.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for name, fold, label, kind in rows:
            writer.writerow([name, 1, 0, 1, 1, fold, label, kind])
            (folder / "audio" / f"fold{fold}").mkdir(parents=True, exist_ok=True)
            wavfile.write(folder / "audio" / f"fold{fold}" / name, 8000, TONE.astype(np.float32))


def test_urban_sounds_keep_their_folds(tmp_path) -> None:
    urban(
        tmp_path,
        [("a.wav", 1, 0, "air_conditioner"), ("b.wav", 10, 3, "dog_bark"), ("c.wav", 1, 3, "dog_bark")],
    )
    sounds = urban_sounds(tmp_path, fs=8000, seconds=1.0)
    assert sounds.x.shape == (3, 8000)
    assert sounds.labels.tolist() == [0, 3, 3]
    assert [sounds.names[g] for g in sounds.groups] == ["fold1", "fold10", "fold1"]
    assert (sounds.classes[0], sounds.classes[3]) == ("air_conditioner", "dog_bark")
    assert urban_sounds(tmp_path, fs=8000, folds=[10]).labels.tolist() == [3]


def test_an_incomplete_copy_of_urban_sounds_says_what_is_missing(tmp_path) -> None:
    with pytest.raises(DataError, match=r"UrbanSound8K\.csv"):
        urban_sounds(tmp_path)
    urban(tmp_path, [("a.wav", 1, 0, "siren")])
    with pytest.raises(DataError, match="numbered 1 to 10"):
        urban_sounds(tmp_path, folds=[11])
    (tmp_path / "audio" / "fold1" / "a.wav").unlink()
    with pytest.raises(DataError, match=r"a\.wav"):
        urban_sounds(tmp_path)


def test_rates_are_whole_numbers(tmp_path):
    wavfile.write(tmp_path / "a.wav", 8000, np.zeros(10, np.int16))
    with pytest.raises(InvalidInput, match=r"fs=22050\.5.*a whole number of hertz"):
        read_wav(tmp_path / "a.wav", fs=22050.5, samples=10)
