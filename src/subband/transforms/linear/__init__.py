"""Linear maps with their adjoints and norms: transforms, and measurements of images."""

from subband.transforms.linear.linear_map import LinearMap, linear_map
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.operators import Blur, Downsample, FourierSamples, Mask, Radon, gaussian_kernel
from subband.transforms.linear.stack import stack_maps

__all__ = [
    "Blur",
    "Downsample",
    "FourierSamples",
    "LinearMap",
    "Mask",
    "Operator",
    "Radon",
    "gaussian_kernel",
    "linear_map",
    "stack_maps",
]
