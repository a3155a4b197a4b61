"""Wavelet coherence and the cross spectrum: the published formulas summed directly, laws, phases, libraries."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.continuous import MOTHERS

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
N, VOICES = 96, 10
FREQUENCIES = 0.05 * 2 ** (np.arange(21) / VOICES)


def morlet_transform(x: np.ndarray, scales: np.ndarray, pad: int) -> np.ndarray:
    """(S, N) Σ x(t′) ψ*((t′ − t)/s)/s, term by term, of the mirrored signal (Torrence & Compo 1998, eq. 2)."""
    mirrored = np.pad(x, pad, mode="symmetric")
    eta = (np.arange(len(mirrored)) - pad - np.arange(len(x))[:, None]) / scales[:, None, None]
    psi = np.pi**-0.25 * np.exp(6j * eta - eta**2 / 2)
    return (psi.conj() @ mirrored) / scales[:, None]


def smoothed(w: np.ndarray, scales: np.ndarray, rows: int, pad: int) -> np.ndarray:
    """Means with weights exp(−t²/2s²), then of `rows` neighbouring scales (Torrence & Webster 1999, appendix)."""
    mirrored = np.pad(w, ((0, 0), (pad, pad)), mode="symmetric")
    apart = np.arange(mirrored.shape[1]) - pad - np.arange(w.shape[1])[:, None]
    weights = np.exp(-0.5 * (apart / scales[:, None, None]) ** 2)
    mean = np.einsum("snt,st->sn", weights / weights.sum(axis=-1, keepdims=True), mirrored)
    half = rows // 2
    return np.stack([mean[max(0, j - half) : j + half + 1].mean(axis=0) for j in range(len(scales))])


def test_is_the_published_formula_summed_directly(rng) -> None:
    x, y = rng.standard_normal((2, N))
    y = 0.5 * y + np.roll(x, 3)
    scales = 6 / (2 * np.pi * FREQUENCIES)
    wx, wy = (morlet_transform(signal, scales, 2 * N) for signal in (x, y))
    cross, px, py = (smoothed(w, scales, 5, 2 * N) for w in (wx * wy.conj(), abs(wx) ** 2, abs(wy) ** 2))
    # Half an octave is five whole cells of the grid. The analytic wavelet's peak is that of e^−(ω−6)²/2 to 1e−7.
    c = sb.wavelet_coherence(x, y, frequencies=FREQUENCIES, octaves=5 / VOICES)
    inside = slice(
        2, -2
    )  # at the ends of the grid the outermost cells are whole in ours, and means one-sided
    np.testing.assert_allclose(c.coherence[inside], (abs(cross) ** 2 / (px * py))[inside], atol=1e-6)
    np.testing.assert_allclose(np.angle(c.array / cross)[inside], 0, atol=1e-5)
    np.testing.assert_allclose((c.cross / cross)[inside], (c.power_x / px)[inside], rtol=1e-5)
    xy = sb.cross_spectrum(x, y, frequencies=FREQUENCIES)
    np.testing.assert_allclose(xy.phase, np.angle(wx * wy.conj()), atol=1e-3)


@pytest.mark.parametrize("wavelet", ["morlet", "morse", "bspline"])
@pytest.mark.parametrize("late", [2.0, 5.5])
def test_the_delay_is_that_of_a_delayed_sinusoid(wavelet: str, late: float) -> None:
    fs, f, t = 50.0, 4.0, np.arange(1000) / 50
    x, y = np.cos(2 * np.pi * f * t), 3 * np.cos(2 * np.pi * f * (t - late / fs))
    how = {"frequencies": f * 2 ** (np.arange(-6, 7) / 10), "fs": fs, "mode": "periodic"}
    for c in (
        sb.wavelet_coherence(x, y, wavelet, **how),
        sb.cross_spectrum(x, y, wavelet, **how),
    ):
        np.testing.assert_allclose(c.phase[6], 2 * np.pi * f * late / fs, atol=1e-9)  # x leads
        np.testing.assert_allclose(c.delay[6], late / fs, atol=1e-9)
    np.testing.assert_allclose(c.power[6], 3, rtol=1e-9)  # amplitude times amplitude
    back = sb.cross_spectrum(y, x, wavelet, **how)
    np.testing.assert_allclose(back.phase[6], -c.phase[6], atol=1e-12)


def test_delays_of_complex_signals_have_one_sign_at_both_signs_of_frequency() -> None:
    t = np.arange(512)
    for f in (0.1, -0.1):
        x, y = np.exp(2j * np.pi * f * t), np.exp(2j * np.pi * f * (t - 2))
        c = sb.wavelet_coherence(x, y, frequencies=[f])
        np.testing.assert_allclose(c.delay[0, 100:-100], 2, atol=1e-6)
        np.testing.assert_allclose(c.coherence, 1, rtol=1e-9)


@pytest.mark.parametrize("mode", ["symmetric", "periodic", "zero"])
@pytest.mark.parametrize("wavelet", [*MOTHERS.values(), sb.DOG(1)], ids=str)
def test_a_signal_and_its_multiple_are_coherent(wavelet, mode: str, rng) -> None:
    x = rng.standard_normal((2, 50))
    grid = np.geomspace(0.05, 0.5, 12)
    c = sb.wavelet_coherence(x, -3 * x, wavelet, frequencies=grid, mode=mode)
    heard = c.power_x > 0  # a wavelet of compact support may have no frequency of a short signal in it
    assert heard.any(axis=(0, 2)).mean() > 0.5
    np.testing.assert_allclose(c.coherence, heard, rtol=1e-9)
    np.testing.assert_allclose(np.abs(c.phase), np.pi * heard, atol=1e-6)
    np.testing.assert_allclose(c.power_y, 9 * c.power_x, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(1, 40),
    wavelet=st.sampled_from([*MOTHERS]),
    mode=st.sampled_from(["symmetric", "periodic", "zero"]),
    dtype=st.sampled_from(["float32", "float64", "complex64"]),
    octaves=st.sampled_from([0.01, 0.6, 3.0]),
    seed=st.integers(0, 99),
)
def test_is_between_0_and_1(samples, wavelet, mode, dtype, octaves, seed) -> None:
    rng = np.random.default_rng(seed)
    # Silence, tones and bursts of very different size in one signal.
    x, y = rng.standard_normal((2, 2, samples)) * 10.0 ** rng.integers(-12, 1, (2, 2, samples))
    y[..., samples // 2 :] = 0
    c = sb.wavelet_coherence(x.astype(dtype), y.astype(dtype), wavelet, mode=mode, octaves=octaves)
    assert c.coherence.shape == (2, len(c.frequencies), samples)
    assert c.coherence.dtype == np.dtype(dtype).type(0).real.dtype
    assert c.coherence.min() >= 0
    assert c.coherence.max() <= 1
    assert c.power_x.min() >= 0
    assert np.isfinite(c.cross).all()


def test_silence_is_coherent_with_nothing(rng) -> None:
    x = rng.standard_normal(300)
    c = sb.wavelet_coherence(x, 0 * x)
    assert not c.coherence.any()
    assert not c.phase.any()


def test_does_not_depend_on_units(rng) -> None:
    x, y = rng.standard_normal((2, 2, 64)).astype("f4")
    want = sb.wavelet_coherence(x, y)
    for a, b in ((2.0**-70, 2.0**60), (2.0**50, 2.0**-100)):
        got = sb.wavelet_coherence(np.float32(a) * x, np.float32(b) * y)
        np.testing.assert_array_equal(got.array, want.array)


def test_a_periodic_signal_may_begin_anywhere(rng) -> None:
    x, y = rng.standard_normal((2, 100))
    c, later = (
        sb.wavelet_coherence(*(np.roll(signal, k) for signal in (x, y)), mode="periodic") for k in (0, 17)
    )
    np.testing.assert_allclose(later.array, np.roll(c.array, 17, axis=-1), atol=1e-11)


@pytest.mark.parametrize("kind", MAKE)
def test_libraries_agree_and_any_axis_serves(kind: str, rng) -> None:
    x, y = rng.standard_normal((2, 40, 2, 3))
    how = {"frequencies": [0.1, 0.12, 0.3], "axis": 0}
    want, got = (sb.wavelet_coherence(make(x), make(y), **how) for make in (np.asarray, MAKE[kind]))
    assert want.coherence.shape == (2, 3, 3, 40)
    alone = sb.wavelet_coherence(x[:, 1, 2], y[:, 1, 2], frequencies=how["frequencies"])
    np.testing.assert_allclose(want.array[1, 2], alone.array, atol=1e-12)
    for name in ("array", "coherence", "phase", "delay", "power_x", "power_y", "cross", "frequencies"):
        assert type(getattr(got, name)) is type(MAKE[kind](x))
        np.testing.assert_allclose(np.asarray(getattr(got, name)), getattr(want, name), atol=1e-9)
    np.testing.assert_array_equal(np.asarray(got.trusted), want.trusted)
    np.testing.assert_allclose(np.asarray(got.cone_frequencies), want.cone_frequencies)
    cross = sb.cross_spectrum(MAKE[kind](x), MAKE[kind](y), **how)
    assert cross.spec == got.spec
    np.testing.assert_allclose(np.asarray(cross.power), sb.cross_spectrum(x, y, **how).power, atol=1e-12)


def test_gradients_in_torch_and_jax(rng) -> None:
    x, y = rng.standard_normal((2, 24))
    how = {"frequencies": [0.1, 0.15, 0.2]}

    def f(x, y):
        return sb.wavelet_coherence(x, y, **how).coherence

    assert torch.autograd.gradcheck(f, [torch.tensor(x, requires_grad=True), torch.tensor(y)])
    slope = jax.jit(jax.grad(lambda x: f(x, jnp.asarray(y)).sum()))(jnp.asarray(x))
    t = torch.tensor(x, requires_grad=True)
    f(t, torch.tensor(y)).sum().backward()
    np.testing.assert_allclose(slope, t.grad.numpy(), atol=1e-9)
    silent = torch.zeros(24, dtype=torch.float64, requires_grad=True)
    f(silent, torch.tensor(y)).sum().backward()
    assert silent.grad.isfinite().all()


def test_compiles_to_one_graph(rng) -> None:
    x, y = (torch.asarray(signal) for signal in rng.standard_normal((2, 2, 24)))

    def f(x, y):
        return sb.wavelet_coherence(x, y, frequencies=(0.1, 0.2)).coherence

    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, y), f(x, y))


def test_cones_meet_the_lowest_trusted_frequency() -> None:
    c = sb.cwt(np.ones(200), "morse", fs=20.0)
    inside = c.frequencies[:, None] * (1 + 1e-9) >= c.cone_frequencies
    np.testing.assert_array_equal(inside, c.trusted)
    assert np.isinf(c.cone_frequencies[[0, -1]]).all()


def test_e_folding_times_are_those_of_the_table() -> None:
    # Torrence & Compo 1998, table 1; Paul's wavelet of order m is Morse's with β = m, γ = 1.
    for wavelet, time in ((sb.Morlet(6.0), 2**0.5), (sb.DOG(2), 2**0.5), (sb.Morse(4, 1), 2**-0.5)):
        assert wavelet.e_folding == pytest.approx(time, rel=1e-12)


def test_decorrelation_has_closed_forms() -> None:
    from scipy.special import beta

    assert sb.Morlet(6.0).decorrelation == pytest.approx(0.60, abs=0.006)  # Torrence & Compo 1998, table 2
    for m in (1, 2, 6):  # correlation sech^(m + ½)(ln a)
        assert sb.DOG(m).decorrelation == pytest.approx(beta(m + 0.5, 0.5) / np.log(2), rel=1e-6)
    for m in (2, 4):  # sech^(2m + 1)(½ ln a), of which the integral has twice the width
        assert sb.Morse(m, 1).decorrelation == pytest.approx(2 * beta(2 * m + 1, 0.5) / np.log(2), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: sb.wavelet_coherence(x, x[:-1]), r"\(50,\), with y, a numpy array of shape \(49,\)"),
        (lambda x: sb.wavelet_coherence(x, torch.asarray(x)), "with y, a torch array"),
        (lambda x: sb.cross_spectrum(x, x + 0j), "convert one of them"),
        (lambda x: sb.cross_spectrum(x, x.astype("f4")), "of dtype float64 and y of dtype float32"),
        (lambda x: sb.wavelet_coherence(x, x, octaves=0), "octaves=0 must be a positive number of octaves"),
        (lambda x: sb.wavelet_coherence(x, x, axis=1), "axis"),
    ],
)
def test_what_cannot_be_compared_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(np.ones(50))
