"""How good is it: numbers that compare what was said with what is true."""

from subband.metrics.bootstrap import Interval, bootstrap_interval
from subband.metrics.detection import (
    accuracy,
    auroc,
    average_precision,
    balanced_accuracy,
    brier,
    confusion_matrix,
    expected_calibration_error,
    reliability,
    roc_curve,
    tpr_at_fpr,
)

__all__ = [
    "Interval",
    "accuracy",
    "auroc",
    "average_precision",
    "balanced_accuracy",
    "bootstrap_interval",
    "brier",
    "confusion_matrix",
    "expected_calibration_error",
    "reliability",
    "roc_curve",
    "tpr_at_fpr",
]
