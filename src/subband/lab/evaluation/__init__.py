"""Report on finished detectors. `evaluate` is `subband evaluate-detector` in Python."""

from subband.lab.evaluation.run import EvaluationJob, EvaluationRun, evaluate

__all__ = ["EvaluationJob", "EvaluationRun", "evaluate"]
