"""The roots of packet trees: WaveletPacket, WaveletPacket2D and WaveletPacketND."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from subband.arrays.namespace import Array
from subband.compat.pywt.arguments import as_array, tables
from subband.compat.pywt.onelevel import dwt_max_level
from subband.compat.pywt.trees import BaseNode, Node, Node2D, NodeND

__all__ = ["WaveletPacket", "WaveletPacket2D", "WaveletPacketND"]


class Root(BaseNode):
    """Root of a tree, which sets the wavelet and the maximal level."""

    def _plant(self, wavelet: Any, mode: Any, axes: Any, maxlevel: int | None) -> None:
        self.wavelet = wavelet if isinstance(wavelet, tables.Wavelet) else tables.Wavelet(wavelet)
        self.mode, self.axes = mode, axes
        self.data_size = self._data_shape
        if self.data_size is not None and maxlevel is None:
            sizes = [self.data_size[axis] for axis in np.atleast_1d(axes).tolist()]
            maxlevel = dwt_max_level(min(sizes), self.wavelet)
        self._maxlevel = maxlevel

    def __reduce__(self):
        return type(self), (self.data, self.wavelet, self.mode, self.maxlevel, self.axes)

    def reconstruct(self, update: bool = True) -> Array | None:
        return super().reconstruct(update)


class OrderedRoot(Root):
    """A root whose nodes can be ordered by frequency."""

    def get_level(self, level: int, order: str = "natural", decompose: bool = True) -> list[Any]:
        """The nodes of one level, in tree order or by frequency ("freq"; nested lists in 2-D)."""
        if order not in ("natural", "freq"):
            raise ValueError(f"Invalid order: {order}")
        nodes = self._nodes_at(level, decompose)
        return nodes if order == "natural" else self._by_frequency(nodes, level)

    @abstractmethod
    def _by_frequency(self, nodes: list[Any], level: int) -> list[Any]:
        """The nodes of one level in frequency order."""


class WaveletPacket(OrderedRoot, Node):
    """Packets along one axis; see `pywt.WaveletPacket`."""

    def __init__(
        self, data: Array | None, wavelet: Any, mode="symmetric", maxlevel: int | None = None, axis: int = -1
    ) -> None:
        super().__init__(None, data, "")
        if self._data_shape is not None:
            axis = axis + len(self._data_shape) if axis < 0 else axis
            if not 0 <= axis < len(self._data_shape):
                raise ValueError("Axis greater than data dimensions")
        self._plant(wavelet, mode, axis, maxlevel)

    def _by_frequency(self, nodes: list[Any], level: int) -> list[Any]:
        found = {node.path: node for node in nodes}
        return [found[path] for path in gray_code(level) if path in found]


class WaveletPacket2D(OrderedRoot, Node2D):
    """Packets along two axes; see `pywt.WaveletPacket2D`."""

    def __init__(
        self,
        data: Array | None,
        wavelet: Any,
        mode="smooth",
        maxlevel: int | None = None,
        axes: Sequence[int] = (-2, -1),
    ) -> None:
        super().__init__(None, data, "")
        axes = tuple(axes)
        if len(axes) != 2 or len(set(axes)) != 2:
            raise ValueError("Expected two unique axes.")
        if self._data_shape is not None and len(self._data_shape) < 2:
            raise ValueError("WaveletPacket2D requires data with 2 or more dimensions.")
        self._plant(wavelet, mode, axes, maxlevel)

    def _by_frequency(self, nodes: list[Any], level: int) -> list[Any]:
        rows: dict[str, dict[str, Any]] = {}
        for node in nodes:
            row, column = self.expand_2d_path(node.path)
            rows.setdefault(row, {})[column] = node
        paths = gray_code(level, "l", "h")
        return [[rows[r][c] for c in paths if c in rows[r]] for r in paths if r in rows]


class WaveletPacketND(Root, NodeND):
    """Packets along any axes; see `pywt.WaveletPacketND`."""

    def __init__(
        self, data: Array | None, wavelet: Any, mode="smooth", maxlevel: int | None = None, axes: Any = None
    ) -> None:
        if data is None and axes is None:
            raise ValueError("If data is None, axes must be specified")
        data = None if data is None else as_array(data)
        if data is not None and data.ndim == 0:
            raise ValueError("data must be at least 1D")
        axes = (
            tuple(range(data.ndim))
            if data is not None and axes is None
            else tuple(np.atleast_1d(axes).tolist())
        )
        if len(set(axes)) != len(axes):
            raise ValueError("Expected a set of unique axes.")
        if data is not None and data.ndim < len(axes):
            raise ValueError("The number of axes exceeds the number of data dimensions.")
        super().__init__(None, data, "", len(axes) if data is None else data.ndim, len(axes))
        self._plant(wavelet, mode, axes, maxlevel)

    def get_level(self, level: int, decompose: bool = True) -> list[Any]:
        """The nodes of one level, in tree order."""
        return self._nodes_at(level, decompose)


def gray_code(level: int, low: str = "a", high: str = "d") -> list[str]:
    """The paths of one level in frequency order."""
    paths = [low, high]
    for _ in range(level - 1):
        paths = [low + path for path in paths] + [high + path for path in paths[::-1]]
    return paths
