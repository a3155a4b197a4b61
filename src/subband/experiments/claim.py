"""Definition of a claim and of the outcome of its reproduction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from subband.runs.progress import Watcher


@dataclass(frozen=True)
class Outcome:
    """Results of one run of a claim.

    Attributes:
        ours: name → measured number.
        uncertainty: name in `ours` → 95 % confidence interval [low, high].
        figure: PNG file contents.
        settings: all settings that determine the numbers, as JSON values.
        seed: first random seed.
        versions: package → version.
        animation: GIF file contents, where something moves.

    Example:
        >>> from subband.experiments import Outcome
        >>> outcome = Outcome(
        ...     ours={"accuracy": 0.94}, uncertainty={"accuracy": (0.92, 0.96)}, figure=b"PNG",
        ...     settings={"steps": 100}, seed=0, versions={"numpy": "2"},
        ... )
        >>> low, high = outcome.uncertainty["accuracy"]
        >>> low < outcome.ours["accuracy"] < high
        True
    """

    ours: Mapping[str, float]
    uncertainty: Mapping[str, tuple[float, float]]
    figure: bytes
    settings: Mapping[str, Any]
    seed: int
    versions: Mapping[str, str]
    animation: bytes | None = None


@dataclass(frozen=True)
class Claim:
    """A published claim and its reproduction.

    Attributes:
        name: argument of `subband reproduce`.
        claim: the claim, in one sentence.
        source: publication.
        published: published numbers, "–" if none are available.
        protocol: protocol of the reproduction, and its differences from the source.
        seconds: nominal time of the full run on a two-core machine.
        run: (nominal seconds, watcher) → outcome.
        shown: names in `Outcome.ours` for the table of claims; the accuracies by default.

    Example:
        >>> from subband.experiments import EXPERIMENTS
        >>> claim = EXPERIMENTS["chirp"]
        >>> claim.name, claim.seconds < 3600
        ('chirp', True)
    """

    name: str
    claim: str
    source: str
    published: str
    protocol: str
    seconds: float
    run: Callable[[float, Watcher], Outcome]
    shown: tuple[str, ...] = ()
