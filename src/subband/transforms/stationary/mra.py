"""Multiresolution analysis: decomposition of a signal into a sum of sub-band components."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import final

import numpy as np

from subband.arrays.arguments import choice, shown
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, device_of, namespace, widened
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_synthesis
from subband.transforms.stationary.atrous import merge_band
from subband.transforms.stationary.layers import Layers
from subband.transforms.stationary.swt import StationaryCoefficients, swt, synthesis_gain
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import dwt
from subband.transforms.wavelets.spec import Modes, Wavelets


@final
@pytree("array")
@dataclass(frozen=True, eq=False, repr=False)
class Components(Layers):
    """Additive components of a signal by scale and direction, returned by `mra`.

    `c.approx` is the smooth component; `c[level]` maps names such as "d", or "ad", "da", "dd" for two axes, to the
    details of a level, 1 the finest. All have the shape of the signal, and sum to it.

    Attributes:
        array: (*batch, 1 + level·(2^d − 1), n₁, …, n_d): batch axes, components (approximation, then details from
            the coarsest level to the finest), and analysed axes.
        spec: Parameters of the transform.

    See also: `imra`.
    """

    def _band(self, i: int) -> Array:
        return self.with_labels(super()._band(i))


@keyword_only_after("wavelet", "level", "axes", "transform", "mode")
@labelled
def mra(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "periodization",
    axes: int | Sequence[int] = -1,
    transform: str = "swt",
) -> Components:
    """Multiresolution analysis: x = A_J + Σⱼ Dⱼ, where each component is the inverse transform of one sub-band.

    Analysis followed by synthesis has zero phase for orthogonal wavelets, so features in the components are aligned
    with those of the signal.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these per axis.
        level: Number of levels J, as in `swt` or `dwt`.
        mode: Boundary mode for "dwt", one of `subband.MODES`, or one per axis; "swt" is periodic.
        axes: The axes to analyse, one or several.
        transform: "swt", with shift-equivariant components, or "dwt", with orthogonal components for orthogonal
            wavelets.

    Returns:
        The components, each of the shape of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: an unknown transform, a mode other than "periodization" for "swt", or as `swt` and `dwt`.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(64)
        >>> c = sb.mra(x, "db2", level=2)
        >>> c.array.shape
        (3, 64)
        >>> bool(np.allclose(c.approx + c[1]["d"] + c[2]["d"], x))
        True

    Source: D. B. Percival, H. O. Mofjeld, Analysis of subtidal coastal sea level fluctuations using wavelets,
    J. Am. Statistical Association 92, 1997.

    See also: `imra`, `swt`, `dwt`.
    """
    check_transform(transform, mode)
    if transform == "dwt":
        return _decimated(dwt(x, wavelet, level=level, mode=mode, axes=axes))
    return _stationary(swt(x, wavelet, level=level, axes=axes))


def check_transform(transform: str, mode: Modes) -> None:
    """Raise InvalidInput for a transform or mode that `mra` does not support."""
    choice("transform", transform, ("swt", "dwt"))
    if transform == "swt" and not (isinstance(mode, str) and mode == "periodization"):
        raise InvalidInput(f"mode={shown(mode)} is for transform='dwt': 'swt' is periodic, leave mode out")


def imra(c: Components) -> Array:
    """Inverse of `mra`: the sum of all components.

    Args:
        c: Components returned by `mra`, or modified ones (`c.replace`, `c.map`).

    Returns:
        The signal, in the shape that was analysed.

    Raises:
        InvalidInput: if `c` is not a `Components`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((8, 50))
        >>> bool(np.allclose(sb.imra(sb.mra(x, "sym4", level=3)), x))
        True

    See also: `iswt`, `idwt`.
    """
    if not isinstance(c, Components):
        raise InvalidInput(f"can't sum a {type(c).__name__}: give the Components that mra returned")
    xp = namespace(c.array)
    signal = xp.sum(widened(c.flat()), axis=1)
    return c.with_labels(c.spec.scatter(xp.astype(signal, c.array.dtype, copy=False)))


def _stationary(c: StationaryCoefficients) -> Components:
    """Synthesis of each band separately; at each level, components of coarser levels are approximations."""
    xp, spec, flat, names = namespace(c.array), c.spec, widened(c.flat()), c.names
    gain = synthesis_gain(c.norm)
    components, start = flat[:, :1, ...], 1
    for j in range(spec.level, 0, -1):
        step = 2 ** (j - 1)
        coarser = merge_band(components, "a" * len(spec.axes), spec.known, step, gain)
        own = [
            merge_band(flat[:, i : i + 1, ...], name, spec.known, step, gain)
            for i, name in enumerate(names, start)
        ]
        components = xp.concat([coarser, *own], axis=1)
        start += len(names)
    components = xp.astype(components, c.array.dtype, copy=False)
    return Components(xp.reshape(components, tuple(c.array.shape)), spec)


def _decimated(c: Coefficients) -> Components:
    """Synthesis of each band separately, as a batch of pyramids with one non-zero band each."""
    xp, spec, plan = namespace(c.array), c.spec, c.spec.analysis
    mask = band_mask(c)
    pyramids = xp.where(mask, c.array[..., None, :], xp.zeros_like(c.array[..., None, :]))
    pyramids = xp.reshape(pyramids, (spec.signals * mask.shape[0], plan.total))
    signals = pyramid_synthesis(pyramids, spec.synthesis, spec.synthesis_filters(c.filters))
    return Components(xp.reshape(signals, (*spec.batch, mask.shape[0], *spec.size)), spec)


def band_mask(c: Coefficients) -> Array:
    """(bands, total) mask: whether each coefficient belongs to each band."""
    plan = c.spec.analysis
    device = device_of(c.array)
    details = [prod(size) for size in plan.sizes[:0:-1] for _ in plan.bands[1:]]
    sizes = [prod(plan.sizes[-1]), *details]
    band = np.repeat(np.arange(len(sizes)), sizes)
    return namespace(c.array).asarray(band == np.arange(len(sizes))[:, None], **device)
