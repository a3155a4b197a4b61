"""Streams and blocks: whatever the partition, the coefficients of the whole signal, and the signal back."""

import copy
import pickle
from dataclasses import replace

import array_api_strict
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.wavelets import Spec

LOCAL = ("zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect")
TONES = (0.02, 0.05, 0.1, 0.15)
"""Frequencies low enough for a response below 10⁻⁶ at the Nyquist frequency, of "morse"."""

CALLS = {
    "dwt": lambda **more: sb.stream(sb.dwt, "db3", level=3, **more),
    "swt": lambda **more: sb.stream(sb.swt, "db2", level=2, **more),
    "stft": lambda **more: sb.stream(sb.stft, "hann", 8, **more),
    "cwt": lambda **more: sb.stream(sb.cwt, "morse", frequencies=TONES, **more),
}


def noise(*shape: int, dtype: str = "float64") -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else x).astype(dtype)


def through(stream: sb.Stream, parts: list) -> tuple[list[sb.BlockCoefficients], list]:
    """The blocks of coefficients, and the samples that come back."""
    inverse = stream.inverse()
    blocks = [*(stream.push(part) for part in parts), stream.finish()]
    return blocks, [*(inverse.push(c) for c in blocks), inverse.finish()]


def near(got, want, dtype, operations: float = 200) -> None:
    """Equal to some rounding errors of the largest."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    np.testing.assert_allclose(
        got, want, rtol=0, atol=operations * np.finfo(dtype).eps * np.abs(want).max(initial=1)
    )


@st.composite
def partitions(draw, most: int = 300) -> tuple[int, list[int]]:
    """A length, and where it is cut; some parts are empty."""
    samples = draw(st.integers(1, most))
    return samples, sorted(draw(st.lists(st.integers(0, samples), max_size=6)))


@settings(max_examples=50, deadline=None)
@given(
    partitions(),
    st.sampled_from(["haar", "db2", "db4", "sym5", "bior2.2", "bior4.4"]),
    st.integers(1, 4),
    st.sampled_from(LOCAL),
    st.sampled_from(["float32", "float64", "complex128"]),
    st.integers(0, 2),
    st.integers(1, 40),
)
def test_dwt_of_any_blocks_is_that_of_the_whole(cut, wavelet, level, mode, dtype, axis, block) -> None:
    samples, cuts = cut
    shape = [2, 3]
    shape.insert(axis, samples)
    x = noise(*shape, dtype=dtype)
    s = sb.stream(sb.dwt, wavelet, level=level, mode=mode, axis=axis, block=block)
    blocks, back = through(s, np.split(x, cuts, axis=axis))
    c = s.join(blocks)
    assert c.spec == Spec(x.shape, (axis,), (sb.wavelet(wavelet),), (mode,), level)
    if level <= max(1, sb.max_level(samples, wavelet)):
        near(c.array, sb.dwt(x, wavelet, level=level, mode=mode, axes=axis).array, dtype)
    back = np.concatenate(back, axis=axis)
    # Extrapolation by "smooth" grows with the filter's length, far beyond a signal that is shorter.
    near(back, sb.idwt(c), dtype, 200 * max(1, np.abs(c.array).max()))
    assert back.shape == x.shape


@settings(max_examples=40, deadline=None)
@given(
    partitions(), st.sampled_from(["haar", "db2", "bior2.2"]), st.integers(1, 3),
    st.sampled_from(["constant", "symmetric", "reflect"]), st.sampled_from(["l1", "l2"]),
)  # fmt: skip
def test_swt_of_any_blocks_is_that_of_the_extended_signal(cut, wavelet, level, mode, norm) -> None:
    samples, cuts = cut
    x, w = noise(2, samples), sb.wavelet(wavelet)
    s = sb.stream(sb.swt, wavelet, level=level, mode=mode, norm=norm)
    blocks, back = through(s, np.split(x, cuts, axis=-1))
    near(np.concatenate(back, axis=-1), x, float)
    reach = (2**level - 1) * (w.taps - 1)
    modes = {"constant": "edge", "symmetric": "symmetric", "reflect": "reflect"}
    extended = np.pad(x, ((0, 0), (reach, reach)), mode=modes[mode])
    if extended.shape[-1] >= 2**level:
        want = sb.swt(extended, wavelet, level=level, norm=norm).array
        inside = slice(reach + s.first, reach + s.first + samples + reach)
        near(s.join(blocks).array, want[..., inside], float)
    assert s.first == -(2**level - 1) * w.taps // 2
    assert blocks[0].positions[0][:1].tolist() in ([], [s.first])


@settings(max_examples=40, deadline=None)
@given(
    partitions(), st.integers(1, 20), st.integers(1, 9), st.integers(0, 4),
    st.sampled_from(["float64", "complex64"]), st.integers(-2, 1),
)  # fmt: skip
def test_stft_of_any_blocks_is_that_of_the_whole(cut, size, hop, extra, dtype, axis) -> None:
    samples, cuts = cut
    hop = min(hop, size)
    x = noise(*((2, samples) if axis % 2 else (samples, 2)), dtype=dtype)
    window = np.random.default_rng(1).uniform(0.5, 1, size)
    s = sb.stream(sb.stft, window, hop, fs=10.0, n_fft=size + extra, axis=axis)
    blocks, back = through(s, np.split(x, cuts, axis=axis))
    c, want = s.join(blocks), sb.stft(x, window, hop, fs=10.0, n_fft=size + extra, axis=axis)
    assert c.framing == want.framing
    near(c.array, want.array, x.dtype)
    near(np.concatenate(back, axis=axis), x, x.dtype)
    np.testing.assert_allclose(np.concatenate([b.times for b in blocks]), want.times, rtol=1e-6)
    np.testing.assert_allclose(blocks[0].frequencies, want.frequencies, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:icwt leaves out")  # few frequencies, far apart
@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-8])
@pytest.mark.parametrize(
    ("wavelet", "dtype"), [("morse", "float64"), ("morlet", "complex128"), ("dog", "float64")]
)
@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_cwt_of_any_blocks_is_that_of_the_whole_to_a_tolerance(wavelet, dtype, norm, tolerance) -> None:
    x, given = noise(2, 5000, dtype=dtype), {"frequencies": TONES[:3], "fs": 1.0, "norm": norm}
    for mode in ("symmetric", "zero"):
        s = sb.stream(sb.cwt, wavelet, tolerance=tolerance, mode=mode, **given)
        blocks, back = through(s, np.split(x, [40, 41, 2000, 3333], axis=-1))
        c, want = s.join(blocks), sb.cwt(x, wavelet, mode=mode, **given)
        assert c.spec == want.spec
        peak = want.spec.gains.max() / 2
        parts = 1 if dtype == "float64" else 2  # each of the real and the imaginary part
        assert np.abs(c.array - want.array).max() <= parts * tolerance * np.abs(x).max() * peak
        np.testing.assert_allclose(np.concatenate(back, -1), sb.icwt(c, method="delta"), atol=1e-12)


def test_cwt_of_short_signals_mirrors_them_as_often_as_needed() -> None:
    for samples in (1, 2, 50):
        x = noise(samples)
        s = sb.stream(sb.cwt, "morse", frequencies=TONES)
        c = s.join([s.push(x), s.finish()])
        np.testing.assert_allclose(
            c.array, sb.cwt(x, "morse", frequencies=TONES).array, atol=1e-6 * np.abs(x).max()
        )


def test_cwt_near_the_nyquist_frequency_is_that_of_what_lies_below_the_taper() -> None:
    f = tuple(sb.log_frequencies("morse", 512))
    assert max(f) > 0.3
    below = sb.shift(noise(4096), 0.0)
    spectrum = np.fft.rfft(below)
    spectrum[int(0.9 * len(spectrum)) :] = 0
    below = np.fft.irfft(spectrum)
    s = sb.stream(sb.cwt, "morse", frequencies=f)
    c = s.join([s.push(below[:1000]), s.push(below[1000:]), s.finish()])
    inside = slice(1024, -1024)  # a mirrored signal has content at all frequencies at its ends
    error = np.abs(c.array - sb.cwt(below, "morse", frequencies=f).array)[:, inside].max()
    assert error <= 1e-6 * np.abs(below).max()
    # Any signal gives the same in other blocks.
    x, made = noise(4096), []
    for cuts in ([1000], [77, 3000, 3001]):
        s.reset()
        made.append(s.join([*(s.push(part) for part in np.split(x, cuts)), s.finish()]).array)
    assert np.abs(made[0] - made[1]).max() <= 2e-6 * np.abs(x).max()


@pytest.mark.parametrize(
    "make", [torch.asarray, pytest.param(jnp.asarray, marks=pytest.mark.slow), array_api_strict.asarray]
)
@pytest.mark.parametrize("name", CALLS)
def test_blocks_of_any_library(name: str, make) -> None:
    x = noise(2, 400, dtype="float32")
    whole, s = CALLS[name](), CALLS[name]()
    want, wanted_back = through(whole, [x])
    blocks, back = through(s, [make(x[:, :90]), make(x[:, 90:90]), make(x[:, 90:])])
    assert type(blocks[0].bands[0]) is type(back[0]) is type(make(x))
    near(s.join(blocks).array, whole.join(want).array, "float32")
    near(np.concatenate([np.asarray(y) for y in back], -1), np.concatenate(wanted_back, -1), "float32")


@pytest.mark.parametrize("name", CALLS)
def test_gradients_are_those_of_the_whole(name: str) -> None:
    x = torch.asarray(noise(2, 300)).requires_grad_()
    gradients = []
    for cuts in ((), (64, 128)):
        blocks, back = through(CALLS[name](), list(torch.tensor_split(x, cuts, dim=-1)))
        loss = (
            sum(band.abs().square().sum() for c in blocks for band in c.bands)
            + torch.cat(back, -1)[:, 100].sum()
        )
        gradients.append(torch.autograd.grad(loss, x)[0])
    # Other blocks move what is cut off a wavelet of the continuous transform.
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-4 if name == "cwt" else 1e-11)


@pytest.mark.parametrize("name", CALLS)
def test_delays_are_as_stated(name: str) -> None:
    """One sample at a time, each coefficient and each sample comes when it should, and one of each not before."""
    x, s = noise(700), CALLS[name](block=1)
    inverse, late, latest = s.inverse(), [], []
    for n in range(1, len(x) + 1):
        c = s.push(x[n - 1 : n])
        y = inverse.push(c)
        for position in c.positions:
            late += [n - 1 - p for p in position]
        latest += [n - 1 - t for t in range(inverse.samples - len(y), inverse.samples)]
    # The boundary mode may wait for more samples at the start.
    assert max(late[len(late) // 2 :]) == s.delay
    assert max(latest[len(latest) // 2 :]) == inverse.delay


@pytest.mark.parametrize("name", CALLS)
def test_what_is_held_does_not_grow(name: str) -> None:
    s = CALLS[name]()
    inverse, sizes = s.inverse(), []
    for _ in range(40):
        inverse.push(s.push(noise(2, 256)))
        sizes.append((len(pickle.dumps(s)), len(pickle.dumps(inverse))))
    assert max(sizes[20:]) <= max(sizes[:20])
    if name == "dwt":
        held = [level.held[0].shape[-1] for level in s._chain.levels]
        assert max(held) <= sb.wavelet("db3").taps
        assert len(held) == 3


@pytest.mark.parametrize("name", CALLS)
def test_streams_are_copied_pickled_and_reset_and_blocks_overwritten(name: str) -> None:
    x, s = noise(2, 500), CALLS[name]()
    want = s.join([s.push(x[:, :201]), s.push(x[:, 201:]), s.finish()]).array
    s.reset()
    buffer = x[:, :201].copy()
    first = s.push(buffer)
    buffer[:] = np.nan
    for other in (copy.deepcopy(s), pickle.loads(pickle.dumps(s))):
        made = other.join([first, other.push(x[:, 201:]), other.finish()])
        np.testing.assert_array_equal(made.array, want)
    doubled = first.map(lambda band: 2 * band)
    np.testing.assert_array_equal(doubled.bands[0], 2 * first.bands[0])
    np.testing.assert_array_equal(first.replace(doubled.bands).bands[-1], doubled.bands[-1])


@pytest.mark.parametrize("mode", ["symmetric", "zero"])
@pytest.mark.parametrize("make", [np.asarray, torch.asarray])
def test_large_blocks_take_all_levels_at_once_to_the_same_coefficients(make, mode) -> None:
    x = noise(4, 3 * 65536 + 333, dtype="float32")
    parts = [
        np.ascontiguousarray(part) for part in np.split(x, [65536, 131072, 131080, 131080 + 65536], axis=-1)
    ]
    s = sb.stream(sb.dwt, "db4", level=5, mode=mode)
    s.push(make(parts[0]))
    assert s._chain._all_at_once(make(parts[0]))
    s.reset()
    blocks, back = through(s, [make(part) for part in parts])
    near(s.join(blocks).array, sb.dwt(x, "db4", level=5, mode=mode).array, "float32")
    near(np.concatenate(back, -1), x, "float32")


def test_noise_is_taken_off_in_a_stream_as_in_the_whole() -> None:
    x, s = noise(3000), sb.stream(sb.dwt, "sym4", level=4)
    inverse = s.inverse()
    got = [
        inverse.push(c.map(lambda d: sb.threshold(d, 0.7), approx=False))
        for c in [*(s.push(part) for part in np.split(x, 11 * [0] + [500, 1700])), s.finish()]
    ]
    c = sb.dwt(x, "sym4", level=4)
    near(np.concatenate(got), sb.idwt(c.map(lambda d: sb.threshold(d, 0.7), approx=False)), float)


def _stream() -> sb.Stream:
    return sb.stream(sb.dwt, "db2", level=2)


def _pushed(*blocks) -> sb.Stream:
    s = _stream()
    for block in blocks:
        s.push(block)
    return s


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.stream(sb.dwt, "db2", level=2, mode="periodic"), "needs the end .* or subband.blockwise"),
        (lambda: sb.stream(sb.swt, "db2", level=2, mode="periodization"), "give one of zero, constant"),
        (lambda: sb.stream(sb.cwt, "morse", frequencies=TONES, mode="periodic"), "give one of symmetric, zero"),
        (lambda: sb.stream(sb.dwt, "db2"), "level=None is chosen by the signal's length"),
        (lambda: sb.stream(sb.dwt, "db2", level=40), "level=40 must be a whole number, 1 … 32"),
        (lambda: sb.stream(sb.cwt), "give a list of hertz, e.g. subband.log_frequencies"),
        (lambda: sb.stream(sb.cwt, "bspline", frequencies=TONES), "tolerance=1.0e-06 is out of reach"),
        (lambda: sb.stream(sb.packets, "db2", level=2), "packets can't be taken in blocks: give one of .*dwt"),
        (lambda: sb.stream(sb.dwt, "db2", level=2, axes=0), "'axes': give wavelet, level, mode, and axis"),
        (lambda: sb.stream(sb.stft, torch.ones(8), 4), "can't be learnt in a stream"),
        (lambda: _stream().finish(), "no samples came"),
        (lambda: _stream().inverse().finish(), "no coefficients came"),
        (lambda: _pushed(noise(8), noise(2, 8)), "one library, dtype, device and batch"),
        (lambda: _pushed(noise(8), noise(8, dtype="float32")), "float32"),
        (lambda: sb.stream(sb.dwt, "db2", level=2, axis=1).push(noise(8)), "axis 1 does not exist in a block"),
        (lambda: _stream().join([_pushed().push(noise(8))]), "without the last one"),
        (lambda: _stream().join([CALLS["swt"]().push(noise(8))]), "give a list of what push and finish"),
        (lambda: _stream().inverse().push(CALLS["swt"]().push(noise(8))), "no block of this transform"),
        (lambda: _stream().push(noise(8)).array, "bands of several lengths"),
        (lambda: _stream().push(noise(8)).frequencies, "bands of dwt have no frequencies.*take `positions`"),
        (lambda: CALLS["swt"]().push(noise(8)).frequencies, "bands of swt have no frequencies"),
        (lambda: CALLS["stft"]().push(noise(8)).approx, "has no approximation or details: give c.array"),
    ],
)  # fmt: skip
def test_what_no_stream_can_is_said(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


def test_blocks_that_are_lost_or_late_are_missed() -> None:
    s = _stream()
    blocks = [s.push(noise(20)), s.push(noise(20)), s.finish()]
    with pytest.raises(InvalidInput, match="missing or out of order"):
        s.inverse().push(blocks[1])
    with pytest.raises(InvalidInput, match="missing or out of order"):
        s.join(blocks[1:])
    with pytest.raises(InvalidInput, match="has ended: call reset"):
        s.push(noise(3))
    inverse = s.inverse()
    for c in blocks:
        inverse.push(c)
    assert inverse.finish().shape == (0,)
    with pytest.raises(InvalidInput, match="has ended: call reset"):
        inverse.push(blocks[0])
    # Without the last block, what the others determine: zeros stand for coefficients that never came.
    inverse.reset()
    got = np.concatenate([inverse.push(blocks[0]), inverse.push(blocks[1]), inverse.finish()])
    np.testing.assert_allclose(got[:20], noise(20), atol=1e-12)
    inverse.reset()
    nothing = replace(blocks[2], bands=tuple(0 * band for band in blocks[2].bands))
    zeros = np.concatenate(
        [inverse.push(blocks[0]), inverse.push(blocks[1]), inverse.push(nothing), inverse.finish()]
    )
    np.testing.assert_allclose(got, zeros[: len(got)], atol=1e-12)
