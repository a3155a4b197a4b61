"""The boundary tables against NumPy's padding, and their transpose against the matrix."""

import numpy as np
import pytest

from subband.kernels.filterbank.boundary_modes import CRITICAL, PADDED, extension

NUMPY_MODES = {
    "zero": {"mode": "constant"},
    "constant": {"mode": "edge"},
    "symmetric": {"mode": "symmetric"},
    "reflect": {"mode": "reflect"},
    "periodic": {"mode": "wrap"},
    "antireflect": {"mode": "reflect", "reflect_type": "odd"},
}


def matrix(size: int, taps: int, mode: str) -> np.ndarray:
    """E as a dense matrix."""
    e = extension(size, taps, mode)
    outside = np.zeros((e.left + e.right, size))
    np.add.at(outside, (np.arange(len(outside))[:, None], e.index), e.weight)
    return np.concatenate([outside[: e.left], np.eye(size), outside[e.left :]])


@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_padding_is_that_of_numpy(mode: str, rng) -> None:
    for size in range(2, 14):
        for taps in (2, 4, 10, 30):
            x = rng.standard_normal(size)
            e = extension(size, taps, mode)
            want = np.pad(x, (e.left, e.right), **NUMPY_MODES[mode])
            np.testing.assert_allclose(matrix(size, taps, mode) @ x, want, atol=1e-10)


def test_smooth_goes_straight_on() -> None:
    e = extension(5, 8, "smooth")
    line = np.arange(5.0)
    np.testing.assert_allclose(matrix(5, 8, "smooth") @ line, np.arange(-e.left, 5 + e.right))


@pytest.mark.parametrize("mode", [*PADDED, "wrap"])
def test_what_returns_to_the_signal_is_the_transposed_matrix(mode: str) -> None:
    for size in (1, 2, 3, 5, 8, 13):
        for taps in (2, 4, 10, 30):
            e = extension(size, taps, mode)
            head, tail, columns = e.returns
            back = np.zeros((size, e.left + e.right + 1))
            rows = [*range(head), *range(size - tail, size)]
            for index, weight in columns:
                np.add.at(back, (rows, list(index)), 1.0 if weight is None else list(weight))
            full = matrix(size, taps, mode)
            outside = np.concatenate([full[: e.left], full[e.left + size :]])
            np.testing.assert_array_equal(back[:, :-1], outside.T)


@pytest.mark.parametrize("mode", [*PADDED, "wrap"])
def test_lengths_fit_together(mode: str) -> None:
    for size in range(1, 20):
        for taps in (2, 4, 6, 20):
            e = extension(size, taps, mode)
            assert e.left + size + e.right == 2 * e.subbands + taps - 2
            assert e.subbands == ((size + 1) // 2 if mode in CRITICAL else (size + taps - 1) // 2)
