"""Where a signal's energy goes: order by order."""

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
    """Shares of ‖x‖² in each order: of its averages, and of its moduli before they are averaged.

    With a tight bank, what is propagated to order m is what its averages keep and what goes on to order m + 1:
    ‖U_m x‖² = ‖S_m x‖² + ‖U_{m+1} x‖². What is missing went along paths to finer
    scales, which are not computed, or past the ends of a signal that is not periodic.

    Args:
        x: As `scattering` takes it; the shares are those of the whole batch.
        scattering: The transform, whichever its average.

    Returns:
        (order + 1,) structured array: `order`; `averaged`, ‖S_m x‖² / ‖x‖²; `propagated`, ‖U_m x‖² / ‖x‖² (1 for
        order 0). Samples of subsampled signals count for as many as they stand for.

    Raises:
        InvalidInput: what `scattering` can't transform.
    """
    if not isinstance(scattering, Scattering):
        raise InvalidInput(f"scattering={shown(scattering)}: give a Scattering, e.g. subband.Scattering(J=4)")
    x = widened(as_signal(x))
    if 0 in x.shape:
        raise InvalidInput(f"x of shape {tuple(x.shape)} is empty: give one signal or more")
    # Shares are the same for all powers of two, but their squares are not all within range.
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
        kept = float((values(averaged[order]) ** 2).sum()) * 2.0 ** (tree.stride * scattering.ndim)
        made[order] = (order, kept / whole, sum(energies[scattering.paths.of_order(order)]) / whole)
    return made
