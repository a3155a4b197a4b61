"""Resampling: SciPy's filters and resamplers as oracles, band-limited signals, translations, and errors."""

import doctest
import importlib
from math import gcd

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
import torch

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.resample.rates import default_taps
from subband.transforms.resample.tables import MODES, extended


@pytest.mark.parametrize("taps", [1, 2, 7, 12, 24, 65])
@pytest.mark.parametrize(("cutoff", "width"), [(0.1, 0.05), (0.25, 0.3), (0.45, 0.02)])
def test_kaiser_filters_are_those_of_scipy(taps, cutoff, width) -> None:
    ours = sb.kaiser_filter(taps, cutoff * 44.1, width * 44.1, fs=44.1)
    theirs = scipy.signal.firwin(taps, cutoff, width=width, fs=1.0) if taps > 1 else np.ones(1)
    np.testing.assert_allclose(ours, theirs, atol=1e-14)


def test_jinc_filters_pass_a_disc_whatever_the_direction() -> None:
    h = sb.jinc_filter(96, 0.2, 0.04)
    response = np.abs(np.fft.fft2(h, (256, 256)))
    f = np.fft.fftfreq(256)
    radius = np.hypot(f[:, None], f)
    np.testing.assert_allclose(response[radius < 0.175], 1, atol=0.02)
    assert response[radius > 0.23].max() < 0.02
    # A separable filter of the same cutoff lets the corners of the square through.
    square = np.abs(np.outer(*[np.fft.fft(sb.kaiser_filter(96, 0.2, 0.04), 256)] * 2))
    assert square[radius > 0.23].max() > 0.9


@pytest.mark.parametrize(("up", "down"), [(1, 2), (2, 1), (3, 2), (2, 3), (7, 4), (16, 10)])
@pytest.mark.parametrize("samples", [1, 5, 40, 301])
def test_polyphase_resampling_is_that_of_scipy(up, down, samples, rng) -> None:
    x = rng.standard_normal((samples, 2))
    whole = gcd(up, down)
    h = np.array(default_taps(up // whole, down // whole))
    theirs = scipy.signal.resample_poly(x, up, down, axis=0, window=h)
    np.testing.assert_allclose(sb.resample(x, up, down, axes=0, mode="zero"), theirs, atol=1e-12)
    np.testing.assert_allclose(sb.resample(x, up, down, axes=0, mode="zero", filter=h), theirs, atol=1e-12)


@pytest.mark.parametrize(
    ("samples", "up", "down"), [(8, 2, 1), (9, 2, 1), (16, 1, 2), (18, 1, 2), (15, 4, 3), (12, 5, 6)]
)
@pytest.mark.parametrize("dtype", [float, complex])
def test_ideal_resampling_is_that_of_scipy(samples, up, down, dtype, rng) -> None:
    x = rng.standard_normal((2, samples)) + (
        1j * rng.standard_normal((2, samples)) if dtype is complex else 0
    )
    ours = sb.resample(x, up, down, filter="ideal")
    parts = [scipy.signal.resample(part, samples * up // down, axis=1) for part in (x.real, x.imag)]
    np.testing.assert_allclose(ours, parts[0] + 1j * parts[1] if dtype is complex else parts[0], atol=1e-12)


@pytest.mark.parametrize("make", [np.asarray, torch.asarray, jnp.asarray])
@pytest.mark.parametrize("mode", MODES)
def test_libraries_agree_on_short_and_long_axes(make, mode, rng) -> None:
    for samples in (20, 700):
        x = rng.standard_normal((3, samples)).astype(np.float32)
        want = sb.resample(x.astype(float), 3, 2, mode=mode)
        got = sb.resample(make(x), 3, 2, mode=mode)
        assert type(got) is type(make(x))
        np.testing.assert_allclose(np.asarray(got), want, atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
def test_modes_continue_signals_as_numpy_pads_them(mode) -> None:
    names = {
        "periodic": "wrap",
        "zero": "constant",
        "constant": "edge",
        "symmetric": "symmetric",
        "reflect": "reflect",
    }
    for n in (1, 2, 5):
        x = np.arange(1.0, n + 1)
        index, inside = extended(np.arange(-9, n + 9), n, mode)
        np.testing.assert_array_equal(x[index] * inside, np.pad(x, 9, mode=names[mode]))


def test_what_is_slow_survives_the_way_up_and_down(rng) -> None:
    x = sb.lowpass(rng.standard_normal((2, 64)), 0.3)
    for mode, filter in (("periodic", None), ("periodic", "ideal")):
        back = sb.downsample(sb.upsample(x, 2, mode=mode, filter=filter), 2, mode=mode, filter=filter)
        np.testing.assert_allclose(back, x, atol=1e-3 if filter is None else 1e-12)


def test_constants_stay_constant_in_all_modes_that_have_no_zeros_outside() -> None:
    for mode in set(MODES) - {"zero"}:
        np.testing.assert_allclose(sb.resample(np.ones(10), 5, 3, mode=mode), 1, atol=1e-3)
        np.testing.assert_allclose(sb.lanczos_shift(np.ones(10), 0.3, mode=mode), 1, atol=1e-14)


def test_low_passes_take_out_what_lies_above(rng) -> None:
    n = np.arange(256)
    waves = np.cos(2 * np.pi * np.array([[0.05], [0.17], [0.2], [0.33]]) * n)
    for width in (0.05, 0.1):
        kept = np.abs(sb.lowpass(waves, 0.25 - width / 2, width=width)[:, 100:150]).max(axis=1)
        assert kept[3] < 2e-4
        assert abs(kept[0] - 1) < 1e-3
    np.testing.assert_allclose(sb.lowpass(waves, 17.0, fs=100.0), sb.lowpass(waves, 0.17), atol=1e-12)
    x = rng.standard_normal((32, 32))
    spectrum = np.fft.fft2(sb.lowpass(x, 0.25, axes=(0, 1), radial=True))
    f = np.fft.fftfreq(32)
    inside = np.hypot(f[:, None], f) <= 0.25
    np.testing.assert_allclose(spectrum, np.fft.fft2(x) * inside, atol=1e-11)


def test_ideal_low_passes_are_projections(rng) -> None:
    x = rng.standard_normal((5, 6, 7))
    once = sb.lowpass(x, 0.3, axes=(0, 2))
    np.testing.assert_allclose(sb.lowpass(once, 0.3, axes=(0, 2)), once, atol=1e-13)
    np.testing.assert_allclose(sb.lowpass(x, 0.5, axes=(0, 1, 2)), x, atol=1e-13)


def test_whole_lanczos_shifts_and_quarter_turns_move_samples(rng) -> None:
    x = rng.standard_normal((5, 5))
    np.testing.assert_allclose(
        sb.lanczos_shift(x, (2, -1), axes=(0, 1), mode="periodic"), np.roll(x, (2, -1), (0, 1)), atol=1e-14
    )
    for quarter in range(4):
        np.testing.assert_allclose(
            sb.lanczos_rotate(x, quarter * np.pi / 2), np.rot90(x, quarter), atol=1e-12
        )


def test_lanczos_moves_smooth_images_as_fourier_does() -> None:
    y, x = np.mgrid[:48, :48] - 23.5
    spot = np.exp(-((x - 4) ** 2 + (y + 3) ** 2) / 40)
    np.testing.assert_allclose(
        sb.lanczos_shift(spot, (0.4, -1.3), axes=(0, 1)), sb.shift(spot, (0.4, -1.3), (0, 1)), atol=3e-3
    )
    np.testing.assert_allclose(sb.lanczos_rotate(spot, 0.7), sb.rotate(spot, 0.7), atol=5e-3)


def test_filtered_nonlinearities_move_with_the_signal(rng) -> None:
    x = sb.lowpass(rng.standard_normal((4, 65)), 0.4)

    def sticks(f) -> float:
        return float(np.abs(sb.shift(f(x), 0.37) - f(sb.shift(x, 0.37))).mean())

    def relu(x):
        return np.maximum(x, 0)

    pointwise = sticks(relu)
    by_factor = [
        sticks(lambda x, m=m: sb.filtered_nonlinearity(x, relu, factor=m, filter="ideal")) for m in (2, 4, 8)
    ]
    assert by_factor[0] < pointwise / 3
    assert by_factor[2] < by_factor[1] < by_factor[0]
    # A polynomial of degree 3 of what lies below a third of twice the rate aliases not at all.
    cube = sticks(
        lambda x: sb.filtered_nonlinearity(sb.lowpass(x, 0.3), lambda x: x**3, factor=3, filter="ideal")
    )
    assert cube < 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.kaiser_filter(9, 0.5, 0.1), "Nyquist frequency 0.5"),
        (lambda: sb.lowpass(np.ones(8), 30, fs=44), "not between 0 and the Nyquist frequency 22"),
        (
            lambda: sb.lowpass(np.ones(8), 0.2, mode="reflect"),
            "give that instead of mode='reflect', or a width",
        ),
        (lambda: sb.resample(np.ones(10), 2, 3, filter="ideal"), "multiple of 3"),
        (lambda: sb.resample(np.ones(10), 2, filter=[0.5, 0.5]), "odd number"),
        (lambda: sb.resample(np.ones(10), 0), "up=0"),
        (lambda: sb.filtered_nonlinearity(np.ones(8), lambda x: x[:4]), "pointwise"),
        (lambda: sb.lanczos_rotate(np.ones((3, 3, 3)), 1, axes=(0, 1, 2)), "an image has two"),
        (
            lambda: sb.filtered_leaky_relu(
                np.ones((1, 1, 4, 4)), up_filter=[1] * 24, down_filter=[1] * 24, pad=0
            ),
            "longer than the",
        ),
    ],
)
def test_errors_say_what_to_do(call, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.parametrize("module", ["aliasing", "design", "lanczos", "leaky_relu", "lowpass", "rates"])
def test_the_examples_of_the_functions_are_true(module) -> None:
    found = doctest.testmod(importlib.import_module(f"subband.transforms.resample.{module}"))
    assert found.attempted > 0
    assert found.failed == 0
