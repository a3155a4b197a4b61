"""Best-basis selection: the wavelet-packet tree of minimal cost (Coifman & Wickerhauser 1992)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.concrete import detached, values
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.packets.basis import BasisSpec, PacketBasis, expand, split_nodes
from subband.transforms.packets.costs import COSTS, Cost
from subband.transforms.packets.paths import Path, as_tree, children, depth
from subband.transforms.wavelets.spec import Modes, Spec, Wavelets, make_spec


@keyword_only_after("wavelet", "level", "mode", "axes")
@labelled
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
    """The wavelet-packet basis of minimal additive cost Σ cost(v) over the coefficients v.

    Dynamic programming from the deepest level up: a node becomes a leaf where its cost does not exceed the minimal
    cost of its children. The result is optimal among all trees up to that depth, including the pyramid and the full
    levels. The work is that of `packets` at each level, O(N level).

    All signals of a batch share one basis, which minimises the sum of their costs. With d axes a node is split
    along all of them together, into 2^d children.

    The choice of the tree depends on the values of `x` and is not differentiated; the coefficients are. Inside
    `jax.jit` or `vmap` use `packet_basis` with the `.paths` of a basis found outside.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        level: Maximal depth of the tree; by default the smallest `subband.max_level` of the axes, at least 1.
        mode: Boundary mode, as in `packet_basis`. In redundant modes the additional coefficients count, which
            makes deep leaves more expensive.
        axes: The axes to transform, one or several.
        cost: "entropy", "log_energy", "threshold" or "lp" (`subband.COSTS`), or a function from an array of
            coefficients to the cost of each, of the same shape.
        parameter: The threshold of "threshold", in the signal's units, or the exponent of "lp", by default 1.
        impl: As in `packets`.

    Returns:
        The coefficients in that basis: `[path]`, `.paths`, `.cost`.

    Raises:
        InvalidInput: an unknown cost, a parameter outside its range, costs of another shape than the coefficients;
            traced arrays, inside `jax.jit`; otherwise as `packets`.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import subband as sb
        >>> x = [4.0, 4.0, 4.0, 4.0, 4.0, -4.0, 4.0, -4.0]
        >>> b = sb.best_basis(x, "haar", level=2, cost="threshold", parameter=0.5)
        >>> b.paths, b.cost
        ((('aa',), ('ad',), ('dd',), ('da',)), 2.0)

    See also: `subband.basis_cost`, `subband.packet_basis`, `subband.ipacket_basis` (inverse).

    Source: R. R. Coifman, M. V. Wickerhauser, Entropy-Based Algorithms for Best Basis Selection (IEEE Trans.
    Information Theory 38, 1992).
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
    """Total cost of the coefficients in a basis, over all signals: the objective of `best_basis`.

    Args:
        basis: The coefficients.
        cost, parameter: As in `best_basis`.
        signal_norm: Norm ‖x‖ of all signals together; by default that of the coefficients, which is equal for
            orthonormal wavelets in modes "orthogonal" and "periodization".

    Returns:
        The cost.

    Raises:
        InvalidInput: not a `PacketBasis`; otherwise as `best_basis`.

    Example:
        >>> import subband as sb
        >>> b = sb.packet_basis([1.0, 3.0, 2.0, 2.0], "haar", ["aa", "ad", "d"])
        >>> sb.basis_cost(b, "threshold", 0.5)
        2.0

    See also: `subband.best_basis`, `subband.COSTS`.
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
    """Costs of the nodes of each level, (2^(d level),); the children of node i are 2^d i, 2^d i + 1, …"""
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
    """Leaves and cost of the tree of minimal cost, by dynamic programming from the deepest level up."""
    best, leaf = costs[-1], [np.ones(costs[-1].shape, bool)]
    for own in reversed(costs[:-1]):
        below = best.reshape(-1, 2**rank).sum(axis=1)
        leaf.insert(0, own <= below)
        best = np.where(leaf[0], own, below)
    leaves, open_nodes = [], [(("",) * rank, 0)]
    for is_leaf in leaf:
        leaves += [path for path, i in open_nodes if is_leaf[i]]
        open_nodes = [
            (child, (i << rank) + c)
            for path, i in open_nodes
            if not is_leaf[i]
            for c, child in enumerate(children(path))
        ]
    return leaves, float(best[0])


def _price(cost: str | Cost, parameter: float | None, norm: float) -> Cost:
    """The cost function of the coefficients, for a fixed norm and parameter."""
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
    """Euclidean norm, with each band scaled by a power of two to avoid overflow and underflow."""
    norms = []
    for band in bands:
        if 0 in band.shape:
            continue
        xp, sizes = namespace(band), widened(namespace(band).abs(band))
        unit = power_of_two(sizes, tuple(range(sizes.ndim)))
        norms.append(float(values(xp.max(unit))) * np.sqrt(values(xp.sum((sizes / unit) ** 2))))
    return float(np.hypot.reduce(norms)) if norms else 0.0
