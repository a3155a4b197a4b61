"""Wavelet-packet bases given by the leaves of a tree (Coifman & Wickerhauser 1992): transform and inverse."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.axes import plain_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.labels import Labels
from subband.arrays.namespace import Array, as_signal, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput, UnknownKey
from subband.kernels.filterbank import tree_analysis, tree_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.plan import plan as make_plan
from subband.transforms.container import mapped, relabelled
from subband.transforms.coordinates import dataset, moved, others, signal_axes
from subband.transforms.packets.paths import (
    Name,
    Path,
    as_path,
    as_tree,
    children,
    depth,
    frequency_band,
    inner_nodes,
    parent,
)
from subband.transforms.wavelets.spec import Modes, Spec, Wavelets, make_spec


@dataclass(frozen=True)
class BasisSpec:
    """A transform and a wavelet-packet basis, as static data.

    Attributes:
        base: The transform; its level is the depth of the tree, at least 1.
        paths: The leaves, sorted by frequency.
        cost: Total cost found by `best_basis`; None for a given tree. It depends on the signals, so it is
            excluded from comparison.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.sin(np.arange(64.0))
        >>> spec = sb.best_basis(x, "db2", level=2).spec
        >>> spec.paths, spec.base.level
        ((('aa',), ('ad',), ('dd',), ('da',)), 2)
    """

    base: Spec
    paths: tuple[Path, ...]
    cost: float | None = field(default=None, compare=False)

    def size(self, path: Path) -> tuple[int, ...]:
        """Number of samples of a node along each transformed axis."""
        return self.base.analysis.sizes[depth(path)]


@dataclass(frozen=True)
class Tile:
    """Position of a band in time and frequency.

    Attributes:
        path: The band.
        frequencies: For each transformed axis, the lowest and the highest frequency.
        edges: For each transformed axis, (k + 1,) times that bound the cells of its k coefficients.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> low, high = sb.best_basis(np.sin(np.arange(64.0)), "haar", level=1).tiles()
        >>> low.path, low.frequencies, low.edges[0].shape
        (('a',), ((0.0, 0.25),), (33,))
    """

    path: Path
    frequencies: tuple[tuple[float, float], ...]
    edges: tuple[np.ndarray, ...]


@final
@pytree("bands")
@dataclass(frozen=True, eq=False)
class PacketBasis:
    """Coefficients in a wavelet-packet basis; the result of `subband.packet_basis` and `subband.best_basis`.

    For JAX and PyTorch it is a pytree with one leaf per band. Iteration yields (path, band) by frequency.

    Attributes:
        bands: The coefficients of each of `spec.paths`, (*batch, k₁, …, k_d).
        spec: Static description of the transform and the basis.
        labels: Names and coordinates of the signal, if it was one of pandas or xarray.

    Example:
        >>> import subband as sb
        >>> b = sb.packet_basis([1.0, 3.0, 2.0, 2.0], "haar", ["aa", "ad", "d"])
        >>> b.paths
        (('aa',), ('ad',), ('d',))
        >>> b["aa"].round(6).tolist()
        [4.0]

    See also: `subband.ipacket_basis`, `subband.PacketCoefficients`.
    """

    bands: tuple[Array, ...]
    spec: BasisSpec
    labels: Labels | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The leaves of the tree, sorted by frequency: for each, a string of letters a and d per axis."""
        return self.spec.paths

    @property
    def cost(self) -> float | None:
        """The minimum found by `best_basis`, or None."""
        return self.spec.cost

    def __getitem__(self, path: Name) -> Array:
        """One band by its path: `b["aad"]` in one dimension, `b["ad", "da"]` in two.

        Raises:
            UnknownKey: a path that is not a leaf of this tree.
        """
        way = as_path(path, len(self.spec.base.axes))
        if way not in self.paths:
            raise UnknownKey(f"path {path!r} is not a leaf of this tree: its .paths lists them")
        return self.bands[self.paths.index(way)]

    def __iter__(self) -> Iterator[tuple[Path, Array]]:
        """(path, band), by frequency."""
        return iter(zip(self.paths, self.bands, strict=True))

    def __len__(self) -> int:
        return len(self.paths)

    def ravel(self) -> Array:
        """All coefficients as (*batch, total), concatenated over bands."""
        batch = self.spec.base.batch
        xp = namespace(self.bands[0])
        flat = [xp.reshape(b, (*batch, prod(b.shape[len(batch) :]))) for b in self.bands]
        return xp.concat(flat, axis=-1)

    def map(self, f: Callable[[Array], Array]) -> "PacketBasis":
        """Apply `f` to each band. Its result must have the band's shape, and is cast to its precision.

        Raises:
            InvalidInput: if `f` is not callable, or its result is of another shape or library.
        """
        return replace(self, bands=tuple([mapped(f, band, f"band {path}") for path, band in self]))

    def tiles(self, fs: float = 1.0) -> list[Tile]:
        """The tiling of the time–frequency plane by the coefficients, for plotting.

        Times are nominal: a coefficient at depth j covers 2^j samples, regardless of the filter's delay.

        Args:
            fs: Sampling rate; by default times are in samples and frequencies in cycles per sample.

        Raises:
            InvalidInput: a rate that is not positive.
        """
        fs = number("fs", fs, "a positive sampling rate", above=0)
        tiles = []
        for path in self.paths:
            bands = [frequency_band(part, fs) for part in path]
            edges = []
            for n, k in zip(self.spec.base.size, self.spec.size(path), strict=True):
                # Redundant boundary modes add coefficients at both ends.
                first = -(k - n / 2 ** depth(path)) / 2 if k * 2 ** depth(path) > n + 2 ** depth(path) else 0
                edges.append(np.clip((first + np.arange(k + 1)) * 2 ** depth(path), 0, n) / fs)
            tiles.append(Tile(path, tuple(bands), tuple(edges)))
        return tiles

    def to_xarray(self) -> Any:
        """The bands as an `xarray.Dataset`: a variable for each leaf, by its path, e.g. "aad" or "ad,da".

        Raises:
            MissingDependency: xarray is not installed.
        """
        base = self.spec.base
        axes = signal_axes(self.labels, base.shape, base.axes)
        bands = {}
        for path, band in self:
            size, level = self.spec.size(path), depth(path)
            own = [
                moved(axes[axis], base.centres(i, level, size[i]), level) for i, axis in enumerate(base.axes)
            ]
            bands[",".join(path)] = band, [*others(axes, base.axes), *own]
        return dataset(self.labels, bands)

    def __repr__(self) -> str:
        base = self.spec.base
        names = "+".join(dict.fromkeys(w.name for w in base.wavelets))
        return (
            f"PacketBasis({names}, {len(self)} bands of depth {min(map(depth, self.paths))} to "
            f"{max(map(depth, self.paths))}, axes={base.axes}, modes={base.modes}, of {base.shape})"
        )


@keyword_only_after("tree", "mode", "axes")
@labelled
def packet_basis(
    x: Array,
    wavelet: Wavelets,
    tree: Iterable[Name],
    *,
    mode: Modes = "orthogonal",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> PacketBasis:
    """Transform to the wavelet-packet basis of a given tree.

    The bands are those of `subband.packets` at the leaves, each of its own depth.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        tree: Paths of the leaves, in any order: "a" for low-pass and "d" for high-pass, root first, one string per
            axis. `["aa", "ad", "d"]` is the pyramid of two levels, `basis.paths` the tree of another basis.
        mode: Boundary mode, one of `subband.MODES`, or one for each axis. In "orthogonal" and "periodization" the
            number of coefficients is that of the samples, so the leaves are a basis; other modes are redundant, the
            more so the deeper a leaf, but also exactly invertible.
        axes: The axes to transform, one or several; a node is split along all of them together.
        impl: As in `packets`.

    Returns:
        The coefficients, of the library, device and dtype of `x`: `[path]`, `.paths`, `.bands`.

    Raises:
        InvalidInput: paths that are not the leaves of one tree; otherwise as `packets`.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import subband as sb
        >>> b = sb.packet_basis([1.0, 3.0, 2.0, 2.0, 5.0, 5.0, 1.0, 3.0], "haar", ["aa", "ad", "d"])
        >>> b["ad"].round(6).tolist()
        [0.0, 3.0]

    See also: `subband.ipacket_basis`, `subband.best_basis`, `subband.packets`.

    Source: R. R. Coifman, M. V. Wickerhauser, Entropy-Based Algorithms for Best Basis Selection (IEEE Trans.
    Information Theory 38, 1992).
    """
    x = as_signal(x)
    axes = plain_axes(axes)
    leaves = as_tree(tree, 1 if isinstance(axes, int) else len(axes))
    base = make_spec(x.shape, wavelet, max(1, *map(depth, leaves)), mode, axes)
    return expand(x, BasisSpec(base, leaves), impl)


def expand(x: Array, spec: BasisSpec, impl: str | None) -> PacketBasis:
    """Split the inner nodes of the tree level by level, all nodes of a level in one call."""
    xp, base = namespace(x), spec.base
    inner, root = inner_nodes(spec.paths), ("",) * len(base.axes)
    nodes = {root: base.gather(x)}
    for level in range(base.level):
        parents = sorted(path for path in inner if depth(path) == level)
        if parents:
            stacked = xp.concat([nodes.pop(path) for path in parents], axis=0)
            bands = split_nodes(stacked, base.analysis, level, impl)
            bands = xp.reshape(bands, (len(parents), base.signals, *bands.shape[1:]))
            for i, path in enumerate(parents):
                nodes |= {child: bands[i, :, c, ...] for c, child in enumerate(children(path))}
    bands = (xp.reshape(nodes[path], (*base.batch, *nodes[path].shape[1:])) for path in spec.paths)
    return PacketBasis(tuple(bands), spec)


def split_nodes(nodes: Array, plan: Plan, level: int, impl: str | None) -> Array:
    """One level: (batch, n₁, …, n_d) → (batch, 2^d, k₁, …, k_d), the letter of the first axis varying slowest."""
    bands = tree_analysis(nodes, make_plan(plan.banks, plan.sizes[level], 1), impl=impl)
    return namespace(nodes).reshape(bands, (nodes.shape[0], 2**plan.rank, *plan.sizes[level + 1]))


def ipacket_basis(basis: PacketBasis, *, impl: str | None = None) -> Array:
    """Inverse of `packet_basis` and `best_basis`, exact for every tree and boundary mode.

    Args:
        basis: Coefficients, possibly modified.
        impl: As in `packets`.

    Returns:
        The array, of the shape of the transformed signal.

    Raises:
        InvalidInput: if `basis` is not a `PacketBasis`.

    Example:
        >>> import subband as sb
        >>> b = sb.packet_basis([1.0, 3.0, 2.0, 2.0], "haar", ["aa", "ad", "d"])
        >>> sb.ipacket_basis(b).round(6).tolist()
        [1.0, 3.0, 2.0, 2.0]

    See also: `subband.packet_basis`, `subband.best_basis`.
    """
    if not isinstance(basis, PacketBasis):
        raise InvalidInput(
            f"can't invert a {type(basis).__name__}: give the PacketBasis that packet_basis or best_basis returned"
        )
    xp, base = namespace(basis.bands[0]), basis.spec.base
    batch, rank, plan = base.signals, len(base.axes), base.synthesis
    nodes = {path: xp.reshape(band, (batch, *basis.spec.size(path))) for path, band in basis}
    for level in reversed(range(base.level)):
        parents = sorted({parent(path) for path in nodes if depth(path) == level + 1})
        if parents:
            bands = [xp.stack([nodes.pop(child) for child in children(path)], axis=1) for path in parents]
            shape = (len(parents) * batch, *(2,) * rank, *plan.sizes[level + 1])
            stacked = xp.reshape(xp.concat(bands, axis=0), shape)
            merged = tree_synthesis(stacked, make_plan(plan.banks, plan.sizes[level], 1), impl=impl)
            merged = xp.reshape(merged, (len(parents), batch, *plan.sizes[level]))
            nodes |= {path: merged[i, ...] for i, path in enumerate(parents)}
    return relabelled(basis.labels, base.scatter(nodes[("",) * rank]))
