"""Several ridges: chirps of known laws, their order, what is removed around each, memory, other libraries."""

import tracemalloc

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.arrays import blocks
from subband.errors import InvalidInput

FS, N = 200.0, 1000
T = np.arange(N) / FS
LAWS = np.stack([5 + 0.6 * T, 18 + 3 * np.sin(2 * np.pi * 0.3 * T), 70 - 3 * T])
INSIDE = slice(60, -60)


def signal(amplitudes) -> np.ndarray:
    return amplitudes @ np.cos(2 * np.pi * np.cumsum(LAWS, axis=1) / FS)


def plane(x, squeezed: bool, wavelet="morlet"):
    c = sb.cwt(x, wavelet, frequencies=np.geomspace(2, 95, 140), fs=FS)
    return sb.synchrosqueeze(c) if squeezed else c


def near(found, laws) -> np.ndarray:
    """Mean deviation in parts of the frequency."""
    return np.abs(np.asarray(found) / laws - 1)[..., INSIDE].mean(axis=-1)


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("squeezed", [False, True], ids=["cwt", "synchrosqueezed"])
@pytest.mark.parametrize("wavelet", ["morlet", "gmw"])
@pytest.mark.parametrize("amplitudes", [(1.0, 0.5, 2.0), (0.35, 2.0, 1.0), (2.0, 1.0, 0.5)])
def test_finds_chirps_by_energy(amplitudes, wavelet, squeezed: bool, noise: float, rng) -> None:
    order = np.argsort(amplitudes)[::-1]
    x = signal(amplitudes) + noise * rng.standard_normal(N)
    found = sb.extract_ridges(plane(x, squeezed, wavelet), n=3)
    assert found.shape == (3, N)
    # Frequencies are 2.8 % apart, so that the nearest is 0.7 % off in the mean.
    assert near(found, LAWS[order]).max() < (0.015 if noise == 0 else 0.04)


def test_the_first_is_the_dominant_ridge(rng) -> None:
    c = plane(signal((1.0, 0.3, 0.5)) + 0.3 * rng.standard_normal(N), squeezed=False)
    np.testing.assert_array_equal(sb.extract_ridges(c, n=1)[0], sb.extract_ridge(c))
    np.testing.assert_array_equal(sb.extract_ridges(c, n=3)[0], sb.extract_ridge(c))
    steep = {"penalty": 0.1, "reach": 3}
    np.testing.assert_array_equal(sb.extract_ridges(c, n=2, **steep)[0], sb.extract_ridge(c, **steep))


def test_the_order_is_of_energies_and_not_of_the_search() -> None:
    """A short loud tone has more energy than a long soft one, whose path has the larger shares."""
    t = np.arange(2000)
    x = np.cos(2 * np.pi * 0.03 * t) + 5 * np.cos(2 * np.pi * 0.2 * t) * (np.abs(t - 1000) < 300)
    c = sb.cwt(x, "gmw", voices=16)
    found = sb.extract_ridges(c, n=2)
    at = [np.abs(c.frequencies[:, None] - one).argmin(axis=0) for one in found]
    energies = [np.sum(np.abs(c.array[k, t]) ** 2) for k in at]
    assert energies[0] > energies[1]
    assert abs(found[0, 1000] / 0.2 - 1) < 0.03
    assert abs(found[1, 1000] / 0.03 - 1) < 0.03


@pytest.mark.parametrize("wavelet", ["morlet", "bump", "ricker"])
def test_what_is_removed_is_the_wavelets_band(wavelet: str) -> None:
    """Around a sinusoid the frequencies stay free at which its coefficients are below 1/10, and only these."""
    f = 46 / 512 * np.geomspace(1 / 4, 4, 201)
    x = np.cos(2 * np.pi * f[100] * np.arange(512))
    c = sb.cwt(x, wavelet, frequencies=f, mode="periodic")
    height = np.sqrt(np.mean(np.abs(c.array) ** 2, axis=1))
    left = f[height < 0.1 * height.max()]
    found = sb.extract_ridges(c, n=2, penalty=100)
    np.testing.assert_allclose(found[0], f[100])
    assert np.isin(found[1], left).all()
    edge = left[left > f[100]].min() if found[1, 0] > f[100] else left[left < f[100]].max()
    np.testing.assert_allclose(found[1], edge)  # the largest that is left
    wide = sb.extract_ridges(c, n=2, penalty=100, bandwidth=1.5)[1]
    assert (np.abs(np.log(wide / f[100])) > 1.4 * np.abs(np.log(edge / f[100]))).all()


def test_batches_libraries_and_order_of_frequencies(rng) -> None:
    x = np.stack([signal(a) for a in ((1, 0.4, 2), (2, 1, 0.5))]) + 0.1 * rng.standard_normal((2, N))
    want = sb.extract_ridges(plane(x, squeezed=False), n=3)
    assert want.shape == (2, 3, N)
    for one, ridges in zip(x, want, strict=True):
        np.testing.assert_array_equal(sb.extract_ridges(plane(1e-3 * one, squeezed=False), n=3), ridges)
    falling = sb.cwt(x[0], "morlet", frequencies=np.geomspace(95, 2, 140), fs=FS)
    np.testing.assert_allclose(sb.extract_ridges(falling, n=3), want[0], rtol=1e-12)
    for make in (torch.asarray, jnp.asarray):
        found = sb.extract_ridges(plane(make(x[:, None].astype("f4")), squeezed=False), n=3)
        assert type(found) is type(make(x))
        assert found.shape == (2, 1, 3, N)
        assert near(np.asarray(found)[:, 0], want).max() < 1e-3
    assert sb.extract_ridges(plane(x[:0], squeezed=True), n=2).shape == (0, 2, N)


def test_negative_frequencies_are_other_components() -> None:
    t = np.arange(400)
    x = np.exp(2j * np.pi * 0.1 * t) + 0.5 * np.exp(-2j * np.pi * 0.1 * t)
    found = sb.extract_ridges(sb.cwt(x, "morse", frequencies=[-0.2, -0.1, 0.05, 0.1, 0.2]), n=2)
    np.testing.assert_array_equal(found[:, 200], [0.1, -0.1])


def test_more_ridges_than_components(rng) -> None:
    c = plane(signal((1.0, 0.0, 0.5)), squeezed=False)
    found = sb.extract_ridges(c, n=30)
    assert np.isin(found, c.frequencies).all()
    assert near(found[:2], LAWS[[0, 2]]).max() < 0.015
    at = np.abs(c.frequencies[:, None, None] - found).argmin(axis=0)
    energies = np.sum(np.abs(c.array[at, np.arange(N)]) ** 2, axis=-1)
    skirts = 0.1 * 1.0 + 0.1 * 0.5  # of both components, where the removal ends
    assert energies[2:].max() < skirts**2 * N
    assert np.isfinite(sb.extract_ridges(sb.cwt(np.zeros(50), "morlet"), n=3)).all()
    assert sb.extract_ridges(sb.cwt(np.ones((2, 1)), "morlet", frequencies=[0.1, 0.2]), n=4).shape == (
        2,
        4,
        1,
    )


def test_a_crossing_costs_only_the_crossing() -> None:
    t = np.arange(1500) / 200
    laws = np.stack([20 + 6 * t, 65 - 6 * t])
    x = np.array([2.0, 1.0]) @ np.cos(2 * np.pi * np.cumsum(laws, axis=1) / 200)
    found = sb.extract_ridges(sb.cwt(x, "gmw", frequencies=np.geomspace(10, 90, 120), fs=200), n=2)
    apart = np.abs(laws[0] - laws[1]) > 12
    apart[:60] = apart[-60:] = False
    assert np.abs(found / laws - 1)[:, apart].mean(axis=1).max() < 0.02


def test_blocks_do_not_show(monkeypatch, rng) -> None:
    c = plane(signal((1.0, 0.5, 0.3)) + 0.5 * rng.standard_normal(N), squeezed=False)
    whole = sb.extract_ridges(c, n=3)
    monkeypatch.setattr(blocks, "NUMBERS", 140 * 37)
    np.testing.assert_array_equal(sb.extract_ridges(c, n=3), whole)


def test_the_coefficients_are_not_copied(monkeypatch) -> None:
    monkeypatch.setattr(blocks, "NUMBERS", 1 << 16)
    c = sb.cwt(
        np.random.default_rng(0).standard_normal((2, 20_000)), frequencies=np.geomspace(0.01, 0.4, 100)
    )
    sb.extract_ridges(sb.cwt(np.ones(64), frequencies=[0.1, 0.2]), n=2)
    tracemalloc.start()
    try:
        sb.extract_ridges(c, n=5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.5 * c.array.nbytes  # 1.5 with the coefficients themselves


def test_bad_arguments() -> None:
    c = sb.cwt(np.ones(64), "morlet")
    for wrong, message in (
        ({"n": 0}, "n=0 must be a whole number of ridges"),
        ({"n": 2.5}, "n=2.5"),
        ({"bandwidth": 0}, "bandwidth=0 must be a positive number"),
        ({"penalty": -1}, "penalty"),
        ({"reach": 0}, "reach"),
    ):
        with pytest.raises(InvalidInput, match=message):
            sb.extract_ridges(c, **wrong)
    with pytest.raises(InvalidInput, match="ndarray"):
        sb.extract_ridges(c.array)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="finite"):
        sb.extract_ridges(c.replace(c.array * np.nan))
