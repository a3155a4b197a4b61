"""One sentence of plain words on what an answer rests on, by rules, from the numbers of the explanation."""

from collections.abc import Mapping

import numpy as np

from subband.forensics.explanation.groups import SMOOTH
from subband.forensics.judgement import Verdict

LEAST = 0.25  # nats: a smaller change of the log-odds is no reason
MOSTLY = 0.6  # share of the support from which one group is called the reason
TOGETHER = 0.7  # share from which two are
CONCENTRATED = 0.5  # share of a map's support in one third of a side from which the place is named

SUPPORT: dict[bool, str] = {True: "generated", False: "real"}


def sentence(
    verdict: Verdict,
    log_odds: float,
    groups: Mapping[str, float],
    octaves: Mapping[str, Verdict],
    heat: np.ndarray | None = None,
    alone: Verdict = "can't tell",
) -> str:
    """What an answer rests on, where, and what it would be without some detail.

    Args:
        verdict: The answer for the whole picture.
        log_odds: Of the whole picture, ln P(generated) − ln P(real).
        groups: Group of bands → log-odds without it.
        octaves: Octave → verdict without it, the finest first.
        heat: (h, w) log-odds over the picture, if there is a map.
        alone: What the detector's thresholds alone would answer, without its other reasons for silence.

    Example:
        >>> without = {"coarse diagonal detail": 0.5, "medium vertical lines": 2.5}
        >>> print(sentence("generated", 3.0, without, {"coarse detail": "real"}))
        The detector's answer rests mostly on coarse diagonal detail; without coarse detail it would be "real".
    """
    towards = verdict == "generated" if verdict != "can't tell" else log_odds >= 0
    sign = 1 if towards else -1
    support = {name: sign * (log_odds - without) for name, without in groups.items()}
    where = "" if heat is None else place(sign * heat)
    if verdict == "can't tell":
        leans = f'The detector leans to "{SUPPORT[towards]}"'
        because = "" if (on := reasons(support)) is None else f", {on}"
        little = "that is too little for an answer" if alone == verdict else "other reasons forbid an answer"
        return f"{leans}{because}{where}; {little}."
    on = reasons(support) or "on no single kind of detail"
    return f"The detector's answer rests {on}{where}; {otherwise(verdict, octaves)}."


def reasons(support: Mapping[str, float]) -> str | None:
    """Words such as "mostly on A", "on A and B"; None if nothing alone makes a difference.

    Args:
        support: Group → what it adds to the answer, in nats; a negative one speaks against it.
    """
    positive = {name: value for name, value in support.items() if value > 0}
    ordered = sorted(positive, key=lambda name: -positive[name])
    if not ordered or positive[ordered[0]] < LEAST:
        return None
    share = [positive[name] / sum(positive.values()) for name in ordered]
    if share[0] >= MOSTLY:
        return f"mostly on {ordered[0]}"
    if share[0] + share[1] >= TOGETHER:
        return f"on {ordered[0]} and {ordered[1]}"
    return f"on many kinds of detail, {ordered[0]} first"


def otherwise(verdict: Verdict, octaves: Mapping[str, Verdict]) -> str:
    """The first octave, finest first, without which the verdict is another one."""
    for name, without in octaves.items():
        if without != verdict:
            if name == SMOOTH:
                return f'with even brightness and colour it would be "{without}"'
            return f'without {name} it would be "{without}"'
    return "it stays the same without any one octave of detail"


def place(support: np.ndarray) -> str:
    """Where a map's positive part lies: ", in the upper left", ", all over the picture", or "" where it has none.

    A third of the height, or of the width, is named if it has over half of the support.

    Args:
        support: (h, w), what each part of the picture adds to the answer.
    """
    positive = np.clip(support, 0, None)
    if not positive.sum() > 0 or min(positive.shape) < 3:
        return ""
    row = _third(positive.sum(1), ("upper", "middle", "lower"))
    column = _third(positive.sum(0), ("left", "middle", "right"))
    match row, column:
        case None, None:
            return ", all over the picture"
        case None, "middle":
            return ", along the middle from top to bottom"
        case "middle", None:
            return ", along the middle from left to right"
        case None, _:
            return f", on the {column}"
        case _, None:
            return f", in the {row} part"
        case "middle", "middle":
            return ", in the middle"
        case "middle", _:
            return f", in the middle of the {column} side"
        case _, "middle":
            return f", in the middle of the {row} part"
    return f", in the {row} {column}"


def _third(profile: np.ndarray, names: tuple[str, str, str]) -> str | None:
    """Name of the third that has over half of a profile."""
    edges = np.linspace(0, len(profile), 4)
    cumulative = np.interp(edges, np.arange(len(profile) + 1), np.concatenate([[0], np.cumsum(profile)]))
    shares = np.diff(cumulative) / cumulative[-1]
    return names[int(shares.argmax())] if shares.max() > CONCENTRATED else None
