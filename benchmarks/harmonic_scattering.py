"""Solid harmonic scattering beside kymatio: (8, 64, 64, 64) densities, J=2, L=3, float32.

    python benchmarks/harmonic_scattering.py [threads]          # 2 by default

Both compute the same 72 integrals of each density, which is checked first. kymatio 0.3.0 needs a function that
SciPy has dropped; it is put back for the moment.
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = [
    *sys.argv,
    "2",
][1]

import numpy as np
import scipy.special
import torch

import subband as sb

THREADS = int(os.environ["SUBBAND_THREADS"])
torch.set_num_threads(THREADS)
SHAPE, J, L, REPEATS = (64, 64, 64), 2, 3, 3

x = np.random.default_rng(0).standard_normal((8, *SHAPE)).astype(np.float32)
tensor = torch.from_numpy(x)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def backward(transform: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The gradient of the sum, for two of the densities: all of them would need gigabytes."""
    leaf = tensor[:2].clone().requires_grad_()
    transform(leaf).sum().backward()
    assert leaf.grad is not None
    return leaf.grad


def kymatio(frontend: str) -> Any:
    """kymatio.numpy or kymatio.torch."""
    if not hasattr(scipy.special, "sph_harm"):
        scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)
    return import_module(f"kymatio.{frontend}")


def main() -> None:
    ours = sb.HarmonicScattering(J, L)
    start = time.perf_counter()
    ours(x[:1])
    first = time.perf_counter() - start
    numpy_peer, torch_peer = (kymatio(name).HarmonicScattering3D(J, SHAPE, L) for name in ("numpy", "torch"))
    building = seconds(lambda: kymatio("numpy").HarmonicScattering3D(J, SHAPE, L))
    expected = numpy_peer(x[:1]).reshape(1, -1)
    worst = float(np.abs(ours(x[:1]).array / expected - 1).max())
    if not worst < 1e-5:
        sys.exit(f"the two computed something else: relative difference {worst:.1e}")
    print(f"same values, largest relative difference {worst:.1e}; {THREADS} threads")
    print(
        f"first call of one density, bank included {first:.2f} s; kymatio makes its filters in {building:.2f} s"
    )
    rows = {
        "NumPy, forward": (lambda: ours(x).array, lambda: numpy_peer(x)),
        "PyTorch, forward": (lambda: ours(tensor).array, lambda: torch_peer(tensor)),
        "PyTorch, forward + backward of two": (
            lambda: backward(lambda t: ours(t).array),
            lambda: backward(torch_peer),
        ),
    }
    for name, (mine, theirs) in rows.items():
        pairs = [(seconds(mine), seconds(theirs)) for _ in range(REPEATS)]
        ratio = median(b / a for a, b in pairs)
        mine_s, theirs_s = (min(times) for times in zip(*pairs, strict=True))
        print(f"{name:36s} {mine_s:6.2f} s, kymatio {theirs_s:6.2f} s: {ratio:.1f} ×")


if __name__ == "__main__":
    main()
