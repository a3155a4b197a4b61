"""Photographs against generated images, in the lab
================================================

Tell two sources of images apart: detectors are trained and measured on held-out pictures, and the one that is
kept is evaluated on new pictures as they come. It takes a minute::

    python examples/lab.py
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from subband.forensics import Detector
from subband.forensics.evaluation import EvaluationSettings, Specs
from subband.lab import LabRun, LabSettings, run_lab
from subband.lab.evaluation import EvaluationJob, EvaluationRun, evaluate

SIDE = 48
rng = np.random.default_rng(0)


def write_pictures(folder: Path, alpha: float, count: int) -> None:
    """Pictures whose spectra fall as 1/f^alpha: those of photographs do with 2, those of many generators less."""
    folder.mkdir(parents=True)
    f = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    f[0, 0] = 1
    for k in range(count):
        x = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(3, SIDE, SIDE))) / f ** (alpha / 2), (SIDE, SIDE))
        x = 128 + 40 * x / x.std()
        Image.fromarray(np.clip(x, 0, 255).astype(np.uint8).transpose(1, 2, 0)).save(folder / f"{k}.png")


with tempfile.TemporaryDirectory() as name:
    root = Path(name)
    for part, count in (("train", 40), ("new", 10)):
        write_pictures(root / part / "real", 2.0, count)
        write_pictures(root / part / "flat", 1.4, count)
    settings = LabSettings(
        real=str(root / "train/real"),
        generated={"flat": str(root / "train/flat")},
        name="first",
        out=root / "labs",
        size=32,
        steps={"detectors": "40x32x5000"},
        seeds=1,
    )
    run: LabRun = run_lab(settings)
    print(run.table)
    print("files of the report:", *sorted(path.name for path in run.folder.iterdir()))

    job = EvaluationJob(
        {"kept": Detector.load(run.folder / "detector")},
        Specs({"new": str(root / "new/real")}, {"flat": str(root / "new/flat")}),
        EvaluationSettings(families=("JPEG",), resamples=200),
        out=root / "evaluation",
    )
    found: EvaluationRun = evaluate(job)
    print(found.table)
