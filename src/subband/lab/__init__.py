"""The lab: real photographs in, an honest report out. One call, `run_lab`, does what `subband lab` does."""

from subband.lab.run import LabRun, run_lab
from subband.lab.settings import LabSettings

__all__ = ["LabRun", "LabSettings", "run_lab"]
