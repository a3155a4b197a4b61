"""Classes of generated images."""

import torch
from torch import Tensor

from subband.generate.family import Condition


def drawn_labels(
    count: int, classes: int, random: torch.Generator, condition: Condition, device: torch.device
) -> Tensor | None:
    """The class of each image to generate: the given one, or a random one where none is given or it is -1.

    Args:
        count: images.
        classes: number of classes; 0 for an unconditional generator, which has no labels.
        random: draws as many classes whatever is given, so what is drawn after them does not depend on it.
        condition: of `ImageNetwork.draw`; "label" is int64 (count,).
        device: of the result.

    Returns:
        int64 (count,), or None without classes.

    Example:
        >>> import torch
        >>> given = {"label": torch.tensor([2, 0, 1])}
        >>> drawn_labels(3, 4, torch.Generator().manual_seed(0), given, torch.device("cpu"))
        tensor([2, 0, 1])
    """
    if not classes:
        return None
    drawn = torch.randint(0, classes, (count,), generator=random)
    given = condition.get("label", torch.full((count,), -1)).cpu()
    return torch.where(given < 0, drawn, given).to(device)
