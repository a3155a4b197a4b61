"""Transforms as linear maps: adjoint, norm, and conversion to SciPy's `LinearOperator`."""

from subband.transforms.linear.linear_map import LinearMap, linear_map

__all__ = ["LinearMap", "linear_map"]
