"""What the inverse continuous transform gives back: with the remainder everything, without it known ranges."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.arrays import blocks
from subband.errors import InvalidInput, SubbandWarning

MODES = ("symmetric", "periodic", "zero")
WAVELETS = ("morlet", "morse", "bump", "paul", "ricker", "gaus1", "morl", "shan1.5-1.0")
GRIDS = {"default": None, "band": np.geomspace(0.1, 0.2, 20), "sparse": (0.03, 0.4), "one": [0.25]}


def walk(rng, shape=(300,), is_complex=False) -> np.ndarray:
    """A random walk far from 0: a mean, trends, and all frequencies."""
    x = 50 + rng.standard_normal(shape).cumsum(axis=-1)
    return x + 1j * (rng.standard_normal(shape).cumsum(axis=-1) - 20) if is_complex else x


def roundings(x: np.ndarray, c: sb.ContinuousCoefficients) -> float:
    """The sum over frequencies is taken off and put on again: a rounding each of the signal and of the sum."""
    return 4 * np.finfo(x.dtype).eps * (np.abs(x).max() + np.abs(x - c.remainder).max())


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wavelet", WAVELETS)
def test_with_the_remainder_the_inverse_is_exact(wavelet: str, mode: str, grid: str, rng) -> None:
    for is_complex in (False, True):
        x = walk(rng, is_complex=is_complex)
        c = sb.cwt(x, wavelet, frequencies=GRIDS[grid], mode=mode, remainder=True)
        assert c.remainder.shape == x.shape
        y = sb.icwt(c)
        assert (y.dtype, y.shape) == (x.dtype, x.shape)
        np.testing.assert_allclose(y, x, rtol=0, atol=roundings(x, c))


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    data=st.data(),
    mode=st.sampled_from(MODES),
    kind=st.sampled_from(["f4", "f8", "c8", "c16"]),
    norm=st.sampled_from(["l1", "l2"]),
)
def test_any_shape_axis_and_kind(shape, data, mode, kind, norm) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = (1e3 + np.random.default_rng(0).standard_normal(shape)).astype(kind)
    c = sb.cwt(x, frequencies=[0.1, 0.3], axis=axis, mode=mode, norm=norm, remainder=True)
    y = sb.icwt(c)
    assert (y.shape, y.dtype, c.remainder.dtype) == (x.shape, x.dtype, x.dtype)
    np.testing.assert_allclose(y, x, rtol=0, atol=roundings(x, c))


@pytest.mark.parametrize("wavelet", ["morse", "ricker", "gaus1"])
@pytest.mark.parametrize("mode", ["symmetric", "periodic"])
def test_the_remainder_is_what_cannot_be_recovered(mode: str, wavelet: str, rng) -> None:
    x = walk(rng, (256,))
    c = sb.cwt(x, wavelet, mode=mode, remainder=True)
    both = [np.concat([z, z[::-1]]) if mode == "symmetric" else z for z in (x, c.remainder)]
    whole, left = (np.fft.rfft(z) for z in both)
    f = np.fft.rfftfreq(len(both[0]))
    inside = np.any([(low - 1e-9 <= f) & (f <= high + 1e-9) for low, high in c.recoverable], axis=0)
    assert 0.5 < inside.mean() < 1
    assert np.abs(left[inside]).max() < 1e-10 * np.abs(whole).max()
    assert left[0] == pytest.approx(whole[0], rel=1e-12)
    np.testing.assert_allclose(c.remainder.mean(), x.mean(), rtol=1e-12)


def test_a_mean_and_a_slow_trend_are_kept() -> None:
    t = np.arange(1024) + 0.5  # about which the mirrored signal is even, so that these are its sinusoids
    tone, slow = np.cos(2 * np.pi * 205 / 2048 * t), 7 + np.cos(2 * np.pi * t / 2048)
    c = sb.cwt(tone + slow, "morse", frequencies=np.geomspace(0.01, 0.4, 60), remainder=True)
    np.testing.assert_allclose(c.remainder, slow, atol=1e-11)
    np.testing.assert_allclose(sb.icwt(replace(c, remainder=None)), tone, atol=1e-11)
    # Modified coefficients: the remainder is added as it is.
    np.testing.assert_allclose(sb.icwt(c.replace(0 * c.array)), c.remainder, atol=1e-12)
    loud = sb.icwt(c.replace(3 * c.array))
    np.testing.assert_allclose(loud, 3 * (tone + slow - c.remainder) + c.remainder, atol=1e-11)
    assert "remainder" in repr(c)
    assert "remainder" not in repr(replace(c, remainder=None))


def test_without_it_a_mean_can_be_added() -> None:
    x = 3 + np.cos(2 * np.pi * np.arange(256) / 16)
    np.testing.assert_allclose(sb.icwt(sb.cwt(x, "morse", mode="periodic")) + x.mean(), x, atol=1e-10)


def test_squeezed_coefficients_keep_it(rng) -> None:
    x = walk(rng, (2, 200))
    s = sb.synchrosqueeze(sb.cwt(x, "morse", voices=8, remainder=True))
    np.testing.assert_allclose(sb.isynchrosqueeze(s, method="exact"), x, atol=1e-11)
    plain = sb.synchrosqueeze(sb.cwt(x, "morse", voices=8))
    band = (0.05, 0.2)
    np.testing.assert_array_equal(sb.isynchrosqueeze(s, band=band), sb.isynchrosqueeze(plain, band=band))
    assert plain.remainder is None


@pytest.mark.parametrize("make", [torch.asarray, jnp.asarray], ids=["torch", "jax"])
def test_other_libraries(make, rng) -> None:
    x = walk(rng, (2, 3, 40))
    want = sb.cwt(x, "morse", axis=1, frequencies=[0.1, 0.2], remainder=True)
    c = sb.cwt(make(x), "morse", axis=1, frequencies=[0.1, 0.2], remainder=True)
    assert type(c.remainder) is type(make(x))
    np.testing.assert_allclose(np.asarray(c.remainder), want.remainder, atol=1e-12)
    np.testing.assert_allclose(np.asarray(sb.icwt(c)), x, atol=1e-12)


def test_programs_carry_it(rng) -> None:
    x = walk(rng, (4, 32))
    c = jax.jit(lambda x: sb.cwt(x, remainder=True))(jnp.asarray(x))
    assert len(jax.tree_util.tree_leaves(c)) == 2
    np.testing.assert_allclose(np.asarray(jax.jit(sb.icwt)(c)), x, atol=1e-12)
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, c)
    np.testing.assert_allclose(np.asarray(sb.icwt(doubled)), 2 * x, atol=1e-12)
    assert len(jax.tree_util.tree_leaves(sb.cwt(jnp.asarray(x)))) == 1

    def round_trip(x):
        return sb.icwt(sb.cwt(x, remainder=True))

    compiled = torch.compile(round_trip, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(torch.asarray(x)), torch.asarray(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(
        torch.func.vmap(round_trip)(torch.asarray(x)), torch.asarray(x), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("numbers", [blocks.NUMBERS, 30], ids=["one block", "several"])
def test_derivatives(monkeypatch, numbers: int) -> None:
    monkeypatch.setattr(blocks, "NUMBERS", numbers)
    x = torch.randn(2, 13, dtype=torch.float64, requires_grad=True)

    def parts(x):
        c = sb.cwt(x, frequencies=[0.1, 0.3], remainder=True)
        return c.array.abs() ** 2, c.remainder**3, sb.icwt(c.replace(c.array * c.array.abs()))

    assert torch.autograd.gradcheck(parts, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda x: parts(x)[1:], x)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize(
    ("wavelet", "is_complex"), [("morlet", False), ("morlet", True), ("ricker", True), ("bump", False)]
)
def test_recoverable_ranges_are_those_of_an_impulse(wavelet: str, is_complex: bool, grid: str) -> None:
    n = 512
    x = np.zeros(n, complex if is_complex else float)
    x[100] = 1
    c = (
        sb.cwt(x, wavelet, frequencies=GRIDS[grid], mode="periodic", fs=10.0)
        if grid == "default"
        else sb.cwt(x, wavelet, frequencies=10 * np.asarray(GRIDS[grid]), mode="periodic", fs=10.0)
    )
    y = sb.icwt(replace(c, remainder=np.zeros_like(x)))
    f = np.fft.fftfreq(n, 0.1)
    gain = np.abs(np.fft.fft(y))  # the impulse has 1 everywhere
    if not is_complex:
        f, gain = np.abs(f[: n // 2 + 1]), gain[: n // 2 + 1]
    inside = np.any([(low - 1e-9 <= f) & (f <= high + 1e-9) for low, high in c.recoverable], axis=0)
    np.testing.assert_allclose(gain[inside], 1, atol=1e-10)
    assert (gain[~inside] < 1 - 1e-9).all()
    assert list(c.recoverable) == sorted(c.recoverable)


def test_gaps_are_said_and_bands_are_not(recwarn) -> None:
    x = np.random.default_rng(0).standard_normal(500)
    sparse = sb.cwt(x, "bump", frequencies=[10, 20, 40], fs=100.0)
    message = (
        r"leaves out \d+ % of the spectrum between 10 and 40 Hz: the 3 frequencies of Bump.* remainder=True"
    )
    for inverse in (
        lambda: sb.icwt(sparse),
        lambda: sb.icwt(sparse, method="delta"),
        lambda: sb.isynchrosqueeze(sb.synchrosqueeze(sparse)),
        lambda: jax.jit(sb.icwt)(sb.cwt(jnp.asarray(x), "bump", frequencies=[10, 20, 40], fs=100.0)),
        lambda: sb.linear_map(sb.cwt, 500, "bump", frequencies=[10, 20, 40], fs=100.0).inverse(sparse),
    ):
        with pytest.warns(SubbandWarning, match=message):
            inverse()
    with pytest.warns(SubbandWarning, match="between -0.2 and 0.4 Hz") as said:
        sb.icwt(sb.cwt(x + 0j, "bump", frequencies=[-0.2, -0.1, 0.1, 0.4]))
    assert said[0].filename == __file__
    recwarn.clear()
    sb.icwt(sb.cwt(x))
    sb.icwt(sb.cwt(x + 0j))
    sb.icwt(sb.cwt(x, "bump", frequencies=np.geomspace(0.1, 0.2, 20)))
    sb.icwt(sb.cwt(x, "bump", frequencies=[0.2]))
    sb.icwt(sb.cwt(x, "bump", frequencies=[0.1, 0.4], remainder=True))
    full = sb.cwt(x, "morse")
    sb.icwt(full.replace(full.array * (full.frequencies > 0.1)[:, None]))  # a band, by its coefficients
    sb.isynchrosqueeze(sb.synchrosqueeze(sparse), band=(15, 25))
    sb.linear_map(sb.icwt, 500, "bump", frequencies=[10, 20, 40], fs=100.0).forward(sparse)
    assert not recwarn.list


def test_the_share_that_is_said_is_that_of_the_bins() -> None:
    n, f = 1000, [0.1, 0.2, 0.4]
    x = np.zeros(n)
    x[0] = 1
    c = sb.cwt(x, "bump", frequencies=f, mode="periodic")
    with pytest.warns(SubbandWarning) as said:
        y = sb.icwt(c)
    bins = np.fft.rfftfreq(n)
    inside = (bins >= 0.1) & (bins <= 0.4)
    lost = np.mean(np.abs(np.fft.rfft(y))[inside] < 1 - 1e-9)
    assert f"leaves out {100 * lost:.2g} %" in str(said[0].message)


def test_linear_maps_have_none(rng) -> None:
    x = walk(rng, (64,))
    with pytest.raises(InvalidInput, match="give remainder=False"):
        sb.linear_map(sb.cwt, 64, remainder=True)
    with pytest.raises(InvalidInput, match="remainder=2: give True or False"):
        sb.cwt(x, remainder=2)
