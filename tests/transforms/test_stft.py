"""Short-time Fourier frames: numbers of SciPy and PyTorch, exact inverses, and windows that are learnt."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
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


@pytest.mark.parametrize(
    ("size", "hop", "n_fft"), [(16, 4, 16), (15, 4, 20), (8, 8, 8), (7, 3, 9), (16, 1, 16)]
)
@pytest.mark.parametrize("is_complex", [False, True])
def test_agrees_with_scipy(size: int, hop: int, n_fft: int, is_complex: bool, rng) -> None:
    x = rng.standard_normal((2, 45)) + (1j * rng.standard_normal((2, 45)) if is_complex else 0)
    w = rng.uniform(0.5, 1, size)
    peer = scipy.signal.ShortTimeFFT(
        w, hop, 10.0, mfft=n_fft, fft_mode="twosided" if is_complex else "onesided"
    )
    s = sb.stft(x, w, hop, fs=10.0, n_fft=n_fft)
    np.testing.assert_allclose(s.array, peer.stft(x), atol=1e-13)
    np.testing.assert_allclose(s.times, peer.t(45), atol=1e-14)
    np.testing.assert_allclose(s.frequencies, peer.f, atol=1e-14)
    np.testing.assert_allclose(sb.istft(s), x, atol=1e-13)
    np.testing.assert_allclose(s.window, w)


def test_agrees_with_torch_up_to_where_a_frame_counts_its_phase(rng) -> None:
    x = torch.asarray(rng.standard_normal(64))
    w = torch.hann_window(16, dtype=torch.float64)
    peer = torch.stft(x, 16, 4, window=w, pad_mode="constant", return_complex=True)
    s = sb.stft(x, w, 4)
    here = s.array[:, s.times >= 0][:, : peer.shape[1]]
    torch.testing.assert_close(here * (-1.0) ** torch.arange(9)[:, None], peer)


SAME = [
    "hann", "hamming", "blackman", "blackmanharris", "nuttall", "flattop", "bartlett", "triang", "barthann",
    "bohman", "parzen", "cosine", "lanczos", ("tukey", 0.4), ("gaussian", 3.0), ("kaiser", 8.6), ("kaiser", 0.0),
    ("general_hamming", 0.7), ("general_gaussian", 1.5, 4.0), ("chebwin", 60.0), ("chebwin", 100.0), ("dpss", 0.9),
]  # fmt: skip
"""Windows that SciPy names as we do."""


@pytest.mark.parametrize(
    ("ours", "peer"),
    [
        ("rectangular", "boxcar"),
        ("boxcar", "boxcar"),
        ("hanning", "hann"),
        ("exponential", "exponential"),
        (("exponential", 4.0), ("exponential", None, 4.0)),
        ("tukey", "tukey"),
        *((name, name) for name in SAME),
    ],
)
@pytest.mark.parametrize("n", [1, 2, 15, 16, 257])
def test_windows_agree_with_scipy(ours, peer, n: int) -> None:
    if n > 1 and not (
        n == 2 and ours[0] == "dpss"
    ):  # SciPy makes a window of one sample 1, whatever its name
        got = sb.window(ours, n)
        np.testing.assert_allclose(got, scipy.signal.get_window(peer, n), atol=1e-14)
        np.testing.assert_allclose(got[1:], got[:0:-1], atol=1e-14)
    if ours[0] not in ("dpss",):
        assert sb.window(ours, n).shape == (n,)


def test_every_window_is_compared() -> None:
    compared = {name if isinstance(name, str) else name[0] for name in SAME}
    assert compared | {"rectangular", "boxcar", "hanning", "exponential", "planck"} == set(sb.WINDOWS)


def test_planck_taper_is_flat_smooth_and_even() -> None:
    w = sb.window(("planck", 0.25), 64)
    np.testing.assert_array_equal(w[16:49], 1)
    np.testing.assert_allclose(w[1:], w[:0:-1])
    assert w[0] == 0
    # McKechan et al., eq. (7), at one sample of the rise: z = ε N (1/n + 1/(n − εN)).
    assert w[5] == pytest.approx(1 / (1 + np.exp(16 * (1 / 5 + 1 / (5 - 16)))))
    assert sb.window(("planck", 0.0), 8)[1:].min() == sb.window(("tukey", 0.0), 8)[1:].min() == 1


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(1, 40),
    size=st.integers(1, 20),
    data=st.data(),
    extra=st.integers(0, 5),
    axis=st.integers(-3, 2),
    kind=st.sampled_from(["f4", "f8", "c8", "c16"]),
)
def test_any_signal_comes_back_exactly(length, size, data, extra, axis, kind) -> None:
    hop = data.draw(st.integers(1, size))
    rng = np.random.default_rng(0)
    shape = [2, 3]
    shape.insert(axis % 3, length)
    x = rng.standard_normal(shape)
    x = (x + 1j * rng.standard_normal(shape) if kind[0] == "c" else x).astype(kind)
    s = sb.stft(x, rng.uniform(0.5, 1, size), hop, axis=axis, n_fft=size + extra)
    y = sb.istft(s)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    np.testing.assert_allclose(y, x, atol=1e-12 if kind in ("f8", "c16") else 1e-5)
    assert s.array.shape[-2:] == (s.frequencies.shape[0], s.times.shape[0])


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", ("tukey", 0.5), ("planck", 0.2)])
def test_frame_bounds_bound_the_energy_and_tight_frames_keep_it(window, rng) -> None:
    x = rng.standard_normal(50) + 1j * rng.standard_normal(50)
    for hop in (1, 2, 4, 8):
        energy = np.sum(np.abs(sb.stft(x, window, hop, n_fft=16).array) ** 2) / np.sum(np.abs(x) ** 2)
        low, high = sb.frame_bounds(window, hop, 16)
        assert low * (1 - 1e-12) <= energy <= high * (1 + 1e-12)
    low, high = sb.frame_bounds("hann", 4, 16)
    assert low == pytest.approx(high, rel=1e-14)  # squared Hann windows add to a constant from three on
    assert sb.frame_bounds("hann", 16, 16)[0] == 0


def test_a_tone_stands_at_its_frequency_and_a_click_at_its_time() -> None:
    t = np.arange(1000) / 500
    s = sb.stft(np.cos(2 * np.pi * 125 * t), "hann", 16, fs=500.0)
    assert s.array.shape == (33, 65 + 1)
    assert s.frequencies[np.abs(s.array[:, 30]).argmax()] == 125
    x = np.zeros(1000)
    x[480] = 1
    s = sb.stft(x, "hann", 16, fs=500.0)
    power = np.abs(s.array).sum(axis=0)
    assert s.times[power.argmax()] == pytest.approx(480 / 500)
    # Phase is counted from the centre, so a click there is real.
    np.testing.assert_allclose(s.array[:, power.argmax()], 1, atol=1e-12)


@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, rng) -> None:
    x = rng.standard_normal((2, 30, 3))
    for samples in (x, x + 1j * x[::-1]):
        given = MAKE[kind](samples)
        want = sb.stft(samples, "hann", 3, axis=1)
        for window in ("hann", MAKE[kind](sb.window("hann", 12))):
            s = COMPILE[kind](lambda x, window=window: sb.stft(x, window, 3, axis=1))(given)
            y = COMPILE[kind](sb.istft)(s)
            assert type(s.array) is type(y) is type(s.times) is type(given)
            assert y.dtype == given.dtype
            np.testing.assert_allclose(np.asarray(s.array), want.array, atol=1e-12)
            np.testing.assert_allclose(np.asarray(y), samples, atol=1e-12)


def test_half_precision_and_integers(rng) -> None:
    h = torch.asarray(rng.standard_normal((2, 33))).half()
    s = sb.stft(h, "hann", 4)
    assert s.array.dtype == torch.complex64
    torch.testing.assert_close(sb.istft(s), h)
    np.testing.assert_allclose(sb.istft(sb.stft(np.arange(20), "hann", 4)), np.arange(20), atol=1e-12)
    assert sb.istft(sb.stft(np.ones((0, 20)), "hann", 4)).shape == (0, 20)


def test_gradients_in_the_signal_and_in_the_width_of_the_window() -> None:
    x = torch.randn(2, 17, dtype=torch.float64, requires_grad=True)
    sigma = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)

    def power(x, sigma):
        return sb.stft(x, sb.gaussian_window(10, sigma), 3).array.abs() ** 2

    def denoised(x, sigma):
        s = sb.stft(x, sb.gaussian_window(10, sigma), 3)
        return sb.istft(s.replace(s.array * torch.tanh(s.array.abs() ** 2)), eps=1e-2)

    assert gradcheck(power, (x, sigma))
    assert gradcheck(denoised, (x, sigma))
    assert torch.autograd.gradgradcheck(power, (x, sigma))


def test_gradient_in_the_width_agrees_between_torch_and_jax(rng) -> None:
    x = rng.standard_normal(40)

    def loss(x, sigma):
        s = sb.stft(x, sb.gaussian_window(12, sigma), 4)
        return ((sb.istft(s.replace(s.array * abs(s.array))) - x) ** 2).sum()

    sigma = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    loss(torch.asarray(x), sigma).backward()
    there = jax.jit(jax.grad(loss, argnums=1))(jnp.asarray(x), jnp.asarray(2.0))
    assert float(there) == pytest.approx(sigma.grad.item(), rel=1e-11)


def test_learning_the_width_finds_the_one_that_makes_a_chirp_sparse() -> None:
    t = torch.arange(512, dtype=torch.float64)
    x = torch.cos(0.5 * 0.004 * t**2)
    # ∂/∂σ of the ℓ1 norm vanishes near σ = 1/√rate = 15.8 samples, where a Gaussian matches the chirp.
    log_sigma = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([log_sigma], lr=0.2)
    for _ in range(60):
        optimiser.zero_grad()
        w = sb.gaussian_window(128, log_sigma.exp())
        magnitude = sb.stft(x, w / (w**2).sum().sqrt(), 8).array.abs()
        magnitude.sum().backward()
        optimiser.step()
    assert log_sigma.exp().item() == pytest.approx(15.8, rel=0.15)


def test_a_too_narrow_window_is_an_error_or_a_bound(rng) -> None:
    x = rng.standard_normal(64)
    narrow = sb.gaussian_window(32, 0.5)
    with pytest.raises(InvalidInput, match=r"too narrow for hop=16: .* give hop=8 or less"):
        sb.istft(sb.stft(x, narrow, 16))
    assert np.isfinite(sb.istft(sb.stft(x, narrow, 16), eps=1e-3)).all()
    with pytest.raises(InvalidInput, match="leaves samples unseen"):
        sb.istft(sb.stft(x, "hann", 8, n_fft=4))
    # While a width is learnt, it may pass through values that leave gaps.
    sigma = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    y = sb.istft(sb.stft(torch.asarray(x), sb.gaussian_window(32, sigma), 16))
    y.pow(2).sum().backward()
    assert torch.isfinite(y).all()
    assert torch.isfinite(sigma.grad)
    torch.testing.assert_close(y[::16], torch.asarray(x)[::16])


def test_the_container_is_a_pytree() -> None:
    x = jnp.arange(32.0).reshape(2, 16)
    s = jax.jit(lambda x: sb.stft(x, "hann", 2))(x)
    assert isinstance(s, sb.StftCoefficients)
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, s)
    np.testing.assert_allclose(np.asarray(jax.jit(sb.istft)(doubled)), 2 * np.asarray(x), atol=1e-12)
    assert len(jax.tree_util.tree_leaves(s)) == 1
    learnt = jax.jit(lambda x, w: sb.stft(x, w, 2))(x, jnp.ones(8))
    assert len(jax.tree_util.tree_leaves(learnt)) == 2
    np.testing.assert_allclose(np.asarray(sb.istft(learnt)), np.asarray(x), atol=1e-12)
    assert "window of 8, hop=2" in repr(s)
    with pytest.raises(InvalidInput, match="can't be replaced"):
        s.replace(s.array[..., :-1])


def test_vmap_maps_over_signals() -> None:
    x = torch.randn(3, 20, dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(lambda x: sb.istft(sb.stft(x, "hann", 3)))(x), x)
    power = jax.vmap(lambda x: abs(sb.stft(x, "hann", 3).array))(jnp.asarray(x.numpy()))
    np.testing.assert_allclose(np.asarray(power), sb.stft(x, "hann", 3).array.abs().numpy(), atol=1e-12)


ERRORS = {
    "unknown window": (
        lambda x: sb.stft(x, "hunn", 4),
        "window 'hunn' is unknown: give one of rectangular, hann",
    ),
    "Gaussian of no width": (lambda x: sb.stft(x, "gaussian", 4), r"give \('gaussian', sigma\)"),
    "Kaiser of no beta": (
        lambda x: sb.window("kaiser", 8),
        r"give \('kaiser', beta\), beta = a number from 0",
    ),
    "one parameter of two": (
        lambda x: sb.window(("general_gaussian", 1), 8),
        r"give \('general_gaussian', power, sigma\)",
    ),
    "three parameters": (lambda x: sb.window(("general_gaussian", 1, 2, 3), 8), "takes 2 parameters"),
    "negative beta": (lambda x: sb.window(("kaiser", -1), 8), "beta=-1 must be a number from 0 to 700"),
    "beta too large": (
        lambda x: sb.window(("kaiser", 1e4), 8),
        "beta=10000.0 must be a number from 0 to 700",
    ),
    "taper above 1": (lambda x: sb.window(("tukey", 2), 8), "taper=2 must be the tapered fraction"),
    "NW of a short window": (lambda x: sb.window(("dpss", 4), 8), "NW=4 needs more than 8 samples"),
    "misspelt": (lambda x: sb.window("blackmanharis", 8), "did you mean 'blackmanharris'"),
    "too many parameters": (lambda x: sb.stft(x, ("hann", 3), 4), "too many parameters"),
    "window of two axes": (lambda x: sb.stft(x, np.ones((2, 2)), 1), r"shape \(2, 2\): give real samples"),
    "complex window": (lambda x: sb.stft(x, np.ones(4) * 1j, 1), "real samples"),
    "window of another library": (
        lambda x: sb.stft(x, torch.ones(4), 1),
        "the window is an array of torch, the signal one of numpy",
    ),
    "no hop": (lambda x: sb.stft(x, "hann", 0), "hop=0 must be a whole number of samples, 1 or more"),
    "no rate": (lambda x: sb.stft(x, "hann", 4, fs=0), "fs=0 must be a positive number"),
    "n_fft too small": (
        lambda x: sb.stft(x, np.ones(8), 4, n_fft=7),
        "n_fft=7 is below the window's 8 samples",
    ),
    "two axes": (lambda x: sb.stft(x, "hann", 4, axis=(0, 1)), "are 2 axes: give one at a time"),
    "missing axis": (lambda x: sb.stft(x, "hann", 4, axis=2), "give one of -2 … 1"),
    "empty axis": (lambda x: sb.stft(x[:, :0], "hann", 4), "is empty: nothing to transform"),
    "not a spectrogram": (lambda x: sb.istft(x), "can't invert a ndarray"),
    "negative eps": (
        lambda x: sb.istft(sb.stft(x, "hann", 4), eps=-1.0),
        "eps=-1.0 must be a number, 0 or more",
    ),
    "several widths": (lambda x: sb.gaussian_window(4, np.ones(2)), "give one width"),
    "window of no samples": (
        lambda x: sb.gaussian_window(0, 1.0),
        "n=0 must be a whole number of samples, 1 or more",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))
