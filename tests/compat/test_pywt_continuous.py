"""The continuous transform gives PyWavelets' numbers, on arrays of every library, with gradients."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch

from subband.compat import pywt as ours

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # default parameters in a name are deprecated
    WAVELETS = [pywt.ContinuousWavelet(name) for name in pywt.wavelist(kind="continuous")]
WAVELETS += [pywt.ContinuousWavelet(name) for name in ("cmor1.5-0.8", "fbsp2-1.5-0.7", "shan0.5-2")]

SCALES = {
    "one": 3,
    "whole": np.arange(1, 5),
    "long": [1.5, 20, 63.7],
    "single precision": np.array([1.5, 7], "f4"),
}


@pytest.mark.parametrize("wavelet", WAVELETS, ids=lambda w: w.name)
@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize("method", ["conv", "fft"])
@pytest.mark.parametrize("dtype", ["f8", "c16", "f4"])
def test_numbers_and_frequencies(wavelet, scales: str, method: str, dtype: str, rng) -> None:
    x = rng.standard_normal((2, 90)).astype(dtype)
    if dtype == "c16":
        x += 1j * rng.standard_normal((2, 90))
    want, got = (w.cwt(x, SCALES[scales], wavelet, 0.1, method, precision=10) for w in (pywt, ours))
    assert got[0].dtype == want[0].dtype
    # PyWavelets takes √s times differences of sums of 90 samples times an integral of at most 0.5 or so.
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(got[0], want[0], atol=eps * np.sqrt(64) * 90 * 0.5 * np.abs(x).max())
    np.testing.assert_array_equal(got[1], want[1])


@pytest.mark.parametrize(("shape", "axis"), [((40,), 5), ((30, 4), 0), ((2, 31, 3), -2), ((3, 2, 30), 2)])
def test_axes_and_default_precision(shape: tuple[int, ...], axis: int, rng) -> None:
    x = rng.standard_normal(shape)
    want, got = (w.cwt(x, [2, 9], "morl", axis=axis)[0] for w in (pywt, ours))
    np.testing.assert_allclose(got, want, atol=1e-12)


@pytest.mark.parametrize("make", [torch.asarray, jnp.asarray], ids=["torch", "jax"])
@pytest.mark.parametrize("wavelet", ["mexh", "cmor1.5-1.0"])
def test_other_libraries(make, wavelet: str, rng) -> None:
    x = rng.standard_normal((2, 64))
    got, frequencies = ours.cwt(make(x), [2, 5], wavelet)
    want, at = pywt.cwt(x, [2, 5], wavelet)
    assert type(got) is type(make(x))
    np.testing.assert_allclose(np.asarray(got), want, atol=1e-12)
    np.testing.assert_array_equal(frequencies, at)


@pytest.mark.parametrize("wavelet", ["gaus2", "cgau2"])
def test_the_gradient_is_the_adjoint(wavelet: str, rng) -> None:
    """The gradient of Re⟨W x, v⟩ is Re Wᴴv, here with W as a matrix: PyWavelets' answers to unit pulses."""
    pulses = pywt.cwt(np.eye(24), [2, 6], wavelet)[0]
    v = rng.standard_normal((2, 24)) + 1j * rng.standard_normal((2, 24))
    want = np.einsum("sin,sn->i", pulses, v.conj()).real
    x = torch.zeros(24, dtype=torch.float64, requires_grad=True)
    (ours.cwt(x, [2, 6], wavelet)[0] * torch.asarray(v.conj())).sum().real.backward()
    np.testing.assert_allclose(x.grad.numpy(), want, atol=1e-12)
    in_jax = jax.grad(lambda x: (ours.cwt(x, [2, 6], wavelet)[0] * v.conj()).sum().real)(jnp.zeros(24))
    np.testing.assert_allclose(np.asarray(in_jax), want, atol=1e-12)


def test_many_scales_of_tensors_come_in_pieces(monkeypatch: pytest.MonkeyPatch, rng) -> None:
    x = torch.asarray(rng.standard_normal(50))
    whole = ours.cwt(x, range(1, 8), "mexh")[0]
    monkeypatch.setattr("subband.compat.pywt.continuous.CHUNK", 200)
    torch.testing.assert_close(ours.cwt(x, range(1, 8), "mexh")[0], whole, atol=1e-14, rtol=0)


WRONG = {
    "no scale": lambda w: w.cwt(np.ones(8), [1, 0], "morl"),
    "too small a scale": lambda w: w.cwt(np.ones(8), [0.01], "morl"),
    "an unknown method": lambda w: w.cwt(np.ones(8), [1], "morl", method="sum"),
    "an unknown wavelet": lambda w: w.cwt(np.ones(8), [1], "morlet"),
    "two axes": lambda w: w.cwt(np.ones((8, 8)), [1], "morl", axis=(0, 1)),
    "no such axis": lambda w: w.cwt(np.ones((8, 8)), [1], "morl", axis=2),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_same_errors(wrong: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[wrong](pywt)
    with pytest.raises(theirs.type):
        WRONG[wrong](ours)
