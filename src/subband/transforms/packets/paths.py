"""Paths through a packet tree: names, frequencies, and which sets of them make a basis."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from subband.arrays.arguments import shown
from subband.errors import InvalidInput, UnknownKey

Path = tuple[str, ...]
"""A letter for each level, "a" for low-pass and "d" for high-pass, root first; one such string for each axis."""

Name = str | Sequence[str]
"""A path as a caller writes it: in one dimension the string alone will do."""


def as_path(name: Name, rank: int) -> Path:
    """Read a path.

    Raises:
        InvalidInput: other letters than a and d, not one string for each axis, or strings of unequal lengths.
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
    """The 2^d children of a node, in the order of a plan's bands: the first axis's letter varies slowest."""
    return [
        tuple(part + letter for part, letter in zip(path, letters, strict=True))
        for letters in product("ad", repeat=len(path))
    ]


def parent(path: Path) -> Path:
    return tuple(part[:-1] for part in path)


def depth(path: Path) -> int:
    return len(path[0])


def frequency_band(part: str, fs: float = 1.0) -> tuple[float, float]:
    """The interval of frequencies that a path along one axis stands for; for `fs` = 1 in cycles a sample.

    Each high-pass filter reverses the order of the frequencies below it, so that paths count in Gray code
    (Wickerhauser, Adapted Wavelet Analysis, 1994, chapter 7).
    """
    place = 0
    for letter in part:
        place = 2 * place + ((letter == "d") ^ (place & 1))
    width = 0.5 * fs / 2 ** len(part)
    return place * width, (place + 1) * width


def by_frequency(path: Path) -> tuple[float, ...]:
    """What to sort paths by: the lowest frequency along each axis."""
    return tuple(frequency_band(part)[0] for part in path)


def as_tree(names: Iterable[Name], rank: int) -> tuple[Path, ...]:
    """Read the leaves of a tree, and sort them by frequency.

    Raises:
        InvalidInput: a name that is no path, or paths that are not the leaves of one tree: one is the beginning of
            another, is given twice, or is missing.
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
    """All nodes above the leaves."""
    inner: set[Path] = set()
    for path in leaves:
        while depth(path) and (path := parent(path)) not in inner:
            inner.add(path)
    return inner
