"""The best basis: of all trees of packets, the one whose coefficients cost least (Coifman & Wickerhauser 1992)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.concrete import detached, values
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.packets.basis import BasisSpec, PacketBasis, expand, split_nodes
from subband.transforms.packets.costs import COSTS, Cost
from subband.transforms.packets.paths import Path, as_tree, children, depth
from subband.transforms.wavelets.spec import Modes, Spec, Wavelets, make_spec


@keyword_only_after("wavelet", "level", "mode", "axes")
def best_basis(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "orthogonal",
    axes: int | Sequence[int] = -1,
    cost: str | Cost = "entropy",
    parameter: float | None = None,
    impl: str | None = None,
) -> PacketBasis:
    """The wavelet-packet basis in which a signal costs least (Coifman & Wickerhauser, IEEE Trans. Information
    Theory 38, 1992), for a cost that adds up over coefficients.

    A node of the tree is kept whole where it costs no more than the best that its children can do, which is found
    from the deepest level up. So the result costs no more than any other tree of that depth, the pyramid and the
    full levels among them. The work is that of `packets` at each level, O(N level).

    Signals along batch axes share one basis, the best for the sum of their costs; for a basis of its own for each,
    call this for each. Along several axes a node is split along all of them at once, into 2^d.

    The choice of the tree depends on the numbers in `x` and is not differentiated; the coefficients are. Inside
    `jax.jit` or `vmap` use `packet_basis` with the `.paths` of a basis that was found outside.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        level: Depth to which the tree may grow; by default the most that the shortest axis bears.
        mode: What stands beyond the ends, as in `packet_basis`. Modes that add coefficients at each level are
            searched as they are, and make deep leaves dearer.
        axes: The axes to transform, one or several.
        cost: A name of `subband.COSTS`, "entropy", "log_energy", "threshold" or "lp", or a function from an array
            of coefficients to the cost of each, of the same shape.
        parameter: The threshold of "threshold", in the signal's units, or the power of "lp", 1 by default.
        impl: As in `packets`.

    Returns:
        The coefficients in that basis: `[path]`, `.paths`, `.cost`; `ipacket_basis` is the way back.

    Raises:
        InvalidInput: an unknown cost, a parameter outside its range, costs of another shape than the coefficients;
            numbers that are not known yet, inside of `jax.jit`; otherwise as `packets`.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    base = make_spec(x.shape, wavelet, level, mode, axes)
    still = detached(x)
    price = _price(cost, parameter, _norm([still]))
    leaves, least = _cheapest(_costs(base.gather(still), base, price, impl), len(base.axes))
    found = replace(base, level=max(1, *map(depth, leaves)))
    return expand(x, BasisSpec(found, as_tree(leaves, len(base.axes)), least), impl)


@keyword_only_after("signal_norm", renamed={"norm": "signal_norm"})
def basis_cost(
    basis: PacketBasis,
    cost: str | Cost = "entropy",
    parameter: float | None = None,
    signal_norm: float | None = None,
) -> float:
    """What a basis costs, for all signals together: what `best_basis` minimises.

    Args:
        basis: The coefficients.
        cost, parameter: As in `best_basis`.
        signal_norm: ‖x‖ of the signal, of all signals together; by default that of the coefficients, which is the
            same for orthonormal wavelets in the modes "orthogonal" and "periodization".

    Raises:
        InvalidInput: as `best_basis`.
    """
    if not isinstance(basis, PacketBasis):
        raise InvalidInput(
            f"a {type(basis).__name__} has no cost: give the PacketBasis that packet_basis or best_basis returned"
        )
    if signal_norm is not None:
        signal_norm = number("signal_norm", signal_norm, "the norm of the signal, 0 or more", low=0)
    bands = [detached(band) for band in basis.bands]
    price = _price(cost, parameter, _norm(bands) if signal_norm is None else signal_norm)
    return float(sum(values(namespace(band).sum(price(band))) for band in bands))


def _costs(x: Array, base: Spec, price: Cost, impl: str | None) -> list[np.ndarray]:
    """For each level the cost of each node, (2^(d level),); node i has the children 2^d i, 2^d i + 1, …"""
    xp, batch = namespace(x), x.shape[0]
    nodes, costs = xp.reshape(x, (batch, 1, *x.shape[1:])), []
    for level in range(base.level + 1):
        costs.append(values(xp.sum(price(nodes), axis=(0, *range(2, nodes.ndim)))))
        if level < base.level:
            size = base.analysis.sizes[level]
            bands = split_nodes(
                xp.reshape(nodes, (batch * nodes.shape[1], *size)), base.analysis, level, impl
            )
            nodes = xp.reshape(bands, (batch, nodes.shape[1] * bands.shape[1], *bands.shape[2:]))
    return costs


def _cheapest(costs: list[np.ndarray], rank: int) -> tuple[list[Path], float]:
    """The leaves of the cheapest tree, and its cost, by dynamic programming from the deepest level up."""
    best, keep = costs[-1], [np.ones(costs[-1].shape, bool)]
    for own in reversed(costs[:-1]):
        below = best.reshape(-1, 2**rank).sum(axis=1)
        keep.insert(0, own <= below)
        best = np.where(keep[0], own, below)
    leaves, open_nodes = [], [(("",) * rank, 0)]
    for kept in keep:
        leaves += [path for path, i in open_nodes if kept[i]]
        open_nodes = [
            (child, (i << rank) + c)
            for path, i in open_nodes
            if not kept[i]
            for c, child in enumerate(children(path))
        ]
    return leaves, float(best[0])


def _price(cost: str | Cost, parameter: float | None, norm: float) -> Cost:
    """The cost of each coefficient, as a function of the coefficients alone."""
    if not callable(cost):
        rule = COSTS[choice("cost", cost, COSTS, ", or a function")]
        plain = None if parameter is None else number("parameter", parameter, below=None)
        return lambda v: rule(widened(namespace(v).abs(v)), norm or 1.0, plain)

    def checked(v: Array) -> Array:
        costs: Any = cost(v)
        if not hasattr(costs, "shape"):
            raise InvalidInput(
                f"the cost function made a {type(costs).__name__}: return the cost of each coefficient"
            )
        if tuple(costs.shape) != tuple(v.shape):
            raise InvalidInput(
                f"the cost function made shape {tuple(costs.shape)} of coefficients of shape {tuple(v.shape)}: "
                "return the cost of each coefficient"
            )
        return costs

    return checked


def _norm(bands: Sequence[Array]) -> float:
    """The root of the sum of squared magnitudes, which are taken where their squares are within range."""
    norms = []
    for band in bands:
        if 0 in band.shape:
            continue
        xp, sizes = namespace(band), widened(namespace(band).abs(band))
        unit = power_of_two(sizes, tuple(range(sizes.ndim)))
        norms.append(float(values(xp.max(unit))) * np.sqrt(values(xp.sum((sizes / unit) ** 2))))
    return float(np.hypot.reduce(norms)) if norms else 0.0
