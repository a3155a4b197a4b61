"""Memory is given back: tables have a budget, are counted, and can be cleared."""

import threading

import numpy as np
import pytest
import torch

import subband as sb
from subband.arrays import caches, memory
from subband.arrays.caches import within_budget
from subband.errors import InvalidInput


@pytest.fixture(autouse=True)
def _own_caches():
    sb.clear_caches()
    yield
    sb.set_cache_budget(caches.DEFAULT_BUDGET)
    sb.clear_caches()


def table(made: list[int]):
    @within_budget
    def zeros(n: int) -> np.ndarray:
        made.append(n)
        return np.zeros(n, np.uint8)

    return zeros


def test_the_tables_used_last_are_kept_within_the_budget() -> None:
    sb.set_cache_budget(1000)
    made: list[int] = []
    zeros = table(made)
    assert zeros(400) is zeros(400)
    zeros(500)
    zeros(400)
    zeros(300)  # for which 500, used before 400, has to go
    assert sb.cache_info() == (700, 2, 1000)
    zeros(400)
    zeros(500)
    assert made == [400, 500, 300, 500]


def test_what_exceeds_the_budget_alone_is_not_kept_and_drives_nothing_out() -> None:
    sb.set_cache_budget(1000)
    made: list[int] = []
    zeros = table(made)
    zeros(900)
    assert len(zeros(1001)) == 1001
    zeros(900)
    assert made == [900, 1001]
    sb.set_cache_budget(0)
    assert sb.cache_info() == (0, 0, 0)
    with pytest.raises(InvalidInput, match="give 0 or more"):
        sb.set_cache_budget(-1)


def test_arrays_that_several_results_hold_count_once() -> None:
    whole = np.zeros(1000, np.uint8)
    rows = within_budget(lambda n: (whole[:n], [whole[n:]]))
    first, second = rows(10), rows(20)
    assert (first[0].base is whole) & (second[0].base is whole)
    assert sb.cache_info().bytes == 1000
    sb.clear_caches()
    assert sb.cache_info()[:2] == (0, 0)


def test_transforms_of_many_lengths_stay_within_the_budget() -> None:
    sb.set_cache_budget(1 << 20)
    scattering, joint = sb.Scattering(J=4, Q=4), sb.JointScattering(J=4, J_fr=2, Q=4)
    for n in (1024, 1500, 2048, 3000, 4096):
        x = np.random.default_rng(n).standard_normal(n)
        for act in (sb.cwt, scattering, joint, lambda x: sb.wavelet_moments(x, J=4, axes=-1)):
            act(x)
            assert 0 < sb.cache_info().bytes <= 1 << 20
    image = np.random.default_rng(0).standard_normal((64, 64))
    sb.Scattering(ndim=2, J=3, L=4)(image)
    sb.HarmonicScattering(J=1)(image.reshape(16, 16, 16))
    assert sb.cache_info().bytes <= 1 << 20


@pytest.mark.parametrize("budget", [0, 1 << 16])
def test_numbers_do_not_depend_on_the_budget(budget: int) -> None:
    x = torch.randn(2, 512, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    acts = (lambda x: sb.cwt(x, "morse").array, sb.Scattering(J=4, Q=2), sb.JointScattering(J=4, J_fr=2, Q=2))
    want = [getattr(act(x), "array", act(x)) for act in acts]
    sb.set_cache_budget(budget)
    for act, one in zip(acts, want, strict=True):
        torch.testing.assert_close(getattr(act(x), "array", act(x)), one, rtol=0, atol=0)


def test_compiled_programs_keep_what_they_use() -> None:
    torch._dynamo.reset()
    scattering = sb.Scattering(J=3, Q=2)
    x = torch.randn(2, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    compiled = torch.compile(lambda x: scattering(x).array, fullgraph=True, backend="aot_eager")
    want = compiled(x)
    sb.clear_caches()
    for n in (128, 256):
        scattering(torch.zeros(n, dtype=torch.float64))
    torch.testing.assert_close(compiled(x), want, rtol=0, atol=0)


def test_threads_share_one_table() -> None:
    zeros, found, ready = table([]), [], threading.Barrier(8)

    def ask() -> None:
        ready.wait()
        found.append([zeros(n) for n in range(1, 200)])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one is other for row in found for one, other in zip(row, found[0], strict=True))
    assert sb.cache_info()[:2] == (sum(range(1, 200)), 199)


def test_cwt_says_beforehand_that_memory_is_short(monkeypatch) -> None:
    x = np.ones(100_000, "f4")
    monkeypatch.setattr(memory, "available", lambda: 100 << 20)
    with pytest.raises(InvalidInput, match=r"needs 0\.\d GiB, and 0\.1 GiB .*voices=4, .* blocks"):
        sb.cwt(x)
    assert sb.cwt(x, frequencies=[0.1, 0.2]).array.shape == (2, 100_000)
    monkeypatch.setattr(memory, "MEMINFO", memory.MEMINFO + ".missing")
    monkeypatch.undo()
    assert memory.available() is None or memory.available() > 0


def test_lent_memory_is_used_again_when_nothing_refers_to_it_any_more() -> None:
    sb.set_cache_budget(8000)
    first = caches.lent((10, 100), np.dtype("float64"))
    assert first.shape == (10, 100)
    assert sb.cache_info().bytes == 8000
    first[:] = 1
    part = torch.from_numpy(first)[3:5]
    del first
    second = caches.lent((10, 100), np.dtype("float64"))
    second[:] = 2
    assert (part == 1).all()
    place = second.ctypes.data
    del second
    assert caches.lent((1000,), np.dtype("float64")).ctypes.data == place
    third = caches.lent((1001,), np.dtype("float64"))  # above the budget: it is the caller's alone
    assert third.nbytes == 8008
    assert sb.cache_info().bytes == 0
    assert caches.lent((0, 5), np.dtype("float32")).shape == (0, 5)


def test_lent_memory_goes_with_the_caches() -> None:
    caches.lent((1000,), np.dtype("float64"))
    assert sb.cache_info().bytes == 8000
    sb.set_cache_budget(7999)
    assert sb.cache_info().bytes == 0
    sb.set_cache_budget(8000)
    caches.lent((1000,), np.dtype("float64"))
    sb.clear_caches()
    assert sb.cache_info().bytes == 0
