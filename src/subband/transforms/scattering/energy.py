"""Energy of a signal in each order of its scattering transform."""

from dataclasses import replace

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import uncompiled
from subband.arrays.concrete import values
from subband.arrays.namespace import Array, as_signal, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.scattering.scattering import Scattering


@uncompiled
def scattering_energy(x: Array, scattering: Scattering) -> np.ndarray:
    """Fractions of the energy ‖x‖² in each order m: of the averages S_m x, and of the moduli U_m x.

    With a tight bank ‖U_m x‖² = ‖S_m x‖² + ‖U_{m+1} x‖², up to the energy of paths to finer scales, which are not
    computed, and, for signals that are not periodic, energy beyond the ends.

    Args:
        x: Input of `scattering`; the fractions are those of the whole batch.
        scattering: The transform; its `average` is ignored.

    Returns:
        (order + 1,) structured array with fields `order`; `averaged`, ‖S_m x‖² / ‖x‖²; `propagated`,
        ‖U_m x‖² / ‖x‖² (1 for order 0). Norms of signals subsampled by 2ᵏ are multiplied by 2ᵏ per axis.

    Raises:
        InvalidInput: not a `Scattering`, an empty array, or otherwise as `scattering`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).normal(size=256)
        >>> e = sb.scattering_energy(x, sb.Scattering(J=4, Q=1, bank="meyer", pad_mode="periodic"))
        >>> e["averaged"].round(2).tolist()
        [0.03, 0.82, 0.06]

    See also: `subband.Scattering`, `FilterBank.littlewood_paley`.

    Source: J. Bruna, S. Mallat, Invariant Scattering Convolution Networks (2013).
    """
    if not isinstance(scattering, Scattering):
        raise InvalidInput(f"scattering={shown(scattering)}: give a Scattering, e.g. subband.Scattering(J=4)")
    x = widened(as_signal(x))
    if 0 in x.shape:
        raise InvalidInput(f"x of shape {tuple(x.shape)} is empty: give one signal or more")
    # Scale by a power of two, which leaves the fractions unchanged, against overflow and underflow.
    x = x / power_of_two(x, tuple(range(x.ndim)))
    whole = float((values(x) ** 2).sum())
    averaged = replace(scattering, average=True)(x)
    moduli = replace(scattering, average=False)(x)
    tree, finer = averaged.spec.cascade(averaged.shape), moduli.spec.cascade(moduli.shape)
    cells = [2.0 ** (scattering.ndim * stride) for stride in (0, *[node.stride for node in finer.nodes])]
    energies = [cell * float((values(u) ** 2).sum()) for cell, u in zip(cells, moduli.array, strict=True)]
    made = np.empty(
        scattering.order + 1, dtype=[("order", np.int64), ("averaged", float), ("propagated", float)]
    )
    for order in range(scattering.order + 1):
        energy = float((values(averaged[order]) ** 2).sum()) * 2.0 ** (tree.stride * scattering.ndim)
        made[order] = (order, energy / whole, sum(energies[scattering.paths.of_order(order)]) / whole)
    return made
