"""Figures of the claims on detection, for test_figures.py: drawings, and what they name."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from subband import plots
from subband.synthesis import Measure


def drawings(rng: Any, rows: Any, pixels: Any, sources: Any) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    bins = np.linspace(0.05, 0.95, 10)
    return {
        "detection_race": lambda: plots.detection_race(
            {
                name: plots.Race(
                    np.geomspace(0.1, 50, 4),
                    rng.uniform(0.02, 0.3, (2, 4)),
                    0.025,
                    input,
                    bins,
                    bins,
                    rng.integers(0, 99, 10),
                )
                for name, input in (("a net on packets", "packets"), ("a net on pixels", "pixels"))
            },
            title="A race",
        ),
        "attribution": lambda: plots.attribution(
            rng.integers(1, 99, (3, 3)),
            sources,
            {"gan": np.array([0.5, 0.875]), "all others": np.ones(2)},
            pixels,
            title="Who made it",
        ),
        "treated_accuracy": lambda: plots.treated_accuracy(
            np.array([30, 90]),
            {"a method": plots.Treated(np.array([0.8, 0.9]), np.array([[0.7, 0.85], [0.85, 0.95]]))},
            x="JPEG quality",
            title="Saved again",
        ),
        "aliasing": lambda: plots.aliasing(
            {"a map": (np.arange(9) / 8, -np.arange(9.0)), "its ReLU": (np.arange(9) / 8, -np.arange(9.0))},
            {"ReLU": (np.arange(5) / 8, rng.normal(-30, 5, 5)), "stride 2": (np.arange(5) / 8, np.zeros(5))},
            title="Folded",
        ),
        "sticking": lambda: plots.sticking(
            {name: rng.integers(0, 256, (6, 16, 16, 3), dtype=np.uint8) for name in ("B", "T")},
            {name: rng.integers(0, 256, (6, 16, 16, 3), dtype=np.uint8) for name in ("B", "T")},
            notes={"B": "EQ-T 16 dB", "T": "EQ-T 63 dB"},
            title="Stuck",
        ),
        "packet_saliency": lambda: plots.packet_saliency(rows[:1], pixels, title="Looked at"),
        "restorations": lambda: plots.restorations(
            {"a field": {"true": rng.normal(size=(8, 8)), "measured": rng.normal(size=(4, 4))}},
            title="Restored",
        ),
        "fields": lambda: plots.fields({"drawn anew": rng.normal(size=(2, 8, 8))}, title="Fields"),
        "lines": lambda: plots.lines(
            {
                "a panel": {
                    "real": (np.arange(3.0), np.ones((2, 3))),
                    "made": (np.arange(3.0), np.arange(3.0)),
                }
            },
            labels={"a panel": ("lag", "g")},
            logarithmic="a panel:x",
            title="Lines",
        ),
        "measures": lambda: plots.measures(
            [Measure("marginal", np.linspace(0, 1, 5), rng.normal(size=(4, 5)), rng.normal(size=(2, 5)))],
            title="Measures",
        ),
    }


EXPECTED = {
    "aliasing": "Folded · a map · its ReLU · ReLU · stride 2 · cycles a sample · aliased energy, dB of the input",
    "sticking": "Stuck · B: EQ-T 16 dB · T: EQ-T 63 dB · x-t slice · turning",
    "detection_race": (
        "A race · processor time of one core (minutes) · error (%) · mean ± std over 2 seeds · 2.50 %"
        " · a net on packets · a net on pixels · fraction generated · predicted probability"
    ),
    "attribution": (
        "Who made it · true source · predicted source · trained on · tested on · all others · 0.88 · diffusion"
    ),
    "treated_accuracy": "Saved again · JPEG quality · accuracy (%) · a method · chance",
    "restorations": "Restored · true · measured · a field",
    "fields": "Fields · drawn anew",
    "lines": "Lines · a panel · lag · g · real · made",
    "measures": "Measures · marginal: · real–real · probability · quantile (standard deviations) · synthesised, "
    "mean",
    "packet_saliency": "Looked at · real · gan · mean · ln |c| (nats) · horizontal frequency",
}
