"""The claims on super-resolution and tomography, from training to the figure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from subband import plots
from subband.experiments.claim import Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.restoration import (
    DRAWN,
    NOISE_DB,
    SIDE,
    TEST,
    TRAIN,
    Amount,
    fit_diffusion,
    fit_priors,
    restore,
    squares,
    summary,
)
from subband.experiments.parts import work_folder
from subband.runs.machine import versions
from subband.runs.progress import Watcher

TRAINING = 1500.0  # processor seconds of the diffusion model in a full run
CHUNKS = 6


def run_study(
    tasks: Sequence[str], share: float, watcher: Watcher, *, extra: np.ndarray | None = None, title: str
) -> Outcome:
    """Train on one set of photographs and restore another.

    Args:
        tasks: Names of `inverse.tasks`.
        share: Of the full run's time.
        watcher: Receives the progress.
        extra: Further images (N, SIDE, SIDE) to restore and draw, with measures of their own.
        title: Of the figure.
    """
    amount = Amount.of(share)
    tests = squares(TEST, amount.tests, 1)
    sets = {"photographs": tests} if extra is None else {"photographs": tests, "phantom": extra}
    with work_folder("priors") as folder:
        model = folder / "diffusion"
        with watcher.stage("diffusion model"):
            if not model.is_dir():
                fit_diffusion(amount, TRAINING * min(share, 1.0), model)
        files = {task: folder / f"{task}.pickle" for task in tasks}
        with watcher.stage("priors") as advance:
            for k, task in enumerate(tasks):
                advance(k, len(tasks), task)
                if not files[task].is_file():
                    fit_priors(task, amount, files[task])
        jobs: list[tuple[str, Any]] = []
        for task in tasks:
            for name, images in sets.items():
                for k, rows in enumerate(np.array_split(np.arange(len(images)), min(CHUNKS, len(images)))):
                    arguments = (
                        task,
                        images[rows],
                        int(rows[0]),
                        files[task],
                        model,
                        amount.sampling,
                        k == 0,
                    )
                    jobs.append((f"{task}, {name}, {k}", arguments))
        done = in_processes(restore, jobs, watcher, "restorations")
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    drawn: dict[str, Mapping[str, np.ndarray]] = {}
    for task in tasks:
        for name in sets:
            found = [one for key, part in done.items() if key.startswith(f"{task}, {name},") for one in part]
            label = task if name == "photographs" else f"{task}, {name}"
            measured, intervals = summary(label, found)
            ours |= measured
            uncertainty |= intervals
            shown = [one.images for one in found if one.images][:DRAWN]
            drawn |= {f"{label} {k + 1}": images for k, images in enumerate(shown)}
    settings = {
        "amounts": asdict(amount), "side": SIDE, "training images": TRAIN, "test images": TEST,
        "noise of the measurements (dB)": NOISE_DB,
        "diffusion model, processor seconds": TRAINING * min(share, 1.0),
    }  # fmt: skip
    figure = plots.restorations(drawn, title=title)
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())
