"""Lazily expanded wavelet packet trees; see `pywt.WaveletPacket` and its variants.

A node holds its data, its children, or both. Subclasses for one, two or n axes define the child names and the
single-level transform with its inverse.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from subband.arrays.namespace import Array
from subband.compat.pywt.arguments import as_array, as_samples
from subband.compat.pywt.multidim import dwt2, dwtn, idwt2, idwtn
from subband.compat.pywt.onelevel import dwt, dwt_max_level, idwt

__all__ = ["BaseNode", "Node", "Node2D", "NodeND"]


class BaseNode(ABC):
    """Abstract node of a packet tree; subclasses define child names (`PARTS`), split and merge."""

    PARTS: Any = None
    PART_LEN: Any = None

    def __init__(self, parent: "BaseNode | None", data: Array | None, node_name: str) -> None:
        self.parent = parent
        self.wavelet = parent.wavelet if parent is not None else None
        self.mode = parent.mode if parent is not None else None
        self.axes: Any = parent.axes if parent is not None else None
        self.level: int = parent.level + 1 if parent is not None else 0
        self.path: str = parent.path + node_name if parent is not None else ""
        self._maxlevel: int | None = parent.maxlevel if parent is not None else None
        self.data = data
        # The inverse of an odd length has one more sample.
        self._data_shape = None if data is None else tuple(as_array(data).shape)
        self._init_subnodes()

    @abstractmethod
    def _split(self) -> dict[str, Array]:
        """Sub-bands of the node's data, by child name."""

    @abstractmethod
    def _merge(self, coeffs: dict[str, Array | None]) -> Array:
        """Inverse of `_split`."""

    @abstractmethod
    def _child(self, part: str, data: Array | None) -> "BaseNode":
        """A new child node, not yet attached."""

    def _init_subnodes(self) -> None:
        for part in self.PARTS:
            self._set_node(part, None)

    def _get_node(self, part: str) -> "BaseNode | None":
        return getattr(self, part)

    def _set_node(self, part: str, node: "BaseNode | None") -> None:
        setattr(self, part, node)

    def _validate_node_name(self, part: str) -> None:
        if part not in self.PARTS:
            names = ", ".join(f"'{name}'" for name in self.PARTS)
            raise ValueError(f"Subnode name must be in [{names}], not '{part}'.")

    def _create_subnode(self, part: str, data: Array | None = None, overwrite: bool = True) -> "BaseNode":
        self._validate_node_name(part)
        old = self._get_node(part)
        if old is not None and not overwrite:
            return old
        node = self._child(part, data)
        self._set_node(part, node)
        return node

    @property
    def path_tuple(self) -> tuple[str, ...]:
        """The path as a tuple of child names, one per level."""
        return tuple(
            self.path[i : i + self.PART_LEN] for i in range(0, len(self.path), max(1, self.PART_LEN))
        )

    @property
    def node_name(self) -> str:
        return self.path[len(self.path) - self.PART_LEN :] if self.path else ""

    @property
    def maxlevel(self) -> int | None:
        if self._maxlevel is None:
            self._maxlevel = self._evaluate_maxlevel("parent")
        if self._maxlevel is None:
            self._maxlevel = self._evaluate_maxlevel("subnodes")
        return self._maxlevel

    def _evaluate_maxlevel(self, evaluate_from: str = "parent") -> int | None:
        """Maximal level, from the data of this node, its ancestors or its descendants."""
        if self._maxlevel is not None:
            return self._maxlevel
        if self.data is not None:
            return self.level + dwt_max_level(min(self.data.shape), self.wavelet)
        if evaluate_from == "parent":
            return None if self.parent is None else self.parent._evaluate_maxlevel("parent")
        for part in self.PARTS:
            node = self._get_node(part)
            level = None if node is None else node._evaluate_maxlevel("subnodes")
            if level is not None:
                return level
        return None

    @property
    def is_empty(self) -> bool:
        return self.data is None

    @property
    def has_any_subnode(self) -> bool:
        return any(self._get_node(part) is not None for part in self.PARTS)

    def decompose(self) -> tuple["BaseNode | None", ...]:
        """Decompose the node's data into its children, and return them."""
        if self.maxlevel is None or self.level >= self.maxlevel:
            raise ValueError("Maximum decomposition level reached.")
        if self.is_empty:
            for part in self.PARTS:
                self._create_subnode(part, None, overwrite=False)
        else:
            for part, data in self._split().items():
                self._create_subnode(part, data)
        return tuple(self._get_node(part) for part in self.PARTS)

    def reconstruct(self, update: bool = False) -> Array | None:
        """The node's data, reconstructed from its children if it has any; `update` stores the result."""
        if not self.has_any_subnode:
            return self.data
        nodes = {part: self._get_node(part) for part in self.PARTS}
        coeffs = {part: None if node is None else node.reconstruct() for part, node in nodes.items()}
        if all(band is None for band in coeffs.values()):
            raise ValueError(
                f"Tree is missing data - all subnodes of `{self.path}` node are None. Cannot reconstruct node."
            )
        rec = self._merge(coeffs)
        if self._data_shape is not None and tuple(rec.shape) != self._data_shape:
            rec = rec[tuple(slice(n) for n in self._data_shape)]
        if update:
            self.data = rec
        return rec

    def get_subnode(self, part: str, decompose: bool = True) -> "BaseNode | None":
        """A child; if it does not exist and `decompose` is set, the node is decomposed first."""
        self._validate_node_name(part)
        if self._get_node(part) is None and decompose and not self.is_empty:
            self.decompose()
        return self._get_node(part)

    def __getitem__(self, path: str | tuple[str, ...]) -> Any:
        if isinstance(path, tuple) and all(isinstance(part, str) for part in path):
            path = "".join(path)
        if not isinstance(path, str):
            raise TypeError(
                f"Invalid path parameter type - expected string or tuple of strings but got {type(path)}."
            )
        if self.maxlevel is not None and len(path) > self.maxlevel * self.PART_LEN:
            raise IndexError("Path length is out of range.")
        if not path:
            return self
        child: Any = self.get_subnode(path[: self.PART_LEN], True)
        return child[path[self.PART_LEN :]]

    def __setitem__(self, path: str | tuple[str, ...], data: Any) -> None:
        if not isinstance(path, str):
            raise TypeError(f"Invalid path parameter type - expected string but got {type(path)}.")
        if self.maxlevel is not None and len(self.path) + len(path) > self.maxlevel * self.PART_LEN:
            raise IndexError("Path length out of range.")
        if not path:
            self.data = as_samples(data.data if isinstance(data, BaseNode) else data)
            return
        part, rest = path[: self.PART_LEN], path[self.PART_LEN :]
        child = self.get_subnode(part, False) or self._create_subnode(part, None)
        child[rest] = data

    def __delitem__(self, path: str | tuple[str, ...]) -> None:
        node = self[path]
        parent, node.parent = node.parent, None
        if parent is not None and node.node_name:
            parent._set_node(node.node_name, None)

    def get_leaf_nodes(self, decompose: bool = False) -> list["BaseNode"]:
        """Leaves of the current tree or, with `decompose`, of the fully decomposed tree."""
        leaves = []

        def collect(node: BaseNode) -> bool:
            full = node.level == node.maxlevel and not node.is_empty
            if full or (not decompose and not node.has_any_subnode):
                leaves.append(node)
                return False
            return True

        self.walk(collect, decompose=decompose)
        return leaves

    def walk(self, func: Callable, args: Sequence = (), kwargs: Any = None, decompose: bool = True) -> None:
        """Pre-order traversal; the children of nodes where `func` returns False are skipped."""
        kwargs = kwargs or {}
        if func(self, *args, **kwargs):
            for child in self._children(decompose):
                child.walk(func, args, kwargs, decompose)

    def walk_depth(
        self, func: Callable, args: Sequence = (), kwargs: Any = None, decompose: bool = True
    ) -> None:
        """Post-order traversal."""
        kwargs = kwargs or {}
        for child in self._children(decompose):
            child.walk_depth(func, args, kwargs, decompose)
        func(self, *args, **kwargs)

    def _children(self, decompose: bool):
        if self.maxlevel is not None and self.level < self.maxlevel:
            for part in self.PARTS:
                child = self.get_subnode(part, decompose)
                if child is not None:
                    yield child

    def _nodes_at(self, level: int, decompose: bool) -> list[Any]:
        if self.maxlevel is None or level > self.maxlevel:
            raise ValueError(
                f"The level cannot be greater than the maximum decomposition level value ({self.maxlevel})"
            )
        found = []

        def collect(node: BaseNode) -> bool:
            if node.level == level:
                found.append(node)
            return node.level != level

        self.walk(collect, decompose=decompose)
        return found

    def __str__(self) -> str:
        return f"{self.path}: {self.data}"


class Node(BaseNode):
    """A node of a tree along one axis, with children `a` and `d`."""

    A, D = "a", "d"
    PARTS, PART_LEN = (A, D), 1

    def _child(self, part, data):
        return Node(self, data, part)

    def _split(self):
        return dict(zip(self.PARTS, dwt(self.data, self.wavelet, self.mode, self.axes), strict=True))

    def _merge(self, coeffs):
        return idwt(coeffs["a"], coeffs["d"], self.wavelet, self.mode, self.axes)


class Node2D(BaseNode):
    """A node of a tree along two axes, with children `a`, `h`, `v` and `d`."""

    LL, HL, LH, HH = "a", "h", "v", "d"
    PARTS, PART_LEN = (LL, HL, LH, HH), 1

    def _child(self, part, data):
        return Node2D(self, data, part)

    def _split(self):
        a, (h, v, d) = dwt2(self.data, self.wavelet, self.mode, self.axes)
        return dict(zip(self.PARTS, (a, h, v, d), strict=True))

    def _merge(self, coeffs):
        a, h, v, d = (coeffs[part] for part in self.PARTS)
        return idwt2((a, (h, v, d)), self.wavelet, self.mode, self.axes)

    def expand_2d_path(self, path: str) -> tuple[str, str]:
        """The path along the rows and along the columns, in letters l and h."""
        letters = {"d": "hh", "h": "hl", "v": "lh", "a": "ll"}
        return "".join(letters[part][0] for part in path), "".join(letters[part][1] for part in path)


class NodeND(BaseNode):
    """A node of a tree along n axes; child names have one letter, "a" or "d", per axis."""

    def __init__(self, parent, data, node_name: str, ndim: int, ndim_transform: int) -> None:
        self.PART_LEN = ndim_transform
        self.PARTS: dict[str, BaseNode | None] = {}
        self.ndim, self.ndim_transform = ndim, ndim_transform
        super().__init__(parent, data, node_name)

    def _init_subnodes(self) -> None:
        self.PARTS = dict.fromkeys(map("".join, product("ad", repeat=self.PART_LEN)))

    def _get_node(self, part):
        return self.PARTS[part]

    def _set_node(self, part, node):
        self.PARTS[part] = node

    def _child(self, part, data):
        return NodeND(self, data, part, self.ndim, self.ndim_transform)

    def _split(self):
        return dwtn(self.data, self.wavelet, self.mode, self.axes)

    def _merge(self, coeffs):
        return idwtn(coeffs, self.wavelet, self.mode, self.axes)
