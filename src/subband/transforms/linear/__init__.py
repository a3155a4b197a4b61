"""Linear transforms as linear maps: adjoint, norm, and the door to SciPy's solvers."""

from subband.transforms.linear.linear_map import LinearMap, linear_map

__all__ = ["LinearMap", "linear_map"]
