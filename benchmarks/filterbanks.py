"""Filter banks beside a copy, PyWavelets and ptwt: the same float32 arrays, 2 threads, ratios of one run.

    python benchmarks/filterbanks.py

Each row first checks that all computed the same numbers, gradients included. A copy is NumPy's `x.copy()`, which
one thread makes; all use the mode "zero", which each of them has.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "2"

import numpy as np
import ptwt
import pywt
import torch
from contest import Work, same, seconds, take_turns
from workloads import WORKLOADS, Workload

import subband as sb

torch.set_num_threads(2)


@dataclass(frozen=True)
class Peer:
    """How another library does the same work.

    Attributes:
        name: The library.
        forward: Signals → its nested lists, tuples and dicts of coefficients.
        inverse: These → signals.
        as_ours: These → an array laid out as our container's.
    """

    name: str
    forward: Callable
    inverse: Callable
    as_ours: Callable


def line(c: list) -> np.ndarray:
    return np.concatenate([np.asarray(band) for band in c], axis=-1)


def pyramid(c: list, order: tuple[str, ...] | None) -> np.ndarray:
    """Bands of several axes, coarse to fine, flat; `order` names a tuple's bands."""
    parts = [np.asarray(c[0]).reshape(len(c[0]), -1)]
    for level in c[1:]:
        named = level if order is None else dict(zip(order, level, strict=True))
        parts += [np.asarray(named[key]).reshape(len(c[0]), -1) for key in sorted(named)]
    return np.concatenate(parts, axis=1)


def image_pyramid(c: list) -> np.ndarray:
    """Both peers list horizontal, vertical and diagonal details; these are our names for them."""
    return pyramid(c, ("da", "ad", "dd"))


def volume_pyramid(c: list) -> np.ndarray:
    return pyramid(c, None)


PATHS = ["".join(letters) for letters in product("ahvd", repeat=3)]


def packet_leaves(x: torch.Tensor) -> list[torch.Tensor]:
    tree = ptwt.WaveletPacket2D(x, "haar", mode="zero", maxlevel=3)
    return [tree[path] for path in PATHS]


def packet_image(leaves: list[torch.Tensor]) -> torch.Tensor:
    batch, rows, columns = leaves[0].shape
    # A tree begins with a signal; nothing but its shape is read on the way back.
    blank = leaves[0].new_empty((batch, 8 * rows, 8 * columns))
    tree = ptwt.WaveletPacket2D(blank, "haar", mode="zero", maxlevel=3)
    for path, leaf in zip(PATHS, leaves, strict=True):
        tree[path] = leaf
    return tree.reconstruct()[""]


def packet_array(leaves: list[torch.Tensor]) -> np.ndarray:
    """(batch, band, band, row, column) in natural order: h is high along rows, v along columns."""
    bits = {"a": (0, 0), "h": (1, 0), "v": (0, 1), "d": (1, 1)}
    found = {}
    for path, leaf in zip(PATHS, leaves, strict=True):
        row, column = (int("".join(str(bits[letter][i]) for letter in path), 2) for i in (0, 1))
        found[row, column] = np.asarray(leaf)
    return np.stack([np.stack([found[row, column] for column in range(8)], 1) for row in range(8)], 1)


PEERS = {
    "1-D db4, 8 levels": [
        Peer(
            "PyWavelets",
            lambda x: pywt.wavedec(x, "db4", "zero", 8),
            lambda c: pywt.waverec(c, "db4", "zero"),
            line,
        ),
        Peer(
            "ptwt",
            lambda x: ptwt.wavedec(x, "db4", mode="zero", level=8),
            lambda c: ptwt.waverec(c, "db4"),
            line,
        ),
    ],
    "2-D db4, 3 levels": [
        Peer(
            "PyWavelets",
            lambda x: pywt.wavedec2(x, "db4", "zero", 3),
            lambda c: pywt.waverec2(c, "db4", "zero"),
            image_pyramid,
        ),
        Peer(
            "ptwt",
            lambda x: ptwt.wavedec2(x, "db4", mode="zero", level=3),
            lambda c: ptwt.waverec2(c, "db4"),
            image_pyramid,
        ),
    ],
    "3-D db2, 2 levels": [
        Peer(
            "PyWavelets",
            lambda x: pywt.wavedecn(x, "db2", "zero", 2, axes=(-3, -2, -1)),
            lambda c: pywt.waverecn(c, "db2", "zero", axes=(-3, -2, -1)),
            volume_pyramid,
        ),
        Peer(
            "ptwt",
            lambda x: ptwt.wavedec3(x, "db2", mode="zero", level=2),
            lambda c: ptwt.waverec3(c, "db2"),
            volume_pyramid,
        ),
    ],
    "2-D Haar packets, 3 levels": [Peer("ptwt", packet_leaves, packet_image, packet_array)],
}


def gradient(x: torch.Tensor, forward: Callable, weights: object) -> torch.Tensor:
    """Forward, and the gradient of the weighted sum of all coefficients."""
    leaf = x.detach().requires_grad_(True)
    torch.autograd.backward(tensors(forward(leaf)), tensors(weights))
    assert leaf.grad is not None
    return leaf.grad


def tensors(c: object) -> list[torch.Tensor]:
    """The tensors of a container, whatever it is; pairs of calls list them in one order."""
    return [leaf for leaf in torch.utils._pytree.tree_leaves(c) if isinstance(leaf, torch.Tensor)]


def measure(work: Workload) -> None:
    x, peers = work.signals(), PEERS[work.name]
    tensor = torch.from_numpy(x)
    c, theirs = work.forward(x), {}
    contenders: dict[str, Work] = {
        "copy": x.copy,
        "forward": lambda: work.forward(x),
        "inverse": lambda: work.inverse(c),
        "torch forward": lambda: work.forward(tensor),
    }
    same(f"our inverse, {work.name}", x, work.inverse(c))
    for peer in peers:
        given = tensor if peer.name == "ptwt" else x
        made = theirs[peer.name] = peer.forward(given)
        same(f"{peer.name}, {work.name}", c.array, peer.as_ours(made))
        same(f"inverse of {peer.name}, {work.name}", x, peer.inverse(made))
        contenders[f"forward, {peer.name}"] = lambda peer=peer, given=given: peer.forward(given)
        contenders[f"inverse, {peer.name}"] = lambda peer=peer, made=made: peer.inverse(made)

    ptwt_peer = peers[-1]
    weights = torch.utils._pytree.tree_map(torch.randn_like, theirs["ptwt"])
    ours = torch.from_numpy(ptwt_peer.as_ours(weights))
    same(
        f"gradient of ptwt, {work.name}",
        gradient(tensor, work.forward, ours),
        gradient(tensor, ptwt_peer.forward, weights),
    )
    contenders["forward + backward"] = lambda: gradient(tensor, work.forward, ours)
    contenders["forward + backward, ptwt"] = lambda: gradient(tensor, ptwt_peer.forward, weights)

    times = take_turns(contenders)
    print(f"\n{work.name}, {work.shape} float32; copy {1e3 * times.seconds('copy'):.2f} ms")
    for name in ("forward", "inverse", "forward + backward"):
        text = f"  {name:20}{1e3 * times.seconds(name):8.2f} ms {times.ratio(name, 'copy'):6.1f} copies"
        for peer in peers:
            rival = f"{name}, {peer.name}"
            text += f", {times.ratio(rival, name):6.1f} × {peer.name}" if rival in contenders else ""
        if name == "forward + backward":
            text += f", {times.ratio(name, 'torch forward'):.1f} × the forward map alone"
        print(text)


def overhead() -> None:
    """One signal of 256 samples, where the call is all."""
    x = np.random.default_rng(0).standard_normal(256)
    same("PyWavelets, 256 samples", sb.dwt(x, "db4", level=5).array, line(pywt.wavedec(x, "db4", level=5)))

    def call(f: Work) -> float:
        return min(seconds(lambda: [f() for _ in range(500)]) / 500 for _ in range(20))

    ours, theirs = call(lambda: sb.dwt(x, "db4", level=5)), call(lambda: pywt.wavedec(x, "db4", level=5))
    print(f"\none signal of 256 samples: {1e6 * ours:.1f} µs, {ours / theirs:.2f} × PyWavelets")


def main() -> None:
    for work in WORKLOADS.values():
        measure(work)
    overhead()


if __name__ == "__main__":
    main()
