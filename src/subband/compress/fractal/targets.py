"""The step that meets a target, by interpolation between steps that were tried."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from subband.errors import InvalidInput

FINEST, COARSEST = 2.0, 400.0  # grey levels
TRIALS = 9


class Stepped(Protocol):
    """What was tried at a step."""

    @property
    def step(self) -> float:
        """Grey levels."""
        ...


T = TypeVar("T", bound=Stepped)


@dataclass(frozen=True)
class Target(Generic[T]):
    """What a trial must reach.

    Attributes:
        excess: Of a trial above the target; 0 or less meets it.
        slope: What the excess does when the step doubles, roughly; its sign is certain.
        tolerance: How far below 0 is near enough.
        wish: For messages, e.g. "bpp=0.2".
        reached: A trial's value, for messages.
    """

    excess: Callable[[T], float]
    slope: float
    tolerance: float
    wish: str
    reached: Callable[[T], str]

    def meet(self, attempt: Callable[[float], T], start: float) -> T:
        """The trial that meets the target most closely.

        Args:
            attempt: Step → trial.
            start: First step.

        Raises:
            InvalidInput: the finest or coarsest step doesn't meet it.
        """
        good: tuple[float, float, T] | None = None
        bad: tuple[float, float] | None = None
        x = math.log2(start)
        for _ in range(TRIALS):
            x = min(max(x, math.log2(FINEST)), math.log2(COARSEST))
            trial = attempt(2**x)
            excess = self.excess(trial)
            if excess <= 0:
                if good is None or excess > good[1]:
                    good = x, excess, trial
                if excess >= -self.tolerance or (bad is None and x == self._wasteful()):
                    break
            elif x == self._frugal():
                raise InvalidInput(f"can't meet {self.wish}: this image reaches {self.reached(trial)}")
            else:
                bad = x, excess
            x = self._next(x, excess, good, bad)
        if good is None:  # nine steps, each a little too far: go all the way
            trial = attempt(2 ** self._frugal())
            if self.excess(trial) > 0:
                raise InvalidInput(f"can't meet {self.wish}: this image reaches {self.reached(trial)}")
            return trial
        return good[2]

    def _frugal(self) -> float:
        """The end where the excess is least."""
        return math.log2(COARSEST if self.slope < 0 else FINEST)

    def _wasteful(self) -> float:
        return math.log2(FINEST if self.slope < 0 else COARSEST)

    def _next(
        self, x: float, excess: float, good: tuple[float, float, T] | None, bad: tuple[float, float] | None
    ) -> float:
        aim = -self.tolerance / 2
        if good is None or bad is None:
            return x + 1.1 * (aim - excess) / self.slope
        share = (aim - good[1]) / (bad[1] - good[1])
        return good[0] + min(max(share, 0.05), 0.95) * (bad[0] - good[0])
