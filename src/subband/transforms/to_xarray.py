"""Coefficients as arrays of xarray, with names and coordinates."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from subband.arrays.concrete import known
from subband.arrays.labels import Axis
from subband.errors import InvalidInput, MissingDependency
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.coherence import WaveletCoherence
from subband.transforms.continuous.cross_spectrum import CrossSpectrum
from subband.transforms.continuous.synchrosqueezing import SynchrosqueezedCoefficients
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.fourier.coefficients import StftCoefficients
from subband.transforms.lifting.coefficients import LiftingCoefficients
from subband.transforms.packets.basis import PacketBasis
from subband.transforms.packets.coefficients import PacketCoefficients
from subband.transforms.packets.paths import depth, frequency_band
from subband.transforms.stationary.layers import Layers
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.spec import Spec

Axes = tuple[Axis, ...]


def to_xarray(c: Any) -> Any:
    """A DataArray or Dataset of the coefficients; see `Container.to_xarray`."""
    match c:
        case ContinuousCoefficients() | SynchrosqueezedCoefficients() | CrossSpectrum():
            return _time_frequency(c, c.spec.shape, c.spec.axis, c.spec.fs, np.asarray(c.spec.frequencies))
        case WaveletCoherence():
            frequencies = np.asarray(c.spec.frequencies)
            return _time_frequency(c, c.spec.shape, c.spec.axis, c.spec.fs, frequencies, array=c.coherence)
        case StftCoefficients():
            f = c.framing
            starts = (f.first + np.arange(f.frames)) * float(f.hop)
            frequencies = known(c.frequencies).astype(float)
            return _time_frequency(c, f.shape, f.axis, f.fs, frequencies, starts)
        case PacketCoefficients():
            return _packets(c)
        case Layers():
            return _layers(c)
        case Coefficients() | LiftingCoefficients() | DualTreeCoefficients() | PacketBasis():
            return _pyramid(c)
    raise InvalidInput(
        f"can't name the axes of a {type(c).__name__}: give coefficients of dwt, cwt, stft or packets"
    )


def _time_frequency(
    c: Any,
    shape: Sequence[int],
    axis: int,
    fs: float,
    frequencies: np.ndarray,
    positions: Any = None,
    array: Any = None,
) -> Any:
    """(*batch, "frequency", time)."""
    axes = _axes_of(c, shape, (axis,), fs)
    time = axes[axis]
    times = time.at(np.arange(float(time.length)) if positions is None else positions)
    if positions is None and time.index is not None:
        times = time.index
    batch = [a for i, a in enumerate(axes) if i != axis]
    frequency = _unused("frequency", axes)
    axes = [*batch, Axis(frequency, len(frequencies), frequencies), _with(time, times)]
    return _data_array(c, c.array if array is None else array, axes)


def _packets(c: PacketCoefficients) -> Any:
    spec, axes = c.spec, _axes_of(c, c.spec.shape, c.spec.axes, 1.0)
    bands, times = [], []
    for i, axis in enumerate(spec.axes):
        one = axes[axis]
        paths = [_letters(path, spec.level) for path in spec.analysis.band_order]
        centres = np.array([sum(frequency_band(path, _rate(one))) / 2 for path in paths])
        name = "frequency" if len(spec.axes) == 1 else f"frequency_{one.name}"
        bands.append(Axis(_unused(name, axes), len(centres), centres))
        count = int(c.array.shape[i - len(spec.axes)])
        times.append(_with(one, one.at(_centres(spec, i, spec.level, count))))
    batch = [a for i, a in enumerate(axes) if i not in spec.axes]
    return _data_array(c, c.array, [*batch, *bands, *times])


def _layers(c: Layers) -> Any:
    spec, axes = c.spec, _axes_of(c, c.spec.shape, c.spec.axes, 1.0)
    names = ["a" * len(spec.axes) + str(spec.level)]
    names += [f"{name}{level}" for level in range(spec.level, 0, -1) for name in c.names]
    batch = [a for i, a in enumerate(axes) if i not in spec.axes]
    band = Axis(_unused("band", axes), len(names), np.asarray(names))
    return _data_array(c, c.array, [*batch, band, *(axes[i] for i in spec.axes)])


def _pyramid(c: Any) -> Any:
    """A Dataset of bands, whose axes are those of the signal with a level."""
    spec: Spec = c.spec if isinstance(c, Coefficients) else c.spec.base
    axes = _axes_of(c, spec.shape, spec.axes, 1.0)
    variables = {}
    if isinstance(c, PacketBasis):
        batch = [a for i, a in enumerate(axes) if i not in spec.axes]
        for path, band in c:
            own = [
                _at_level(
                    axes[axis], depth(path), _centres(spec, i, depth(path), int(band.shape[len(batch) + i]))
                )
                for i, axis in enumerate(spec.axes)
            ]
            variables[",".join(path)] = _data_array(c, band, [*batch, *own])
        return _xarray().Dataset(variables, attrs=_attributes(c))
    approx = c.approx if isinstance(c.approx, dict) else {"a" * len(spec.axes): c.approx}
    for level, bands in ((spec.level, approx), *c):
        for name, band in bands.items():
            own = list(axes)
            for i, axis in enumerate(spec.axes):
                count = int(band.shape[axis])
                if isinstance(c, LiftingCoefficients):
                    centres = 2.0**level * np.arange(count) + (2.0 ** (level - 1) if name[i] == "d" else 0.0)
                else:
                    centres = _centres(spec, i, level, count)
                own[axis] = _at_level(axes[axis], level, centres)
            variables[f"{name}{level}"] = _data_array(c, band, own)
    return _xarray().Dataset(variables, attrs=_attributes(c))


def _centres(spec: Spec, i: int, level: int, count: int) -> np.ndarray:
    """Centres of the supports of the coefficients of a level along the i-th axis, as indices of samples."""
    taps = getattr(spec.wavelets[i], "taps", None) or len(spec.wavelets[i].dec_lo)
    # a[k] is a sum over the samples 2k + 1 − n, or 2k + L/2 − n, for n = 0 … L − 1.
    periodic = spec.modes[i] in ("periodization", "orthogonal")
    first = 0.5 if periodic else 1 - (taps - 1) / 2
    return 2.0**level * np.arange(count) + (2.0**level - 1) * first


def _letters(path: int, level: int) -> str:
    return f"{path:0{level}b}".replace("0", "a").replace("1", "d")


def _axes_of(c: Any, shape: Sequence[int], transformed: tuple[int, ...], fs: float) -> Axes:
    if c.labels is not None:
        return c.labels.axes
    alone = len(transformed) == 1
    return tuple(
        Axis("time", int(n), None, np.arange(int(n)) / fs)
        if alone and i in transformed
        else Axis(f"axis_{i}", int(n), np.arange(int(n)), np.arange(int(n)))
        for i, n in enumerate(shape)
    )


def _rate(axis: Axis) -> float:
    return 1 / abs(axis.step)


def _with(axis: Axis, coordinate: Any) -> Axis:
    return Axis(axis.name, len(coordinate), coordinate)


def _at_level(axis: Axis, level: int, positions: np.ndarray) -> Axis:
    return Axis(f"{axis.name}_{level}", len(positions), axis.at(positions))


def _unused(name: str, axes: Axes) -> str:
    while name in [axis.name for axis in axes]:
        name += "_"
    return name


def _data_array(c: Any, array: Any, axes: Sequence[Axis]) -> Any:
    coordinates = {}
    for axis in axes:
        index = axis.index if axis.index is not None else axis.coordinate
        if index is not None:
            coordinates[axis.name] = index
    name = c.labels.name if c.labels is not None else None
    numbers = known(array)
    return _xarray().DataArray(
        numbers, dims=[a.name for a in axes], coords=coordinates, name=name, attrs=_attributes(c)
    )


def _attributes(c: Any) -> dict[Any, Any]:
    return {} if c.labels is None else dict(c.labels.attributes)


def _xarray() -> Any:
    try:
        import xarray
    except ImportError as error:
        raise MissingDependency("to_xarray needs xarray: pip install 'subband[xarray]'") from error
    return xarray
