"""Evaluation metrics: detection, calibration, distribution distances, time–frequency localisation."""

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
from subband.metrics.distribution import (
    KernelDistance,
    Overlap,
    frechet_distance,
    kernel_distance,
    overlap,
)
from subband.metrics.intervals import Interval, bootstrap_interval, wilson_interval
from subband.metrics.restoration import log_spectrum_error, psnr, scattering_distance, ssim
from subband.metrics.time_frequency import (
    EnergyDensity,
    energy_density,
    renyi_entropy,
    ridge,
    ridge_error,
    share_near,
)

__all__ = [
    "EnergyDensity",
    "Interval",
    "KernelDistance",
    "Overlap",
    "accuracy",
    "auroc",
    "average_precision",
    "balanced_accuracy",
    "bootstrap_interval",
    "brier",
    "confusion_matrix",
    "energy_density",
    "expected_calibration_error",
    "frechet_distance",
    "kernel_distance",
    "log_spectrum_error",
    "overlap",
    "psnr",
    "reliability",
    "renyi_entropy",
    "ridge",
    "ridge_error",
    "roc_curve",
    "scattering_distance",
    "share_near",
    "ssim",
    "tpr_at_fpr",
    "wilson_interval",
]
