"""Displacements of signals with missing samples, with edges, and beyond half their size."""

import itertools

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import skimage.data
import skimage.registration
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.fourier.lengths import fast_length
from subband.transforms.fourier.masked_correlation import _centred, _coefficients

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
COMPILE = dict.fromkeys(MAKE, lambda f: f) | {"jax": jax.jit}


def plane_waves(rng, highest: float):
    """A function of two displacements and a size: crops of a sum of plane waves, known at every real position."""
    k = rng.uniform(-highest, highest, (300, 2))
    k = k[np.hypot(*k.T) < highest]
    phase, height = rng.uniform(0, 2 * np.pi, len(k)), rng.standard_normal(len(k))

    def crop(shift, size: int = 48):
        down, across = (np.arange(size) - s for s in shift)
        waves = (
            2 * np.pi * (k[:, 0, None, None] * down[:, None] + k[:, 1, None, None] * across)
            + phase[:, None, None]
        )
        return np.einsum("k,kij->ij", height, np.cos(waves))

    return crop


def disc(size: int, centre, radius: float):
    """False in a disc."""
    down, across = np.meshgrid(np.arange(size) - centre[0], np.arange(size) - centre[1], indexing="ij")
    return np.hypot(down, across) > radius


@given(n=st.tuples(st.integers(2, 6), st.integers(2, 6)), seed=st.integers(0, 99), is_complex=st.booleans())
@settings(max_examples=25, deadline=None)
def test_coefficients_are_those_of_every_overlap(n, seed: int, is_complex: bool) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, *n)) + 1j * is_complex * rng.standard_normal((2, *n))
    a, b = (a, b) if is_complex else (a.real, b.real)
    valid = rng.random((2, *n)) > 0.3
    (f1, m1, _), (f2, m2, _) = (
        _centred(x[None], v[None], np.ones(n)) for x, v in zip((a, b), valid, strict=True)
    )
    rho, count = _coefficients(f1, f2, m1, m2, n)
    for s in itertools.product(*(range(1 - k, k) for k in n)):
        pairs = [
            (a[i], b[i[0] + s[0], i[1] + s[1]])
            for i in np.ndindex(n)
            if 0 <= i[0] + s[0] < n[0] and 0 <= i[1] + s[1] < n[1]
            if valid[0][i] and valid[1][i[0] + s[0], i[1] + s[1]]
        ]
        assert count[0][s] == pytest.approx(len(pairs), abs=1e-12)
        p, q = np.array(pairs).reshape(-1, 2).T
        if len(pairs) > 1:  # one sample has no variance
            p, q = p - p.mean(), q - q.mean()
            variances = np.vdot(p, p).real, np.vdot(q, q).real
            want = np.vdot(p, q).real / np.sqrt(variances[0] * variances[1])
            # Sums over the whole image, from which little may be left for the few samples of an overlap.
            energies = np.vdot(a, a).real, np.vdot(b, b).real
            lost = max(energy / left for energy, left in zip(energies, variances, strict=True))
            assert rho[0][s] == pytest.approx(want, abs=64 * np.finfo(float).eps * (1 + lost))
        else:
            assert rho[0][s] == pytest.approx(0, abs=1e-9)


def test_whole_shifts_are_those_of_scikit_image() -> None:
    image = skimage.data.camera().astype(float)
    rng = np.random.default_rng(1)
    for shift in ((0, 0), (11, -7), (-30, 22), (40, 3)):
        a, b = image[100:196, 100:196], image[100 - shift[0] :, 100 - shift[1] :][:96, :96]
        mask, moving = disc(96, (40, 50), 15), rng.random((96, 96)) > 0.1
        peer, *_ = skimage.registration.phase_cross_correlation(
            a, b, reference_mask=mask, moving_mask=moving, overlap_ratio=0.3
        )
        found = sb.phase_correlation(a, b, mask=mask, moving_mask=moving, overlap=0.3)
        np.testing.assert_array_equal(-peer, shift)
        np.testing.assert_allclose(found.shift, shift, atol=0.05)
        assert found.peak > 0.99


@pytest.mark.parametrize("highest", [0.1, 0.2, 0.35])
@pytest.mark.parametrize("missing", ["none", "a disc", "a tenth"])
def test_fractions_of_a_sample(highest: float, missing: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(3):
        crop, true = plane_waves(rng, highest), rng.uniform(-15, 15, 2)
        a, b = crop((0, 0)), crop(true)
        valid = {
            "none": np.ones((2, 48, 48), bool),
            "a disc": np.stack([disc(48, (20, 30), 9), disc(48, (33, 15), 9)]),
            "a tenth": rng.random((2, 48, 48)) > 0.1,
        }[missing]
        given = [np.where(v, x, np.nan) for v, x in zip(valid, (a, b), strict=True)]
        found = sb.phase_correlation(*given, mask=True)
        # Coefficients at neighbouring shifts are of other samples, by which the interpolated peak is off.
        assert np.abs(found.shift - true).max() < (0.03 if missing == "a tenth" else 0.01)
        np.testing.assert_allclose(found.peak, 1, atol=0.02)
        masks = sb.phase_correlation(a, b, mask=valid[0], moving_mask=valid[1])
        np.testing.assert_allclose(masks.shift, found.shift, atol=1e-9)


@pytest.mark.parametrize("window", ["hann", ("tukey", 0.5), "planck"])
@pytest.mark.parametrize("wrap", ["nearest", "resolve"])
def test_windows_follow_the_displacement(window, wrap: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(3):
        crop, true = plane_waves(rng, 0.3), rng.uniform(-12, 12, 2)
        found = sb.phase_correlation(crop((0, 0)), crop(true), window=window, wrap=wrap)
        assert np.abs(found.shift - true).max() < 2e-3
        assert found.peak > 0.9
        edges = np.abs(sb.phase_correlation(crop((0, 0)), crop(true)).shift - true).max()
        assert edges > 0.01


def test_shifts_beyond_half_the_size() -> None:
    image = skimage.data.camera().astype(float)
    for shift in ((70, 11), (-75, 5), (10, -80), (66, -66), (-20, 30)):
        a, b = image[200:328, 200:328], image[200 - shift[0] :, 200 - shift[1] :][:128, :128]
        peer, *_ = skimage.registration.phase_cross_correlation(a, b, disambiguate=True)
        np.testing.assert_array_equal(-peer, shift)
        for found in (
            sb.phase_correlation(a, b, floor=0.01, wrap="resolve").shift,
            sb.phase_correlation(a, b, floor=0.01, wrap="resolve", window="hann").shift,
            sb.phase_correlation(a, b, mask=True, overlap=0.1).shift,
        ):
            np.testing.assert_allclose(found, shift, atol=0.2)
        circular = sb.phase_correlation(a, b, floor=0.01).shift
        assert np.abs(circular).max() <= 64
        np.testing.assert_allclose((circular - np.array(shift) + 64) % 128 - 64, 0, atol=0.2)


@given(st.integers(1, 3), st.integers(0, 9))
@settings(max_examples=12, deadline=None)
def test_any_axes_and_batch(rank: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(5, 9, rank))
    true = rng.integers(-2, 3, (3, rank))
    x = rng.standard_normal((3, *(n + 4 for n in shape)))
    a, b = (
        np.stack(
            [
                item[tuple(slice(2 - k, 2 - k + n) for k, n in zip(s, shape, strict=True))]
                for item, s in zip(x, by, strict=True)
            ]
        )
        for by in (0 * true, true)
    )
    order = rng.permutation(rank + 1)
    axes = tuple(int(np.flatnonzero(order == i + 1)[0]) for i in range(rank))
    options = {"mask": True, "overlap": 0.2}
    found = sb.phase_correlation(a.transpose(order), b.transpose(order), axes=axes, **options)
    np.testing.assert_allclose(
        found.shift, sb.phase_correlation(a, b, axes=range(1, rank + 1), **options).shift
    )
    if rank > 1:  # one row has too few samples
        np.testing.assert_allclose(np.round(found.shift), true)


def test_missing_samples_of_one_item_leave_the_others() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 3, 17, 16))
    want = sb.phase_correlation(a, b)
    a[1, 3:6, 4] = np.nan
    found = sb.phase_correlation(a, b)
    np.testing.assert_array_equal(found.shift[[0, 2]], want.shift[[0, 2]])
    np.testing.assert_array_equal(found.peak[[0, 2]], want.peak[[0, 2]])
    alone = sb.phase_correlation(a[1], b[1], mask=True)
    np.testing.assert_allclose(found.shift[1], alone.shift, atol=1e-12)


@pytest.mark.parametrize("k", [-60, -1, 60])
def test_units_do_not_matter(k: int) -> None:
    rng = np.random.default_rng(11)
    a, b = rng.standard_normal((2, 3, 17, 16)).astype("f4")
    a[1, 3:6, 4] = np.nan
    unit = np.float32(2.0**k)
    for options in ({}, {"window": "hann", "wrap": "resolve"}, {"mask": b > -1}):
        want = sb.phase_correlation(a, b, **options)
        found = sb.phase_correlation(unit * a, b / unit, **options)
        np.testing.assert_array_equal(found.shift, want.shift)
        np.testing.assert_array_equal(found.peak, want.peak)


@pytest.mark.parametrize("options", [{}, {"mask": True}, {"window": "hann"}, {"wrap": "resolve"}])
def test_an_infinity_makes_its_item_unknown(options) -> None:
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 2, 9, 9))
    a[1, 3, 4] = np.inf
    with np.errstate(all="ignore"):
        found = sb.phase_correlation(a, b, **options)
        want = sb.phase_correlation(a[0], b[0], **options)
    assert np.isnan(found.shift[1]).all()
    assert np.isnan(found.peak[1])
    np.testing.assert_allclose(found.shift[0], want.shift, atol=1e-12)
    if "mask" in options:
        hidden = sb.phase_correlation(a, b, mask=np.isfinite(a), moving_mask=True)
        assert np.isfinite(hidden.shift).all()


@pytest.mark.filterwarnings("error")
def test_nothing_to_compare_is_no_displacement() -> None:
    x = np.random.default_rng(6).standard_normal((2, 8, 8))
    for a, mask in ((x, False), (np.ones_like(x), True), (np.full_like(x, np.nan), None)):
        found = sb.phase_correlation(a, a, mask=mask)
        np.testing.assert_array_equal(found.shift, 0)
        np.testing.assert_array_equal(found.peak, 0)
    assert sb.phase_correlation(x[:0], x[:0], mask=True).shift.shape == (0, 2)


CASES = {
    "mask": {"mask": disc(12, (4, 5), 2)},
    "window": {"window": "hann"},
    "window and mask": {"mask": True, "window": ("tukey", 0.5)},
    "resolved": {"wrap": "resolve", "window": "hann"},
}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("case", CASES)
def test_same_numbers_same_kind(kind: str, case: str) -> None:
    crop = plane_waves(np.random.default_rng(7), 0.35)
    a, b = np.stack([crop((0, 0), 12)] * 2), np.stack([crop((1.3, -2.2), 12), crop((0.4, 0.7), 12)])
    if "mask" in CASES[case]:
        b[0, 2, 3] = np.nan
    want = sb.phase_correlation(a, b, **CASES[case])
    found = COMPILE[kind](lambda a, b: sb.phase_correlation(a, b, **CASES[case]))(
        MAKE[kind](a), MAKE[kind](b)
    )
    for got, expected in ((found.shift, want.shift), (found.peak, want.peak)):
        assert type(got) is type(MAKE[kind](a))
        np.testing.assert_allclose(np.asarray(got), expected, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_the_maximum(case: str) -> None:
    crop = plane_waves(np.random.default_rng(8), 0.35)
    a, b = (torch.asarray(crop(s, 12)).requires_grad_() for s in ((0, 0), (1.3, -2.2)))

    def found(a, b):
        d = sb.phase_correlation(a, b, **CASES[case])
        return d.shift, d.peak

    # At a peak of 1, to which it is limited, the coefficient has a derivative on one side only.
    noise = 0.1 * torch.randn(12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert gradcheck(found, (a, (b.detach() + noise).requires_grad_()), fast_mode=True)


def test_missing_samples_have_no_gradient() -> None:
    crop = plane_waves(np.random.default_rng(9), 0.35)
    a, b = (torch.asarray(crop(s, 12)) for s in ((0, 0), (1.3, -2.2)))
    a[3:5, 6] = torch.nan
    a.requires_grad_()
    sb.phase_correlation(a, b).shift.sum().backward()
    assert torch.all(a.grad[3:5, 6] == 0)
    assert torch.all(torch.isfinite(a.grad))
    assert torch.any(a.grad != 0)


def test_masks_are_data_of_programs() -> None:
    crop = plane_waves(np.random.default_rng(10), 0.3)
    a, b = crop((0, 0)), crop((2.25, -4.5))
    traced = jax.jit(lambda a, b, m: sb.phase_correlation(a, b, mask=m).shift)
    for centre in ((10, 12), (30, 25)):
        valid = disc(48, centre, 6)
        want = sb.phase_correlation(np.where(valid, a, np.nan), b, mask=valid).shift
        np.testing.assert_allclose(np.asarray(traced(a, b, valid)), want, atol=1e-8)
        in_data = jax.jit(lambda a, b: sb.phase_correlation(a, b, mask=True, moving_mask=True).shift)
        holes = np.where(valid, a, np.nan)
        np.testing.assert_allclose(
            np.asarray(in_data(holes, b)), sb.phase_correlation(holes, b).shift, atol=1e-8
        )
        # Whether there are any is not known while a program is traced.
        assert np.isnan(np.asarray(jax.jit(lambda a, b: sb.phase_correlation(a, b).shift)(holes, b))).all()


def test_images_with_missing_samples_are_registered() -> None:
    image = skimage.data.camera().astype(float)
    turned = np.asarray(sb.rotate(image, 0.2))
    a, b = image[150:310, 150:310], np.roll(turned, (3, -5), axis=(0, 1))[150:310, 150:310]
    # The crop's centre is off that of the image, about which it was turned.
    want = sb.register_images(a, b)
    assert want.angle == pytest.approx(0.2, abs=5e-3)
    a, b = a.copy(), b.copy()
    a[40:50, 60:75] = np.nan
    b[100:110, 20:40] = np.nan
    found = sb.register_images(a, b)
    assert found.angle == pytest.approx(0.2, abs=0.02)
    assert found.scale == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(found.shift, want.shift, atol=0.5)
    assert found.peak > 0.9
    kept = np.isfinite(a), np.isfinite(b)
    masked = sb.register_images(*map(np.nan_to_num, (a, b)), mask=kept[0], moving_mask=kept[1])
    np.testing.assert_allclose(masked.shift, found.shift, atol=1e-8)
    batch = sb.register_images(np.stack([image[150:310, 150:310], a]), np.stack([image[150:310, 150:310], b]))
    np.testing.assert_allclose(batch.shift[1], found.shift, atol=1e-8)
    np.testing.assert_allclose(batch.shift[0], 0, atol=1e-2)


@pytest.mark.parametrize("least", [1, 2, 7, 11, 127, 511, 1023, 99999])
def test_lengths_have_small_factors(least: int) -> None:
    import scipy.fft

    assert fast_length(least) == scipy.fft.next_fast_len(least, real=True)


ERRORS = {
    "levels for a mask": (lambda x: sb.phase_correlation(x, x, mask=x), "mask has dtype float64, not Booleans"),
    "0 and 255": (
        lambda x: sb.phase_correlation(x, x, moving_mask=np.full(x.shape, 255, np.uint8)),
        "moving_mask has dtype uint8.*give True where samples are valid, e.g. moving_mask=b > 0",
    ),
    "a mask of another shape": (
        lambda x: sb.phase_correlation(x, x, mask=x[:2] > 0),
        r"mask of shape \(2, 8\) does not broadcast to \(4, 8\)",
    ),
    "a word for a mask": (lambda x: sb.phase_correlation(x, x, mask="nan"), "mask='nan' is no array of Booleans"),
    "an unknown wrap": (
        lambda x: sb.phase_correlation(x, x, wrap="resolved"),
        "wrap 'resolved' is unknown: give one of nearest, resolve",
    ),
    "an unknown window": (lambda x: sb.phase_correlation(x, x, window="hat"), "window 'hat' is unknown"),
    "samples of a window": (lambda x: sb.phase_correlation(x, x, window=np.ones(8)), "multiplied by the signals"),
    "too much overlap": (lambda x: sb.phase_correlation(x, x, overlap=1.5), "overlap=1.5 must be a share"),
    "a mask for images": (lambda x: sb.register_images(x, x, mask=1.0), "mask=1.0 is no array of Booleans"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 8)))
