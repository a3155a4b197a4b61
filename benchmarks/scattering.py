"""Scattering beside kymatio 0.3.0 on PyTorch: the same float32 arrays, 2 threads, ratios of one run.

    python benchmarks/scattering.py [threads]

Each row first checks that both computed the same numbers, forward and backward. The floor counts the arithmetic that
no method with Fourier transforms avoids: 5 n log₂ n for each complex transform of n samples, half of that of real
ones, 4 for each product with a real filter, and the averages, at what one core of this machine does in transforms.
"""

import os
import sys
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(THREADS)

import numpy as np
import scipy.special
import torch
from contest import take_turns

# kymatio asks for a function of SciPy before 1.17.
scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)

from kymatio.torch import Scattering1D, Scattering2D

import subband as sb
from subband.kernels.cascade import Cascade

torch.set_num_threads(THREADS)

ROWS = [
    (2, {"J": 3, "L": 8}, (128, 32, 32)),
    (2, {"J": 2, "L": 8}, (128, 32, 32)),
    (2, {"J": 4, "L": 8}, (16, 128, 128)),
    (2, {"J": 5, "L": 8}, (4, 256, 256)),
    (1, {"J": 8, "Q": 8}, (8, 65536)),
]
GFLOPS = 60.0
"""What the transforms of `kernels.fourier_lanes` do on one core, in billions of operations a second."""


def floor_seconds(tree: Cascade, batch: int) -> float:
    """Seconds that the counted arithmetic of a batch takes at that rate on all threads."""
    size = float(np.prod(tree.padded))
    flops = 2.5 * size * np.log2(size)
    parents = {node.parent for node in tree.nodes}
    for place, node in enumerate(tree.nodes):
        above = 0 if node.parent < 0 else tree.nodes[node.parent].stride
        n = size / 2 ** (len(tree.shape) * node.stride)
        support = np.count_nonzero(np.abs(tree.at(node.filter, above)) > 1e-8)
        flops += 5 * n * np.log2(max(n, 2)) + 4 * support + 4 * n
        flops += 2.5 * n * np.log2(max(n, 2)) if place in parents else 0
    return batch * flops / (1e9 * GFLOPS * THREADS)


def same(name: str, ours: torch.Tensor, theirs: torch.Tensor, tolerance: float) -> float:
    error = float((ours - theirs).norm() / theirs.norm())
    if not error < tolerance:
        sys.exit(f"{name} computed something else: they differ by {error:.1e}")
    return error


def row(ndim: int, scales: dict[str, int], shape: tuple[int, ...], repeats: int = 5) -> None:
    name = f"{ndim}-D " + " ".join(f"{k}={v}" for k, v in scales.items()) + f" {shape}"
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(shape).astype(np.float32))
    # The numbers of kymatio 0.3.0 along one axis are means where they should be sums (its issue 736).
    ours = sb.Scattering(ndim, **scales, aliases="mean" if ndim == 1 else None)  # pyright: ignore[reportArgumentType]
    start = time.perf_counter()
    if ndim == 1:
        theirs = Scattering1D(scales["J"], shape[-1], scales["Q"])
    else:
        theirs = Scattering2D(scales["J"], shape[1:], L=scales["L"])
    built_theirs = time.perf_counter() - start
    start = time.perf_counter()
    tree = ours.cascade(shape[1:])
    built = time.perf_counter() - start
    y, target = ours(x).values, theirs(x)
    error = same(name, y, target, 1e-6)
    weight = torch.randn_like(target)

    def backward(transform) -> torch.Tensor:
        leaf = x.clone().requires_grad_()
        (transform(leaf) * weight).sum().backward()
        return leaf.grad

    # Where a modulus is nearly 0 its gradient turns fast, so rounding shows.
    same(name + " backward", backward(lambda v: ours(v).values), backward(theirs), 1e-4)
    times = take_turns(
        {
            "ours": lambda: ours(x),
            "kymatio": lambda: theirs(x),
            "ours, backward": lambda: backward(lambda v: ours(v).values),
            "kymatio, backward": lambda: backward(theirs),
        },
        repeats,
    )
    floor = times.seconds("ours") / floor_seconds(tree, shape[0])
    print(
        f"{name:32} {1e3 * times.seconds('ours'):8.1f} ms {times.ratio('kymatio', 'ours'):6.1f}x kymatio "
        f"{floor:5.1f}x the floor | forward + backward {1e3 * times.seconds('ours, backward'):8.1f} ms "
        f"{times.ratio('kymatio, backward', 'ours, backward'):6.1f}x | bank {1e3 * built:6.1f} ms "
        f"{built_theirs / built:6.1f}x | error {error:.0e}",
        flush=True,
    )


if __name__ == "__main__":
    for arguments in ROWS:
        row(*arguments)
