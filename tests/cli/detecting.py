"""`subband detect` in tests: a call, its answers, and a picture that no guard refuses."""

import numpy as np
from typer.testing import CliRunner

from subband.cli import app


def run(*words):
    return CliRunner().invoke(app, ["detect", *map(str, words)])


def answers(result):
    """Path → the tab-separated fields of its line; evidence below it is indented."""
    rows = [line.split("\t") for line in result.stdout.split("\n")[:-1] if not line.startswith("  ")]
    assert all(len(row) == 5 for row in rows), result.stdout
    return {row[0]: row[1:] for row in rows}


def natural(rng, height=40, width=48):
    """A picture that no guard refuses: (height, width, 3) uint8."""
    field = rng.standard_normal((height, width, 3)).cumsum(0).cumsum(1)
    return np.clip(127 + 50 * field / field.std() + 5 * rng.standard_normal(field.shape), 0, 255).astype(
        np.uint8
    )
