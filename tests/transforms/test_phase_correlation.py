"""Displacements found to a fraction of a sample, each item's own; shift, angle and scale of photographs."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import skimage.registration
import torch
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


def texture(rng, shape: tuple[int, ...], highest: float):
    """Noise of unit variance without frequencies above `highest` cycles per sample, over the last two axes."""
    down, across = (np.fft.fftfreq(n) for n in shape[-2:])
    kept = np.hypot(down[:, None], across) < highest
    x = np.fft.ifft2(np.fft.fft2(rng.standard_normal(shape)) * kept).real
    return x / x.std()


def miss(found, true, size: tuple[int, ...]):
    """Distances around the period."""
    size = np.asarray(size)
    return np.abs((np.asarray(found) - true + size / 2) % size - size / 2)


@pytest.mark.parametrize("size", [(32, 32), (31, 48), (7, 9)])
@pytest.mark.parametrize("highest", [0.15, 0.3, 1.0])
def test_every_item_of_a_batch_has_its_own_shift(size: tuple[int, int], highest: float, rng) -> None:
    x = texture(rng, (5, 4, *size), highest)
    true = rng.uniform(-0.5, 0.5, (5, 4, 2)) * size
    d = sb.phase_correlation(x, sb.shift(x, true, (2, 3)), axes=(2, 3))
    assert d.shift.shape == (5, 4, 2)
    # What lies at N/2 can't be moved, which leaves a trace where textures are white; without it all digits agree.
    assert miss(d.shift, true, size).max() < (0.02 if highest == 1 else 1e-9)
    if highest < 1:
        np.testing.assert_allclose(d.peak, 1, atol=1e-9)


def test_one_axis_three_axes_and_axes_in_any_order(rng) -> None:
    x = rng.standard_normal((3, 21))
    d = sb.phase_correlation(x, sb.shift(x, [0.4, -7.7, 3.0]), axes=-1)
    np.testing.assert_allclose(d.shift, [0.4, -7.7, 3.0], atol=1e-12)
    x = rng.standard_normal((7, 2, 9, 5))
    true = np.array([[1.3, -2.2, 0.4], [-3.1, 4.0, -1.7]])
    d = sb.phase_correlation(x, sb.shift(x, true, (0, 2, 3)), axes=(0, 2, 3))
    np.testing.assert_allclose(d.shift, true, atol=1e-10)
    d = sb.phase_correlation(x, sb.shift(x, true, (3, 0, 2)), axes=(3, 0, 2))
    assert miss(d.shift, true, (5, 7, 9)).max() < 1e-10
    z = x[:, 0, :, 0] + 1j * x[:, 1, :, 0]
    d = sb.phase_correlation(z, sb.shift(z, (0.3, 1.6), (0, 1)))
    np.testing.assert_allclose(d.shift, [0.3, 1.6], atol=1e-10)


def test_closer_than_a_grid_refined_a_hundred_times(rng) -> None:
    x = texture(rng, (8, 64, 64), 0.3)
    true = rng.uniform(-20, 20, (8, 2))
    y = sb.shift(x, true, (1, 2))
    peer = [
        -skimage.registration.phase_cross_correlation(a, b, upsample_factor=100)[0]
        for a, b in zip(x, y, strict=True)
    ]
    ours = sb.phase_correlation(x, y).shift
    assert miss(peer, true, (64, 64)).max() < 0.01
    assert miss(ours, peer, (64, 64)).max() < 0.01
    assert miss(ours, true, (64, 64)).max() < 1e-9


def test_noise_moves_it_little_and_lowers_the_peak(rng) -> None:
    x = texture(rng, (20, 64, 64), 0.25)
    true = rng.uniform(-30, 30, (20, 2))
    y = sb.shift(x, true, (1, 2))
    peaks = []
    for noise, worst in ((0.0, 1e-9), (0.1, 0.05), (0.5, 0.6)):
        d = sb.phase_correlation(
            x + noise * rng.standard_normal(x.shape), y + noise * rng.standard_normal(x.shape)
        )
        assert miss(d.shift, true, (64, 64)).max() < worst
        peaks.append(d.peak.mean())
    assert peaks == sorted(peaks, reverse=True)
    unrelated = sb.phase_correlation(x, texture(rng, x.shape, 0.25)).peak
    assert unrelated.max() < 0.2
    # A floor above the noise's share trusts the strong frequencies only.
    careful = sb.phase_correlation(
        x + 0.5 * rng.standard_normal(x.shape), y + 0.5 * rng.standard_normal(x.shape), floor=1.0
    )
    assert miss(careful.shift, true, (64, 64)).max() < 0.15


def test_brightness_and_contrast_do_not_matter(rng) -> None:
    x = texture(rng, (32, 32), 0.3)
    y = 100 + 7 * sb.shift(x, (1.25, -3.5), (0, 1))
    np.testing.assert_allclose(sb.phase_correlation(x, y).shift, [1.25, -3.5], atol=1e-9)
    d = sb.phase_correlation((x * 1e4).astype("f4"), (y * 1e4).astype("f4"))
    assert d.shift.dtype == np.float32
    np.testing.assert_allclose(d.shift, [1.25, -3.5], atol=1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_images_without_features_stay_where_they_are(value: float) -> None:
    x = np.full((2, 8, 8), value)
    d = sb.phase_correlation(x, x)
    np.testing.assert_array_equal(d.shift, 0)
    np.testing.assert_allclose(d.peak, 0, atol=1e-6)
    nothing = np.ones((0, 8, 8))
    assert sb.phase_correlation(nothing, nothing).shift.shape == (0, 2)
    assert sb.register_images(nothing, nothing).angle.shape == (0,)


@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, rng) -> None:
    x = rng.standard_normal((2, 9, 10))
    y = sb.shift(x, [[0.3, 1.8], [-2.2, 4.4]], (1, 2)) + 0.1 * rng.standard_normal(x.shape)
    want = sb.phase_correlation(x, y)
    d = COMPILE[kind](sb.phase_correlation)(MAKE[kind](x), MAKE[kind](y))
    for got, expected in ((d.shift, want.shift), (d.peak, want.peak)):
        assert type(got) is type(MAKE[kind](x))
        np.testing.assert_allclose(np.asarray(got), expected, atol=1e-10)


@pytest.mark.slow
def test_gradients_are_those_of_the_maximum() -> None:
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(2, 8, 7, dtype=torch.float64, generator=generator)
    b = sb.shift(a, torch.tensor([[0.3, 1.2], [2.2, -0.4]]), (1, 2))
    b = b + 0.1 * torch.randn(b.shape, dtype=torch.float64, generator=generator)

    def found(a, b):
        d = sb.phase_correlation(a, b)
        return d.shift, d.peak

    assert gradcheck(found, (a.requires_grad_(), b.requires_grad_()))
    here = jax.jit(jax.grad(lambda a, b: sb.phase_correlation(a, b).shift.sum()))
    there = torch.autograd.grad(found(a, b)[0].sum(), a)[0]
    there_again = here(*(jnp.asarray(x.detach().numpy()) for x in (a, b)))
    np.testing.assert_allclose(np.asarray(there_again), there.numpy(), atol=1e-10)


def test_the_estimate_follows_the_shift_through_gradients(rng) -> None:
    x = torch.asarray(texture(rng, (2, 16, 16), 0.3))
    true = torch.tensor([[0.3, -2.2], [5.1, 0.5]], dtype=torch.float64, requires_grad=True)
    found = sb.phase_correlation(x, sb.shift(x, true, (1, 2))).shift
    (slope,) = torch.autograd.grad(found.sum(), true)
    torch.testing.assert_close(slope, torch.ones_like(slope))


def test_half_precision_is_compared_in_single(rng) -> None:
    x = torch.asarray(texture(rng, (16, 16), 0.3))
    d = sb.phase_correlation(x.half(), sb.shift(x, (1.25, -3.5), (0, 1)).half())
    assert d.shift.dtype == d.peak.dtype == torch.float16
    torch.testing.assert_close(d.shift.double(), torch.tensor([1.25, -3.5]).double(), atol=0.01, rtol=0)


def test_it_compiles_as_one_graph(rng) -> None:
    x = torch.asarray(texture(rng, (2, 9, 9), 0.4))
    y = sb.shift(x, (0.5, 1.5), (1, 2))
    want = sb.phase_correlation(x, y).shift
    compiled = torch.compile(lambda a, b: sb.phase_correlation(a, b).shift, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x, y), want)


def test_vmap_and_tree_maps(rng) -> None:
    x = rng.standard_normal((3, 9, 9))
    y = sb.shift(x, (0.5, 1.5), (1, 2))
    want = sb.phase_correlation(x, y).shift
    mapped = jax.jit(jax.vmap(sb.phase_correlation))(jnp.asarray(x), jnp.asarray(y))
    assert isinstance(mapped, sb.Displacement)
    np.testing.assert_allclose(np.asarray(mapped.shift), want, atol=1e-12)


def seen_through(image, size: int, shift, angle: float, scale: float):
    """The middle of a photograph, enlarged, turned counter-clockwise, then moved."""
    at = np.arange(size) - (size - 1) / 2
    rows, columns = np.meshgrid(at - shift[0], at - shift[1], indexing="ij")
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    places = [cos * rows + sin * columns, cos * columns - sin * rows]
    middle = (np.asarray(image.shape) - 1) / 2
    return scipy.ndimage.map_coordinates(image, [p + m for p, m in zip(places, middle, strict=True)])


def test_photographs_are_registered() -> None:
    image = skimage.data.camera().astype(float)
    cases = [
        ((0.0, 0.0), 0.0, 1.0),
        ((3.5, -6.2), 0.3, 1.0),
        ((4.0, 8.0), -0.7, 1.2),
        ((-5.0, 3.0), 2.5, 0.85),
        ((10.0, -10.0), 3.0, 1.05),
        ((0.0, 0.0), -1.6, 1.3),
    ]
    a = seen_through(image, 192, *cases[0])
    b = np.stack([seen_through(image, 192, *case) for case in cases])
    found = sb.register_images(np.broadcast_to(a, b.shape), b)
    for i, (shift, angle, scale) in enumerate(cases):
        assert miss(found.shift[i], shift, (192, 192)).max() < 0.15
        assert miss(found.angle[i], angle, (2 * np.pi,)) < 3e-3
        assert found.scale[i] == pytest.approx(scale, rel=3e-3)
        assert found.peak[i] > 0.9
    assert sb.register_images(a, seen_through(image[::-1], 192, *cases[1])).peak < 0.9


@pytest.mark.parametrize("kind", ["torch", "jax", "strict"])
def test_registration_on_every_library(kind: str) -> None:
    image = skimage.data.camera().astype(float)
    a, b = (seen_through(image, 64, *case) for case in (((0, 0), 0, 1), ((1.0, -2.0), 0.2, 1.1)))
    want = sb.register_images(a, b)
    found = COMPILE[kind](sb.register_images)(MAKE[kind](a), MAKE[kind](b))
    assert isinstance(found, sb.Registration)
    for name in ("shift", "angle", "scale", "peak"):
        np.testing.assert_allclose(np.asarray(getattr(found, name)), getattr(want, name), atol=1e-8)


def equations(jaxpr) -> int:
    """All of a program and of those within it."""
    return sum(1 + sum(map(equations, jax.core.jaxprs_in_params(eqn.params))) for eqn in jaxpr.eqns)


@pytest.mark.parametrize(("find", "most"), [(sb.phase_correlation, 600), (sb.register_images, 2600)])
def test_programs_of_jax_are_small(find, most: int) -> None:
    x = jnp.ones((2, 64, 64))
    program = jax.make_jaxpr(find)(x, x)
    # Newton's steps are a loop, and both angles one batch.
    assert equations(program.jaxpr) < most
    # XLA works out, while it compiles, what is made of constants alone: the polar grid is made of its axes, behind
    # barriers, for which that takes no time.
    barriers = str(program).count("optimization_barrier")
    assert barriers == (3 if find is sb.register_images else 0)


ERRORS = {
    "two shapes": (lambda x: sb.phase_correlation(x, x[:2]), r"shape \(2, 8\): give two arrays of one"),
    "two libraries": (lambda x: sb.phase_correlation(x, torch.ones(4, 8)), "can't compare numpy of shape"),
    "no floor": (lambda x: sb.phase_correlation(x, x, floor=0.0), "floor=0.0 must be a positive number"),
    "missing axis": (lambda x: sb.phase_correlation(x, x, axes=2), "give one of -2 … 1"),
    "empty axis": (lambda x: sb.phase_correlation(x[:, :0], x[:, :0]), "is empty"),
    "images of other shapes": (lambda x: sb.register_images(x, x[:2]), "can't register numpy"),
    "complex images": (lambda x: sb.register_images(1j * x, 1j * x), "give real ones"),
    "images of one axis": (lambda x: sb.register_images(x, x, axes=(1,)), "an image has two"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 8)))
