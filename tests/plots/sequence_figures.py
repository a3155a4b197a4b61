"""Figures of sequences, motion and control, for test_figures.py: drawings, and what they name."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from subband import plots


def drawings(rng: Any) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    times = np.linspace(0, 1, 5)
    z = rng.normal(size=(6, 6)) + 1j * rng.normal(size=(6, 6))
    return {
        "complex_surfaces": lambda: plots.complex_surfaces({"modReLU": z, "tanh": z}, 3.0, title="Surfaces"),
        "error_over_time": lambda: plots.error_over_time(
            np.arange(1, 5),
            {"standing still": np.ones((1, 4)), "a net": np.array([[1.0, 2, 3, 4], [2.0, 3, 4, 5]])},
            x="ahead (ms)",
            y="error (rad)",
            title="Walking",
        ),
        "flight": lambda: plots.flight(
            times,
            rng.normal(size=(5, 12)),
            rng.random((4, 4)),
            np.array([[0.0, 0, 1], [1, 1, 1]]),
            np.array([0.5, np.inf]),
            limits=(0.0, 1.0),
            title="A flight",
        ),
        "frame_rows": lambda: plots.frame_rows(
            {"truth": rng.random((3, 8, 8)), "shifts, 0 weights": rng.random((3, 8, 8))}, title="Frames"
        ),
        "loss_curves": lambda: plots.loss_curves(
            {
                "memory": ({"a net": rng.random((2, 9)), "another": rng.random((1, 9))}, 0.17),
                "adding": ({"a net": rng.random((2, 9))}, None),
            },
            title="Losses",
        ),
        "series": lambda: plots.series({"load": {"true": times, "predicted": times + 0.1}}, title="Series"),
    }


EXPECTED = {
    "complex_surfaces": "Surfaces · modReLU · tanh · modulus · phase · Re z",
    "error_over_time": "Walking · ahead (ms) · error (rad) · standing still · a net",
    "flight": (
        "A flight · x (m) · y (m) · z (m) · position in metres, and the checkpoints · motor 4 · "
        "inputs of the motors, and their limits · roll · pitch · yaw · angles in degrees · s"
    ),
    "frame_rows": "Frames · truth · shifts · 0 weights",
    "loss_curves": "Losses · memory · adding · step · loss · a net · another",
    "series": "Series · load · sample · true · predicted",
}
