"""How neighbouring pixels go together: joint frequencies of their differences."""

import torch
from jaxtyping import Float
from torch import Tensor

REACH = 2  # differences are quantised and clipped to −2 … 2


def neighbour_statistics(
    x: Float[Tensor, "n 3 height width"], *, steps: tuple[float, ...] = (1.0, 3.0)
) -> Float[Tensor, "n features"]:
    """√ of the joint frequencies of three consecutive second differences, quantised, along rows and columns.

    d = x[i−1] − 2 x[i] + x[i+1], q = clip(round(d / step), −2, 2): 5³ triples, of which those that are each other's
    mirror image or negative count as one. The root makes frequencies comparable (Hellinger).

    Source: Pevný, Bas & Fridrich 2010, "Steganalysis by subtractive pixel adjacency matrix"; Fridrich &
    Kodovský 2012, "Rich models for steganalysis of digital images", section II.

    Args:
        x: images, 0..255, of at least 5 pixels a side.
        steps: grey levels per unit of a quantised difference.

    Returns:
        (N, 39 · number of steps).
    """
    table, classes = _symmetries()
    table = table.to(x.device)
    side = 2 * REACH + 1
    columns = []
    for step in steps:
        counts = torch.zeros(len(x), classes, dtype=torch.float64, device=x.device)
        for y in (x, x.transpose(-2, -1)):
            d = y[..., :-2] - 2 * y[..., 1:-1] + y[..., 2:]
            q = torch.round(d / step).clamp(-REACH, REACH).long() + REACH
            triple = (q[..., :-2] * side + q[..., 1:-1]) * side + q[..., 2:]
            index = table[triple].flatten(1)
            counts.scatter_add_(1, index, torch.ones_like(index, dtype=torch.float64))
        columns.append((counts / counts.sum(1, keepdim=True)).sqrt())
    return torch.cat(columns, 1).to(x.dtype)


def _symmetries() -> tuple[Tensor, int]:
    """Triple → number of its class under reversal and negation, and the number of classes."""
    side = 2 * REACH + 1
    values = range(-REACH, REACH + 1)
    classes: dict[tuple[int, int, int], int] = {}
    table = []
    for a in values:
        for b in values:
            for c in values:
                least = min((a, b, c), (c, b, a), (-a, -b, -c), (-c, -b, -a))
                table.append(classes.setdefault(least, len(classes)))
    assert len(table) == side**3
    return torch.tensor(table), len(classes)
