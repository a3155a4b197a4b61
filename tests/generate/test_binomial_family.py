"""Black-and-white images: drawn as such, coded in few bits, and bad settings refused."""

import numpy as np
import pytest
import torch
from digits import digits
from typer.testing import CliRunner

from subband.cli import app
from subband.errors import InvalidInput
from subband.generate import load_generator, train_generator
from subband.generate.families.binomial import BinomialConfig
from subband.training import generator

SMALL = {"width": 16, "chain": 20, "flip": False}


@pytest.fixture(scope="module")
def held_out():
    """Digits to learn from, and 24 others as uint8 (24, 1, 16, 16)."""
    examples = digits()
    examples = examples.take(np.random.default_rng(0).permutation(len(examples)))
    rest = torch.from_numpy(examples.pixels[:24].transpose(0, 3, 1, 2).copy())
    return examples.pixels[24:], rest


@pytest.mark.slow
def test_bits_of_digits_never_seen_fall_below_those_of_coins_and_of_pixels_alone(held_out):
    pixels, rest = held_out
    bits = []
    for steps in (1, 150):
        made = train_generator("binomial", pixels, steps=steps, **SMALL)
        bits.append(made.network.bits(rest, generator(0)).mean().item())
    share = (pixels >= 128).mean(axis=0).clip(1e-3, 1 - 1e-3).transpose(2, 0, 1)
    x = (rest >= 128).numpy()
    alone = -np.where(x, np.log2(share), np.log2(1 - share)).mean()  # each pixel by how often it is white
    assert alone < 1 < bits[0]
    assert 0 < bits[1] < alone
    drawn = made.sample(64, seed=0)
    assert set(np.unique(drawn)) == {0, 255}
    assert abs(drawn.mean() / 255 - share.mean()) < 0.08


@pytest.mark.parametrize("threshold", [1, 100, 255])
def test_the_threshold_is_the_first_white_level(threshold):
    levels = np.arange(256, dtype=np.uint8).repeat(16).reshape(64, 8, 8, 1)
    network = train_generator("binomial", levels, steps=1, threshold=threshold, **SMALL).network
    signal = torch.from_numpy(levels.transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
    np.testing.assert_array_equal(
        network.binary(signal).numpy(), levels.transpose(0, 3, 1, 2) >= np.uint8(threshold)
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"size": 16, "threshold": 0}, "take 1 to 255"),
        ({"size": 16, "threshold": 256}, "take 1 to 255"),
        ({"size": 16, "chain": 0}, "chain=0"),
        ({"size": 16, "multipliers": ()}, "multipliers"),
        ({"size": 24, "patch": 4}, "multiples of 16"),
    ],
)
def test_refuses_impossible_settings(settings, says):
    with pytest.raises(InvalidInput, match=says):
        BinomialConfig(**settings)


def test_from_the_command_line(held_out, tmp_path):
    np.savez(tmp_path / "a.npz", x_train=held_out[0][:64])
    words = [
        "train",
        "binomial",
        "--data",
        tmp_path / "a.npz",
        "--threshold",
        100,
        "--chain",
        5,
        "--steps",
        2,
    ]
    result = CliRunner().invoke(app, list(map(str, [*words, "--width", 8, "--out", tmp_path / "run"])))
    assert result.exit_code == 0, result.output
    made = load_generator(tmp_path / "run")
    assert (made.family, made.config.threshold) == ("binomial", 100)
    assert set(np.unique(made.sample(2, seed=0))) == {0, 255}
