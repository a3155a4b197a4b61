"""Synchrosqueezing: ridges on known laws of frequency, reconstruction, libraries, derivatives."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
FS, N, VOICES = 1000.0, 4000, 32
T = np.arange(N) / FS
INSIDE = slice(300, -300)


def chirp() -> tuple[np.ndarray, np.ndarray]:
    """1.5 cos φ(t) from 50 to 210 Hz, and its instantaneous frequency."""
    return 1.5 * np.cos(2 * np.pi * (50 * T + 20 * T**2)), 50 + 40 * T


@pytest.mark.parametrize("wavelet", ["morse", "morlet", "bspline"])
def test_the_ridge_of_a_chirp_follows_its_frequency(wavelet: str) -> None:
    x, law = chirp()
    s = sb.synchrosqueeze(sb.cwt(x, wavelet, fs=FS, voices=VOICES), threshold=1e-6)
    modulus = np.abs(s.array)
    ridge = s.frequencies[modulus.argmax(axis=0)]
    bins = VOICES * np.log2(ridge / law)
    assert np.abs(bins)[INSIDE].max() < 1
    # On the ridge, and beside it where the law lies between two bins, is all there is.
    nearest = np.abs(s.frequencies[:, None] - ridge) <= ridge * 2 ** (1.5 / VOICES) - ridge
    on_ridge = np.abs(np.sum(np.where(nearest, s.array, 0), axis=0))
    np.testing.assert_allclose(on_ridge[INSIDE], 1.5, rtol=0.02)


def test_sums_over_frequency_give_the_signal_back() -> None:
    x, _ = chirp()
    c = sb.cwt(x, "morse", fs=FS, voices=VOICES)
    s = sb.synchrosqueeze(c)
    np.testing.assert_allclose(sb.isynchrosqueeze(s)[INSIDE], x[INSIDE], atol=5e-3)
    np.testing.assert_allclose(sb.isynchrosqueeze(s, method="exact"), sb.icwt(c), atol=1e-10)
    # Nothing is lost: the two sums over frequency are one.
    np.testing.assert_allclose(sb.isynchrosqueeze(s), sb.icwt(c, method="delta"), atol=1e-12)


def test_a_band_holds_one_of_two_components() -> None:
    x, _ = chirp()
    tone = 0.8 * np.cos(2 * np.pi * 12 * T)
    s = sb.synchrosqueeze(sb.cwt(x + tone, "morse", fs=FS, voices=VOICES))
    np.testing.assert_allclose(sb.isynchrosqueeze(s, band=(6, 24))[INSIDE], tone[INSIDE], atol=0.02)
    np.testing.assert_allclose(sb.isynchrosqueeze(s, band=(30, 400))[INSIDE], x[INSIDE], atol=0.02)


def test_coefficients_turn_at_the_frequency_of_a_tone() -> None:
    for f in (20.0, 320.0):
        c = sb.cwt(np.cos(2 * np.pi * f * T), "morlet", frequencies=[0.9 * f, f, 1.1 * f], fs=FS)
        np.testing.assert_allclose(sb.instantaneous_frequency(c)[:, 1000:3000], f, rtol=1e-6)
    z = np.exp(-2j * np.pi * 50 * T)
    c = sb.cwt(z, "morlet", frequencies=[-45.0, -55.0], fs=FS)
    np.testing.assert_allclose(sb.instantaneous_frequency(c)[:, 1000:3000], -50, rtol=1e-6)
    assert sb.instantaneous_frequency(sb.cwt([1.0], "morlet", frequencies=[0.1])).tolist() == [[0.0]]


def test_complex_signals_keep_both_directions(rng) -> None:
    z = np.exp(2j * np.pi * 60 * T) + 0.5 * np.exp(-2j * np.pi * 150 * T)
    c = sb.cwt(z, "morse", fs=FS)
    s = sb.synchrosqueeze(c)
    strength = np.abs(s.array[:, N // 2])
    for f, amplitude in ((60, 2), (-150, 1)):
        near = np.abs(s.frequencies / f - 1) < 0.06
        assert strength[near].sum() == pytest.approx(amplitude, rel=0.01)
        strength[near] = 0
    assert strength.max() < 0.01
    np.testing.assert_allclose(sb.isynchrosqueeze(s, method="exact"), sb.icwt(c), atol=1e-10)
    np.testing.assert_allclose(sb.isynchrosqueeze(s)[INSIDE], z[INSIDE], atol=5e-3)


def test_frequencies_may_come_in_any_order(rng) -> None:
    x = rng.standard_normal(200)
    f = sb.log_frequencies("morse", 200)
    order = rng.permutation(len(f))
    want = sb.synchrosqueeze(sb.cwt(x, "morse", frequencies=f)).array
    np.testing.assert_allclose(
        sb.synchrosqueeze(sb.cwt(x, "morse", frequencies=f[order])).array, want[order], atol=1e-12
    )


def test_a_threshold_leaves_noise_out(rng) -> None:
    c = sb.cwt(rng.standard_normal(100), "morse")
    assert not np.any(sb.synchrosqueeze(c, threshold=1e9).array)
    level = float(np.median(np.abs(c.array)))
    few = sb.synchrosqueeze(c, threshold=level).array
    kept = np.where(np.abs(c.array) > level, c.array, 0)
    weights = (c.spec.weights / c.spec.wavelet.delta)[:, None]
    np.testing.assert_allclose(few.sum(axis=0), (kept * weights).sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("kind", ["numpy", "torch", pytest.param("jax", marks=pytest.mark.slow), "strict"])
def test_same_numbers_same_kind(kind: str, rng) -> None:
    x = rng.standard_normal((2, 20, 1))
    for samples in (x, x + 1j * x[::-1]):
        want = sb.synchrosqueeze(sb.cwt(samples, "morse", voices=4, axis=1))
        made = MAKE[kind](samples)
        s = sb.synchrosqueeze(sb.cwt(made, "morse", voices=4, axis=1))
        assert type(s.array) is type(made) is type(s.frequencies)
        np.testing.assert_allclose(np.asarray(s.array), want.array, atol=1e-12)
        np.testing.assert_allclose(
            np.asarray(sb.isynchrosqueeze(s, band=(-1, 1))), sb.isynchrosqueeze(want), atol=1e-12
        )
    assert "Morse" in repr(want)


@pytest.mark.slow
def test_derivatives_jit_vmap_and_trees(rng) -> None:
    x = rng.standard_normal((2, 9))
    f = [0.1, 0.2]

    def energy(x):
        return abs(sb.synchrosqueeze(sb.cwt(x, "morse", frequencies=f)).array) ** 2

    given = torch.asarray(x).requires_grad_()
    assert torch.autograd.gradcheck(energy, given)
    energy(given).pow(2).sum().backward()
    here = jax.grad(lambda x: (energy(x) ** 2).sum())(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(here), given.grad.numpy(), rtol=1e-9, atol=1e-12)
    want = energy(x)
    np.testing.assert_allclose(np.asarray(jax.jit(energy)(jnp.asarray(x))), want, atol=1e-12)
    np.testing.assert_allclose(np.asarray(jax.vmap(energy)(jnp.asarray(x))), want, atol=1e-12)
    np.testing.assert_allclose(torch.func.vmap(energy)(torch.asarray(x)).numpy(), want, atol=1e-12)
    s = jax.jit(lambda x: sb.synchrosqueeze(sb.cwt(x, "morse", frequencies=f)))(jnp.asarray(x))
    halved = jax.tree_util.tree_map(lambda a: a / 2, s)
    np.testing.assert_allclose(
        np.asarray(sb.isynchrosqueeze(halved)), np.asarray(sb.isynchrosqueeze(s)) / 2, atol=1e-12
    )


ERRORS = {
    "not coefficients": (lambda c: sb.synchrosqueeze(c.array), "can't synchrosqueeze a ndarray"),
    "a real wavelet": (
        lambda c: sb.synchrosqueeze(sb.cwt(np.ones(16), "ricker")),
        "give an analytic wavelet",
    ),
    "threshold": (lambda c: sb.synchrosqueeze(c, threshold=-1), "0 or more"),
    "not squeezed": (lambda c: sb.isynchrosqueeze(c), "can't invert a ContinuousCoefficients"),
    "empty band": (
        lambda c: sb.isynchrosqueeze(sb.synchrosqueeze(c), band=(2, 3)),
        r"no frequency lies in 2 … 3",
    ),
    "method": (lambda c: sb.isynchrosqueeze(sb.synchrosqueeze(c), method="sum"), "give one of exact, delta"),
    "other shape": (lambda c: sb.synchrosqueeze(c).replace(c.array[:1]), "can't be replaced"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(sb.cwt(np.ones(64), "morse"))
