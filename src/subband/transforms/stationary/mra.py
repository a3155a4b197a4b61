"""Multiresolution analysis: a signal as a sum of components, one for each band (Percival & Mofjeld 1997)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import final

import numpy as np

from subband.arrays.arguments import choice, shown
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, namespace, widened
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_synthesis
from subband.transforms.stationary.atrous import merge_alone
from subband.transforms.stationary.layers import Layers
from subband.transforms.stationary.swt import StationaryCoefficients, swt, synthesis_gain
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import dwt
from subband.transforms.wavelets.spec import Modes, Wavelets


@final
@pytree("array")
@dataclass(frozen=True, eq=False, repr=False)
class Components(Layers):
    """Additive components of a signal by scale and direction; see `Layers` for their order and names."""


@keyword_only_after("wavelet", "level", "axes", "transform", "mode")
def mra(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "periodization",
    axes: int | Sequence[int] = -1,
    transform: str = "swt",
) -> Components:
    """Multiresolution analysis: each band transformed back alone, so that all of them sum to the signal.

    Features stay where they are in the signal, whatever the wavelet's symmetry.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        level: Number of levels, as in `swt` or `dwt`.
        axes: The axes to analyse, one or several.
        transform: "swt", whose components shift with the signal, or "dwt", whose components are orthogonal for
            orthogonal wavelets.
        mode: What stands beyond the ends, for "dwt"; "swt" is periodic.

    Returns:
        The components, each of the shape of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: an unknown transform, another mode than periodization for "swt", or what `swt` and `dwt`
            raise.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    check_transform(transform, mode)
    if transform == "dwt":
        return _decimated(dwt(x, wavelet, level=level, mode=mode, axes=axes))
    return _stationary(swt(x, wavelet, level=level, axes=axes))


def check_transform(transform: str, mode: Modes) -> None:
    """Raise InvalidInput unless `mra` knows the transform, and the mode is one that it takes."""
    choice("transform", transform, ("swt", "dwt"))
    if transform == "swt" and not (isinstance(mode, str) and mode == "periodization"):
        raise InvalidInput(f"mode={shown(mode)} is for transform='dwt': 'swt' is periodic, leave mode out")


def imra(c: Components) -> Array:
    """The signal: the sum of its components.

    Args:
        c: Components, as `mra` gave them or with other numbers in them.

    Returns:
        The array, of exactly the shape that was analysed.

    Raises:
        InvalidInput: if `c` is not a `Components`.
    """
    if not isinstance(c, Components):
        raise InvalidInput(f"can't sum a {type(c).__name__}: give the Components that mra returned")
    xp = namespace(c.array)
    signal = xp.sum(widened(c.flat()), axis=1)
    return c.spec.scatter(xp.astype(signal, c.array.dtype, copy=False))


def _stationary(c: StationaryCoefficients) -> Components:
    """All bands on their way back together: at each level those of coarser levels are approximations."""
    xp, spec, flat, names = namespace(c.array), c.spec, widened(c.flat()), c.names
    gain = synthesis_gain(c.norm)
    carried, start = flat[:, :1, ...], 1
    for j in range(spec.level, 0, -1):
        step = 2 ** (j - 1)
        coarser = merge_alone(carried, "a" * len(spec.axes), spec.known, step, gain)
        own = [
            merge_alone(flat[:, i : i + 1, ...], name, spec.known, step, gain)
            for i, name in enumerate(names, start)
        ]
        carried = xp.concat([coarser, *own], axis=1)
        start += len(names)
    components = xp.astype(carried, c.array.dtype, copy=False)
    return Components(xp.reshape(components, tuple(c.array.shape)), spec)


def _decimated(c: Coefficients) -> Components:
    """One inverse for all bands: a batch of pyramids, each with one band and zeros elsewhere."""
    xp, spec, plan = namespace(c.array), c.spec, c.spec.analysis
    mine = own_band(c)
    pyramids = xp.where(mine, c.array[..., None, :], xp.zeros_like(c.array[..., None, :]))
    pyramids = xp.reshape(pyramids, (spec.signals * mine.shape[0], plan.total))
    signals = pyramid_synthesis(pyramids, spec.synthesis, spec.synthesis_filters(c.filters))
    return Components(xp.reshape(signals, (*spec.batch, mine.shape[0], *spec.size)), spec)


def own_band(c: Coefficients) -> Array:
    """(bands, total): whether a coefficient belongs to a band."""
    plan = c.spec.analysis
    place = {"device": c.array.device} if hasattr(c.array, "device") else {}
    details = [prod(size) for size in plan.sizes[:0:-1] for _ in plan.bands[1:]]
    sizes = [prod(plan.sizes[-1]), *details]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return namespace(c.array).asarray(owner == np.arange(len(sizes))[:, None], **place)
