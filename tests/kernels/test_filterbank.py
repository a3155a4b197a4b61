"""The compiled filter banks beside their reference where batches and threads come in."""

import numpy as np
import pytest
import torch

import subband as sb
from subband.kernels.filterbank.operations import (
    PYRAMID_ANALYSIS,
    PYRAMID_SYNTHESIS,
    TREE_ANALYSIS,
    TREE_SYNTHESIS,
)
from subband.kernels.filterbank.plan import Bank, plan
from subband.kernels.threads import WORTH_SHARING, set_threads, threads

filterbank_compiled = pytest.importorskip(
    "subband.kernels.filterbank.compiled", reason="no compiled kernels", exc_type=ImportError
)


@pytest.fixture(autouse=True)
def _restore():
    before = threads()
    yield
    set_threads(before)


@pytest.mark.parametrize("mode", ["zero", "symmetric", "periodization"])
@pytest.mark.parametrize("shape", [(1, WORTH_SHARING + 5), (2, 301, 334), (1, 40, 41, 42)])
def test_a_large_signal_is_the_same_in_parts(shape: tuple[int, ...], mode: str, rng) -> None:
    assert np.prod(shape) >= WORTH_SHARING
    axes = tuple(range(1, len(shape)))
    x = rng.standard_normal(shape)
    for forward, back in ((sb.dwt, sb.idwt), (sb.packets, sb.ipackets)):
        set_threads(1)
        c = forward(x, "db3", level=2, mode=mode, axes=axes)
        y = back(c)
        set_threads(3)
        in_parts = forward(x, "db3", level=2, mode=mode, axes=axes)
        np.testing.assert_array_equal(in_parts.array, c.array)
        np.testing.assert_array_equal(back(in_parts), y)
        np.testing.assert_allclose(y, x, atol=1e-9)


@pytest.mark.compiled
@pytest.mark.parametrize("taps", [2, 4, 10, 38, 76])
@pytest.mark.parametrize("size", [1, 31, 200, 1500])
def test_single_precision_agrees_with_the_twin(size: int, taps: int, rng) -> None:
    """Every way in which outputs can fill registers: whole fours, ones, and a rest."""
    x = rng.standard_normal((2, size)).astype("f4")
    fast, slow = (
        sb.dwt(x, f"db{taps // 2}", level=1, mode="symmetric", impl=impl) for impl in ("fast", "reference")
    )
    np.testing.assert_allclose(fast.array, slow.array, atol=2e-6)
    np.testing.assert_allclose(sb.idwt(fast), x, atol=1e-4)


@pytest.mark.parametrize("mode", sb.MODES)
@pytest.mark.parametrize("name", ["db2", "db21", "rbio3.9", "db37"])
def test_signals_shorter_than_their_filters_lose_nothing_but_the_last_rounding(
    name: str, mode: str, rng
) -> None:
    """What "smooth" adds is weighed by up to 72, and its sums cancel: single precision would lose two digits."""
    w = sb.wavelet(name)
    bank = Bank(w.dec_lo, w.dec_hi, mode, (w.rec_lo[::-1], w.rec_hi[::-1]) if mode == "orthogonal" else None)
    for size in {2, 3, w.taps // 2, w.taps - 1}:
        p = plan((bank,), (size,), 1)
        x, c = (rng.standard_normal((3, n)).astype("f4") for n in (size, p.total))
        for operation, given in ((PYRAMID_ANALYSIS, x), (PYRAMID_SYNTHESIS, c)):
            exact = filterbank_compiled.apply(operation, given.astype("f8"), p).astype("f4")
            np.testing.assert_array_equal(filterbank_compiled.apply(operation, given, p), exact)


@pytest.mark.compiled
@pytest.mark.parametrize(("name", "size"), [("db21", 2), ("db37", 3), ("db33", 7), ("db29", 4)])
def test_short_signals_come_back_to_single_precision(name: str, size: int, rng) -> None:
    """PyWavelets allows 6e-7, five units in the last place of numbers up to 1."""
    x = rng.random((100, size)).astype("f4")
    for kind in (np.asarray, torch.from_numpy):
        back = sb.idwt(sb.dwt(kind(x), name, level=1, mode="smooth"))
        assert np.sqrt(np.mean((np.asarray(back) - x) ** 2, axis=1)).max() < 6e-7


@pytest.mark.compiled
@pytest.mark.parametrize("operation", [PYRAMID_ANALYSIS, PYRAMID_SYNTHESIS, TREE_ANALYSIS, TREE_SYNTHESIS])
@pytest.mark.parametrize("shape", [(13,), (6, 9), (5, 4, 7)])
def test_arrays_of_other_sizes_than_the_plans_are_refused(operation, shape: tuple[int, ...]) -> None:
    """The loops would read or write what lies behind them."""
    w = sb.wavelet("db2")
    p = plan((Bank(w.dec_lo, w.dec_hi, "zero"),) * len(shape), shape, 2)
    right = p.shape_after(tree=operation.tree, analysis=not operation.analysis)
    done = filterbank_compiled.apply(operation, np.zeros((3, *right)), p)
    assert done.shape == (3, *p.shape_after(tree=operation.tree, analysis=operation.analysis))
    for n in (-1, 1):
        with pytest.raises(ValueError, match="of other sizes than the plan's"):
            filterbank_compiled.apply(operation, np.zeros((3, *right[:-1], right[-1] + n)), p)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_reference_computes_half_precision_in_single(dtype: torch.dtype, rng) -> None:
    x = torch.asarray(rng.standard_normal((2, 300))).to(dtype)
    for f in (sb.dwt, sb.packets):
        want, got = (f(y, "db4", level=4, impl="reference").array for y in (x.float(), x))
        assert torch.equal(got, want.to(dtype))


def test_nothing_is_read_beyond_the_signal_or_its_bands(rng) -> None:
    """NaN all round a signal that is a view would reach the outcome."""
    for size in (*range(1, 40), 131, 1025):
        around = np.full(3 * size + 256, np.nan)
        x = around[size + 64 : 2 * size + 64]
        x[:] = rng.standard_normal(size)
        assert np.isfinite(sb.dwt(x, "db4", level=1, mode="zero").array).all()
