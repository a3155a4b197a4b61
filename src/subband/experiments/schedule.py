"""`subband reproduce --all`: the claims that fit a budget, stale ones first."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from subband.errors import SubbandError
from subband.experiments.claim import Claim
from subband.experiments.freshness import State, state
from subband.experiments.record import Written, reproduce_claim
from subband.runs.progress import Watcher


@dataclass
class Round:
    """What `reproduce_all` did.

    Attributes:
        written: name → record.
        failed: name → error.
        left: name → why it was not run.

    Example:
        >>> Round(left={"chirp": "needs 4 m"}).done
        True
    """

    written: dict[str, Written] = field(default_factory=dict)
    failed: dict[str, SubbandError] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether no claim failed."""
        return not self.failed


def order(claims: Mapping[str, Claim], results: Path) -> list[tuple[Claim, State]]:
    """Claims in the order in which they should run: never run, stale, then the others, the oldest record first.

    Among equals the shorter comes first, so that a budget serves as many as it can.
    """
    states = [(claim, state(claim, results)) for claim in claims.values()]

    def rank(item: tuple[Claim, State]) -> tuple[int, str, float]:
        claim, found = item
        if found.record is None:
            return 0, "", claim.seconds
        when = str(found.record.get("when", ""))
        return (1, "", claim.seconds) if found.stale else (2, when, claim.seconds)

    return sorted(states, key=rank)


def reproduce_all(
    claims: Mapping[str, Claim],
    *,
    budget: float | None,
    results: Path,
    watcher: Watcher,
    clock: Callable[[], float] = time.monotonic,
) -> Round:
    """Full runs of the claims that fit the budget, in `order`; without a budget of all that are stale.

    A claim begins if its nominal time is not more than what is left of the budget; what it took is subtracted,
    whatever it was meant to take. One that fails, as for want of its data, does not stop the others.

    Args:
        claims: the registry.
        budget: seconds for all; None for no limit.
        results: output folder.
        watcher: progress display.
        clock: seconds from any fixed time on.

    Example:
        >>> from pathlib import Path
        >>> from subband.experiments import EXPERIMENTS, reproduce_all
        >>> from subband.runs.progress import Silent
        >>> some = {name: EXPERIMENTS[name] for name in ("chirp", "aliasing")}
        >>> found = reproduce_all(some, budget=1, results=Path("results"), watcher=Silent())
        >>> found.done, sorted(found.left)  # a second is not enough for either
        (True, ['aliasing', 'chirp'])
    """
    found, start = Round(), clock()
    for claim, was in order(claims, results):
        left = float("inf") if budget is None else budget - (clock() - start)
        if budget is None and not was.stale:
            found.left[claim.name] = "its record is current"
        elif claim.seconds > left:
            found.left[claim.name] = f"takes {_time(claim.seconds)}, and {_time(max(0.0, left))} are left"
        else:
            watcher.say(f"{claim.name}: {was.why or 'its record is current, and the oldest'}")
            try:
                found.written[claim.name] = reproduce_claim(
                    claims, claim.name, results=results, watcher=watcher
                )
            except SubbandError as error:
                found.failed[claim.name] = error
                watcher.say(f"{claim.name}: {error}")
    return found


def _time(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
