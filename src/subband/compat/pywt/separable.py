"""Fully separable transforms, all levels along one axis before the next: fswavedecn and fswaverecn."""

import warnings
from collections.abc import Sequence
from itertools import accumulate, pairwise, product
from numbers import Number
from typing import Any

from numpy.exceptions import AxisError

from subband.arrays.namespace import Array, library, namespace
from subband.compat.pywt.arguments import as_array, modes_per_axis, tables, wavelets_per_axis
from subband.compat.pywt.multilevel import wavedec, waverec

__all__ = ["FswavedecnResult", "fswavedecn", "fswaverecn"]


class FswavedecnResult:
    """The coefficients of a fully separable transform; see `pywt.FswavedecnResult`."""

    def __init__(self, coeffs: Array, coeff_slices, wavelets, mode_enums, axes: Sequence[int]) -> None:
        self._coeffs = coeffs
        self._coeff_slices = coeff_slices
        self._axes = axes
        self._wavelets = wavelets
        self._modes = modes_per_axis(mode_enums, axes)

    @property
    def coeffs(self) -> Array:
        """All coefficients, stacked into one array."""
        return self._coeffs

    @coeffs.setter
    def coeffs(self, c: Array) -> None:
        if tuple(c.shape) != tuple(self._coeffs.shape):
            raise ValueError("new coefficient array must match the existing coefficient shape")
        self._coeffs = c

    @property
    def coeff_slices(self):
        """For each transformed axis, the slices of its approximation and details."""
        return self._coeff_slices

    @property
    def ndim(self) -> int:
        return self.coeffs.ndim

    @property
    def ndim_transform(self) -> int:
        return len(self.axes)

    @property
    def axes(self) -> Sequence[int]:
        return self._axes

    @property
    def levels(self) -> list[int]:
        """Levels along each transformed axis."""
        return [len(slices) - 1 for slices in self.coeff_slices]

    @property
    def wavelets(self):
        return self._wavelets

    @property
    def wavelet_names(self) -> list[str]:
        return [w.name for w in self._wavelets]

    @property
    def modes(self) -> list[str]:
        return self._modes

    @property
    def approx(self) -> Array:
        """The approximation coefficients."""
        return self._coeffs[self._where((0,) * len(self.axes))]

    @approx.setter
    def approx(self, a: Array) -> None:
        self._put(self._where((0,) * len(self.axes)), a)

    def __getitem__(self, levels: Sequence[int]) -> Array:
        """One sub-band, by its level along each transformed axis; 0 is the approximation."""
        return self._coeffs[self._where(self._checked(levels))]

    def __setitem__(self, levels: Sequence[int], x: Array) -> None:
        if x.dtype != self._coeffs.dtype:
            warnings.warn(
                f"dtype mismatch:  converting the provided array todtype {self._coeffs.dtype}", stacklevel=2
            )
        self._put(self._where(self._checked(levels)), x)

    def detail_keys(self) -> list[tuple[int, ...]]:
        """All keys except that of the approximation."""
        return list(product(*(range(level + 1) for level in self.levels)))[1:]

    def _where(self, levels: Sequence[int]) -> tuple[slice, ...]:
        where = [slice(None)] * self.ndim
        for slices, axis, level in zip(self.coeff_slices, self.axes, levels, strict=True):
            where[axis] = slices[level]
        return tuple(where)

    def _checked(self, levels: Sequence[int]) -> tuple[int, ...]:
        levels = tuple(levels)
        if len(levels) != len(self.axes):
            raise ValueError("levels must match the number of transformed axes")
        if any(not isinstance(level, Number) or level % 1 or level < 0 for level in levels):  # pyright: ignore[reportOperatorIssue]
            raise ValueError("Index must be a tuple of non-negative integers")
        if any(level > most for level, most in zip(levels, self.levels, strict=True)):
            raise ValueError("Specified indices exceed the number of transform levels.")
        return tuple(int(level) for level in levels)

    def _put(self, where: tuple[slice, ...], x: Array) -> None:
        if tuple(self._coeffs[where].shape) != tuple(x.shape):
            raise ValueError("x does not match the shape of the requested coefficient")
        if library(self._coeffs) == "jax":  # immutable arrays
            self._coeffs = self._coeffs.at[where].set(x)
        else:
            self._coeffs[where] = x


def fswavedecn(
    data: Array, wavelet: Any, mode: Any = "symmetric", levels: Any = None, axes: Sequence[int] | None = None
) -> FswavedecnResult:
    """Fully separable transform, with a number of levels per axis; see `pywt.fswavedecn`."""
    array = as_array(data)
    axes = tuple(range(array.ndim)) if axes is None else axes
    _check_axes(array, axes)
    per_axis = list(levels) if isinstance(levels, Sequence) else [levels] * len(axes)
    if len(per_axis) != len(axes):
        raise ValueError("levels must match the length of the axes list")
    modes, wavelets = modes_per_axis(mode, axes), wavelets_per_axis(wavelet, axes)
    slices = []
    for axis, level, w, m in zip(axes, per_axis, wavelets, modes, strict=True):
        coeffs = wavedec(array, w, m, level, axis)
        ends = [0, *accumulate(c.shape[axis] for c in coeffs)]
        slices.append([slice(start, stop) for start, stop in pairwise(ends)])
        array = namespace(array).concat(coeffs, axis=axis)
    return FswavedecnResult(array, slices, wavelets, [getattr(tables.Modes, m) for m in modes], axes)


def fswaverecn(fswavedecn_result: FswavedecnResult) -> Array:
    """Inverse of `fswavedecn`; see `pywt.fswaverecn`."""
    result = fswavedecn_result
    array, axes = result.coeffs, result.axes
    _check_axes(array, axes)
    if len(axes) != len(result.coeff_slices):
        raise ValueError("dimension mismatch")
    for axis, slices, w, m in zip(axes, result.coeff_slices, result.wavelets, result.modes, strict=True):
        lead = (slice(None),) * (axis % array.ndim)
        array = waverec([array[(*lead, part, ...)] for part in slices], w, m, axis)
    return array


def _check_axes(data: Array, axes: Sequence[int]) -> None:
    if len(axes) != len(set(axes)):
        raise AxisError("The axes passed to fswavedecn must be unique.")
    if any(not -data.ndim <= axis < data.ndim for axis in axes):
        raise AxisError("Axis greater than data dimensions")
