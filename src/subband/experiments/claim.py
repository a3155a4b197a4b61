"""What a claim is, and what running it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from subband.runs.progress import Watcher


@dataclass(frozen=True)
class Outcome:
    """What one run of a claim gave.

    Attributes:
        ours: named numbers, flat.
        uncertainty: name in `ours` → 95 % interval [low, high].
        figure: PNG bytes.
        settings: everything that the numbers depend on, as JSON values.
        seed: the first seed.
        versions: package → version.
    """

    ours: Mapping[str, float]
    uncertainty: Mapping[str, tuple[float, float]]
    figure: bytes
    settings: Mapping[str, Any]
    seed: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """One published claim and how it is run again.

    Attributes:
        name: what is typed after `subband reproduce`.
        claim: what is claimed, in one sentence.
        source: where.
        published: the published figures as far as they were seen, else "–".
        protocol: what this run does, and where it differs from the source.
        seconds: nominal time of the full run on a two-core machine.
        run: called with (nominal seconds, watcher).
        shown: names in `ours` that the table of claims shows; by default those of accuracies.
    """

    name: str
    claim: str
    source: str
    published: str
    protocol: str
    seconds: float
    run: Callable[[float, Watcher], Outcome]
    shown: tuple[str, ...] = ()
