"""Filter banks beside a copy, PyWavelets and ptwt: the same float32 arrays, 2 threads, ratios of one run.

    python benchmarks/filterbanks.py

Each row first checks that all computed the same numbers. A copy is NumPy's `x.copy()`, which one thread makes;
all use the mode "zero", which each of them has.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from statistics import median

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "2"

import numpy as np
import ptwt
import pywt
import torch

import subband as sb

torch.set_num_threads(2)
REPEATS = 7
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One kind of work: what we do, what the peers do, and both results in one order."""

    name: str
    shape: tuple[int, ...]
    forward: Callable
    inverse: Callable
    ours: Callable  # our container → an array
    pywavelets: Callable | None
    from_pywavelets: Callable | None
    ptwt: Callable
    from_ptwt: Callable
    ptwt_inverse: Callable | None = None
    pywavelets_inverse: Callable | None = None


def line(c: list) -> np.ndarray:
    return np.concatenate([np.asarray(band) for band in c], axis=-1)


def pyramid(c: list, order: tuple[str, ...] | None) -> np.ndarray:
    """Bands of several axes, coarse to fine, flat; `order` names a tuple's bands."""
    parts = [np.asarray(c[0]).reshape(len(c[0]), -1)]
    for level in c[1:]:
        named = level if order is None else dict(zip(order, level, strict=True))
        parts += [np.asarray(named[key]).reshape(len(c[0]), -1) for key in sorted(named)]
    return np.concatenate(parts, axis=1)


THEIRS = ("da", "ad", "dd")
"""What both peers list: horizontal, vertical and diagonal details, by our names."""

ROWS = [
    Row(
        "1-D db4, 8 levels",
        (64, 65536),
        lambda x: sb.dwt(x, "db4", 8, "zero"),
        sb.idwt,
        lambda c: c.array,
        lambda x: pywt.wavedec(x, "db4", "zero", 8),
        line,
        lambda x: ptwt.wavedec(x, "db4", mode="zero", level=8),
        line,
        lambda c: ptwt.waverec(c, "db4"),
        lambda c: pywt.waverec(c, "db4", "zero"),
    ),
    Row(
        "2-D db4, 3 levels",
        (96, 256, 256),
        lambda x: sb.dwt(x, "db4", 3, "zero", axes=(-2, -1)),
        sb.idwt,
        lambda c: c.array,
        lambda x: pywt.wavedec2(x, "db4", "zero", 3),
        lambda c: pyramid(c, THEIRS),
        lambda x: ptwt.wavedec2(x, "db4", mode="zero", level=3),
        lambda c: pyramid(c, THEIRS),
        lambda c: ptwt.waverec2(c, "db4"),
        lambda c: pywt.waverec2(c, "db4", "zero"),
    ),
    Row(
        "3-D db2, 2 levels",
        (4, 128, 128, 128),
        lambda x: sb.dwt(x, "db2", 2, "zero", axes=(-3, -2, -1)),
        sb.idwt,
        lambda c: c.array,
        lambda x: pywt.wavedecn(x, "db2", "zero", 2, axes=(-3, -2, -1)),
        lambda c: pyramid(c, None),
        lambda x: ptwt.wavedec3(x, "db2", mode="zero", level=2),
        lambda c: pyramid(c, None),
        lambda c: ptwt.waverec3(c, "db2"),
        lambda c: pywt.waverecn(c, "db2", "zero", axes=(-3, -2, -1)),
    ),
    Row(
        "2-D Haar packets, 3 levels",
        (96, 256, 256),
        lambda x: sb.packets(x, "haar", 3, "zero", axes=(-2, -1), order="natural"),
        sb.ipackets,
        lambda p: p.array,
        None,
        None,
        lambda x: ptwt_packets(x, 3),
        lambda leaves: np.asarray(leaves),
    ),
]


def ptwt_packets(x: torch.Tensor, level: int) -> torch.Tensor:
    """All leaves in natural order, as (batch, band, band, row, column); ptwt's tree makes them one by one."""
    tree = ptwt.WaveletPacket2D(x, "haar", mode="zero", maxlevel=level)
    paths = ["".join(letters) for letters in product("ahvd", repeat=level)]
    leaves = torch.stack([tree[path] for path in paths], dim=1)
    return leaves[:, _places(paths)].reshape(len(x), 2**level, 2**level, *leaves.shape[2:])


def _places(paths: list[str]) -> list[int]:
    """Which path is the band of each row and column index: h is high along rows, v along columns."""
    bits = {"a": (0, 0), "h": (1, 0), "v": (0, 1), "d": (1, 1)}
    found = {}
    for place, path in enumerate(paths):
        row = int("".join(str(bits[letter][0]) for letter in path), 2)
        column = int("".join(str(bits[letter][1]) for letter in path), 2)
        found[row, column] = place
    side = 2 ** len(paths[0])
    return [found[row, column] for row in range(side) for column in range(side)]


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def same(name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Stop unless two contenders computed the same."""
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=1e-4, atol=1e-4):
        sys.exit(f"{name} computed something else")


def backward(row: Row, tensor: torch.Tensor, weight: torch.Tensor) -> Work:
    """Forward, and the gradient of a weighted sum of the coefficients."""

    def work() -> None:
        leaf = tensor.detach().requires_grad_(True)
        row.forward(leaf).array.backward(weight)

    return work


def measure(row: Row) -> None:
    x = np.random.default_rng(0).standard_normal(row.shape).astype(np.float32)
    tensor = torch.from_numpy(x)
    c = row.forward(x)
    ours = row.ours(c)
    weight = torch.from_numpy(np.random.default_rng(1).standard_normal(ours.shape).astype(np.float32))
    work: dict[str, Work] = {
        "copy": x.copy,
        "forward": lambda: row.forward(x),
        "inverse": lambda: row.inverse(c),
        "forward + backward": backward(row, tensor, weight),
        "torch forward": lambda: row.forward(tensor),
        "ptwt": lambda: row.ptwt(tensor),
    }
    same(f"our inverse, {row.name}", x, row.inverse(c))
    theirs = row.ptwt(tensor)
    same(f"ptwt, {row.name}", ours, row.from_ptwt(theirs))
    if row.ptwt_inverse:
        undo = row.ptwt_inverse
        work["ptwt inverse"] = lambda: undo(theirs)
    if row.pywavelets and row.from_pywavelets and row.pywavelets_inverse:
        there, back = row.pywavelets, row.pywavelets_inverse
        made = there(x)
        same(f"PyWavelets, {row.name}", ours, row.from_pywavelets(made))
        work["PyWavelets"] = lambda: there(x)
        work["PyWavelets inverse"] = lambda: back(made)
    # In turns, so that what else the machine does falls on all.
    rounds = [{name: seconds(do) for name, do in work.items()} for _ in range(REPEATS)]
    times = {name: median(r[name] for r in rounds) for name in work}

    def ratio(one: str, other: str) -> float:
        return median(r[one] / r[other] for r in rounds)

    print(f"\n{row.name}, {row.shape} float32; copy {1e3 * times['copy']:.2f} ms")
    for name in ("forward", "inverse"):
        text = f"  {name:20}{1e3 * times[name]:8.2f} ms {ratio(name, 'copy'):6.1f} copies"
        for peer in ("PyWavelets", "ptwt"):
            rival = peer if name == "forward" else f"{peer} inverse"
            text += f", {ratio(rival, name):5.1f} × {peer}" if rival in work else ""
        print(text)
    print(
        f"  {'forward + backward':20}{1e3 * times['forward + backward']:8.2f} ms, "
        f"{ratio('forward + backward', 'torch forward'):.1f} × the forward map alone"
    )


def overhead() -> None:
    """One signal of 256 samples, where the call is all."""
    x = np.random.default_rng(0).standard_normal(256)
    same("PyWavelets, 256 samples", sb.dwt(x, "db4", 5).array, line(pywt.wavedec(x, "db4", level=5)))

    def call(f: Work) -> float:
        return min(seconds(lambda: [f() for _ in range(500)]) / 500 for _ in range(20))

    ours, theirs = call(lambda: sb.dwt(x, "db4", 5)), call(lambda: pywt.wavedec(x, "db4", level=5))
    print(f"\none signal of 256 samples: {1e6 * ours:.1f} µs, {ours / theirs:.2f} × PyWavelets")


def main() -> None:
    for row in ROWS:
        measure(row)
    overhead()


if __name__ == "__main__":
    main()
