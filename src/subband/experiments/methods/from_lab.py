"""Claims reproduced by a single run of the lab."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from subband.errors import SubbandError
from subband.experiments.claim import Outcome
from subband.lab import LabSettings, run_lab
from subband.runs.progress import Watcher

CONTROLS = ("delivered", "stored")


def outcome_of_lab(settings: LabSettings, watcher: Watcher) -> Outcome:
    """Run the lab in a temporary folder; its scores, with the convergence plot as figure.

    Raises:
        SubbandError: the run was interrupted and is incomplete.
    """
    with tempfile.TemporaryDirectory(prefix="subband-") as folder:
        run = run_lab(replace(settings, out=Path(folder), name="run"), watcher)
        if run.results["interrupted"]:
            raise SubbandError(
                f"interrupted during “{run.results['interrupted']}”: an incomplete run gives no record"
            )
        figure = (run.folder / "figures" / "convergence.png").read_bytes()
    return Outcome(
        *scores(run.results["figures"]), figure, settings.figures(), settings.seed, run.results["versions"]
    )


def scores(figures: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Scores of a lab run and their intervals, by flat names.

    Accuracies are balanced, as in the lab's report: with several generators most images are generated, and
    the constant answer "generated" has a high plain accuracy.
    """
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    # The accuracy of controls is balanced too.
    for group, accuracy in (("detectors", "balanced_accuracy"), ("controls", "accuracy")):
        for name, row in figures[group].items():
            if group == "controls" and name not in CONTROLS:
                continue
            for label, score in (("balanced accuracy", row[accuracy]), ("auroc", row["auroc"])):
                key = f"{name if group == 'detectors' else f'format only ({name})'}, {label}"
                ours[key] = score["mean"]
                if "interval" in score:
                    uncertainty[key] = tuple(score["interval"])
                if len(score["seeds"]) > 1:
                    ours[f"{key}, std over seeds"] = score["std"]
    return ours, uncertainty
