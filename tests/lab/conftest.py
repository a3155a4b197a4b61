"""A results.json as a finished run writes it, small enough to read."""

import copy

import numpy as np
import pytest

from subband import plots
from subband.lab.figures import READINGS, Panel


def score(mean, half, seeds=(0.0, 0.0, 0.0)):
    return {
        "mean": mean,
        "std": 0.004,
        "interval": [mean - half, min(1.0, mean + half)],
        "seeds": [mean + shift for shift in seeds],
    }


def source(origin, delivered):
    counts = {"pictures": 140, "crops": 1100, "train": 660, "val": 165, "test": 275}
    return {
        "origin": origin,
        "delivered": delivered,
        **counts,
        "duplicates": 2,
        "skipped": 1,
        "equal_to_real": 0,
        "test_pictures": 35,
        "copies": {"equal": 0, "alike": 0},
    }


RESULTS = {
    "name": "lab-1",
    "folder": "runs/lab-1",
    "command": "subband lab --real 'my photos'",
    "interrupted": None,
    "protocol": "Divided by photograph.",
    "path": "crop 64×64 → PNG, uncompressed",
    "versions": {"subband": "0.1.0", "torch": "2.13.0"},
    "settings": {
        "generated": {"gan": "a", "vae": "b"},
        "seeds": 3,
        "seed": 5,
        "threads": 2,
        "budget": 180.0,
        "measured": True,
        "size": 64,
    },
    "clock": {
        "machine": "a processor, 2 cores",
        "started": "2026-01-02 03:04 UTC",
        "expected": 125.0,
        "seconds": {"gan": 12.34},
    },
    "figures": {
        "chance": 0.5,
        "kept": {"detector": "CNN on packets", "seed": 5},
        "compression": {"differs": False, "history": None, "levelled": None},
        "detectors": {
            "CNN on packets": {
                "parameters": 108986,
                "balanced_accuracy": score(0.973, 0.01),
                "auroc": score(0.991, 0.004),
            },
            "CNN on pixels": {
                "parameters": 56794,
                "balanced_accuracy": score(0.902, 0.02),
                "auroc": score(0.955, 0.01),
            },
        },
        "controls": {
            "stored": {"accuracy": score(0.503, 0.03), "auroc": score(0.5, 0.03), "at_chance": True},
            "delivered": {"accuracy": score(0.511, 0.03), "auroc": score(0.5, 0.03), "at_chance": True},
        },
        "attribution": {
            "names": ["real", "gan", "vae"],
            "detector": "CNN on packets",
            "accuracy": score(0.921, 0.02),
        },
        "skipped": [{"source": "real", "name": "<broken>.png", "reason": "the file is empty (0 bytes)"}],
        "sources": {
            "real": source("photos", {"PNG": 1000, "JPEG": 100}),
            "gan": source("trained here", {"WEBP": 1100}),
            "vae": source("trained here", {"WEBP": 1100}),
        },
    },
}


@pytest.fixture
def results():
    return copy.deepcopy(RESULTS)


@pytest.fixture(scope="session")
def panels():
    """One small real figure under every key."""
    figure = plots.confusion(np.eye(2), ["a", "b"])
    image = plots.png(figure, dpi=40)
    return [Panel(key, image) for key in READINGS]
