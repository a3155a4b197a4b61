"""One-line summary of skipped pictures."""

from collections.abc import Sequence

from subband.data.classes import first_few
from subband.data.decode import Skipped
from subband.runs.names import printable


def summary(skipped: Sequence[Skipped]) -> str:
    """Number of skipped pictures per reason, the most frequent first, each with its first few names.

    Reasons are grouped by their text before the first "(" or ";".

    >>> summary([Skipped("a.png", "empty (0 bytes)"), Skipped("b.png", "no image"), Skipped("c.png", "empty")])
    '2 × empty (a.png, c.png); 1 × no image (b.png)'
    """
    names: dict[str, list[str]] = {}
    for item in skipped:
        kind = item.reason.partition("(")[0].partition(";")[0].strip() or item.reason
        names.setdefault(kind, []).append(item.name)
    kinds = sorted(names, key=lambda kind: -len(names[kind]))
    return "; ".join(f"{len(names[kind])} × {printable(kind)} ({first_few(names[kind])})" for kind in kinds)
