"""Figures of latent spaces, for test_figures.py: drawings, and what they name."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from subband import plots
from subband.generate import Codes


def drawings(rng: Any) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    points = np.linspace(0, 1, 5)
    images = rng.integers(0, 256, (2, 5, 8, 8, 1), dtype=np.uint8)
    return {
        "latent_units": lambda: plots.latent_units(
            Codes(
                np.array([0.8, 0.001, 0.4]),
                np.array([2.0, 0.01, 1.0]),
                np.array([0, 2]),
                np.ones((2, 5)),
                images,
            )
        ),
        "latent_regularity": lambda: plots.latent_regularity(
            {
                name: plots.LatentPaths(images, points, rng.random((4, 5)))
                for name in ("plain", "variational")
            },
            {"pathwise": 2.0, "score function": 30.0},
            title="Regular",
        ),
    }


EXPECTED = {
    "latent_units": (
        "Codes: 2 of 3 units are active · unit 0 · unit 2 · KL divergence from N(0, 1) (nats) · active"
        " · collapsed to the prior"
    ),
    "latent_regularity": (
        "Regular · plain · variational · position between two codes · mean probability · samples · relative error"
        " · pathwise · score function"
    ),
}
