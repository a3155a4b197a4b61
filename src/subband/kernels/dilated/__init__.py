"""Undecimated filter banks of NumPy arrays, compiled (`native/dilated`).

Their definition is `subband.transforms.stationary.atrous`, which serves other libraries, and more than three axes.
"""

from subband.kernels.dilated.dispatch import fits

__all__ = ["fits"]
