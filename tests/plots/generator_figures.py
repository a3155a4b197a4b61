"""Figures of generators and of latent spaces, for test_figures.py: drawings, and what they name."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from subband import plots
from subband.generate import Codes


def drawings(rng: Any) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    points = np.linspace(0, 1, 5)
    images = rng.integers(0, 256, (2, 5, 8, 8, 1), dtype=np.uint8)
    pixels = {k: rng.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8) for k in ("real", "diffusion", "gan")}
    return {
        "evaluation": lambda: plots.evaluation(
            SimpleNamespace(
                numbers={"kid": 0.5, "floor_kid": 0.01, "frechet": 7.0, "floor_frechet": 1.25, "count": 60.0}
                | {"precision": 0.75, "floor_precision": 0.9, "accuracy": 0.5},
                generated=pixels["gan"],
                real=SimpleNamespace(pixels=pixels["real"]),
                reconstructed=pixels["diffusion"],
            )
        ),
        "contest": lambda: plots.contest(
            {"32 px": {k: plots.Contestant(0.3, 0.1, pixels[k]) for k in ("real", "gan")}},
            measure="KID",
            title="Two makers",
        ),
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
    "contest": "Two makers · 32 px · real: 0.3 ± 0.1 · gan · KID",
    "evaluation": (
        "KID 0.5000 (real against real 0.0100) · Fréchet distance 7.00 (1.25) · 60 images each · real · generated"
        " · reconstructed · precision · accuracy"
    ),
    "latent_units": (
        "Codes: 2 of 3 units are active · unit 0 · unit 2 · KL divergence from N(0, 1) (nats) · active"
        " · collapsed to the prior"
    ),
    "latent_regularity": (
        "Regular · plain · variational · position between two codes · mean probability · samples · relative error"
        " · pathwise · score function"
    ),
}
