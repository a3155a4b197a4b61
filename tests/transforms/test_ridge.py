"""Ridges: known laws of frequency under noise, the best of all paths, batches, libraries."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.arrays import blocks
from subband.errors import InvalidInput
from subband.kernels.best_path import BestPath

FS, N, VOICES = 200.0, 2000, 24
T = np.arange(N) / FS
LAWS = {
    "linear": 5 + 6 * T,
    "falling": 70 * 2 ** (-T / 4),
    "waving": 30 + 8 * np.sin(2 * np.pi * 0.2 * T),
}
INSIDE = slice(100, -100)


def signal(law: np.ndarray) -> np.ndarray:
    return np.cos(2 * np.pi * np.cumsum(law) / FS)


def plane(x, squeezed: bool):
    c = sb.cwt(x, "morlet", frequencies=np.geomspace(2, 95, 140), fs=FS)
    return sb.synchrosqueeze(c) if squeezed else c


@pytest.mark.parametrize("squeezed", [False, True], ids=["cwt", "synchrosqueezed"])
@pytest.mark.parametrize("law", LAWS)
def test_follows_a_law_under_noise_of_the_signals_power(law: str, squeezed: bool, rng) -> None:
    x = signal(LAWS[law])
    for noise, within in ((0.0, 0.4), (np.sqrt(0.5), 1.2)):
        found = sb.extract_ridge(plane(x + noise * rng.standard_normal(N), squeezed))
        assert np.abs(found - LAWS[law])[INSIDE].mean() < within


def test_is_nearer_than_the_largest_coefficient(rng) -> None:
    s = plane(signal(LAWS["linear"]) + np.sqrt(0.5) * rng.standard_normal(N), squeezed=True)
    largest = s.frequencies[np.abs(s.array).argmax(axis=0)]
    errors = [np.abs(f - LAWS["linear"])[INSIDE].mean() for f in (sb.extract_ridge(s), largest)]
    assert errors[0] < errors[1] / 3


@pytest.mark.parametrize("impl", [pytest.param("fast", marks=pytest.mark.compiled), "reference"])
def test_is_the_best_of_all_paths(impl: str, rng) -> None:
    gain, penalty, reach = rng.standard_normal((3, 4, 6)), 0.4, 2
    for one in gain:
        search = BestPath(6, 4, penalty, reach, impl)
        for some in (one[:, :1], one[:, 1:4], one[:, 4:]):
            search.advance(some.T)
        found = search.path()
        paths = np.array(list(product(range(4), repeat=6)))
        jumps = np.diff(paths, axis=1)
        worth = one[paths, np.arange(6)].sum(axis=1) - penalty * (jumps**2).sum(axis=1)
        worth[np.abs(jumps).max(axis=1) > reach] = -np.inf
        np.testing.assert_array_equal(found, paths[worth.argmax()])


def test_batches_and_amplitudes_and_order_of_frequencies(rng) -> None:
    x = np.stack([signal(law) for law in LAWS.values()]) + 0.3 * rng.standard_normal((3, N))
    together = sb.extract_ridge(plane(x[:, None], squeezed=True))
    assert together.shape == (3, 1, N)
    for one, found in zip(x, together[:, 0], strict=True):
        np.testing.assert_array_equal(sb.extract_ridge(plane(1e-3 * one, squeezed=True)), found)
    falling = sb.cwt(x[0], "morlet", frequencies=np.geomspace(95, 2, 140), fs=FS)
    np.testing.assert_allclose(
        sb.extract_ridge(falling), sb.extract_ridge(plane(x[0], squeezed=False)), rtol=1e-12
    )


@pytest.mark.parametrize("reach", [1, 8, 200])
@pytest.mark.compiled
def test_both_twins_find_one_path(reach: int, rng) -> None:
    gain = rng.standard_normal((300, 40))
    searches = [BestPath(300, 40, 0.3, reach, impl) for impl in ("fast", "reference")]
    for search in searches:
        search.advance(gain)
    np.testing.assert_array_equal(searches[0].path(), searches[1].path())


def test_blocks_do_not_show(monkeypatch, rng) -> None:
    c = plane(signal(LAWS["waving"]) + rng.standard_normal(N), squeezed=False)
    whole = sb.extract_ridge(c), sb.synchrosqueeze(c, threshold=0.1).array
    monkeypatch.setattr(blocks, "NUMBERS", 140 * 37)
    np.testing.assert_array_equal(sb.extract_ridge(c), whole[0])
    np.testing.assert_array_equal(sb.synchrosqueeze(c, threshold=0.1).array, whole[1])


@pytest.mark.parametrize("make", [torch.asarray, jnp.asarray], ids=["torch", "jax"])
def test_other_libraries(make) -> None:
    x = signal(LAWS["waving"])[:400].astype("f4")
    found = sb.extract_ridge(plane(make(x), squeezed=False))
    assert type(found) is type(make(x))
    assert found.dtype == make(x).dtype
    np.testing.assert_allclose(np.asarray(found), sb.extract_ridge(plane(x, squeezed=False)), rtol=1e-6)


def test_silence_and_single_samples_have_ridges() -> None:
    assert np.isfinite(sb.extract_ridge(sb.cwt(np.zeros(50), "morlet"))).all()
    assert sb.extract_ridge(sb.cwt(np.ones((2, 1)), "morlet", frequencies=[0.1, 0.2])).shape == (2, 1)


def test_bad_arguments() -> None:
    c = sb.cwt(np.ones(64), "morlet")
    with pytest.raises(InvalidInput, match="ndarray"):
        sb.extract_ridge(c.array)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="penalty"):
        sb.extract_ridge(c, penalty=-1)
    with pytest.raises(InvalidInput, match="reach"):
        sb.extract_ridge(c, reach=0)
    with pytest.raises(InvalidInput, match="finite"):
        sb.extract_ridge(c.replace(c.array * np.nan))
