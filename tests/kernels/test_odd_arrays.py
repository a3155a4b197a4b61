"""Compiled kernels against the reference on arrays of any size, stride, alignment and dtype.

`make sanitize` runs these tests with AddressSanitizer and UndefinedBehaviorSanitizer, on more examples.
"""

import os
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.fourier import dispatch

pytestmark = pytest.mark.compiled

EXAMPLES = int(os.environ.get("SUBBAND_EXAMPLES", 40))
ANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CLOSE = {"float32": 2e-5, "float64": 1e-12}

REAL = st.sampled_from(["float32", "float64"])
WAVELETS = st.sampled_from(["haar", "db2", "db5", "sym8", "bior2.2", "rbio3.9", "coif3", "db20"])
MODES = st.sampled_from(sb.MODES)


@st.composite
def odd_arrays(draw: st.DrawFn, ndim: int, low: int, high: int, dtype: str | None = None) -> np.ndarray:
    """(batch, …) random samples in views: reversed, every second, transposed, off the natural alignment."""
    name = dtype or draw(REAL)
    shape = (draw(st.integers(1, 19)), *draw(st.tuples(*[st.integers(low, high)] * ndim)))
    steps = tuple(draw(st.sampled_from([1, 1, 2, -1, -3])) for _ in shape)
    x = np.random.default_rng(draw(st.integers(0, 2**32))).standard_normal(
        [n * abs(s) for n, s in zip(shape, steps, strict=True)]
    )
    x = x.astype(name)[tuple(slice(None, None, s) for s in steps)]
    kind = draw(st.sampled_from(["view", "contiguous", "Fortran", "unaligned"]))
    if kind == "contiguous":
        return np.ascontiguousarray(x)
    if kind == "Fortran":
        return np.asfortranarray(x)
    if kind == "unaligned":
        offset = draw(st.integers(1, x.itemsize - 1))
        memory = np.zeros(x.size * x.itemsize + offset, np.uint8)
        shifted = memory[offset:].view(name).reshape(x.shape)
        shifted[...] = x
        return shifted
    return x


def agree(x: np.ndarray, transform: Callable[..., np.ndarray], tolerance: float = 1) -> None:
    """The fast result equals the reference's, and leaves what it was given as it was."""
    kept = x.copy()
    fast, reference = transform(x, impl="fast"), transform(x, impl="reference")
    np.testing.assert_array_equal(x, kept)
    assert fast.dtype == reference.dtype
    assert fast.shape == reference.shape
    scale = max(np.abs(reference).max(initial=0), np.abs(x).max(initial=0))
    np.testing.assert_allclose(fast, reference, rtol=0, atol=tolerance * CLOSE[x.real.dtype.name] * scale)


@ANY
@given(st.data(), WAVELETS, MODES, st.integers(1, 3), st.integers(1, 4))
def test_pyramids(data: st.DataObject, wavelet: str, mode: str, rank: int, level: int) -> None:
    x = data.draw(
        odd_arrays(
            rank, 1 if mode != "orthogonal" else 80, (300, 40, 14)[rank - 1] + (mode == "orthogonal") * 80
        )
    )
    axes = tuple(range(1, rank + 1))

    def forward(x: np.ndarray, impl: str) -> np.ndarray:
        return np.asarray(sb.dwt(x, wavelet, level=level, mode=mode, axes=axes, impl=impl).ravel())

    try:
        c = sb.dwt(x, wavelet, level=level, mode=mode, axes=axes)
    except InvalidInput:
        assume(False)
    agree(x, forward)
    for impl in ("fast", "reference"):
        back = sb.idwt(c, impl=impl)
        np.testing.assert_allclose(back, x, rtol=0, atol=30 * CLOSE[x.dtype.name] * np.abs(x).max())


@ANY
@given(st.data(), WAVELETS, MODES, st.integers(1, 2), st.integers(1, 3))
def test_trees(data: st.DataObject, wavelet: str, mode: str, rank: int, level: int) -> None:
    x = data.draw(odd_arrays(rank, 8, (200, 40)[rank - 1]))
    axes = tuple(range(1, rank + 1))
    try:
        p = sb.packets(x, wavelet, level=level, mode=mode, axes=axes)
    except InvalidInput:
        assume(False)
    agree(x, lambda x, impl: sb.packets(x, wavelet, level=level, mode=mode, axes=axes, impl=impl).array)
    agree(p.array, lambda a, impl: sb.ipackets(p.replace(a), impl=impl), 30)


@ANY
@given(
    odd_arrays(1, 2, 900),
    st.sampled_from(["morlet", "morse", "dog"]),
    st.sampled_from(["symmetric", "periodic", "zero"]),
)
def test_continuous_transforms(x: np.ndarray, wavelet: str, mode: str) -> None:
    agree(x, lambda x, impl: sb.cwt(x, wavelet, mode=mode, impl=impl).array)


@ANY
@given(odd_arrays(1, 32, 700), st.integers(1, 4), st.integers(1, 4))
def test_scattering_of_lines(x: np.ndarray, J: int, Q: int) -> None:
    scattering = sb.Scattering(J=J, Q=Q)
    agree(x, lambda x, impl: scattering(x, impl=impl).array)


@ANY
@given(odd_arrays(2, 8, 40), st.integers(1, 2), st.integers(1, 5))
def test_scattering_of_planes(x: np.ndarray, J: int, L: int) -> None:
    scattering = sb.Scattering(ndim=2, J=J, L=L)
    agree(x, lambda x, impl: scattering(x, impl=impl).array)


@ANY
@given(odd_arrays(1, 64, 400), st.integers(3, 5))
def test_joint_scattering(x: np.ndarray, J: int) -> None:
    scattering = sb.JointScattering(J=J, J_fr=2, Q=2)
    agree(x, lambda x, impl: scattering(x, impl=impl).array)


@ANY
@given(odd_arrays(3, 1, 17), st.integers(1, 3))
def test_fourier_transforms(x: np.ndarray, ndim: int) -> None:
    axes = tuple(range(-ndim, 0))
    spectrum, expected = dispatch.rfftn(x, ndim), np.fft.rfftn(x.astype(float), axes=axes)
    close = CLOSE[x.dtype.name] * np.abs(expected).max()
    np.testing.assert_allclose(spectrum, expected, rtol=0, atol=close)
    np.testing.assert_allclose(dispatch.irfftn(spectrum[...], x.shape[-ndim:]), x, rtol=0, atol=close)
    np.testing.assert_allclose(
        dispatch.fft(x.astype(spectrum.dtype)), np.fft.fft(x.astype(float)), rtol=0, atol=close
    )
