"""Amplitudes and power densities of the short-time Fourier transform: SciPy, closed forms, exact inverses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
import torch
from torch.autograd import gradcheck

import subband as sb
from subband.errors import InvalidInput
from subband.metrics.time_frequency import energy_density

SCALINGS = ("magnitude", "psd")


def signal(rng, is_complex: bool, shape=(2, 45)) -> np.ndarray:
    return rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if is_complex else 0)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(("size", "hop", "n_fft"), [(16, 4, 16), (15, 4, 20), (7, 3, 9), (8, 8, 8)])
@pytest.mark.parametrize("is_complex", [False, True])
def test_agrees_with_scipys_short_time_fft(size, hop, n_fft, is_complex, scaling, rng) -> None:
    x, w = signal(rng, is_complex), rng.uniform(0.5, 1, size)
    sides = "twosided" if is_complex else "onesided2X"
    peer = scipy.signal.ShortTimeFFT(w, hop, 10.0, mfft=n_fft, fft_mode=sides, scale_to=scaling)
    s = sb.stft(x, w, hop, fs=10.0, n_fft=n_fft, scaling=scaling)
    np.testing.assert_allclose(s.array, peer.stft(x), atol=1e-13)
    np.testing.assert_allclose(sb.istft(s), x, atol=1e-13)
    np.testing.assert_allclose(s.array / s.scale, sb.stft(x, w, hop, fs=10.0, n_fft=n_fft).array, atol=1e-13)


@pytest.mark.parametrize("is_complex", [False, True])
def test_density_is_that_of_scipys_spectrogram(is_complex: bool, rng) -> None:
    x = signal(rng, is_complex, (3, 200))
    f, t, density = scipy.signal.spectrogram(
        x, 50.0, "hann", 32, 24, detrend=False, scaling="density", mode="psd", return_onesided=not is_complex
    )
    s = sb.stft(x, "hann", 8, fs=50.0, n_fft=32, scaling="psd")
    frames = slice(*np.searchsorted(s.times, [t[0] - 1e-9, t[-1] + 1e-9]))
    np.testing.assert_allclose(s.times[frames], t, atol=1e-12)
    np.testing.assert_allclose(np.abs(s.frequencies), np.abs(f), atol=1e-12)
    np.testing.assert_allclose(np.abs(s.array[..., frames]) ** 2, density, atol=1e-14)


def test_magnitude_is_that_of_scipys_spectrum(rng) -> None:
    """SciPy's spectrum is the mean square of a sinusoid, A²/2, and one-sided only where it is a power."""
    x = rng.standard_normal(200)
    _, _, power = scipy.signal.spectrogram(
        x, 50.0, "hann", 32, 24, detrend=False, scaling="spectrum", mode="psd"
    )
    _, _, z = scipy.signal.stft(x, 50.0, "hann", 32, 24, detrend=False, boundary=None, padded=False)
    s = sb.stft(x, "hann", 8, fs=50.0, n_fft=32, scaling="magnitude")
    frames = slice(s.times.searchsorted(0.32 - 1e-9), None)
    ours = np.abs(s.array[:, frames])[:, : power.shape[1]]
    np.testing.assert_allclose(ours[1:-1] ** 2 / 2, power[1:-1], atol=1e-14)
    np.testing.assert_allclose(ours[[0, -1]] ** 2, power[[0, -1]], atol=1e-14)
    np.testing.assert_allclose(ours[1:-1] / 2, np.abs(z)[1:-1], atol=1e-14)


@pytest.mark.parametrize("window", ["hann", "boxcar", "blackmanharris", ("kaiser", 8.6), "flattop"])
def test_a_sinusoid_has_its_amplitude(window) -> None:
    a, fs, t = 3.0, 64.0, np.arange(512) / 64
    for x, f in (
        (a * np.cos(2 * np.pi * 12 * t + 0.3), 12),
        (a * np.ones(512), 0),
        (a * np.cos(np.pi * fs * t), 32),
    ):
        s = sb.stft(x, window, 16, fs=fs, n_fft=64, scaling="magnitude")
        peak = np.abs(s.array[np.abs(s.frequencies) == f, s.array.shape[1] // 2])
        # 0 and fs/2 are their own negatives. The far side lobes of the other sign are below 10⁻⁴ but for the box's,
        # which are zero at the middles of bins.
        np.testing.assert_allclose(peak, a, rtol=1e-4)
    turning = sb.stft(a * np.exp(-2j * np.pi * 12 * t), window, 16, fs=fs, n_fft=64, scaling="magnitude")
    middle = np.abs(turning.array[:, turning.array.shape[1] // 2])
    assert turning.frequencies[middle.argmax()] == -12
    assert middle.max() == pytest.approx(a, rel=1e-12)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("n_fft", [16, 17, 24])
def test_densities_integrate_to_the_power_of_a_frame(n_fft: int, is_complex: bool, rng) -> None:
    """Parseval: Σₖ |X|² fs / n_fft = Σ x²w² / Σ w²."""
    x, w, fs = signal(rng, is_complex, (60,)), sb.window("hann", 16), 7.0
    s = sb.stft(x, w, 4, fs=fs, n_fft=n_fft, scaling="psd")
    for m in range(4, 8):
        column = s.array[:, np.argmin(np.abs(s.times - 4 * m / fs))]
        frame = x[4 * m - 8 : 4 * m + 8]
        power = np.sum(np.abs(frame) ** 2 * w**2) / np.sum(w**2)
        assert np.sum(np.abs(column) ** 2) * fs / n_fft == pytest.approx(power, rel=1e-12)


def test_white_noise_has_a_flat_density(rng) -> None:
    sigma, fs = 2.0, 100.0
    s = sb.stft(sigma * rng.standard_normal((64, 4096)), "hann", 32, fs=fs, n_fft=64, scaling="psd")
    inside = np.mean(np.abs(s.array[..., 2:-2]) ** 2, axis=(0, -1))
    # 64 · 130 half-overlapping frames: a deviation of 1.3 % of each mean.
    np.testing.assert_allclose(inside[1:-1], 2 * sigma**2 / fs, rtol=0.07)
    np.testing.assert_allclose(inside[[0, -1]], sigma**2 / fs, rtol=0.1)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_inverses_undo_the_scaling(scaling: str, dtype: str, rng) -> None:
    x = signal(rng, dtype[0] == "c", (2, 3, 41)).astype(dtype)
    for n_fft in (12, 15):
        s = sb.stft(x, "hann", 3, fs=1e3, axis=1 if n_fft == 12 else 2, n_fft=n_fft, scaling=scaling)
        y = sb.istft(s)
        assert (y.dtype, s.array.dtype) == (x.dtype, np.result_type(x.dtype, "c8"))
        np.testing.assert_allclose(y, x, atol=1e-12 if dtype in ("f8", "c16") else 2e-5)
        np.testing.assert_allclose(
            sb.istft(s.replace(2 * s.array)), 2 * y, atol=1e-12 if dtype != "f4" else 1e-5
        )
    assert s.framing.scaling == scaling
    assert f"scaling={scaling}" in repr(s)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("is_complex", [False, True])
def test_linear_maps_of_scaled_transforms(scaling: str, is_complex: bool, rng) -> None:
    dtype = "complex128" if is_complex else "float64"
    how = {"hop": 3, "fs": 5.0, "n_fft": 12, "scaling": scaling, "dtype": dtype}
    for transform in (sb.stft, sb.istft):
        A = sb.linear_map(transform, 20, "hann", **how)
        x = signal(rng, is_complex or transform is sb.istft, A.input_shape)
        y = signal(rng, is_complex or transform is sb.stft, A.output_shape)
        there, back = (getattr(z, "array", z) for z in (A.forward(x), A.adjoint(y)))
        assert np.vdot(y, there).real == pytest.approx(np.vdot(back, x).real, rel=1e-11)
        if is_complex:
            matrix = np.stack(
                [
                    np.ravel(getattr(z := A.forward(e.reshape(A.input_shape)), "array", z))
                    for e in np.eye(x.size) + 0j
                ]
            )
            assert A.norm() == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-10)


def test_learnable_windows_and_libraries(rng) -> None:
    x = rng.standard_normal((2, 17))
    w = rng.uniform(0.5, 1, 8)
    for scaling in SCALINGS:
        want = sb.stft(x, w, 3, fs=9.0, scaling=scaling)

        def both(x, w, scaling=scaling):
            s = sb.stft(x, w, 3, fs=9.0, scaling=scaling)
            return s.array, sb.istft(s)

        for got in (jax.jit(both)(jnp.asarray(x), jnp.asarray(w)), both(torch.asarray(x), torch.asarray(w))):
            np.testing.assert_allclose(np.asarray(got[0]), want.array, atol=1e-13)
            np.testing.assert_allclose(np.asarray(got[1]), x, atol=1e-13)
        given = (torch.asarray(x).requires_grad_(), torch.asarray(w).requires_grad_())
        assert gradcheck(lambda x, w, both=both: both(x, w)[0].abs() ** 2, given)
        compiled = torch.compile(both, fullgraph=True, backend="eager")(*given)
        torch.testing.assert_close(compiled[0].detach().numpy(), want.array, atol=1e-13, rtol=0)


def test_energy_densities_of_pictures_do_not_depend_on_the_scaling(rng) -> None:
    x = rng.standard_normal(100)
    want = energy_density(sb.stft(x, "hann", 4, fs=3.0)).density
    for scaling in SCALINGS:
        np.testing.assert_allclose(
            energy_density(sb.stft(x, "hann", 4, fs=3.0, scaling=scaling)).density, want
        )


def test_bad_scalings_are_explained() -> None:
    x = np.ones(16)
    with pytest.raises(
        InvalidInput, match=r"scaling 'density' is unknown: give one of magnitude, psd, or None"
    ):
        sb.stft(x, "hann", 4, scaling="density")
    with pytest.raises(InvalidInput, match=r"add up to 0, .* give scaling='psd'"):
        sb.stft(x, np.array([-1.0, 1.0]), 1, scaling="magnitude")
