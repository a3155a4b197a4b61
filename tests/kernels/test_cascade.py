"""The compiled cascades against their definition: values, gradients, threads, and what stands beside a signal."""

import numpy as np
import pytest
import torch

import subband as sb
from subband.arrays.caches import lent
from subband.errors import InvalidInput
from subband.kernels.cascade import cascade
from subband.kernels.cascade import reference as cascade_reference

cascade_compiled = pytest.importorskip(
    "subband.kernels.cascade.compiled", reason="no compiled kernels", exc_type=ImportError
)

CASES = [
    (sb.Scattering(J=3, Q=1), (64,)),
    (sb.Scattering(J=4, Q=4), (1000,)),
    (sb.Scattering(J=5, Q=(4, 2), order=3, T=40), (600,)),
    (sb.Scattering(J=4, Q=4, average="global"), (301,)),
    (sb.Scattering(J=3, Q=1, pad_mode="periodic"), (88,)),
    (sb.Scattering(J=4, Q=2, pad_mode="zero", oversampling=1), (100,)),
    (sb.Scattering(J=4, Q=2, normalise="tight"), (200,)),
    (sb.Scattering(J=4, Q=2, bank="meyer", order=1), (200,)),
    (sb.Scattering(2, J=2, L=8), (32, 32)),
    (sb.Scattering(2, J=3, L=6), (40, 24)),
    (sb.Scattering(2, J=2, L=3, order=3), (17, 30)),
    (sb.Scattering(2, J=2, L=5, average="global"), (20, 12)),
    (sb.Scattering(2, J=2, L=4, normalise="tight"), (16, 16)),
    (sb.Scattering(2, J=3, L=2, bank="steerable", pad_mode="symmetric"), (16, 24)),
    (sb.Scattering(2, J=2, L=4, pad_mode="periodic"), (28, 12)),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("scattering", "shape"), CASES, ids=repr)
def test_both_twins_agree(scattering: sb.Scattering, shape: tuple[int, ...], dtype: str, rng) -> None:
    tree = scattering.cascade(shape)
    x = rng.standard_normal((3, *shape))
    leaf = torch.from_numpy(x).requires_grad_()
    expected = cascade_reference.apply(leaf, tree)
    assert isinstance(expected, torch.Tensor)
    weight = torch.from_numpy(rng.standard_normal(expected.shape))
    (gradient,) = torch.autograd.grad(expected, leaf, weight)
    close = {"float64": 1e-12, "float32": 2e-6}[dtype]
    y = cascade_compiled.apply(x.astype(dtype), tree)
    assert y.dtype == dtype
    assert np.abs(y - expected.detach().numpy()).max() < close * np.abs(expected.detach().numpy()).max()
    dx = cascade_compiled.gradient(x.astype(dtype), weight.numpy().astype(dtype), tree)
    # Where a modulus is nearly 0 its gradient turns fast, so rounding shows.
    assert np.abs(dx - gradient.numpy()).max() < 20 * close * np.abs(gradient.numpy()).max()


@pytest.mark.parametrize(("scattering", "shape"), [CASES[1], CASES[8]], ids=repr)
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_threads_share_signals_and_branches(scattering, shape, batch: int, rng) -> None:
    tree, count = scattering.cascade(shape), sb.threads()
    x = rng.standard_normal((batch, *shape))
    results = []
    try:
        for threads in (1, 2, 3):
            sb.set_threads(threads)
            y = cascade_compiled.apply(x, tree)
            results.append((y, cascade_compiled.gradient(x, np.ones_like(y), tree)))
    finally:
        sb.set_threads(count)
    for y, dx in results[1:]:
        np.testing.assert_array_equal(y, results[0][0])
        np.testing.assert_allclose(dx, results[0][1], atol=1e-12)


@pytest.mark.parametrize(("scattering", "shape"), [CASES[1], CASES[9]], ids=repr)
def test_what_is_not_finite_stays_in_its_signal(scattering, shape, rng) -> None:
    tree = scattering.cascade(shape)
    x = rng.standard_normal((4, *shape))
    alone = cascade_compiled.apply(x, tree)
    x[1].flat[3], x[2].flat[5] = np.nan, np.inf
    y = cascade_compiled.apply(x, tree)
    assert np.isnan(y[1]).all()
    assert not np.isfinite(y[2]).any()
    np.testing.assert_array_equal(y[[0, 3]], alone[[0, 3]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("scattering", "shape"), [CASES[1], CASES[3], CASES[4]], ids=repr)
def test_what_is_not_finite_is_not_left_in_memory(scattering, shape, dtype: str, rng) -> None:
    """One thread's memory serves all signals; lengths that don't fill registers leave something behind them."""
    tree, count = scattering.cascade(shape), sb.threads()
    x = rng.standard_normal((4, *shape)).astype(dtype)
    given = np.ones_like(cascade_compiled.apply(x, tree))
    alone = cascade_compiled.apply(x, tree), cascade_compiled.gradient(x, given, tree)
    x[0, 3], x[2, 5] = np.nan, np.inf
    try:
        sb.set_threads(1)
        found = cascade_compiled.apply(x, tree), cascade_compiled.gradient(x, given, tree)
    finally:
        sb.set_threads(count)
    for a, b in zip(alone, found, strict=True):
        np.testing.assert_array_equal(a[[1, 3]], b[[1, 3]])


@pytest.mark.compiled
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("scattering", "shape"), CASES[:8], ids=repr)
def test_convolutions_that_were_held_give_the_gradients_of_those_computed_again(
    scattering, shape, dtype: str, threads: int, rng
) -> None:
    tree, count, budget = scattering.cascade(shape), sb.threads(), sb.cache_info().budget
    x = rng.standard_normal((4, *shape)).astype(dtype)
    again = cascade_compiled.apply(x, tree)
    given = rng.standard_normal(again.shape).astype(dtype)
    numbers = cascade_compiled.forward(x, tree, hold=True)[1].shape[1]
    try:
        sb.set_threads(threads)
        expected = cascade_compiled.gradient(x, given, tree)
        for signals in (0, 1, 3, 4):
            sb.set_cache_budget(signals * numbers * x.itemsize)
            lent((max(signals, 1), numbers), x.dtype)[:] = np.nan  # memory may hold anything
            y, held = cascade_compiled.forward(x, tree, hold=True)
            assert held.shape == (signals, numbers)
            np.testing.assert_array_equal(y, again)
            np.testing.assert_array_equal(cascade_compiled.gradient(x, given, tree, held), expected)
    finally:
        sb.set_threads(count)
        sb.set_cache_budget(budget)


@pytest.mark.compiled
def test_held_convolutions_of_another_plan_are_refused(rng) -> None:
    tree, x = CASES[1][0].cascade((1000,)), rng.standard_normal((2, 1000))
    y, held = cascade_compiled.forward(x, tree, hold=True)
    for wrong in (held[:, 1:].copy(), held[0]):
        with pytest.raises(ValueError, match=r"of another size|of two axes"):
            cascade_compiled.gradient(x, y, tree, wrong)


def test_graphs_that_live_at_once_have_memory_of_their_own(rng) -> None:
    scattering, shape = CASES[1]
    signals = [torch.from_numpy(rng.standard_normal((2, *shape))).requires_grad_() for _ in range(3)]
    expected = [torch.autograd.grad(scattering(x).values.sum(), x)[0] for x in signals]
    sums = [scattering(x).values.sum() for x in signals]
    for x, total, gradient in zip(signals, sums, expected, strict=True):
        torch.testing.assert_close(torch.autograd.grad(total, x)[0], gradient, rtol=0, atol=0)


def test_constant_signals_have_finite_gradients() -> None:
    """The moduli of band-pass filters are 0, where the derivative of a modulus is taken to be 0."""
    for scattering, shape in (CASES[0], CASES[8]):
        leaf = torch.zeros((2, *shape), requires_grad=True)
        scattering(leaf).values.sum().backward()
        assert leaf.grad is not None
        assert torch.isfinite(leaf.grad).all()


def test_fast_is_refused_where_it_serves_nothing(rng) -> None:
    x = rng.standard_normal((2, 64))
    gammatone = sb.Scattering(J=3, Q=2, bank="gammatone").cascade((64,))
    whole = sb.Scattering(J=3, Q=2, average=False).cascade((64,))
    for tree in (gammatone, whole):
        cascade(x, tree)
        with pytest.raises(InvalidInput, match="no compiled kernel"):
            cascade(x, tree, impl="fast")
    with pytest.raises(InvalidInput, match="no compiled kernel"):
        cascade(x.astype(np.complex128), sb.Scattering(J=3).cascade((64,)), impl="fast")


def test_empty_batches() -> None:
    for scattering, shape in (CASES[0], CASES[8]):
        assert scattering(np.zeros((0, *shape))).values.shape[0] == 0
