"""Tests of day 9, one for each function, against Subband's transforms and the theorems that make them useful."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
from course.digits import digits
from course.signals import chirp, ecg, noise, signal_to_noise

import subband as sb


def filters(name):
    w = pywt.Wavelet(name)
    return jnp.array(w.dec_lo), jnp.array(w.dec_hi)


@pytest.fixture
def bank():
    """Five wavelets and a low-pass of our own, on 512 samples."""
    f = np.fft.fftfreq(512)
    centres = 0.35 * 2.0 ** -np.arange(5)
    return jnp.asarray(
        np.stack([np.exp(-((f - c) ** 2) / (2 * (0.3 * c) ** 2)) for c in centres])
    ), jnp.asarray(np.exp(-(f**2) / (2 * 0.006**2)))


@pytest.mark.parametrize("name", ["haar", "db4"])
def test_1_analysis(work, name):
    x = jnp.asarray(noise(64))
    c = sb.dwt(x, name, level=1, mode="periodization")
    a, d = work.analysis(x, *filters(name))
    np.testing.assert_allclose(a, c.approx, atol=1e-12)
    np.testing.assert_allclose(d, c[1]["d"], atol=1e-12)


@pytest.mark.parametrize("name", ["haar", "sym5"])
def test_2_synthesis_is_the_inverse_and_the_transpose(work, name):
    x = jnp.asarray(noise(64))
    c = sb.dwt(x, name, level=1, mode="periodization")
    np.testing.assert_allclose(work.synthesis(c.approx, c[1]["d"], *filters(name)), x, atol=1e-10)
    u, v = jnp.asarray(noise(32, 1)), jnp.asarray(noise(32, 2))
    back = work.synthesis(u, v, *filters(name))
    assert float(back @ x) == pytest.approx(float(u @ c.approx + v @ c[1]["d"]))


def test_3_wavelet_transform(work):
    x = jnp.asarray(ecg())
    bands = work.wavelet_transform(x, *filters("db3"), 4)
    assert [len(b) for b in bands] == [64, 64, 128, 256, 512]
    expected = sb.dwt(x, "db3", level=4, mode="periodization").ravel()
    np.testing.assert_allclose(jnp.concatenate(bands), expected, atol=1e-11)


def test_4_inverse_wavelet_transform(work):
    x = jnp.asarray(ecg())
    bands = [jnp.asarray(b) for b in pywt.wavedec(ecg(), "db3", "periodization", level=4)]
    np.testing.assert_allclose(work.inverse_wavelet_transform(bands, *filters("db3")), x, atol=1e-10)


def test_5_packets(work):
    x = jnp.asarray(noise(128))
    expected = sb.packets(x, "db2", level=4, mode="periodization", order="frequency").array
    np.testing.assert_allclose(work.packets(x, *filters("db2"), 4), expected, atol=1e-11)


def test_5_packets_follow_a_chirp(work):
    power = np.asarray(work.packets(jnp.asarray(chirp(4096)), *filters("db8"), 4)) ** 2
    loudest = power.reshape(16, 32, 8).sum(-1).argmax(0)
    expected = np.linspace(0.01, 0.45, 32) * 32
    assert np.abs(loudest + 0.5 - expected).max() < 1.6


def test_6_denoise(work):
    clean = ecg()
    y = clean + 0.3 * noise(1024)
    ours = np.asarray(work.denoise(jnp.asarray(y), *filters("sym4"), 5))
    approx, *details = pywt.wavedec(y, "sym4", "periodization", level=5)
    sigma = np.median(np.abs(details[-1])) / 0.6745
    kept = [pywt.threshold(d, sigma * np.sqrt(2 * np.log(1024)), "soft") for d in details]
    np.testing.assert_allclose(ours, pywt.waverec([approx, *kept], "sym4", "periodization"), atol=1e-9)
    assert signal_to_noise(clean, ours) > signal_to_noise(clean, y) + 1


def test_7_morlet(work):
    spectrum = np.asarray(work.morlet(256, 0.2, 0.05))
    f = np.fft.fftfreq(256)
    assert spectrum.shape == (256,)
    assert spectrum[0] == pytest.approx(0, abs=1e-15)
    assert abs(f[spectrum.argmax()] - 0.2) < 1 / 256
    k = 70
    expected = np.exp(-((f[k] - 0.2) ** 2) / 0.005) - np.exp(-0.04 / 0.005) * np.exp(-(f[k] ** 2) / 0.005)
    assert spectrum[k] == pytest.approx(expected)


def test_8_scattering_of_a_sine(work, bank):
    """|x ⋆ ψ| of exp(2πifn) is |ψ̂(f)|, everywhere; of a constant there is nothing left to find."""
    n = np.arange(512)
    first, second = work.scattering(jnp.exp(2j * jnp.pi * 64 * n / 512), *bank)
    assert first.shape == (5, 512)
    assert second.shape == (5, 5, 512)
    np.testing.assert_allclose(first, jnp.broadcast_to(bank[0][:, 64:65], first.shape), atol=1e-12)
    np.testing.assert_allclose(second, first[:, None] * bank[0][:, 0][None, :, None], atol=1e-12)


def test_8_scattering_follows_its_definition(work, bank):
    x = noise(512)

    def through(u, spectrum):
        return np.fft.ifft(np.fft.fft(u) * np.asarray(spectrum))

    first, second = work.scattering(jnp.asarray(x), *bank)
    u = np.abs(through(x, bank[0][1]))
    np.testing.assert_allclose(first[1], through(u, bank[1]).real, atol=1e-11)
    deeper = through(np.abs(through(u, bank[0][3])), bank[1]).real
    np.testing.assert_allclose(second[1, 3], deeper, atol=1e-11)


def test_8_scattering_moves_with_the_signal_and_hardly_changes(work, bank):
    x = jnp.asarray(ecg()[:512])
    first, _ = work.scattering(x, *bank)
    moved, _ = work.scattering(jnp.roll(x, 4), *bank)
    np.testing.assert_allclose(moved, jnp.roll(first, 4, axis=1), atol=1e-10)
    change = jnp.linalg.norm(moved - first) / jnp.linalg.norm(first)
    assert float(change) < 0.25 * float(jnp.linalg.norm(jnp.roll(x, 4) - x) / jnp.linalg.norm(x))


def test_9_fit_linear_satisfies_the_normal_equations(work):
    features, labels = jnp.asarray(noise((40, 6)) + 2), jnp.asarray(np.arange(40) % 10)
    w, b = work.fit_linear(features, labels, 3.0)
    x = features - features.mean(0)
    y = jax.nn.one_hot(labels, 10) - jax.nn.one_hot(labels, 10).mean(0)
    np.testing.assert_allclose(x.T @ (x @ w - y) + 3.0 * w, 0, atol=1e-10)
    np.testing.assert_allclose((features @ w + b).mean(0), jax.nn.one_hot(labels, 10).mean(0), atol=1e-12)


def test_9_fit_linear_on_scattering_reads_digits_from_few_examples(work):
    transform = sb.Scattering(ndim=2, J=2, L=6)
    images, labels = digits(700, seed=4, shift=0.1)
    features = np.asarray(transform(jnp.asarray(images)).array).reshape(700, -1)
    right = []
    for one, weight in ((features, 0.1), (images.reshape(700, -1), 10.0)):
        w, b = work.fit_linear(jnp.asarray(one[:200]), jnp.asarray(labels[:200]), weight)
        right.append(np.mean(np.asarray((one[200:] @ w + b).argmax(1)) == labels[200:]))
    assert right[0] > 0.9
    assert right[0] > right[1]
