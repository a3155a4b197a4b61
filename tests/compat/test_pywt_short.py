"""The code for short signals against that for all: the same kernel, so the same numbers to the last bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st

from subband.compat import pywt as ours
from subband.compat.pywt import short

pytestmark = pytest.mark.compiled

WAVELETS = st.sampled_from(["haar", "db4", "bior2.6", "rbio1.5", pywt.Wavelet("sym5")])
MODES = st.sampled_from([*pywt.Modes.modes, pywt.Modes.reflect])


@contextmanager
def general() -> Iterator[None]:
    with mock.patch.object(short, "SHORT", 0):
        yield


@contextmanager
def counted() -> Iterator[list[bool]]:
    """Whether each call of the short code had a result."""
    taken: list[bool] = []

    def counting(f: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            result = f(*args, **options)
            taken.append(result is not None)
            return result

        return call

    with (
        mock.patch.object(short, "analyse", counting(short.analyse)),
        mock.patch.object(short, "analyse_still", counting(short.analyse_still)),
        mock.patch.object(short, "synthesise", counting(short.synthesise)),
    ):
        yield taken


def equal(a: Any, b: Any) -> None:
    if isinstance(a, list | tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            equal(one, other)
    else:
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@settings(deadline=None)
@given(st.integers(64, 300), st.sampled_from("fd"), WAVELETS, MODES, st.integers(1, 2), st.booleans())
def test_signals(n: int, dtype: str, wavelet: Any, mode: Any, level: int, all_levels: bool) -> None:
    x = np.random.default_rng(n).standard_normal(n).astype(dtype)
    wanted = None if all_levels else level
    with counted() as taken:
        c, one = ours.wavedec(x, wavelet, mode, wanted), ours.dwt(x, wavelet, mode)
        y, back = ours.waverec(c, wavelet, mode), ours.idwt(*one, wavelet, mode)
    assert taken == [True] * 4
    with general():
        equal(c, ours.wavedec(x, wavelet, mode, wanted))
        equal(one, ours.dwt(x, wavelet, mode))
        equal(y, ours.waverec(c, wavelet, mode))
        equal(back, ours.idwt(*one, wavelet, mode))


@settings(deadline=None)
@given(st.integers(32, 60), st.integers(32, 60), st.sampled_from("fd"), WAVELETS, MODES)
def test_images(rows: int, cols: int, dtype: str, wavelet: Any, mode: Any) -> None:
    x = np.random.default_rng(rows).standard_normal((rows, cols)).astype(dtype)
    with counted() as taken:
        c, one = ours.wavedec2(x, wavelet, mode, 1), ours.dwt2(x, wavelet, mode)
        y, back = ours.waverec2(c, wavelet, mode), ours.idwt2(one, wavelet, mode)
    assert taken == [True] * 4
    with general():
        equal(c, ours.wavedec2(x, wavelet, mode, 1))
        equal(one, ours.dwt2(x, wavelet, mode))
        equal(y, ours.waverec2(c, wavelet, mode))
        equal(back, ours.idwt2(one, wavelet, mode))


@settings(deadline=None)
@given(
    st.integers(1, 64), st.sampled_from("fd"), WAVELETS, st.integers(0, 2), st.integers(1, 2), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_stationary_signals(
    blocks: int, dtype: str, wavelet: Any, first: int, level: int, trimmed: bool, all_levels: bool
) -> None:
    x = np.random.default_rng(blocks).standard_normal(16 * blocks).astype(dtype)
    wanted = {"level": None if all_levels and not first else level, "start_level": first}
    with counted() as taken:
        bands = ours.swt(x, wavelet, trim_approx=trimmed, **wanted)
    assert taken == [True]
    with general():
        equal(bands, ours.swt(x, wavelet, trim_approx=trimmed, **wanted))
    for found, expected in zip(bands, pywt.swt(x, wavelet, trim_approx=trimmed, **wanted), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4 if dtype == "f" else 1e-11)


@pytest.mark.parametrize(
    "wrong", [{"level": 0}, {"level": 7}, {"level": 1, "start_level": 6}, {"start_level": 1}, {"level": 1.5}]
)
def test_stationary_errors_are_the_general_codes(wrong: dict[str, Any]) -> None:
    with counted() as taken, pytest.raises((ValueError, TypeError)):
        ours.swt(np.ones(64), "haar", **wrong)
    assert taken == [False]


@pytest.mark.parametrize(
    "odd",
    [
        lambda x: x[::2],
        lambda x: x.astype(complex),
        lambda x: x.astype(">f8"),
        lambda x: x.astype(int),
        lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(float),
        lambda x: np.broadcast_to(x[:1], (64,)),
    ],
    ids=["strided", "complex", "big-endian", "integers", "unaligned", "constant"],
)
def test_what_is_unusual_is_left_to_the_general_code(odd: Any) -> None:
    x = odd(np.random.default_rng(0).standard_normal(64))
    with counted() as taken:
        c = ours.wavedec(x, "db2", level=2)
    assert taken == [False]
    for band, expected in zip(c, pywt.wavedec(x.copy(), "db2", level=2), strict=True):
        np.testing.assert_allclose(band, expected, atol=1e-12)
    with pytest.warns(UserWarning, match="too high"):
        ours.wavedec(x, "db2", level=9)
    with pytest.raises(ValueError, match="too low"):
        ours.wavedec(x, "db2", level=-1)


def test_bands_of_other_lengths_than_the_plans() -> None:
    cA, *details = pywt.wavedec(np.random.default_rng(0).standard_normal(29), "db3", level=2)
    longer = [np.r_[cA, 7.0], *details]  # an approximation may have one sample too many
    np.testing.assert_allclose(ours.waverec(longer, "db3"), pywt.waverec(longer, "db3"), atol=1e-12)
    with pytest.raises(ValueError, match="shape"):
        ours.waverec([cA[:4], *details], "db3")
