"""Removing bands: what goes, what stays, and which accuracy survives."""

import numpy as np
import pytest
import torch
from planted import smooth, white
from subjects import BandEnergy, subject

from subband.errors import InvalidInput
from subband.forensics import band_ablation, packet_statistics, without_bands
from subband.forensics.explanation.groups import SMOOTH, groups, octaves
from subband.forensics.explanation.removal import removal
from subband.forensics.features.images import as_images
from subband.forensics.features.layers import GREY_LEVEL_FLOOR
from subband.transforms.packets import ipackets, packets


def band(i, j):
    mask = np.zeros((8, 8), bool)
    mask[i, j] = True
    return mask


def spectrum(x):
    return packets(x.double(), "haar", level=3, mode="symmetric", axes=(-2, -1), order="frequency").array


def softened(n, seed):
    """Noise that stays clear of 0 and 255, so that nothing is clipped."""
    return np.random.default_rng(seed).integers(90, 166, (n, 16, 16, 3), dtype=np.uint8)


@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("named", [groups, octaves])
def test_every_band_is_in_one_group(level, named):
    masks = np.stack(list(named(level).values()))
    np.testing.assert_array_equal(masks.sum(0), 1)
    assert masks.reshape(len(masks), -1).any(1).all()
    assert list(named(level))[-1] == SMOOTH
    assert len(named(level)) == (level + 1 if named is octaves else 3 * level + 1)


def test_directions_are_those_of_the_lines():
    x = torch.zeros(1, 1, 16, 16)
    x[..., ::2] = 100.0  # vertical lines of one pixel
    energy = (spectrum(x) ** 2).sum((0, 1, -2, -1)).numpy()
    energy[0, 0] = 0
    assert groups(3)["the finest vertical lines"][np.unravel_index(energy.argmax(), energy.shape)]


@pytest.mark.parametrize("place", [(7, 7), (0, 5), (3, 1)])
def test_a_removed_band_keeps_what_rounding_leaves_and_the_others_stay(place):
    x = as_images(softened(40, 1))
    before, after = spectrum(x), spectrum(without_bands(x, band(*place)))
    assert before[:, :, *place].std() > 15
    assert after[:, :, *place].std() == pytest.approx(1 / np.sqrt(12), rel=0.1)
    others = torch.from_numpy(~band(*place))
    torch.testing.assert_close(after[:, :, others], before[:, :, others], atol=1e-3, rtol=0)


def test_without_the_lowest_band_a_picture_has_one_brightness():
    x = as_images(softened(2, 2))
    after = without_bands(x, band(0, 0))
    torch.testing.assert_close(after.mean((-2, -1)), x.mean((-2, -1)), atol=1e-3, rtol=0)
    assert spectrum(after)[:, :, 0, 0].std((-2, -1)).max() < 1e-3


def test_without_no_band_a_picture_stays():
    x = as_images(white(3, 0))
    torch.testing.assert_close(without_bands(x, np.zeros((8, 8), bool)), x)


def test_a_replaced_band_has_the_statistics_of_the_reference():
    x = as_images(softened(6, 3))
    reference = packet_statistics(np.uint8(100) + softened(30, 4) // 8, floor=GREY_LEVEL_FLOOR)
    after = without_bands(x, band(5, 6), reference=reference)
    z = torch.log(spectrum(after)[:, :, 5, 6].abs() + GREY_LEVEL_FLOOR)
    assert z.mean().item() == pytest.approx(reference.mean[5, 6], abs=0.05)  # a few would be below 0
    assert torch.log(spectrum(x)[:, :, 5, 6].abs() + GREY_LEVEL_FLOOR).mean() > reference.mean[5, 6] + 1


def test_the_effects_of_a_picture_are_those_of_the_only_band_that_the_detector_reads():
    answer = subject(BandEnergy(band(7, 7), offset=2.0), unsure=1.0)
    found = removal(answer, softened(3, 5))
    assert found.log_odds > 1
    effects = found.effects.copy()
    assert effects[7, 7] == pytest.approx(effects.max())
    effects[7, 7] = 0
    assert found.effects[7, 7] > 3 > 10 * np.abs(effects).max()
    assert min(found.groups, key=lambda name: found.groups[name]) == "the finest diagonal detail"
    assert found.octaves["the finest detail"] == "real"
    assert found.octaves["medium detail"] == "generated"


def planted_set(n=40):
    """White noise is "real" here, its finest diagonal detail tripled "generated"."""
    real, other = softened(n, 6), as_images(softened(n, 7))
    p = packets(other, "haar", level=3, mode="symmetric", axes=(-2, -1), order="frequency")
    c = p.array.clone()
    c[:, :, 7, 7] *= 3
    changed = ipackets(p.replace(c)).round().clamp(0, 255).numpy().astype(np.uint8).transpose(0, 2, 3, 1)
    return np.concatenate([real, changed]), np.arange(2 * n) >= n


@pytest.mark.parametrize("replaced", [False, True])
def test_accuracy_survives_without_every_band_but_the_planted_one(replaced):
    pixels, generated = planted_set()
    middle = torch.log((spectrum(as_images(pixels))[:, :, 7, 7] ** 2).mean((1, 2, 3))).numpy()
    offset = float((middle[~generated].mean() + middle[generated].mean()) / 2)
    answer = subject(BandEnergy(band(7, 7), offset))
    reference = packet_statistics(pixels[~generated], floor=GREY_LEVEL_FLOOR) if replaced else None
    done: list[float] = []
    found = band_ablation(answer, pixels, generated, reference=reference, progress=done.append)
    assert found.accuracy > 0.95
    assert found.bands[7, 7] == pytest.approx(0.5, abs=0.05)
    others = ~band(7, 7)
    assert found.bands[others].min() > 0.95
    assert found.groups["the finest diagonal detail"] == pytest.approx(0.5, abs=0.05)
    assert found.groups["coarse detail"] > 0.95
    rows = found.table()
    assert {rows[0][0], rows[1][0]} == {"the finest detail", "the finest diagonal detail"}
    assert rows[0][2] == pytest.approx(rows[0][1] - found.accuracy)
    assert found.images == (40, 40)
    assert found.how == ("replace" if replaced else "remove")
    assert done[-1] == 1


def test_the_error_of_an_accuracy_is_that_of_two_shares():
    pixels = np.concatenate([white(50, 1), smooth(50, 2)])
    generated = np.arange(100) >= 50
    answer = subject(BandEnergy(band(7, 7), 1e9))  # never "generated"
    found = band_ablation(answer, pixels, generated)
    assert (found.accuracy, found.error) == (0.5, 0.0)


def test_what_cannot_be_removed_is_named():
    x = as_images(white(1, 0))
    with pytest.raises(InvalidInput, match="F = 8"):
        without_bands(x, np.zeros((4, 4), bool))
    with pytest.raises(InvalidInput, match="labels"):
        band_ablation(subject(BandEnergy(band(1, 1))), white(3, 0), np.zeros(3, bool))
