"""Subband's transforms as scikit-learn has them: rows in, rows of features out."""

from subband.estimators.scattering import ScatteringFeatures

__all__ = ["ScatteringFeatures"]
