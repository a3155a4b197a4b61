"""Units do not matter: a signal times a power of two has the same coefficients times that power, digit by digit."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from public import MAPS, TRANSFORMS, WITHOUT_SIGNALS

import subband as sb
from subband.arrays.scale import power_of_two
from subband.metrics import energy_density, frechet_distance, overlap

MAKE = {"numpy": np.asarray, "torch": torch.asarray}
POWERS = (-60, -33, -1, 7, 60)


def images(dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 16, 16)).astype(dtype)


def parts(x) -> np.ndarray:
    """Real and imaginary parts as float64, which holds what float32 has no range for."""
    x = np.asarray(x)
    return np.stack([x.real, x.imag]).astype(np.float64)


def test_every_public_name_is_a_map_or_takes_no_signal() -> None:
    covered = {name.split(" ")[0] for name in MAPS}
    assert sorted(set(TRANSFORMS) - covered - WITHOUT_SIGNALS) == []
    assert covered.isdisjoint(WITHOUT_SIGNALS)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("name", MAPS)
def test_powers_of_two_go_through(name: str, kind: str) -> None:
    x, (f, degrees, _) = images(), MAPS[name]
    whole = f(MAKE[kind](x), 1.0)
    assert len(whole) == len(degrees)
    for k in POWERS:
        scaled = f(MAKE[kind](x * np.float32(2.0**k)), 2.0**k)
        for got, want, degree in zip(scaled, whole, degrees, strict=True):
            expected = parts(want) * 2.0 ** (k * degree)
            # Below the normal range float32 has multiples of 2^-149, of which a sum of two rounds twice.
            below = np.where(np.abs(expected) < 2.0**-125, 2.0**-148, 0.0)
            assert np.all(np.abs(parts(got) - expected) <= below), (k, degree)


SHARED = {"best_basis", "basis_cost", "scattering_energy"} | {
    *("threshold", "threshold_firm", "synchrosqueeze", "denoise (sure)", "scattering_covariance (reference)")
}
"""Maps that give one result for all items, and those with an argument in the unit of all items."""


@pytest.mark.parametrize("name", [name for name in MAPS if name not in SHARED])
def test_each_item_of_a_batch_has_its_own_unit(name: str) -> None:
    x, f = images(), MAPS[name].f
    unlike = np.stack([x[0], x[1] * np.float32(2.0**-60)])
    for got, want in zip(f(unlike, 1.0), f(x, 1.0), strict=True):
        np.testing.assert_array_equal(got[0], want[0])


@pytest.mark.parametrize("unit", [1e-15, 1e-12, 1e-6, 3.0, 1e12])
def test_displacements_do_not_depend_on_units(unit: float) -> None:
    x = images()
    y = sb.shift(x, (1.25, -3.5), axes=(1, 2))
    want = sb.phase_correlation(x, y)
    got = sb.phase_correlation(x * np.float32(unit), y * np.float32(7 * unit))
    # A factor that is no power of two rounds each sample anew.
    np.testing.assert_allclose(got.shift, want.shift, atol=1e-4)
    np.testing.assert_allclose(got.peak, want.peak, atol=1e-4)
    angle = registered(np.float32(unit)).angle
    np.testing.assert_allclose(angle, registered(np.float32(1)).angle, atol=1e-4)
    assert angle == pytest.approx(0.4, abs=0.02)


def registered(unit: np.float32) -> sb.Registration:
    at = np.arange(64) - 31.5
    down, across = np.meshgrid(at, at, indexing="ij")
    centres = np.random.default_rng(3).uniform(-16, 16, (12, 2))

    def picture(angle: float) -> np.ndarray:
        r, c = (np.cos(angle) * down + np.sin(angle) * across, np.cos(angle) * across - np.sin(angle) * down)
        return sum(np.exp(-((r - a) ** 2 + (c - b) ** 2) / 18) for a, b in centres).astype("f4")

    return sb.register_images(unit * picture(0.0), unit * picture(0.4))


@pytest.mark.parametrize("k", POWERS)
def test_metrics_of_shares_do_not_depend_on_units(k: int) -> None:
    x = images()
    unit = np.float32(2.0**k)
    for view in (
        lambda x: sb.stft(x, "hann", 4),
        lambda x: sb.cwt(x, "morse"),
        lambda x: sb.packets(x, "haar", level=2),
    ):
        line = x[0].ravel()
        np.testing.assert_array_equal(
            energy_density(view(unit * line)).density, energy_density(view(line)).density
        )
    first, second = x[0], x[1] + 1
    assert overlap(unit * first, unit * second) == overlap(first, second)
    # Eigenvalues are found by iterations that stop at a share of the largest: all but some last digits agree.
    assert frechet_distance(unit * first, unit * second) == pytest.approx(
        4.0**k * frechet_distance(first, second), rel=1e-9
    )


@pytest.mark.parametrize("make", [np.asarray, torch.asarray, jnp.asarray])
def test_powers_of_two_at_or_below_the_largest_modulus(make) -> None:
    rows = [[0, 0], [0.75, -1], [-2.5, 1], [3e38, 1], [np.inf, 1], [np.nan, 1], [1e-30, 0]]
    found = power_of_two(make(np.asarray(rows, "f4")), (1,))
    want = [1, 1, 2, 2.0**127, 1, 1, 2.0**-100]
    np.testing.assert_array_equal(np.asarray(found)[:, 0], np.asarray(want, "f4"))
    z = make(np.asarray([[3e38 + 3e38j]], "c8"))
    assert float(power_of_two(z, (1,))[0, 0]) == 2.0**127
