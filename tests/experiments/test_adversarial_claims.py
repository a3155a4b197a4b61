"""Claims about aliasing and adversarial generators, at tiny budgets."""

import numpy as np
import pytest

from subband import plots
from subband.data import Examples
from subband.experiments.claims import aliasing, cyclegan_digits, gan_table, stylegan3_ladder
from subband.experiments.methods.motion import moving, side_by_side, turning
from subband.generate import GENERATORS
from subband.runs.progress import Silent
from subband.training import initialised


def test_the_aliasing_of_layers_is_ordered_as_the_source_says() -> None:
    found = aliasing._run(6.0, Silent())

    def level(name: str) -> float:
        return found.ours[f"{name}, aliased energy in dB"]

    assert found.figure.startswith(b"\x89PNG")
    assert level("filtered ReLU, 2 times finer") < level("ReLU") - 8
    assert level("FFT ReLU, 4 times finer") < level("filtered ReLU, 2 times finer") - 5
    assert level("low-pass, stride 2") < level("[1 2 1], stride 2") < level("stride 2")
    assert level("interpolated twice") < level("repeated twice") - 30
    beyond = "{}, energy beyond the Nyquist frequency in dB"
    assert found.ours[beyond.format("its ReLU")] > -40
    assert found.ours[beyond.format("band-limited map")] < -200
    assert found.ours[beyond.format("low-passed ReLU")] < -200


def test_films_of_a_plane_are_gifs() -> None:
    family = GENERATORS["stylegan3"]
    with initialised(0):
        network = family.build(family.configure(16, base=32, most=8)).eval()
    films = [f(network, frames=4) for f in (moving, turning)]
    assert films[0].shape == films[1].shape == (4, 16, 16, 3)
    assert not np.array_equal(films[0][0], films[0][-1])
    np.testing.assert_array_equal(films[0][0], films[1][0])
    frames = side_by_side(films, scale=2, gap=4)
    assert len(frames) == 4
    assert frames[0].shape == (32, 68, 3)
    np.testing.assert_array_equal(frames[1][::2, :32:2], films[0][1])
    np.testing.assert_array_equal(frames[1][::2, 36::2], films[1][1])
    assert plots.gif(frames).startswith(b"GIF89a")


def test_maps_of_domains() -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 1), dtype=np.uint8)
    for change, _ in cyclegan_digits.MAPS.values():
        y = change(x)
        assert (y.shape, y.dtype) == (x.shape, np.uint8)
        assert not np.array_equal(x, y)
    np.testing.assert_array_equal(cyclegan_digits.inverted(cyclegan_digits.inverted(x)), x)
    assert (
        len({tuple(cyclegan_digits.textured(np.full((1, 32, 32, 1), v, np.uint8)).ravel()) for v in (0, 255)})
        == 2
    )


def random_examples(channels: int = 1) -> Examples:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (240, 32, 32, channels), dtype=np.uint8)
    return Examples(pixels, np.arange(240) % 10, tuple("0123456789"))


@pytest.mark.slow
@pytest.mark.parametrize("name", gan_table.MODELS)
def test_each_row_of_the_table_at_a_tiny_budget(name, tmp_path, monkeypatch) -> None:
    from subband.generate import train_judge

    monkeypatch.setattr(gan_table, "digits", lambda split, channels=1: random_examples(channels))
    for channels in (1, 3):
        train_judge(random_examples(channels), steps=2).save(tmp_path / f"judge-{channels}")
    found = gan_table.train_and_evaluate(name, 0.5, tmp_path, 60)
    ours, uncertainty = gan_table._summary({name: found})
    family, _ = gan_table.MODELS[name]
    assert GENERATORS[family].conditional == (f"{name}, accuracy" in ours)
    assert all(low <= ours[key] <= high for key, (low, high) in uncertainty.items())
    assert gan_table._figure({name: found}).startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_map_at_a_tiny_budget(tmp_path, monkeypatch) -> None:
    from subband.generate import train_judge

    monkeypatch.setattr(cyclegan_digits, "digits", lambda split: random_examples())
    for place in ("inverted", "digits"):
        train_judge(random_examples(), steps=2).save(tmp_path / place)
    found = cyclegan_digits.learn("inverted", 0.5, tmp_path, 40)
    assert 0 <= found.accuracy <= 1
    assert found.shown.shape == (8, 96, 32, 1)


@pytest.mark.slow
def test_a_rung_without_training() -> None:
    found = stylegan3_ladder.untrained("T", 16, 2)
    assert set(found) == {"EQ-T", "EQ-T_frac", "EQ-R"}
    assert found["EQ-T"].value > 40
