"""Shrinkage functions, threshold rules, and denoising by wavelet shrinkage."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
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

__getattr__, __dir__ = names_of(
    __name__,
    {
        "denoise": "denoise noise_level",
        "rules": "bayes_threshold sure_threshold universal_threshold",
        "shrink": "garrote greater hard less soft threshold threshold_firm",
    },
)
