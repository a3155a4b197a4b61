"""Answers of a detector: score, probability and verdict, whatever its verdicts are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from subband.errors import InvalidInput
from subband.metrics import ABSTAINED

VERDICTS = {"real": 0, "generated": 1, "can't tell": ABSTAINED}

SUREST = 36.0
"""Largest log-odds of a probability in double precision: ln(1 / 2⁻⁵²)."""


@runtime_checkable
class Judge(Protocol):
    """A detector. Its answer has `probability_generated` and `verdict`, or `real` for one that never abstains.

    Example:
        >>> from subband.forensics import packaged_detector
        >>> from subband.forensics.evaluation import Judge
        >>> isinstance(packaged_detector(), Judge), isinstance("a path", Judge)
        (True, False)
    """

    def judge(self, pixels: np.ndarray) -> Any:
        """The answer for one picture, (H, W, 3) uint8."""
        ...


@dataclass(frozen=True)
class Answer:
    """What a detector answers for one picture.

    Attributes:
        score: ln P(generated) − ln P(real).
        probability: P(generated), as the detector states it.
        verdict: 0 real, 1 generated, −1 can't tell.
        refused: Whether the detector raised an error for the picture, e.g. because it is too small: "can't tell"
            with P = ½.

    Example:
        >>> from subband.forensics.evaluation import Answer, Answers
        >>> answers = Answers.of([Answer(score=2.0, probability=0.88, verdict=1), Answer(-0.1, 0.475, verdict=-1)])
        >>> answers.verdict.tolist(), answers.forced().tolist()  # the second one abstains
        ([1, -1], [1, 0])
    """

    score: float
    probability: float
    verdict: int
    refused: bool = False


REFUSED = Answer(0.0, 0.5, ABSTAINED, True)


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers for N pictures; see `Answer`.

    Attributes:
        score: (N,) float64.
        probability: (N,) float64.
        verdict: (N,) int64.
        refused: (N,) bool.
    """

    score: np.ndarray
    probability: np.ndarray
    verdict: np.ndarray
    refused: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    @staticmethod
    def of(answers: Iterable[Answer]) -> "Answers":
        """Stack answers."""
        rows = list(answers)
        return Answers(
            np.array([row.score for row in rows], dtype=np.float64),
            np.array([row.probability for row in rows], dtype=np.float64),
            np.array([row.verdict for row in rows], dtype=np.int64),
            np.array([row.refused for row in rows], dtype=bool),
        )

    def forced(self, threshold: float = 0.5) -> np.ndarray:
        """(N,) int64: 1 where P(generated) ≥ threshold, abstentions too."""
        return (self.probability >= threshold).astype(np.int64)


def ask(detector: Judge, pixels: np.ndarray) -> Answer:
    """The answer of a detector for one picture; `REFUSED` if it can't take the picture.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import packaged_detector
        >>> from subband.forensics.evaluation import ask
        >>> ask(packaged_detector(), np.zeros((16, 16, 3), np.uint8))  # smaller than a crop of the detector
        Answer(score=0.0, probability=0.5, verdict=-1, refused=True)
    """
    try:
        found = detector.judge(pixels)
    except InvalidInput:
        return REFUSED
    return answer_of(found)


def answer_of(found: Any) -> Answer:
    """Read an answer.

    The score comes from the probabilities of the sources where they sum to the probability: 1 − p is exact for
    neither end of the scale.

    Raises:
        InvalidInput: an unknown verdict, or a probability outside 0..1.

    Example:
        >>> from types import SimpleNamespace
        >>> from subband.forensics.evaluation import answer_of
        >>> answer = answer_of(SimpleNamespace(verdict="generated", probability_generated=0.8))
        >>> answer.verdict, round(answer.score, 2)  # ln 4
        (1, 1.39)
    """
    verdict = getattr(found, "verdict", None)
    if verdict is None:
        verdict = "real" if found.real else "generated"
    if verdict not in VERDICTS:
        raise InvalidInput(f"unknown verdict {verdict!r}: a detector says {', '.join(map(repr, VERDICTS))}")
    p = float(found.probability_generated)
    if not 0 <= p <= 1:
        raise InvalidInput(f"P(generated) is {p}: a detector gives a probability, 0 to 1")
    sources = getattr(found, "sources", None) or getattr(found, "source_probabilities", None)
    return Answer(_log_odds(p, sources), p, VERDICTS[verdict])


def _log_odds(p: float, sources: Mapping[str, float] | None) -> float:
    real, generated = 1.0 - p, p
    if sources and "real" in sources and abs(1.0 - sources["real"] - p) < 1e-6:
        real = sources["real"]
        generated = sum(q for name, q in sources.items() if name != "real")
    with np.errstate(divide="ignore"):
        odds = float(np.log(generated) - np.log(real))
    return float(np.clip(odds, -SUREST, SUREST))
