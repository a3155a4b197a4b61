"""A signal in any wavelet-packet basis: the leaves of one tree (Coifman & Wickerhauser 1992), over any axes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import final

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.axes import plain_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput, UnknownKey
from subband.kernels.filterbank import tree_analysis, tree_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.plan import plan as make_plan
from subband.transforms.container import mapped
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
    """What was transformed, and in which basis, as static data.

    Attributes:
        base: The transform; its level is the depth of the tree, or 1 for a tree that is a root alone.
        paths: The leaves, by frequency.
        cost: What `best_basis` found this tree to cost, for all signals together; None for a tree that was given.
            It describes one signal, so it does not count when specs are compared.
    """

    base: Spec
    paths: tuple[Path, ...]
    cost: float | None = field(default=None, compare=False)

    def size(self, path: Path) -> tuple[int, ...]:
        """Samples of a node along each transformed axis."""
        return self.base.analysis.sizes[depth(path)]


@dataclass(frozen=True)
class Tile:
    """Where a band lies in time and frequency.

    Attributes:
        path: The band.
        frequencies: For each transformed axis, the lowest and the highest frequency.
        edges: For each transformed axis, (k + 1) times between which its k coefficients stand.
    """

    path: Path
    frequencies: tuple[tuple[float, float], ...]
    edges: tuple[np.ndarray, ...]


@final
@pytree("bands")
@dataclass(frozen=True, eq=False)
class PacketBasis:
    """A signal's coefficients in one wavelet-packet basis.

    JAX and PyTorch see a pytree with one leaf for each band.

    Attributes:
        bands: For each of `spec.paths`, its coefficients, (*batch, k₁, …, k_d).
        spec: What was transformed, and in which basis.
    """

    bands: tuple[Array, ...]
    spec: BasisSpec

    @property
    def paths(self) -> tuple[Path, ...]:
        """The leaves of the tree, by frequency: for each a string of letters a and d for each axis."""
        return self.spec.paths

    @property
    def cost(self) -> float | None:
        """What `best_basis` minimised, or None."""
        return self.spec.cost

    def __getitem__(self, path: Name) -> Array:
        """One band by its path: `b["aad"]` in one dimension, `b["ad", "da"]` in two.

        Raises:
            InvalidInput: a path that is not a leaf of this tree.
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
        """All coefficients as (*batch, total), band after band."""
        batch = self.spec.base.batch
        xp = namespace(self.bands[0])
        flat = [xp.reshape(b, (*batch, prod(b.shape[len(batch) :]))) for b in self.bands]
        return xp.concat(flat, axis=-1)

    def map(self, f: Callable[[Array], Array]) -> "PacketBasis":
        """Apply `f` to each band; it returns an array of the band's shape, which takes its precision.

        Raises:
            InvalidInput: if a shape differs.
        """
        return replace(self, bands=tuple([mapped(f, band, f"band {path}") for path, band in self]))

    def tiles(self, fs: float = 1.0) -> list[Tile]:
        """The rectangles that the coefficients fill in time and frequency, to be drawn.

        Times are nominal: a coefficient of depth j stands for 2^j samples, whatever the filter's delay.

        Args:
            fs: Samples a unit of time; the default gives samples, and cycles a sample.

        Raises:
            InvalidInput: a rate that is not positive.
        """
        fs = number("fs", fs, "a positive number of samples a unit of time", above=0)
        tiles = []
        for path in self.paths:
            bands = [frequency_band(part, fs) for part in path]
            edges = []
            for n, k in zip(self.spec.base.size, self.spec.size(path), strict=True):
                # Modes that add coefficients add them at both ends.
                first = -(k - n / 2 ** depth(path)) / 2 if k * 2 ** depth(path) > n + 2 ** depth(path) else 0
                edges.append(np.clip((first + np.arange(k + 1)) * 2 ** depth(path), 0, n) / fs)
            tiles.append(Tile(path, tuple(bands), tuple(edges)))
        return tiles

    def __repr__(self) -> str:
        base = self.spec.base
        names = "+".join(dict.fromkeys(w.name for w in base.wavelets))
        return (
            f"PacketBasis({names}, {len(self)} bands of depth {min(map(depth, self.paths))} to "
            f"{max(map(depth, self.paths))}, axes={base.axes}, modes={base.modes}, of {base.shape})"
        )


@keyword_only_after("tree", "mode", "axes")
def packet_basis(
    x: Array,
    wavelet: Wavelets,
    tree: Iterable[Name],
    *,
    mode: Modes = "orthogonal",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> PacketBasis:
    """The coefficients of a signal in the wavelet-packet basis of a given tree.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        tree: The paths of its leaves, root first, in any order: "a" for low-pass and "d" for high-pass, a string
            for each axis. `["aa", "ad", "d"]` is the pyramid of two levels, `basis.paths` the tree of another.
        mode: What stands beyond the ends, one of `subband.MODES`, or one for each axis. "orthogonal" and
            "periodization" keep the number of coefficients, so that the leaves are a basis; other modes have more
            coefficients the deeper a leaf, and are inverted just as exactly.
        axes: The axes to transform, one or several; a node is split along all of them at once.
        impl: As in `packets`.

    Returns:
        The coefficients, of the library, device and dtype of `x`: `[path]`, `.paths`, `.bands`.

    Raises:
        InvalidInput: paths that are not the leaves of one tree; otherwise as `packets`.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    axes = plain_axes(axes)
    leaves = as_tree(tree, 1 if isinstance(axes, int) else len(axes))
    base = make_spec(x.shape, wavelet, max(1, *map(depth, leaves)), mode, axes)
    return expand(x, BasisSpec(base, leaves), impl)


def expand(x: Array, spec: BasisSpec, impl: str | None) -> PacketBasis:
    """Split the inner nodes of the tree, level by level, all nodes of a level at once."""
    xp, base = namespace(x), spec.base
    inner, root = inner_nodes(spec.paths), ("",) * len(base.axes)
    nodes = {root: base.gather(x)}
    for level in range(base.level):
        parents = sorted(path for path in inner if depth(path) == level)
        if parents:
            together = xp.concat([nodes.pop(path) for path in parents], axis=0)
            bands = split_nodes(together, base.analysis, level, impl)
            bands = xp.reshape(bands, (len(parents), base.signals, *bands.shape[1:]))
            for i, path in enumerate(parents):
                nodes |= {child: bands[i, :, c, ...] for c, child in enumerate(children(path))}
    bands = (xp.reshape(nodes[path], (*base.batch, *nodes[path].shape[1:])) for path in spec.paths)
    return PacketBasis(tuple(bands), spec)


def split_nodes(nodes: Array, plan: Plan, level: int, impl: str | None) -> Array:
    """One level: (batch, n₁, …, n_d) → (batch, 2^d, k₁, …, k_d), the first axis's letter varying slowest."""
    bands = tree_analysis(nodes, make_plan(plan.banks, plan.sizes[level], 1), impl=impl)
    return namespace(nodes).reshape(bands, (nodes.shape[0], 2**plan.rank, *plan.sizes[level + 1]))


def ipacket_basis(basis: PacketBasis, *, impl: str | None = None) -> Array:
    """Inverse of `packet_basis` and of `best_basis`, exact for every tree.

    Args:
        basis: Coefficients, as these gave them or with other numbers in them.
        impl: As in `packets`.

    Returns:
        The array, of exactly the shape that was transformed.

    Raises:
        InvalidInput: if `basis` is not a `PacketBasis`.
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
            together = xp.reshape(xp.concat(bands, axis=0), shape)
            merged = tree_synthesis(together, make_plan(plan.banks, plan.sizes[level], 1), impl=impl)
            merged = xp.reshape(merged, (len(parents), batch, *plan.sizes[level]))
            nodes |= {path: merged[i, ...] for i, path in enumerate(parents)}
    return base.scatter(nodes[("",) * rank])
