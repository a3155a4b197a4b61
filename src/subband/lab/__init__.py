"""The lab: how well detectors separate real from generated images. `run_lab` is `subband lab` in Python."""

from subband.lab.run import LabRun, run_lab
from subband.lab.settings import LabSettings

__all__ = ["LabRun", "LabSettings", "run_lab"]
