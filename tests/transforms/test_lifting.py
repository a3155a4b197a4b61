"""Lifting: the same numbers as filter banks, and integers that come back without loss."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray

MODES = ("reflect", "periodization")
NAMED = [name for name in sb.SCHEMES if sb.lifting(name).wavelet]
INTEGERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def extremes(dtype: str, shape, rng) -> np.ndarray:
    """Numbers of the whole range of a type, its ends more often than others."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    ends = np.iinfo(dtype)
    x = rng.integers(ends.min, ends.max, shape, dtype=dtype, endpoint=True)
    return np.where(rng.random(shape) < 0.3, rng.choice(np.array([ends.min, ends.max, 0], dtype), shape), x)


@pytest.mark.parametrize("name", NAMED)
def test_the_same_numbers_as_the_filter_bank(name: str, rng) -> None:
    wavelet = sb.lifting(name).wavelet
    for n in (1, 2, 3, 7, 16, 33, 64):
        x = rng.standard_normal((2, n))
        c, peer = (
            sb.lift(x, name, level=1, mode="periodization"),
            sb.dwt(x, wavelet, level=1, mode="periodization"),
        )
        np.testing.assert_allclose(c.array, peer.array, atol=2e-12)
        np.testing.assert_allclose(c[1]["d"], peer[1]["d"], atol=2e-12)
    x = rng.standard_normal((160, 3, 161))
    c = sb.lift(x, name, level=3, axes=(0, 2), mode="periodization")
    peer = sb.dwt(x, wavelet, level=3, mode="periodization", axes=(0, 2))
    np.testing.assert_allclose(c.array, peer.array, atol=1e-10)
    np.testing.assert_allclose(c[2]["da"], peer[2]["da"], atol=1e-10)


@pytest.mark.parametrize("name", ["cdf2.2", "cdf2.4", "cdf2.6", "cdf9.7"])
@pytest.mark.parametrize("n", [12, 13, 40, 41])
def test_reflection_keeps_the_samples_of_the_redundant_transform(name: str, n: int, rng) -> None:
    """Symmetric filters see a reflected signal as they see any other; lifting only leaves the repetitions out."""
    x = rng.standard_normal(n)
    c, scheme = sb.lift(x, name, level=1), sb.lifting(name)
    bank = sb.dwt(x, scheme.wavelet, level=1, mode="reflect")
    first = sb.wavelet(scheme.wavelet).taps // 4
    # The filters' centres stand at L/2 and L/2 − 1; output k reads up to sample 2k + 1.
    np.testing.assert_allclose(c.approx, bank.approx[first : first + (n + 1) // 2], atol=1e-12)
    np.testing.assert_allclose(c[1]["d"], bank[1]["d"][first : first + n // 2], atol=1e-12)


@pytest.mark.parametrize("name", sb.SCHEMES)
def test_polynomials_leave_no_details(name: str) -> None:
    """As many moments vanish as the name says: 1, 2, 3 or 4 of them."""
    moments = int(name[3]) if name[:3] == "cdf" and name != "cdf9.7" else {"h": 1, "l": 2}.get(name[0], 4)
    t = np.linspace(-1, 1, 128)
    for power in range(moments + 1):
        inside = sb.lift(t**power, name, level=1)[1]["d"][8:-8]
        assert (np.abs(inside).max() < 1e-12) == (power < moments)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", sb.SCHEMES)
def test_floating_samples_come_back(name: str, mode: str, rng) -> None:
    for shape, axes, level in (
        ((1,), 0, 1),
        ((2,), 0, 1),
        ((3, 50), 1, 6),
        ((9, 2, 10), (2, 0), 3),
        ((5, 6, 7), (0, 1, 2), 2),
    ):
        for x in (rng.standard_normal(shape), rng.standard_normal(shape) + 1j * rng.standard_normal(shape)):
            y = sb.unlift(sb.lift(x, name, level=level, axes=axes, mode=mode))
            assert y.dtype == x.dtype
            np.testing.assert_allclose(y, x, atol=1e-11)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", sb.SCHEMES)
def test_integers_of_every_type_come_back_without_loss(name: str, dtype: str, rng) -> None:
    for mode in MODES:
        x = extremes(dtype, (3, 13, 16), rng)
        c = sb.lift(x, name, level=3, axes=(1, 2), mode=mode)
        assert c.array.dtype == np.int64
        y = sb.unlift(c)
        assert y.dtype == x.dtype
        np.testing.assert_array_equal(y, x)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.integers(1, 11), min_size=1, max_size=3),
    data=st.data(),
    name=st.sampled_from(list(sb.SCHEMES)),
    mode=st.sampled_from(MODES),
    dtype=st.sampled_from(INTEGERS),
    seed=st.integers(0, 99),
)
def test_any_shape_of_integers_comes_back_without_loss(shape, data, name, mode, dtype, seed) -> None:
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=3, unique=True))
    most = max(1, int(np.ceil(np.log2(min(shape[a] for a in axes)))))
    x = extremes(dtype, shape, np.random.default_rng(seed))
    c = sb.lift(x, name, level=data.draw(st.integers(1, most)), axes=axes, mode=mode)
    if mode == "reflect":
        assert c.array.size == x.size
    y = sb.unlift(c)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    np.testing.assert_array_equal(y, x)


def test_the_numbers_of_the_paper() -> None:
    x = np.array([10, 13, 25, 26, 29, 21, 7, 15])
    c = sb.lift(x, "haar", level=1)
    np.testing.assert_array_equal(c[1]["d"], [3, 1, -8, 8])
    # s = s + ⌊d/2 + ½⌋
    np.testing.assert_array_equal(c.approx, [12, 26, 25, 11])
    c = sb.lift(x, "legall5.3", level=1)
    # d = x₁ − ⌊(x₀ + x₂)/2 + ½⌋, the last of which is reflected; s = x₀ + ⌊(d₋₁ + d₀)/4 + ½⌋
    np.testing.assert_array_equal(c[1]["d"], [-5, -1, 3, 8])
    np.testing.assert_array_equal(c.approx, [8, 24, 30, 10])


def test_integers_of_32_bits_do_not_overflow(rng) -> None:
    x = extremes("int32", 256, rng)
    exact = sb.lift(x.astype(np.float64), "cdf9.7", level=1)
    scheme = sb.lifting("cdf9.7")
    c = sb.lift(x, "cdf9.7", level=1)
    np.testing.assert_allclose(c.approx * scheme.scales[0], exact.approx, rtol=1e-3, atol=2.0**20)


@pytest.mark.parametrize(
    "make",
    [np.asarray, torch.asarray, pytest.param(jnp.asarray, marks=pytest.mark.slow), array_api_strict.asarray],
)
@pytest.mark.parametrize("mode", MODES)
def test_one_mathematics_in_any_library(make, mode: str, rng) -> None:
    x = rng.standard_normal((3, 11, 14))
    whole = rng.integers(0, 256, (3, 11, 14), dtype=np.uint8)
    for samples in (x, x + 1j * x[::-1], whole):
        given_ = make(samples)
        # JAX compiles each operation of each shape, so it gets fewer.
        axes = (2,) if make is jnp.asarray else (1, 2)
        want, c = (sb.lift(s, "cdf9.7", level=2, axes=axes, mode=mode) for s in (samples, given_))
        assert type(c.array) is type(given_)
        np.testing.assert_allclose(np.asarray(c.array), want.array, atol=1e-12)
        y = sb.unlift(c)
        assert y.dtype == given_.dtype
        np.testing.assert_allclose(np.asarray(y), samples, atol=1e-12)


def test_derivatives_jit_and_vmap(rng) -> None:
    x = torch.randn(2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x: sb.lift(x, "cdf9.7", level=1, axes=(1, 2)).array, x, check_forward_ad=True
    )
    c = sb.lift(x.detach(), "cdf2.4", level=2, axes=(1, 2))
    assert torch.autograd.gradcheck(lambda a: sb.unlift(c.replace(a)), c.array.clone().requires_grad_())

    y = jnp.asarray(rng.standard_normal((3, 17)))
    compiled = jax.jit(lambda y: sb.lift(y, "cdf9.7", level=2))(y)
    assert isinstance(compiled, sb.LiftingCoefficients)
    np.testing.assert_allclose(jax.jit(sb.unlift)(compiled), y, atol=1e-12)
    mapped = jax.jit(jax.vmap(lambda y: sb.lift(y, "cdf9.7", level=2).array))(y)
    np.testing.assert_allclose(mapped, compiled.array, atol=1e-12)
    gradient = jax.jit(jax.grad(lambda y: (sb.lift(y, "cdf9.7", level=2).array ** 2).sum()))(y)
    z = torch.asarray(np.array(y)).requires_grad_()
    sb.lift(z, "cdf9.7", level=2).array.square().sum().backward()
    np.testing.assert_allclose(gradient, z.grad, atol=1e-12)


def test_lists_byte_orders_and_bands(rng) -> None:
    assert sb.unlift(sb.lift([1, 2, 3, 4, 5], "haar", level=2)).tolist() == [1, 2, 3, 4, 5]
    swapped = rng.integers(-99, 99, 9).astype(">i4")
    back = sb.unlift(sb.lift(swapped, "cdf2.2", level=2))
    assert back.dtype == swapped.dtype
    np.testing.assert_array_equal(back, swapped)
    c = sb.lift(np.ones((2, 9, 3, 7)), "haar", level=2, axes=(1, 3))
    assert c.approx.shape == (2, 3, 3, 2)
    assert {band: a.shape for band, a in c[1].items()} == {
        "ad": (2, 5, 3, 3),
        "da": (2, 4, 3, 4),
        "dd": (2, 4, 3, 3),
    }
    assert [level for level, _ in c] == [2, 1]
    assert "haar" in repr(c)


ERRORS = {
    "unknown scheme": (
        lambda x: sb.lift(x, "db4"),
        "lifting scheme 'db4' is unknown: give one of haar, cdf1.3",
    ),
    "unknown mode": (lambda x: sb.lift(x, "haar", mode="zero"), "give one of reflect, periodization"),
    "level too high": (
        lambda x: sb.lift(x, "haar", level=5),
        "can't take 5 levels of haar on 16 samples: give 1 … 4",
    ),
    "level zero": (lambda x: sb.lift(x, "haar", level=0), "level=0 must be a whole number, 1 or more"),
    "empty axis": (lambda x: sb.lift(x[:, :0], "haar"), "axis 1 of an array of shape"),
    "no such axis": (lambda x: sb.lift(x, "haar", axes=3), "give one of -2 … 1"),
    "no such level": (lambda x: sb.lift(x, "haar", level=2)[3], "give one of 1 … 2, 1 the finest"),
    "another shape": (lambda x: sb.lift(x, "haar").replace(x[:1]), "can't be replaced by"),
    "not coefficients": (lambda x: sb.unlift(x), "can't invert a ndarray"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(UnsupportedArray, match="dtype object"):
        sb.lift(np.array([object()] * 4), "haar")
