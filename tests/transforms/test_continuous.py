"""The continuous transform: closed forms, PyWavelets, SciPy, reconstruction, libraries, derivatives."""

from math import e, gamma, pi

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray
from subband.transforms.continuous import MOTHERS

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
WAVELETS = [
    *dict.fromkeys(MOTHERS.values()),
    sb.DOG(1),
    sb.DOG(3),
    sb.Morlet(2.0),
    sb.Morse(3, 3),
    sb.BSpline(1),
    sb.BSpline(5),
    sb.GaussianDerivative(2),
    sb.ComplexGaussian(1),
]
MODES = ("symmetric", "periodic", "zero")
SPARSE = pytest.mark.filterwarnings("ignore:icwt leaves out")
"""Frequencies with gaps, for tests of other things than reconstruction."""


def band_limited(samples: int, low: float, high: float, rng, is_complex: bool = False) -> np.ndarray:
    """Noise between two frequencies, in cycles a sample, which periodic and mirrored extension keep so limited."""
    t, k = np.arange(samples) + 0.5, np.arange(int(2 * low * samples) + 1, int(2 * high * samples))
    k = k[k % 2 == 0]
    x = np.cos(np.pi * np.outer(t, k) / samples) @ rng.standard_normal(len(k))
    if is_complex:
        x = x + 1j * np.cos(np.pi * np.outer(t, k) / samples) @ rng.standard_normal(len(k))
    return x / np.abs(x).max()


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_a_sinusoid_has_its_amplitude_and_frequency(wavelet) -> None:
    fs, f, a = 100.0, 6.25, 3.0
    x = a * np.cos(2 * np.pi * f * np.arange(4096) / fs + 0.4)
    c = sb.cwt(x, wavelet, frequencies=[f / 2, f, 2 * f], fs=fs, mode="periodic")
    if wavelet.analytic:
        np.testing.assert_allclose(np.abs(c.array[1]), a, rtol=1e-5)
        np.testing.assert_allclose(c.array[1].real, x, atol=1e-4)
    else:
        assert np.sqrt(2 * np.mean(c.array[1] ** 2)) == pytest.approx(a, rel=1e-5)
    power = np.mean(np.abs(c.array) ** 2, axis=-1)
    assert power.argmax() == 1


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_responses_peak_where_they_say(wavelet) -> None:
    omega = wavelet.peak * np.linspace(0, 3, 30001)
    response = wavelet.response(omega)
    assert response.min() >= 0
    assert response.max() == pytest.approx(1, abs=1e-12)
    assert response[10000] == pytest.approx(1, abs=1e-12)
    assert response[0] == 0
    assert wavelet.frequency(wavelet.scale(7.0)) == pytest.approx(7.0, rel=1e-15)
    if wavelet != sb.BSpline(1):  # a box falls at once
        at_nyquist = wavelet.response(np.asarray(wavelet.peak / wavelet.highest(1.0)))
        assert at_nyquist == pytest.approx(0.1, abs=1e-9)
    dense = np.linspace(0, 40, 400001)
    energy = np.sum(wavelet.response(dense) ** 2) * dense[1] / (2 * np.pi)
    assert wavelet.energy == pytest.approx(energy, rel=1e-3)


def test_closed_forms_of_the_wavelets() -> None:
    # ∫ ω^2β e^−2ω^γ dω and ∫ ω^(β−1) e^−ω^γ dω are Gamma functions; likewise for Gaussians.
    b, g = 20.0, 3.0
    top = (e * g / b) ** (b / g)
    energy = top**2 * gamma((2 * b + 1) / g) / g / 2 ** ((2 * b + 1) / g) / (2 * pi)
    assert sb.Morse(b, g).energy == pytest.approx(energy, rel=1e-9)
    assert sb.Morse(b, g).delta == pytest.approx(top * gamma(b / g) / g, rel=1e-9)
    assert sb.DOG(2).delta == pytest.approx(e / 2, rel=1e-9)
    assert sb.DOG(2).energy == pytest.approx((e / 2) ** 2 * gamma(2.5) / 2 / (2 * pi), rel=1e-9)
    # Morlet's mean is zero by the correction, and its peak above the centre by little.
    assert sb.Morlet(6).peak == pytest.approx(6, abs=1e-13)
    assert sb.Morlet(1.0).peak == pytest.approx(1 / (1 - np.exp(-sb.Morlet(1.0).peak)), rel=1e-12)


@pytest.mark.parametrize("wavelet", [sb.Morlet(6.0), sb.Morse(20, 3), sb.BSpline(3)], ids=str)
def test_cones_are_e_folding_times(wavelet) -> None:
    impulse = np.zeros(4097)
    impulse[2048] = 1
    w = np.abs(sb.cwt(impulse, wavelet, frequencies=[0.02], mode="periodic").array[0])
    reach = np.flatnonzero(w[2048:] < w.max() / np.e)[0]
    assert reach == pytest.approx(wavelet.e_folding * wavelet.scale(0.02), rel=0.05)


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_l2_gives_white_noise_one_height(wavelet, rng) -> None:
    c = sb.cwt(rng.standard_normal((64, 8192)), wavelet, frequencies=[0.05, 0.1], norm="l2", mode="periodic")
    np.testing.assert_allclose(np.mean(np.abs(c.array) ** 2, axis=(0, -1)), 1, atol=0.1)


@pytest.mark.parametrize(
    ("name", "wavelet", "energy"),
    [("mexh", sb.DOG(2), 1.0), ("cmor2.0-1.0", sb.Morlet(2 * np.pi), np.sqrt(4 * np.pi))],
)
def test_agrees_with_pywavelets(name: str, wavelet, energy: float, rng) -> None:
    """PyWavelets filters with differences of the integrated wavelet: with the wavelet after a mean over one sample.

    That mean is sinc(f) in frequency and half a sample late. After the same, both are equal up to PyWavelets' table
    of the integral, here of 2^18 samples, read at the index below. Its cmor has energy (2πB)^−½, not 1.
    """
    x, f = rng.standard_normal(4096), np.fft.rfftfreq(4096)
    late = np.fft.irfft(np.fft.rfft(x) * np.sinc(f) * np.exp(-1j * np.pi * f), 4096)
    scales = np.array([4.0, 7.0, 16.0, 32.0, 64.0])
    theirs, _ = pywt.cwt(x, scales, name, precision=18)
    ours = sb.cwt(late, wavelet, frequencies=wavelet.frequency(scales), norm="l2").array
    inside = slice(1000, 3000)
    assert np.abs(ours - theirs * np.sqrt(energy))[:, inside].max() < 1e-3 * np.abs(ours).max()


def test_is_a_convolution_with_the_wavelet(rng) -> None:
    x, s = rng.standard_normal(600), 8.0
    t = np.arange(-100, 101) / s
    ricker = (1 - t**2) * np.exp(-(t**2) / 2) * 2 / np.sqrt(3 * s) / np.pi**0.25
    want = scipy.signal.fftconvolve(x, ricker, mode="same")
    for mode in ("zero", "symmetric"):
        got = sb.cwt(x, "ricker", frequencies=[sb.DOG(2).frequency(s)], norm="l2", mode=mode).array[0]
        inside = slice(None) if mode == "zero" else slice(100, -100)
        np.testing.assert_allclose(got[inside], want[inside], atol=1e-12)
    # Odd ones too, with their sign: ψ₀ = (−1)^(m+1) dᵐη/dtᵐ of a Gaussian η falls through 0 for m = 1.
    rising = sb.cwt(np.arange(200.0), sb.DOG(1), frequencies=[0.05], mode="zero").array[0, 80:120]
    assert np.all(rising * np.sum(t * -t * np.exp(-(t**2) / 2)) > 0)


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_extensions_are_what_they_say(wavelet, rng) -> None:
    n, f = 101, [0.05, 0.1]
    x = rng.standard_normal(n)
    for mode, after, tolerance in (
        ("symmetric", [x[::-1]], 1e-12),
        ("periodic", [x], 1e-12),
        # Zeros end where the longest wavelet has faded to about exp(−36); a B-spline's or a cut one takes longer.
        ("zero", [0 * x] * 9, 1e-9 if wavelet in (sb.Morlet(6.0), sb.DOG(2)) else 0.2),
    ):
        want = sb.cwt(np.concat([x, *after]), wavelet, frequencies=f, mode="periodic").array[..., :n]
        np.testing.assert_allclose(sb.cwt(x, wavelet, frequencies=f, mode=mode).array, want, atol=tolerance)


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_band_limited_signals_come_back_exactly(wavelet, norm: str, rng) -> None:
    for samples, mode in ((256, "symmetric"), (257, "symmetric"), (256, "periodic")):
        for is_complex in (False, True):
            x = band_limited(samples, 0.1, 0.3, rng, is_complex)
            if mode == "periodic":
                x = np.concat([x, x[::-1]])
            y = sb.icwt(sb.cwt(x, wavelet, mode=mode, norm=norm))
            assert (y.dtype, y.shape) == (x.dtype, x.shape)
            np.testing.assert_allclose(y, x, atol=1e-11)


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_signals_between_zeros_come_back(wavelet, rng) -> None:
    """The zeros beyond the ends are right, but wavelets spread the signal over them, and that is lost."""
    x = band_limited(2048, 0.1, 0.3, rng) * np.hanning(2048) ** 2
    for z in (x, x * 1j + x[::-1]):
        y = sb.icwt(sb.cwt(z, wavelet, mode="zero"))
        np.testing.assert_allclose(y, z, atol=1e-3 * np.abs(z).max())


@pytest.mark.parametrize("wavelet", ["morlet", "morse", "dog", sb.BSpline(5)], ids=str)
def test_delta_reconstruction(wavelet, rng) -> None:
    x = band_limited(2048, 0.03, 0.06, rng)
    y = sb.icwt(sb.cwt(x, wavelet, voices=16), method="delta")
    np.testing.assert_allclose(y, x, atol=5e-3)


@SPARSE
@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    data=st.data(),
    wavelet=st.sampled_from(WAVELETS),
    mode=st.sampled_from(MODES),
    single=st.booleans(),
    is_complex=st.booleans(),
)
def test_any_shape_axis_and_kind(shape, data, wavelet, mode, single, is_complex) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(0).standard_normal(shape) + (1j if is_complex else 0)
    x = x.astype(("c8" if single else "c16") if is_complex else ("f4" if single else "f8"))
    c = sb.cwt(x, wavelet, frequencies=[0.1, 0.3], axis=axis, mode=mode)
    rest = [n for i, n in enumerate(shape) if i != axis % len(shape)]
    assert c.array.shape == (*rest, 2, shape[axis])
    assert c.array.dtype == (np.result_type(x.dtype, "c8") if wavelet.analytic else x.dtype)
    last = sb.cwt(np.moveaxis(x, axis, -1), wavelet, frequencies=[0.1, 0.3], mode=mode, impl="reference")
    np.testing.assert_allclose(c.array, last.array, atol=1e-5 if single else 1e-12)
    y = sb.icwt(c)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)


@SPARSE
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, mode: str, rng) -> None:
    x = rng.standard_normal((2, 3, 33)) + 1j * rng.standard_normal((2, 3, 33))
    for samples in (x.real, x):
        for wavelet in ("morse", "ricker", sb.DOG(3)):
            made = MAKE[kind](samples)
            want, got = (
                sb.cwt(z, wavelet, frequencies=[1.0, 3.0], fs=10.0, axis=1, mode=mode)
                for z in (samples, made)
            )
            assert type(got.array) is type(made) is type(got.frequencies) is type(got.cone)
            np.testing.assert_allclose(np.asarray(got.array), want.array, atol=1e-12)
            np.testing.assert_array_equal(np.asarray(got.trusted), want.trusted)
            back = sb.icwt(got)
            assert (type(back), back.dtype) == (type(made), made.dtype)
            np.testing.assert_allclose(np.asarray(back), sb.icwt(want), atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype) -> None:
    x = torch.linspace(-1, 1, 64).to(dtype)
    c = sb.cwt(x)
    assert c.array.dtype == torch.complex64
    torch.testing.assert_close(c.array, sb.cwt(x.float()).array)


def test_single_precision_is_single_all_the_way(rng) -> None:
    x = rng.standard_normal((2, 1000)).astype("f4")
    c = sb.cwt(x)
    want = sb.cwt(x.astype("f8"))
    assert (c.array.dtype, c.frequencies.dtype) == (np.complex64, np.float32)
    np.testing.assert_allclose(c.array, want.array, atol=1e-5)


def test_is_linear_and_turning_the_wavelet_conjugates(rng) -> None:
    a, b = rng.standard_normal((2, 50))
    f = np.array([0.1, 0.2])
    up, down = sb.cwt(a + 1j * b, frequencies=f).array, sb.cwt(a + 1j * b, frequencies=-f).array
    parts = sb.cwt(a, frequencies=f).array, sb.cwt(b, frequencies=f).array
    np.testing.assert_allclose(up, parts[0] + 1j * parts[1], atol=1e-13)
    np.testing.assert_allclose(down, parts[0].conj() + 1j * parts[1].conj(), atol=1e-13)
    turning = np.exp(2j * np.pi * 0.1 * np.arange(200))
    c = sb.cwt(turning, frequencies=[0.1, -0.1], mode="periodic").array
    np.testing.assert_allclose(np.abs(c[:, 50:150]), [[2] * 100, [0] * 100], atol=1e-8)


@SPARSE
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wavelet", ["morse", "ricker", sb.DOG(1)])
def test_derivatives_in_torch(wavelet, mode: str) -> None:
    f = [0.1, 0.3]
    for samples in (6, 5):
        x = torch.randn(2, samples, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(
            lambda x: sb.cwt(x, wavelet, frequencies=f, mode=mode).array, x, check_forward_ad=True
        )
        assert torch.autograd.gradgradcheck(
            lambda x: sb.cwt(x, wavelet, frequencies=f, mode=mode).array.abs() ** 4, x
        )
        c = sb.cwt(x.detach(), wavelet, frequencies=f, mode=mode)
        assert torch.autograd.gradcheck(
            lambda a, c=c: sb.icwt(c.replace(a)), c.array.clone().requires_grad_()
        )


@pytest.mark.parametrize("mode", MODES)
def test_gradients_agree_between_torch_and_jax(mode: str, rng) -> None:
    x = rng.standard_normal((2, 21))
    there = torch.asarray(x).requires_grad_()
    sb.cwt(there, voices=3, mode=mode).array.abs().pow(4).sum().backward()
    here = jax.grad(lambda x: (abs(sb.cwt(x, voices=3, mode=mode).array) ** 4).sum())(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(here), there.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_jit_vmap_and_trees(rng) -> None:
    x = rng.standard_normal((4, 3, 32))
    want = sb.cwt(x)
    c = jax.jit(sb.cwt)(jnp.asarray(x))
    assert isinstance(c, sb.ContinuousCoefficients)
    np.testing.assert_allclose(np.asarray(c.array), want.array, atol=1e-12)
    np.testing.assert_allclose(np.asarray(jax.jit(sb.icwt)(c)), sb.icwt(want), atol=1e-10)
    y = jax.vmap(lambda a: sb.cwt(a).array)(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(y), want.array, atol=1e-12)
    y = torch.func.vmap(lambda a: sb.cwt(a).array)(torch.asarray(x))
    np.testing.assert_allclose(y.numpy(), want.array, atol=1e-12)
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, c)
    np.testing.assert_allclose(np.asarray(sb.icwt(doubled)), 2 * sb.icwt(want), atol=1e-10)


def test_frequencies_by_default() -> None:
    f = sb.log_frequencies("morlet", 1024, fs=2.0, voices=12)
    np.testing.assert_allclose(f[1:] / f[:-1], 2 ** (1 / 12))
    c = sb.cwt(np.ones(1024), "morlet", fs=2.0, voices=12)
    np.testing.assert_array_equal(c.frequencies, f)
    np.testing.assert_allclose(c.scales, sb.Morlet().scale(f))
    np.testing.assert_allclose(c.cone, np.sqrt(2) * c.scales)
    assert c.cone.max() <= 1024 / 2 / 2.0
    assert c.trusted[:, 512].all()
    assert not c.trusted[0, :200].any()
    assert c.trusted[-1, 20:-20].all()
    both = sb.cwt(np.ones(1024) + 0j, "morlet", fs=2.0, voices=12).frequencies
    np.testing.assert_array_equal(both, np.concat([-f[::-1], f]))
    assert "Morlet" in repr(c)
    assert len(sb.log_frequencies("morse", 1)) == 1


def test_layouts_nan_and_empty_batches(rng) -> None:
    x = rng.standard_normal((6, 40))
    for view in (x[::-1, ::2], x.T, np.broadcast_to(x[:1], (4, 40)), x.astype(">f8")):
        np.testing.assert_array_equal(sb.cwt(view).array, sb.cwt(np.array(view, dtype="f8")).array)
    x[2, 5] = np.nan
    w = sb.cwt(x).array
    assert np.isnan(w[2]).all()
    assert np.isfinite(np.delete(w, 2, 0)).all()
    assert sb.icwt(sb.cwt(np.ones((0, 16)))).shape == (0, 16)
    assert sb.cwt(torch.ones(3, 16, device="meta"), "ricker", frequencies=[0.1, 0.2]).array.shape == (
        3,
        2,
        16,
    )


ERRORS = {
    "unknown wavelet": (lambda x: sb.cwt(x, "db4"), "give one of morlet, morse, ricker, dog, bspline"),
    "unknown mode": (lambda x: sb.cwt(x, mode="reflect"), "give one of symmetric, periodic, zero"),
    "unknown norm": (lambda x: sb.cwt(x, norm="l3"), "give one of l1, l2"),
    "unknown impl": (lambda x: sb.cwt(x, impl="cuda"), "give one of fast, reference"),
    "no compiled kernel": (
        lambda x: sb.cwt(jnp.asarray(x), impl="fast"),
        "no compiled kernel for this jax array",
    ),
    "no rate": (lambda x: sb.cwt(x, fs=0), "positive number of samples a second"),
    "two axes": (lambda x: sb.cwt(x, axis=(0, 1)), "give one at a time"),
    "no such axis": (lambda x: sb.cwt(x, axis=2), "give one of -2 … 1"),
    "empty axis": (lambda x: sb.cwt(x[:, :0]), "is empty: nothing to transform"),
    "voices": (lambda x: sb.cwt(x, voices=0), "whole number of frequencies in an octave, 1 …"),
    "too high": (lambda x: sb.cwt(x, frequencies=[1, 60], fs=100), "can't analyse 60.0 Hz at 100.0 samples"),
    "frequency 0": (lambda x: sb.cwt(x, frequencies=[0.0]), "above 0 and up to 0.5 Hz"),
    "frequencies of two axes": (
        lambda x: sb.cwt(x, frequencies=[[0.1]]),
        "must be a list of hertz, in one row",
    ),
    "no frequencies": (lambda x: sb.cwt(x, frequencies=[]), "give a list of hertz"),
    "real, negative frequency": (
        lambda x: sb.cwt(x, "ricker", frequencies=[-0.1]),
        "the same response at −f and f",
    ),
    "not coefficients": (lambda x: sb.icwt(x), "can't invert a ndarray"),
    "unknown method": (lambda x: sb.icwt(sb.cwt(x), method="fast"), "give one of exact, delta"),
    "odd delta": (lambda x: sb.icwt(sb.cwt(x, sb.DOG(1)), method="delta"), "give method='exact'"),
    "other shape": (lambda x: sb.cwt(x).replace(x), "can't be replaced"),
    "Morlet": (lambda x: sb.Morlet(0), "Morlet's centre=0 must be a positive number"),
    "Morse": (lambda x: sb.Morse(3, -1), "Morse's gamma=-1 must be a positive number"),
    "DOG": (lambda x: sb.DOG(0), "DOG's order=0 must be a whole number, 1 … 1000"),
    "BSpline": (lambda x: sb.BSpline(3, 2.0, 0.5), "give a centre of at least 1.0"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


def test_arrays_that_cannot_be_filtered_are_refused() -> None:
    with pytest.raises(UnsupportedArray, match="dtype object"):
        sb.cwt(np.array([object()] * 8))
