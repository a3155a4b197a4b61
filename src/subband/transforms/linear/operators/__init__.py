"""Measurements of images and other arrays as linear maps: what inverse problems invert."""

from subband.transforms.linear.operators.blur import Blur, gaussian_kernel
from subband.transforms.linear.operators.downsample import Downsample
from subband.transforms.linear.operators.fourier_samples import FourierSamples
from subband.transforms.linear.operators.mask import Mask
from subband.transforms.linear.operators.radon import Radon

__all__ = ["Blur", "Downsample", "FourierSamples", "Mask", "Radon", "gaussian_kernel"]
