"""Containers and transforms across processes: pickling, copying, spawn, fork and import order."""

import multiprocessing
import pickle
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch.utils import _pytree
from torch.utils.data import DataLoader, Dataset

import subband as sb
from subband.errors import InvalidInput


def containers(x) -> list:
    return [
        sb.dwt(x, "db2", level=2),
        sb.packets(x, "haar", level=2),
        sb.swt(x, "haar", level=1, norm="l1"),
        sb.mra(x, "haar", level=1),
        sb.dtcwt(x, level=2),
        sb.lift(x, "cdf9.7", level=1),
        sb.cwt(x, "morse", frequencies=(0.1, 0.2)),
        sb.synchrosqueeze(sb.cwt(x, "morse", frequencies=(0.1, 0.2))),
        sb.cross_spectrum(x, 2 * x, frequencies=(0.1, 0.2)),
        sb.wavelet_coherence(x, 2 * x, frequencies=(0.1, 0.2)),
        sb.wavelet_variance(x, level=2),
        sb.wavelet_covariance(x, 2 * x, level=2),
        sb.stft(x, "hann", 4),
    ]


def assert_same(a, b) -> None:
    (leaves, context), (others, other) = _pytree.tree_flatten(a), _pytree.tree_flatten(b)
    assert type(a) is type(b)
    assert context == other
    for leaf, another in zip(leaves, others, strict=True):
        np.testing.assert_array_equal(np.asarray(leaf), np.asarray(another))


@pytest.mark.parametrize("make", [np.asarray, torch.asarray], ids=["numpy", "torch"])
def test_containers_can_be_pickled_and_copied(make, rng) -> None:
    x = make(rng.standard_normal((2, 16)))
    pair = sb.phase_correlation(x, sb.shift(x, 2.0), -1)
    for made in [*containers(x), pair]:
        assert_same(pickle.loads(pickle.dumps(made)), made)
        assert_same(deepcopy(made), made)
        assert_same(_pytree.tree_map(lambda leaf: leaf, made), made)


def test_descriptions_wavelets_and_errors_can_be_pickled() -> None:
    for made in [
        *(c.spec for c in containers(np.ones((2, 16)))[:-1]),
        sb.stft(np.ones(16), "hann", 4).framing,
        sb.wavelet("db2"),
        sb.hilbert_pair(),
        sb.lifting("cdf9.7"),
        sb.Morse(8.0, 3.0),
    ]:
        copy = pickle.loads(pickle.dumps(made))
        assert copy == made
        assert hash(copy) == hash(made)
    with pytest.raises(InvalidInput) as raised:
        sb.dwt(np.ones(8), "nope")
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_spawned_process_gives_the_same_numbers(rng) -> None:
    x = rng.standard_normal((2, 64))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        c = pool.apply(sb.dwt, (x, "db2"), {"level": 2})
        np.testing.assert_array_equal(pool.apply(sb.idwt, (c,)), sb.idwt(c))
    assert_same(c, sb.dwt(x, "db2", level=2))


class Transformed(Dataset):
    """Dataset whose items are transformed in the worker process."""

    def __init__(self, signals: torch.Tensor) -> None:
        self.signals = signals

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, i: int) -> torch.Tensor:
        return sb.packets(self.signals[i], "db2", level=3).array


@pytest.mark.filterwarnings(
    "ignore:os.fork", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # JAX's, of forks
def test_workers_of_a_loader_transform_after_a_fork() -> None:
    signals = torch.randn(4, 1 << 17)
    threads = sb.threads()
    sb.set_threads(2)  # so that the pool exists before the fork and is shared work after it
    try:
        want = sb.packets(signals, "db2", level=3).array
        loader = DataLoader(Transformed(signals), batch_size=2, num_workers=1, multiprocessing_context="fork")
        torch.testing.assert_close(torch.cat(list(loader)), want)
    finally:
        sb.set_threads(threads)


@pytest.mark.parametrize("first", ["subband", "torch"])
def test_libraries_are_met_whichever_is_imported_first(first: str) -> None:
    second = "torch" if first == "subband" else "subband"
    code = (
        f"import {first}, {second}; import torch, subband\n"
        "from torch.utils import _pytree\n"
        "assert subband.Coefficients in _pytree.SUPPORTED_NODES\n"
        "assert torch.ops.subband.filterbank\n"
        "assert torch.ops.subband.analytic_bank\n"
        "assert 'torch._dynamo' not in __import__('sys').modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
