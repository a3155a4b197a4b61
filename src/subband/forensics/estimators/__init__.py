"""Detectors with scikit-learn's interface, over images of any size, learning from chunks as they come.

base        what they have in common, without scikit-learn
linear      linear discriminant analysis of representations: one pass, exact in chunks
network     networks that grow with their data
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.estimators.linear import LinearDetector
    from subband.forensics.estimators.network import NetworkDetector

__all__ = ["LinearDetector", "NetworkDetector"]

__getattr__, __dir__ = names_of(__name__, {"linear": "LinearDetector", "network": "NetworkDetector"})
