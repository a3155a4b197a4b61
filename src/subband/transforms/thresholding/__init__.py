"""Shrinkage functions, threshold rules, and denoising by wavelet shrinkage."""

from subband.transforms.thresholding.denoise import denoise, noise_level
from subband.transforms.thresholding.rules import bayes_threshold, sure_threshold, universal_threshold
from subband.transforms.thresholding.shrink import (
    garrote,
    greater,
    hard,
    less,
    soft,
    threshold,
    threshold_firm,
)

__all__ = [
    "bayes_threshold",
    "denoise",
    "garrote",
    "greater",
    "hard",
    "less",
    "noise_level",
    "soft",
    "sure_threshold",
    "threshold",
    "threshold_firm",
    "universal_threshold",
]
