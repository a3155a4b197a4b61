"""Classifiers of images: a vision transformer with scikit-learn's interface."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.vision.classifier import VisionTransformerClassifier

__all__ = ["VisionTransformerClassifier"]

__getattr__, __dir__ = names_of(__name__, {"classifier": "VisionTransformerClassifier"})
