"""Paths in a wavelet-packet tree: parsing, frequency bands, and validation of sets of leaves."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from subband.arrays.arguments import shown
from subband.errors import InvalidInput, UnknownKey

Path = tuple[str, ...]
"""One string per axis, with one letter per level, root first: "a" for low-pass, "d" for high-pass."""

Name = str | Sequence[str]
"""A path as an argument: in one dimension, a single string is allowed."""


def as_path(name: Name, rank: int) -> Path:
    """Parse a path.

    Raises:
        UnknownKey: other letters than a and d, not one string per axis, or strings of unequal lengths.
    """
    path: Any = tuple(name) if isinstance(name, list | tuple) else (name,)
    if (
        len(path) != rank
        or not all(isinstance(part, str) for part in path)
        or len({len(part) for part in path}) != 1
        or any(set(part) - {"a", "d"} for part in path)
    ):
        raise UnknownKey(
            f"path {shown(name)} does not name a band: give letters a or d, root first, equally many for each of "
            f"{rank} axes"
        )
    return path


def children(path: Path) -> list[Path]:
    """The 2^d children of a node, in the band order of a plan: the letter of the first axis varies slowest."""
    return [
        tuple(part + letter for part, letter in zip(path, letters, strict=True))
        for letters in product("ad", repeat=len(path))
    ]


def parent(path: Path) -> Path:
    return tuple(part[:-1] for part in path)


def depth(path: Path) -> int:
    return len(path[0])


def frequency_band(part: str, fs: float = 1.0) -> tuple[float, float]:
    """Frequency interval of a path along one axis, for sampling rate `fs`.

    Each high-pass filter with decimation reverses the frequency order, so paths are Gray codes of band indices
    (Wickerhauser, Adapted Wavelet Analysis, 1994, chapter 7).
    """
    index = 0
    for letter in part:
        index = 2 * index + ((letter == "d") ^ (index & 1))
    width = 0.5 * fs / 2 ** len(part)
    return index * width, (index + 1) * width


def by_frequency(path: Path) -> tuple[float, ...]:
    """Sort key of paths: lowest frequency along each axis."""
    return tuple(frequency_band(part)[0] for part in path)


def as_tree(names: Iterable[Name], rank: int) -> tuple[Path, ...]:
    """Parse the leaves of a tree and sort them by frequency.

    Raises:
        InvalidInput: an invalid path, or paths that are not the leaves of one tree: one is a prefix of another,
            repeated, or missing.
    """
    names = names if isinstance(names, str | bytes) or not isinstance(names, Iterable) else _listed(names)
    if not isinstance(names, list) or not names:
        raise InvalidInput(f"tree={shown(names)}: give the paths of its leaves, such as ['aa', 'ad', 'd']")
    leaves = [as_path(name, rank) for name in names]
    inner = inner_nodes(leaves)
    if len(set(leaves)) != len(leaves) or inner & set(leaves):
        doubled = next(p for p in leaves if p in inner or leaves.count(p) > 1)
        raise InvalidInput(f"path {doubled} overlaps another: give each leaf of one tree once")
    needed = {child for path in inner for child in children(path)} - inner if inner else {("",) * rank}
    if missing := sorted(needed - set(leaves)):
        raise InvalidInput(f"path {missing[0]} is missing: a node that is split needs all of its children")
    return tuple(sorted(leaves, key=by_frequency))


def _listed(names: Any) -> list[Any]:
    listed = names.tolist() if hasattr(names, "tolist") else list(names)
    return listed if isinstance(listed, list) else []


def inner_nodes(leaves: Iterable[Path]) -> set[Path]:
    """All ancestors of the leaves."""
    inner: set[Path] = set()
    for path in leaves:
        while depth(path) and (path := parent(path)) not in inner:
            inner.add(path)
    return inner
