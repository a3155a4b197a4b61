"""Multiresolution analysis: PyWavelets' components, and their sum."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput

WAVELETS = ("haar", "db2", "db5", "sym6", "coif1", "bior2.2", "bior4.4", "rbio3.1")
TRANSFORMS = ("swt", "dwt")
MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}


def assert_listed(c, peer) -> None:
    np.testing.assert_allclose(c.approx, peer[0], atol=1e-12)
    for (_, ours), theirs in zip(c, peer[1:], strict=True):
        assert set(ours) == set(theirs)
        for name in ours:
            np.testing.assert_allclose(ours[name], theirs[name], atol=1e-12)


@pytest.mark.filterwarnings("ignore:norm=True, but the wavelet is not orthogonal")
@pytest.mark.parametrize("name", WAVELETS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_one_axis_agrees_with_pywavelets(transform: str, name: str, rng) -> None:
    x = rng.standard_normal((3, 64))
    c = sb.mra(x, name, level=2, transform=transform)
    approx, *details = pywt.mra(x, name, 2, transform=transform)
    assert_listed(c, [approx, *({"d": d} for d in details)])


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("axes", [(1, 2), (0, 1), (0, 1, 2)])
def test_several_axes_agree_with_pywavelets(axes, transform: str, rng) -> None:
    x = rng.standard_normal((12, 16, 12))
    c = sb.mra(x, "db2", level=2, axes=axes, transform=transform)
    assert_listed(c, pywt.mran(x, "db2", 2, axes=axes, transform=transform + "n"))


def test_images_agree_with_mra2(rng) -> None:
    x = rng.standard_normal((24, 16))
    for transform in TRANSFORMS:
        c = sb.mra(x, "haar", level=3, axes=(0, 1), transform=transform)
        approx, *details = pywt.mra2(x, "haar", 3, transform=transform + "2")
        assert_listed(c, [approx, *({"da": h, "ad": v, "dd": d} for h, v, d in details)])


@pytest.mark.parametrize("mode", pywt.Modes.modes)
def test_every_mode_of_the_dwt_agrees_with_pywavelets(mode: str, rng) -> None:
    for n in (33, 40):
        x = rng.standard_normal(n)
        approx, *details = pywt.mra(x, "db3", 2, transform="dwt", mode=mode)
        assert_listed(
            sb.mra(x, "db3", level=2, transform="dwt", mode=mode), [approx, *({"d": d} for d in details)]
        )


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 17), st.integers(1, 17)),
    axes=st.sampled_from([(1,), (2,), (1, 2), (2, 1), (0, 2)]),
    name=st.sampled_from(WAVELETS),
    transform=st.sampled_from(TRANSFORMS),
)
def test_components_sum_to_the_signal(shape, axes, name: str, transform: str) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    c = sb.mra(x, name, axes=axes, transform=transform)
    np.testing.assert_allclose(sb.imra(c), x, atol=1e-11)
    total = c.approx + sum(band for _, details in c for band in details.values())
    np.testing.assert_allclose(total, x, atol=1e-11)


def test_components_of_the_dwt_are_orthogonal(rng) -> None:
    bands = sb.mra(rng.standard_normal(64), "db4", level=3, transform="dwt").array
    gram = bands @ bands.T
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-12)


def test_components_of_the_swt_shift_with_the_signal(rng) -> None:
    x = rng.standard_normal(45)
    c = sb.mra(x, "db3", level=3)
    np.testing.assert_allclose(
        sb.mra(np.roll(x, 5), "db3", level=3).array, np.roll(c.array, 5, -1), atol=1e-13
    )


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, transform: str, rng) -> None:
    x = rng.standard_normal((2, 4, 5)) + 1j * rng.standard_normal((2, 4, 5))
    for samples in (x.real, x):
        there = MAKE[kind](samples)
        c = sb.mra(there, "haar", level=1, axes=(1, 2), transform=transform)
        want = sb.mra(samples, "haar", level=1, axes=(1, 2), transform=transform).array
        for got, numbers in ((c.array, want), (sb.imra(c), samples)):
            assert type(got) is type(there)
            assert got.dtype == there.dtype
            np.testing.assert_allclose(np.asarray(got), numbers, atol=1e-11)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_derivatives_and_jit(transform: str, rng) -> None:
    x = torch.randn(2, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: sb.mra(x, "db2", level=1, transform=transform).array, x)
    c = jax.jit(lambda x: sb.mra(x, "db2", level=1, transform=transform))(jnp.asarray(x.detach().numpy()))
    assert isinstance(c, sb.Components)
    np.testing.assert_allclose(np.asarray(jax.jit(sb.imra)(c)), x.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_an_empty_batch_stays_empty(transform: str) -> None:
    assert sb.imra(sb.mra(np.ones((0, 16)), "db2", level=1, transform=transform)).shape == (0, 16)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_half_precision_sums_to_the_signal(transform: str) -> None:
    x = torch.linspace(-1, 1, 32).to(torch.float16)
    c = sb.mra(x, "db2", level=2, transform=transform)
    assert c.array.dtype == torch.float16
    torch.testing.assert_close(sb.imra(c), x, atol=1e-2, rtol=0)


ERRORS = {
    "unknown transform": (
        lambda x: sb.mra(x, "haar", transform="cwt"),
        "transform 'cwt' is unknown: give one of swt, dwt",
    ),
    "mode for swt": (lambda x: sb.mra(x, "haar", mode="zero"), "'swt' is periodic, leave mode out"),
    "level too high": (lambda x: sb.mra(x, "haar", level=9), "can't take 9 stationary levels"),
    "level too high for dwt": (
        lambda x: sb.mra(x, "haar", level=9, transform="dwt"),
        "can't take 9 levels of haar",
    ),
    "not components": (
        lambda x: sb.imra(sb.swt(x, "haar")),
        "can't sum a StationaryCoefficients: give the Components",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))
