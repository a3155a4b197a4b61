"""Filtered leaky ReLU: up-sampling, leaky ReLU and down-sampling of images in one operation."""

from subband.kernels.filtered_relu.dispatch import filtered_relu
from subband.kernels.filtered_relu.plan import ReluPlan

__all__ = ["ReluPlan", "filtered_relu"]
