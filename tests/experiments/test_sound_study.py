"""Descriptions of sounds, the divisions into training and test, and the protocol of UrbanSound8k in small."""

import csv

import numpy as np
import pytest
from scipy.io import wavfile

from subband.data.sounds import SoundSet, urban_sounds
from subband.experiments.methods.sound_features import cepstra, compressed, log_mel, mel_filters
from subband.experiments.methods.sound_study import NET, by_group, by_take, leveled, linear, scores, study

FS = 8000


def test_mel_triangles_share_every_frequency_between_two() -> None:
    frequencies = np.linspace(0, 4000, 2001)
    filters = mel_filters(40, frequencies)
    peaks = frequencies[filters.argmax(axis=1)]
    assert (np.diff(peaks) > 0).all()
    inner = (frequencies > peaks[0]) & (frequencies < peaks[-1])
    np.testing.assert_allclose(filters.sum(axis=0)[inner], 1, atol=1e-12)
    # 1000 Hz is 1000 mel.
    assert 2595 * np.log10(1 + 1000 / 700) == pytest.approx(1000, abs=0.1)


def test_a_tone_is_loudest_in_its_mel_band() -> None:
    t = np.arange(8192) / FS
    for hertz in (300, 1000, 3000):
        bands = log_mel(np.sin(2 * np.pi * hertz * t)[None], FS)[0].mean(axis=-1)
        there = mel_filters(40, np.array([0.0, hertz, FS / 2]))[:, 1].argmax()
        assert bands.argmax() == there


def test_slopes_of_cepstra_measure_growth_over_frames(rng) -> None:
    # Noise that grows by a factor a frame: ln power rises by 2 ln(factor), in every band alike.
    n, hop, factor = 8000, 80, 1.02
    x = rng.standard_normal((50, n)) * factor ** (np.arange(n) / hop)
    found = cepstra(x, FS, 1)[:, :, 0].mean(axis=0)
    # Of all bands alike, the orthonormal cosine transform has √bands in its first coefficient alone.
    assert found[20] == pytest.approx(2 * np.log(factor) * np.sqrt(40), rel=0.1)
    assert np.abs(found[21:]).max() < 0.05 * found[20]


def test_compression_gives_every_path_the_same_weight(rng) -> None:
    s = rng.random((6, 3, 4))
    scale = np.array([1.0, 1e-4, 1e3])
    typical = s.mean(axis=(0, 2))
    plain = compressed(s, typical).reshape(6, 3, 4)
    scaled = compressed(s * scale[:, None], typical * scale).reshape(6, 3, 4)
    np.testing.assert_allclose(
        scaled - plain, np.broadcast_to(np.log(scale)[:, None], plain.shape), atol=1e-9
    )


def sounds_of(groups: int, each: int, rng) -> SoundSet:
    """Two classes, low and high tones, in noise."""
    n = 2 * groups * each
    labels, places = np.arange(n) % 2, np.arange(n) // 2 % groups
    t = np.arange(4096) / FS
    x = np.sin(2 * np.pi * np.where(labels == 0, 400, 1500)[:, None] * t) + 0.1 * rng.standard_normal(
        (n, 4096)
    )
    takes = np.arange(n) // (2 * groups)
    return SoundSet(
        x.astype(np.float32), labels, places, takes, ("low", "high"), tuple(map(str, range(groups))), FS
    )


def test_no_group_is_on_both_sides(rng) -> None:
    sounds = sounds_of(3, 4, rng)
    divisions = by_group(sounds)
    assert len(divisions) == 3
    for where in divisions:
        assert not set(sounds.groups[where.train]) & set(sounds.groups[where.test])
        assert set(where.parts) == set(sounds.groups[where.train])
    (official,) = by_take(sounds, 1)
    assert set(sounds.takes[official.test]) == {0}
    assert set(sounds.takes[official.train]) == {1, 2, 3}


def test_level_does_not_matter_and_silence_stays(rng) -> None:
    x = rng.standard_normal((2, 64))
    np.testing.assert_allclose(leveled(x), leveled(x * np.array([[3.0], [0.01]])))
    assert not leveled(np.zeros((1, 8))).any()


def test_the_classifier_learns_from_training_sounds_alone(rng) -> None:
    sounds = sounds_of(3, 4, rng)
    s = cepstra(sounds.x, FS, 2)
    where = by_group(sounds)[0]
    said = linear(s, sounds.labels, where, 2, logarithm=False)
    assert (said == sounds.labels[where.test]).all()
    wrong = np.where(np.isin(np.arange(len(sounds.labels)), where.test), 1 - sounds.labels, sounds.labels)
    np.testing.assert_array_equal(linear(s, wrong, where, 2, logarithm=False), said)


def test_urban_sounds_are_tested_fold_by_fold(tmp_path, rng) -> None:
    (tmp_path / "metadata").mkdir()
    with (tmp_path / "metadata" / "UrbanSound8K.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["slice_file_name", "fold", "classID", "class"])
        table.writeheader()
        for fold in (1, 2, 3):
            (tmp_path / "audio" / f"fold{fold}").mkdir(parents=True)
            # One class is three times as frequent: the class-wise average gives both one weight.
            for k, label in enumerate((0, 1, 1, 1)):
                t = np.arange(FS // 2) / FS
                x = np.sin(2 * np.pi * (400, 1500)[label] * t + k) + 0.1 * rng.standard_normal(len(t))
                wavfile.write(
                    tmp_path / "audio" / f"fold{fold}" / f"{k}.wav", FS, (8000 * x).astype(np.int16)
                )
                row = {"slice_file_name": f"{k}.wav", "fold": fold, "classID": label, "class": "ab"[label]}
                table.writerow(row)
    sounds = urban_sounds(tmp_path, fs=FS, seconds=0.5)
    described = {"MFCC": cepstra(leveled(sounds.x), FS, 2)}
    said = study(sounds, described, by_group(sounds), steps=1, report=lambda now: None)
    assert set(said) == {"MFCC", NET}
    ours, _ = scores(sounds, {"MFCC": said["MFCC"]}, "folds", clustered=True)
    assert ours["folds: MFCC, class-wise error (%)"] == 0
    always = scores(sounds, {"always b": np.ones(12, int)}, "folds", clustered=True)[0]
    assert always["folds: always b, class-wise error (%)"] == 50
