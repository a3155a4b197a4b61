"""A data set of blobs and the quickest trainings, through the command line."""

import numpy as np
from typer.testing import CliRunner

from subband.cli import app

QUICK = ["--batch", "4", "--save-every", "60", "--log-every", "1", "--sheet-every", "1000"]


def invoke(*words):
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "400", "TERM": "dumb"})


def said(result):
    return " ".join(result.stderr.replace("│", " ").split())


def failed(result, *says):
    """Whether it is one line on stderr, with these words, and status 2."""
    lines = [line for line in result.stderr.splitlines() if line.startswith("subband: ")]
    assert (result.exit_code, len(lines)) == (2, 1), (result.output, result.exception)
    assert "Traceback" not in result.output
    for text in says:
        assert text in lines[0]
    return True


def blobs(place, count=240, size=16):
    """Random images in two classes, as a file of arrays."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    labels = np.arange(count) % 2
    np.savez(place, x_train=pixels, y_train=labels, x_test=pixels[:120], y_test=labels[:120])
    return place


def everything(folder):
    """The content of each file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
