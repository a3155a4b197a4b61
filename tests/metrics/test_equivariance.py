"""Equivariance of pictures: rotation of band-limited planes, closed forms of the filter, and the ratio."""

import numpy as np
import pytest

from subband.errors import InvalidInput
from subband.metrics.equivariance import (
    _octagon,
    equivariance_ratio,
    limited,
    moved_between,
    moved_whole,
    turned,
)


def plane(
    size: int, angle: float = 0.0, shift=(0.0, 0.0), waves: int = 12, limit: float = 0.35
) -> np.ndarray:
    """A sum of waves below a frequency, of the plane turned and moved, sampled on the grid: (1, size, size)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    y, x = y - shift[0], x - shift[1]
    x, y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    direction, radius = rng.uniform(0, 2 * np.pi, waves), limit * np.sqrt(rng.uniform(0, 1, waves))
    phase = rng.uniform(0, 2 * np.pi, waves)
    arguments = (radius * np.cos(direction))[:, None, None] * x + (radius * np.sin(direction))[
        :, None, None
    ] * y
    return np.cos(2 * np.pi * arguments + phase[:, None, None]).mean(axis=0)[None]


def error(a: np.ndarray, b: np.ndarray, known: np.ndarray) -> float:
    return float(np.sqrt(((a - b) ** 2)[..., known].mean() / (b**2)[..., known].mean()))


def test_the_filter_is_the_transform_of_the_octagon() -> None:
    """Against a Riemann sum over the frequencies that both squares hold."""
    f = (np.arange(400) + 0.5) / 400 - 0.5
    fx, fy = np.meshgrid(f, f)
    for angle in (0.0, np.pi / 4, 1.2, -2.0):
        u, v = np.cos(angle) * fx + np.sin(angle) * fy, np.cos(angle) * fy - np.sin(angle) * fx
        inside = (abs(u) <= 0.5) & (abs(v) <= 0.5)
        for x, y in ((0.0, 0.0), (0.4, -0.7), (1.3, 0.2), (0.0, 2.1)):
            want = (inside * np.cos(2 * np.pi * (fx * x + fy * y))).mean() * np.sinc(np.hypot(x, y) / 3)
            assert _octagon(np.array([x]), np.array([y]), angle)[0] == pytest.approx(want, abs=2e-3)


def test_without_an_angle_nothing_changes() -> None:
    x = np.random.default_rng(0).standard_normal((2, 16, 16))
    for f in (turned, limited):
        y, known = f(x, 0.0)
        np.testing.assert_allclose(y, x, atol=1e-12)
        assert known.sum() == 10**2


@pytest.mark.parametrize("angle", [0.3, -1.0, np.pi / 4, 2.5])
def test_a_turned_picture_is_the_picture_of_the_turned_plane(angle) -> None:
    still, other = plane(48, limit=0.3), plane(48, angle, limit=0.3)
    a, known = turned(still, angle)
    b, also = limited(other, angle)
    assert error(a, b, known & also) < 0.02
    assert error(np.rot90(still, axes=(1, 2)), b, known & also) > 0.3


def test_quarter_turns_are_exact() -> None:
    x = np.random.default_rng(0).standard_normal((1, 12, 12))
    y, known = turned(x, np.pi / 2)
    np.testing.assert_allclose(y[:, known], np.rot90(x, -1, axes=(1, 2))[:, known], atol=1e-12)


def test_moved_pictures_are_pictures_of_the_moved_plane() -> None:
    still = plane(40, limit=0.25)
    whole, known = moved_whole(still, 3, -5)
    np.testing.assert_allclose(whole[:, known], plane(40, shift=(3, -5), limit=0.25)[:, known], atol=1e-12)
    assert known.sum() == 37 * 35
    parts, known = moved_between(still, 2.4, -3.7)
    assert error(parts, plane(40, shift=(2.4, -3.7), limit=0.25), known) < 0.02


def test_the_ratio_is_in_decibels_over_all_known_pixels() -> None:
    found = equivariance_ratio(np.array([4.0, 0.0]), np.array([100.0, 300.0]))
    assert found.value == pytest.approx(10 * np.log10(4 / 0.01))
    # Residuals of 3 and -3 to the mean 0.01 over 400 samples; an error in proportion is one in dB.
    reach = 1.96 * np.sqrt(18) / 400 / 0.01 * 10 / np.log(10)
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
    assert equivariance_ratio(np.array([1.0]), np.array([4.0]), peak=1.0).value == pytest.approx(
        10 * np.log10(4)
    )
    with pytest.raises(InvalidInput, match="known samples"):
        equivariance_ratio(np.array([1.0]), np.array([0.0]))
