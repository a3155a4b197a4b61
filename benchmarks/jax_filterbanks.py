"""Filter banks in JAX beside `lax.conv`: jitted, the same float32 arrays on the CPU, 2 threads, ratios of one run.

    python benchmarks/jax_filterbanks.py

The rival is what a filter bank is in most libraries for JAX: at each level one convolution of stride 2 with all
2^d products of the filters, and on the way back the transposed one. Each row first checks that both computed the
same numbers, gradients included.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from itertools import product

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = "2"

import jax
import jax.numpy as jnp
import numpy as np
import pywt
from contest import Work, same, take_turns
from jax import lax
from workloads import WORKLOADS, Workload

import subband as sb

AXES = "DHW"

SHORT = Workload(
    "one signal of 256 samples",
    (1, 256),
    lambda x: sb.dwt(x, "db4", level=5, mode="zero"),
    sb.idwt,
    "db4",
    5,
    1,
)
"""Where the call is all."""

VOLUME = replace(WORKLOADS["3-D db2, 2 levels"], shape=(1, 64, 64, 64))
"""Of four volumes of 128³, XLA's transposed convolution takes minutes a call."""


def products(lo: list[float], hi: list[float], rank: int) -> jax.Array:
    """(2^d, 1, L, …) filters for all axes at once, the first axis's letter varying slowest."""
    return jnp.array(
        [[reduce(np.multiply.outer, pair)] for pair in product((lo, hi), repeat=rank)], "float32"
    )


def split(x: jax.Array, wavelet: str, rank: int) -> jax.Array:
    """(batch, n₁, …) → (batch, 2^d, k₁, …)"""
    w = pywt.Wavelet(wavelet)
    names = AXES[-rank:]
    pads = [(w.dec_len - 2, w.dec_len - 2 + n % 2) for n in x.shape[1:]]
    return lax.conv_general_dilated(
        x[:, None],
        products(w.dec_lo[::-1], w.dec_hi[::-1], rank),
        window_strides=(2,) * rank,
        padding=pads,
        dimension_numbers=(f"NC{names}", f"OI{names}", f"NC{names}"),
    )


def merge(bands: jax.Array, wavelet: str, size: tuple[int, ...]) -> jax.Array:
    """(batch, 2^d, k₁, …) → (batch, n₁, …)"""
    w = pywt.Wavelet(wavelet)
    rank, names = len(size), AXES[-len(size) :]
    x = lax.conv_general_dilated(
        bands,
        products(w.rec_lo[::-1], w.rec_hi[::-1], rank),
        window_strides=(1,) * rank,
        padding=[(1, 1)] * rank,
        lhs_dilation=(2,) * rank,
        dimension_numbers=(f"NC{names}", f"IO{names}", f"NC{names}"),
    )
    return x[(slice(None), 0, *(slice(n) for n in size))]


def pyramid(x: jax.Array, work: Workload) -> list[jax.Array]:
    """The approximation, then the details of each level, coarsest first."""
    details = []
    for _ in range(work.level):
        bands = split(x, work.wavelet, work.rank)
        x, finer = bands[:, 0], bands[:, 1:]
        details.append(finer)
    return [x, *details[::-1]]


def unpyramid(c: list[jax.Array], work: Workload) -> jax.Array:
    x, *details = c
    sizes = [d.shape[2:] for d in details[1:]] + [work.shape[-work.rank :]]
    for finer, size in zip(details, sizes, strict=True):
        x = merge(jnp.concatenate([x[:, None], finer], axis=1), work.wavelet, size)
    return x


def tree(x: jax.Array, work: Workload) -> jax.Array:
    """(batch · 4^J, …): every band of every level as one batch."""
    for _ in range(work.level):
        bands = split(x, work.wavelet, work.rank)
        x = bands.reshape(-1, *bands.shape[2:])
    return x


def untree(x: jax.Array, work: Workload) -> jax.Array:
    for _ in range(work.level):
        x = merge(x.reshape(-1, 2**work.rank, *x.shape[1:]), work.wavelet, tuple(2 * n for n in x.shape[1:]))
    return x


def flat(c: list[jax.Array]) -> jax.Array:
    return jnp.concatenate([part.reshape(len(part), -1) for part in c], axis=1)


def by_axis(leaves: jax.Array) -> jax.Array:
    """The tree as (batch, band, band, row, column), three letters of each path for the rows, three for columns."""
    n = leaves.shape[1:]
    bits = leaves.reshape(-1, *(2,) * 6, *n)
    return bits.transpose(0, 1, 3, 5, 2, 4, 6, 7, 8).reshape(-1, 8, 8, *n)


def rival(work: Workload) -> tuple[Callable, Callable, Callable]:
    """forward, inverse, and what lays coefficients out as ours."""
    if work.name.startswith("2-D Haar packets"):
        return (lambda x: tree(x, work)), (lambda c: untree(c, work)), by_axis
    return (lambda x: pyramid(x, work)), (lambda c: unpyramid(c, work)), flat


def energy(forward: Callable) -> Callable:
    """Half the sum of squares of all coefficients, whose gradient reads and writes every one of them."""
    return lambda x: sum(0.5 * (leaf**2).sum() for leaf in jax.tree.leaves(forward(x)))


def finished(f: Callable, *args: object) -> Work:
    return lambda: jax.block_until_ready(f(*args))


def measure(work: Workload) -> None:
    x = jnp.asarray(work.signals())
    forward, inverse, as_ours = rival(work)
    mine = {
        "forward": jax.jit(work.forward),
        "inverse": jax.jit(work.inverse),
        "forward + backward": jax.jit(jax.grad(energy(work.forward))),
    }
    conv = {
        "forward": jax.jit(forward),
        "inverse": jax.jit(inverse),
        "forward + backward": jax.jit(jax.grad(energy(forward))),
    }
    c, theirs = mine["forward"](x), conv["forward"](x)
    same(f"lax.conv, {work.name}", c.array, as_ours(theirs))
    same(f"our inverse, {work.name}", x, mine["inverse"](c))
    same(f"inverse by lax.conv, {work.name}", x, conv["inverse"](theirs))
    same(f"gradient, {work.name}", mine["forward + backward"](x), conv["forward + backward"](x))
    contenders: dict[str, Work] = {"copy": finished(jax.jit(jnp.copy), x)}
    for name in mine:
        given = (c, theirs) if name == "inverse" else (x, x)
        contenders[name] = finished(mine[name], given[0])
        contenders[f"{name}, lax.conv"] = finished(conv[name], given[1])
    times = take_turns(contenders, repeats=101 if work is SHORT else 3)
    print(f"\n{work.name}, {work.shape} float32; copy {1e3 * times.seconds('copy'):.2f} ms")
    for name in mine:
        print(
            f"  {name:20}{1e3 * times.seconds(name):8.3f} ms {times.ratio(name, 'copy'):6.1f} copies, "
            f"{times.ratio(f'{name}, lax.conv', name):6.1f} × lax.conv"
        )


def main() -> None:
    for work in (SHORT, *WORKLOADS.values()):
        measure(VOLUME if work.rank == 3 else work)


if __name__ == "__main__":
    main()
