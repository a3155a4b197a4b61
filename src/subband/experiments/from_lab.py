"""A claim that is one run of the lab."""

import tempfile
from dataclasses import replace
from pathlib import Path

from subband.errors import SubbandError
from subband.experiments.claim import Outcome
from subband.lab import LabSettings, run_lab
from subband.lab.progress import Watcher


def outcome_of_lab(settings: LabSettings, watcher: Watcher) -> Outcome:
    """Run the lab in a temporary folder and return its scores, with the convergence plot as the figure.

    Raises:
        SubbandError: the run was interrupted: half a run proves nothing.
    """
    with tempfile.TemporaryDirectory(prefix="subband-") as folder:
        run = run_lab(replace(settings, out=Path(folder), name="run"), watcher)
        if run.results["interrupted"]:
            raise SubbandError(
                f"stopped during “{run.results['interrupted']}”: nothing is written for half a claim"
            )
        figure = (run.folder / "figures" / "convergence.png").read_bytes()
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for group in ("detectors", "controls"):
        for name, row in run.results["figures"][group].items():
            for score in ("accuracy", "auroc"):
                key = f"{name if group == 'detectors' else f'format only ({name})'}, {score}"
                ours[key] = row[score]["mean"]
                uncertainty[key] = tuple(row[score]["interval"])
                if len(row[score]["seeds"]) > 1:
                    ours[f"{key}, std over seeds"] = row[score]["std"]
    return Outcome(ours, uncertainty, figure, settings.figures(), settings.seed, run.results["versions"])
