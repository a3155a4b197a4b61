"""Bands of a packet transform in groups that have a name: by octave and by direction."""

from functools import cache

import numpy as np

SMOOTH = "smooth areas"
OCTAVES = ("the finest detail", "medium detail", "coarse detail", "very coarse detail", "the coarsest detail")
"""Names from the highest octave of frequency downwards."""


@cache
def octaves(level: int) -> dict[str, np.ndarray]:
    """Name → (F, F) bool mask, finest first; the lowest band, `SMOOTH`, is the last.

    Band (i, j) of F = 2^J bands an axis has frequencies from i/(2F) to (i + 1)/(2F) cycles per pixel. Octave k
    holds those with F/2^(k+1) ≤ max(i, j) < F/2^k.

    Example:
        >>> {name: int(mask.sum()) for name, mask in octaves(3).items()}
        {'the finest detail': 48, 'medium detail': 12, 'coarse detail': 3, 'smooth areas': 1}
    """
    count = 2**level
    highest = np.maximum(*np.indices((count, count)))
    found = {OCTAVES[k]: (highest >= count >> (k + 1)) & (highest < count >> k) for k in range(level)}
    return found | {SMOOTH: highest == 0}


@cache
def groups(level: int) -> dict[str, np.ndarray]:
    """Name → (F, F) bool mask: each octave by direction, then the lowest band. Each band is in one group.

    A band is diagonal where neither frequency is over twice the other. High horizontal frequencies are those of
    vertical lines.

    Example:
        >>> list(groups(1))
        ['the finest vertical lines', 'the finest horizontal lines', 'the finest diagonal detail', 'smooth areas']
    """
    count = 2**level
    vertical, horizontal = np.indices((count, count)) + 0.5
    directions = {
        "vertical lines": horizontal > 2 * vertical,
        "horizontal lines": vertical > 2 * horizontal,
    }
    directions["diagonal detail"] = ~(directions["vertical lines"] | directions["horizontal lines"])
    found = {
        f"{octave.removesuffix(' detail')} {direction}": of_octave & of_direction
        for octave, of_octave in octaves(level).items()
        if octave != SMOOTH
        for direction, of_direction in directions.items()
    }
    return found | {SMOOTH: octaves(level)[SMOOTH]}
