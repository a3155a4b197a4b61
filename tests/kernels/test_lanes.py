"""Registers and pointers in compiled code: numbers go where NumPy's slices would put them, and nowhere else."""

import numpy as np
import pytest
from numba import njit

from subband.kernels.simd.lanes import count, lanes, load, store
from subband.kernels.simd.moves import back, even, front, load_first, odd, store_first
from subband.kernels.simd.pointers import advance, distance, pointer


@njit
def _part_and_join(x, halves, joined):
    p, q, r = pointer(x), pointer(halves), pointer(joined)
    n = count(p)
    a, b = even(load(p, 0), load(p, n)), odd(load(p, 0), load(p, n))
    store(q, 0, a)
    store(q, n, b)
    store(r, 0, front(a, b))
    store(r, n, back(a, b))


@njit
def _move_first(x, y, start, wanted):
    store_first(pointer(y), start, load_first(pointer(x), start, wanted), wanted)


@njit
def _step(x, y):
    p, q = pointer(x), pointer(y)
    return distance(p, advance(p, 5)), advance(p, distance(p, q))[0], p[3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_phases_are_parted_and_joined(dtype: str, rng) -> None:
    x = rng.standard_normal(2 * lanes(dtype)).astype(dtype)
    halves, joined = np.empty_like(x), np.empty_like(x)
    _part_and_join(x, halves, joined)
    np.testing.assert_array_equal(halves, np.concatenate([x[::2], x[1::2]]))
    np.testing.assert_array_equal(joined, x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_more_is_moved_than_asked_for(dtype: str, rng) -> None:
    n = lanes(dtype)
    x = rng.standard_normal(2 * n).astype(dtype)
    for wanted in (-3, 0, 1, n - 1, n, n + 4):
        y = np.zeros_like(x)
        _move_first(x, y, 3, wanted)
        moved = min(max(wanted, 0), n)
        np.testing.assert_array_equal(y[3 : 3 + moved], x[3 : 3 + moved])
        assert not y[:3].any()
        assert not y[3 + moved :].any()


def test_pointers_count_in_numbers(rng) -> None:
    x, y = rng.standard_normal((2, 8))
    assert _step(x, y) == (5, y[0], x[3])
