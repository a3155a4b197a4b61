"""Fractional shifts and rotations: rolls, interpolation, the group law, and the frequency N/2."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

import subband as sb
from subband.errors import InvalidInput

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}

COMPILE = dict.fromkeys(MAKE, lambda f: f) | {"jax": jax.jit}
"""JAX compiles each small operation by itself unless it is told to take them together."""


def without_nyquist(x, axis: int = -1):
    """The signal without its component at N/2."""
    spectrum = np.fft.fft(x, axis=axis)
    n = x.shape[axis]
    if n % 2 == 0:
        spectrum[(slice(None),) * (axis % x.ndim) + (n // 2,)] = 0
    y = np.fft.ifft(spectrum, axis=axis)
    return y if np.iscomplexobj(x) else y.real


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 40),
    amount=st.integers(-100, 100),
    axis=st.integers(-2, 1),
    is_complex=st.booleans(),
)
def test_whole_shifts_are_rolls(n, amount, axis, is_complex) -> None:
    rng = np.random.default_rng(n)
    x = rng.standard_normal((n, n)) + (1j * rng.standard_normal((n, n)) if is_complex else 0)
    y = sb.shift(x, amount, axis)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, np.roll(x, amount, axis), atol=1e-13)


def test_whole_shifts_stay_exact_over_many_periods_and_samples(rng) -> None:
    x = rng.standard_normal(2**16)
    np.testing.assert_allclose(sb.shift(x, 10**9 + 7), np.roll(x, 10**9 + 7), atol=1e-13)
    x = x.astype(np.float32)[:4096]
    np.testing.assert_allclose(sb.shift(x, 4095), np.roll(x, -1), atol=5e-6)


@pytest.mark.parametrize("n", [15, 16])
def test_in_between_the_signal_is_band_limited(n: int) -> None:
    # Each frequency below N/2 is sampled from a cosine whose values in between are known.
    at = np.arange(n)
    for k in range((n - 1) // 2 + 1):
        for s in (0.3, -2.75, 40.5):
            x = np.cos(2 * np.pi * k * at / n + 0.7)
            np.testing.assert_allclose(sb.shift(x, s), np.cos(2 * np.pi * k * (at - s) / n + 0.7), atol=1e-13)
            x = np.exp(-2j * np.pi * k * at / n)
            np.testing.assert_allclose(sb.shift(x, s), np.exp(-2j * np.pi * k * (at - s) / n), atol=1e-13)


def test_the_frequency_half_the_rate_keeps_what_the_grid_can_show() -> None:
    x = (-1.0) ** np.arange(16)  # cos(π n), which moved by s is cos(π s) cos(π n) on the samples
    for s in (0.0, 0.25, 0.5, 1.0, 7.3):
        np.testing.assert_allclose(sb.shift(x, s), np.cos(np.pi * s) * x, atol=1e-13)
        np.testing.assert_allclose(sb.shift(1j * x, s), 1j * np.cos(np.pi * s) * x, atol=1e-13)


@pytest.mark.parametrize("n", [15, 16])
@pytest.mark.parametrize("is_complex", [False, True])
def test_shifts_add_up_where_nothing_lies_at_half_the_rate(n: int, is_complex: bool, rng) -> None:
    x = rng.standard_normal((3, n)) + (1j * rng.standard_normal((3, n)) if is_complex else 0)
    clean = without_nyquist(x)
    np.testing.assert_allclose(sb.shift(sb.shift(clean, 0.3), 1.9), sb.shift(clean, 2.2), atol=1e-13)
    np.testing.assert_allclose(sb.shift(sb.shift(clean, 0.3), -0.3), clean, atol=1e-13)
    # With it, only that frequency suffers, by cos²(π s).
    back = sb.shift(sb.shift(x, 0.3), -0.3)
    np.testing.assert_allclose(back - clean, np.cos(0.3 * np.pi) ** 2 * (x - clean), atol=1e-13)
    assert np.linalg.norm(sb.shift(clean, 0.3)) == pytest.approx(np.linalg.norm(clean))


def test_shifts_are_linear_and_their_adjoint_is_the_shift_back(rng) -> None:
    x, y = rng.standard_normal((2, 16))
    np.testing.assert_allclose(
        sb.shift(x + 1j * y, 0.4), sb.shift(x, 0.4) + 1j * sb.shift(y, 0.4), atol=1e-14
    )
    assert np.vdot(sb.shift(x, 0.4), y) == pytest.approx(np.vdot(x, sb.shift(y, -0.4)), rel=1e-12)


def test_every_item_moves_by_its_own_amount_along_several_axes(rng) -> None:
    x = rng.standard_normal((4, 12, 3, 11))
    amount = rng.uniform(-5, 5, (4, 3, 2))
    for axes, here in (((1, 3), (0, 1)), ((3, 1), (1, 0)), ((-3, -1), (0, 1))):
        y = sb.shift(x, amount, axes)
        for i, j in np.ndindex(4, 3):
            one = sb.shift(sb.shift(x[i, :, j], amount[i, j, 0], here[0]), amount[i, j, 1], here[1])
            np.testing.assert_allclose(y[i, :, j], one, atol=1e-13)
    # One number, one for each row of the batch, one for each item.
    np.testing.assert_allclose(sb.shift(x, (1, 2), (1, 3)), np.roll(x, (1, 2), (1, 3)), atol=1e-13)
    y = sb.shift(x, (np.arange(4)[:, None], 0.0), (1, 3))
    np.testing.assert_allclose(y[3], np.roll(x[3], 3, 0), atol=1e-13)
    np.testing.assert_allclose(sb.shift(x[0, 0], np.arange(3))[2], np.roll(x[0, 0, 2], 2), atol=1e-13)


@pytest.mark.parametrize("kind", ["numpy", "torch", pytest.param("jax", marks=pytest.mark.slow), "strict"])
def test_same_numbers_same_kind(kind: str, rng) -> None:
    x = rng.standard_normal((2, 9, 8))
    amount = rng.uniform(-3, 3, (2, 2))
    for samples in (x, x + 1j * x[::-1]):
        given = MAKE[kind](samples)
        moved = sb.shift(given, MAKE[kind](amount), (1, 2))
        turned = COMPILE[kind](sb.rotate)(given, MAKE[kind](amount[0]))
        for y in (moved, turned):
            assert type(y) is type(given)
            assert y.dtype == given.dtype
        np.testing.assert_allclose(np.asarray(moved), sb.shift(samples, amount, (1, 2)), atol=1e-12)
        np.testing.assert_allclose(np.asarray(turned), sb.rotate(samples, amount[0]), atol=1e-12)


def test_half_precision_integers_and_empty_batches() -> None:
    h = torch.arange(8).half()
    torch.testing.assert_close(sb.shift(h, 2), h.roll(2), atol=1e-2, rtol=0)
    with np.errstate(all="raise"):
        assert sb.shift(np.ones((0, 8)), 0.5).shape == (0, 8)
    assert sb.shift(torch.ones(0, 8), 0.5).shape == (0, 8)
    np.testing.assert_allclose(sb.shift([1, 2, 3], 1), [3, 1, 2], atol=1e-14)


@pytest.mark.parametrize("n", [7, 8])
def test_first_and_second_derivatives_in_signal_and_amount(n: int) -> None:
    x = torch.randn(2, n, dtype=torch.float64, requires_grad=True)
    amount = torch.tensor([0.3, -7.2], dtype=torch.float64, requires_grad=True)
    assert gradcheck(sb.shift, (x, amount), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(sb.shift, (x, amount))
    here = jax.jit(jax.grad(lambda s: (sb.shift(jnp.asarray(x.detach().numpy()), s) ** 3).sum()))
    sb.shift(x, amount).pow(3).sum().backward()
    np.testing.assert_allclose(np.asarray(here(jnp.asarray([0.3, -7.2]))), amount.grad.numpy(), rtol=1e-9)


def test_vmap_and_compile() -> None:
    x = torch.randn(3, 8, dtype=torch.float64)
    amount = torch.tensor([0.1, 2.0, -3.3], dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(sb.shift)(x, amount), sb.shift(x, amount))
    y = jax.vmap(sb.shift)(jnp.asarray(x.numpy()), jnp.asarray(amount.numpy()))
    np.testing.assert_allclose(np.asarray(y), sb.shift(x, amount).numpy(), atol=1e-13)
    compiled = torch.compile(sb.shift, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x, amount), sb.shift(x, amount))


@pytest.mark.parametrize("n", [48, 49])
def test_rotation_turns_a_spot_counter_clockwise(n: int) -> None:
    def spot(angle: float):
        # An elliptic spot 8 samples right of the middle, its axes turning with it.
        at = np.arange(n) - (n - 1) / 2
        down, across = at[:, None], at
        u = across * np.cos(angle) - down * np.sin(angle) - 8
        v = across * np.sin(angle) + down * np.cos(angle)
        return np.exp(-(u**2) / 2 / 2.5**2 - v**2 / 2 / 3.5**2)

    angles = np.array([0.0, 0.4, -0.7, 1.2, 2.4, -3.0, 9.0])
    turned = sb.rotate(np.broadcast_to(spot(0.0), (7, n, n)), angles)
    for y, angle in zip(turned, angles, strict=True):
        np.testing.assert_allclose(y, spot(angle), atol=2e-5)
    np.testing.assert_allclose(sb.rotate(spot(0.0), 1.2), spot(1.2), atol=2e-5)


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3, 4, 6])
def test_quarters_keep_the_samples(quarters: int, rng) -> None:
    x = rng.standard_normal((2, 9, 9))
    np.testing.assert_allclose(
        sb.rotate(x, quarters * np.pi / 2), np.rot90(x, quarters, (-2, -1)), atol=1e-12
    )
    x = rng.standard_normal((7, 2, 10))
    np.testing.assert_allclose(sb.rotate(x, np.pi, (0, 2)), x[::-1, :, ::-1], atol=1e-12)


def test_gradient_in_image_and_angle() -> None:
    x = torch.randn(2, 5, 6, dtype=torch.float64, requires_grad=True)
    angle = torch.tensor([0.3, 2.0], dtype=torch.float64, requires_grad=True)
    assert gradcheck(sb.rotate, (x, angle))


ERRORS = {
    "missing axis": (lambda x: sb.shift(x, 1, 2), "give one of -2 … 1"),
    "axis named twice": (lambda x: sb.shift(x, (1, 1), (0, -2)), "none of them twice"),
    "empty axis": (lambda x: sb.shift(x[:, :0], 1), "is empty"),
    "one amount for two axes": (lambda x: sb.shift(x, 1.0, (0, 1)), "give 2 amounts"),
    "three amounts for two axes": (lambda x: sb.shift(x, (1, 2, 3), (0, 1)), "amounts of 3 can't move"),
    "amounts of another batch": (
        lambda x: sb.shift(x, np.ones(3)),
        r"shape \(3,\) don't broadcast to the batch \(4,\)",
    ),
    "more amounts than items": (lambda x: sb.shift(x[0], np.ones(3)), r"the batch \(\)"),
    "complex amount": (lambda x: sb.shift(x, 1j), "amount=1j must be a finite number"),
    "amount of another library": (
        lambda x: sb.shift(x, torch.tensor(1.0)),
        "amount of torch can't move an array of numpy",
    ),
    "image of one axis": (lambda x: sb.rotate(x, 1.0, (0,)), "an image has two"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))
