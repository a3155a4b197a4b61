"""Adversarial training: losses, gradient penalties, augmentation, and signs that it goes wrong."""

from subband.generate.adversarial.augment import Adaptive, diff_augment
from subband.generate.adversarial.health import Health
from subband.generate.adversarial.losses import LOSSES, Loss
from subband.generate.adversarial.penalties import gradient_penalty, interpolated_penalty, lazily

__all__ = [
    "LOSSES",
    "Adaptive",
    "Health",
    "Loss",
    "diff_augment",
    "gradient_penalty",
    "interpolated_penalty",
    "lazily",
]
