"""Names and coordinates of coefficients, and arrays of xarray that have them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from subband.arrays.concrete import known
from subband.arrays.labels import Axis, Labels
from subband.arrays.namespace import Array
from subband.errors import MissingDependency

Axes = Sequence[Axis]


def signal_axes(
    labels: Labels | None, shape: Sequence[int], transformed: Sequence[int], fs: float = 1.0
) -> tuple[Axis, ...]:
    """The axes of a signal: its own, or plain ones, "time" if one is transformed, and "axis_0" and so on."""
    if labels is not None:
        return labels.axes
    numbers = [np.arange(int(n)) for n in shape]
    return tuple(
        Axis("time", len(k), None, k / fs)
        if len(transformed) == 1 and i in transformed
        else Axis(f"axis_{i}", len(k), k, k)
        for i, k in enumerate(numbers)
    )


def others(axes: Axes, transformed: Sequence[int]) -> list[Axis]:
    """The batch axes."""
    return [axis for i, axis in enumerate(axes) if i not in transformed]


def added(name: str, coordinate: Any, axes: Axes) -> Axis:
    """An axis of the coefficients, with a name that no axis of the signal has."""
    while name in [axis.name for axis in axes]:
        name += "_"
    return Axis(name, len(coordinate), np.asarray(coordinate))


def moved(axis: Axis, positions: np.ndarray, level: int | None = None) -> Axis:
    """An axis of coefficients that are at fractional indices of samples, with the level in its name if given."""
    name = axis.name if level is None else f"{axis.name}_{level}"
    return Axis(name, len(positions), axis.at(positions))


def data_array(labels: Labels | None, array: Array, axes: Axes) -> Any:
    """An `xarray.DataArray` with the name and the attributes of the signal."""
    coordinates = {a.name: a.coordinate if a.index is None else a.index for a in axes}
    return _xarray().DataArray(
        known(array),
        dims=[a.name for a in axes],
        coords={name: found for name, found in coordinates.items() if found is not None},
        name=None if labels is None else labels.name,
        attrs={} if labels is None else dict(labels.attributes),
    )


def dataset(labels: Labels | None, bands: Mapping[str, tuple[Array, Axes]]) -> Any:
    """An `xarray.Dataset` of bands by name."""
    variables = {name: data_array(labels, band, axes) for name, (band, axes) in bands.items()}
    return _xarray().Dataset(variables, attrs={} if labels is None else dict(labels.attributes))


def time_frequency(
    labels: Labels | None,
    array: Array,
    axes: Axes,
    axis: int,
    frequencies: Sequence[float] | np.ndarray,
    positions: np.ndarray | None = None,
) -> Any:
    """A DataArray (*batch, "frequency", time) of coefficients at every sample, or at fractional indices."""
    time = axes[axis] if positions is None else moved(axes[axis], positions)
    return data_array(labels, array, [*others(axes, (axis,)), added("frequency", frequencies, axes), time])


def pyramid(
    labels: Labels | None,
    levels: Sequence[tuple[int, Mapping[str, Array]]],
    axes: Axes,
    centres: Mapping[int, Callable[[str, int, int], np.ndarray]],
) -> Any:
    """A Dataset of bands, by name and level, whose axes are those of the signal at that level.

    Args:
        labels: Of the signal.
        levels: Level and bands by name, with the axes of the signal in order.
        axes: Of the signal.
        centres: For each transformed axis, a function of a band's letter along it, its level and its number of
            coefficients, to fractional indices of samples.
    """
    bands = {}
    for level, named in levels:
        for name, band in named.items():
            own = list(axes)
            letters = [letter for letter in name if letter in "ad"]
            for letter, (axis, centre) in zip(letters, centres.items(), strict=True):
                own[axis] = moved(axes[axis], centre(letter, level, int(band.shape[axis])), level)
            bands[f"{name}{level}"] = band, own
    return dataset(labels, bands)


def centres_of_supports(taps: int, mode: str, level: int, count: int) -> np.ndarray:
    """Indices of samples at the centres of the supports of a level's coefficients, for filters of some taps."""
    # a[k] is a sum over the samples 2k + 1 − n, or 2k + L/2 − n, for n = 0 … L − 1.
    first = 0.5 if mode in ("periodization", "orthogonal") else 1 - (taps - 1) / 2
    return 2.0**level * np.arange(count) + (2.0**level - 1) * first


def _xarray() -> Any:
    try:
        import xarray
    except ImportError as error:
        raise MissingDependency("to_xarray needs xarray: pip install 'subband[xarray]'") from error
    return xarray
