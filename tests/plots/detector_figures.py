"""Figures of an evaluation of detectors, for test_figures.py: drawings, what they name, what they refuse."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from subband import plots


def drawings(rng) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    bins = np.linspace(0.05, 0.95, 10)
    return {
        "roc": lambda: plots.roc({"a": (bins, bins**0.5)}, chosen={"a": (0.1, 0.4)}),
        "risk_coverage": lambda: plots.risk_coverage({"a": (bins, bins / 4), "b": (bins, bins / 3)}),
        "robustness": lambda: plots.robustness(
            {"JPEG": {"a": plots.Robustness(*np.array([[100, 50], [0.9, 0.7], [0.8, 0.6], [1, 0.8]]))}},
            axes_labels={"JPEG": "JPEG quality"},
            untouched={"JPEG": 100},
            score="AUROC (%)",
            level=0.5,
        ),
        "score_shift": lambda: plots.score_shift(
            {"JPEG 50": {"real": (0.5, 0.2, 0.8), "generated": (-1.0, np.nan, np.nan)}}
        ),
        "score_spread": lambda: plots.score_spread(
            {"camera": rng.normal(size=9)}, {"gan": rng.normal(2, 1, 9)}, threshold=0.0
        ),
        "score_table": lambda: plots.score_table(
            np.array([[0.5, 1.0], [np.nan, 0.1]]),
            ["gan", "vae"],
            ["gan", "vae"],
            score="AUROC (%)",
            x="tested on",
        ),
    }


EXPECTED = {
    "roc": "Receiver operating · photographs called generated (%) · generated pictures found (%) · its verdicts",
    "risk_coverage": "pictures with an answer (%) · wrong among the answers (%) · a · b",
    "robustness": "JPEG · JPEG quality · AUROC (%) · 100 · 50",
    "score_shift": "JPEG 50 · photographs · generated pictures · ln P(generated)/P(real) (nats)",
    "score_spread": "camera · gan · ln P(generated)/P(real) (nats) · 9",
    "score_table": "gan · vae · AUROC (%) · tested on · 100 · 10",
}

REFUSED = (
    (lambda: plots.roc({}), "no curve"),
    (lambda: plots.risk_coverage({}), "no curve"),
    (lambda: plots.robustness({}, axes_labels={}, untouched={}, score=""), "no change"),
    (lambda: plots.score_shift({}), "no shift"),
    (lambda: plots.score_spread({}, {}), "no score"),
    (lambda: plots.score_table(np.ones((1, 2)), ["a"], ["b"], score=""), r"\(1, 1\)"),
)
