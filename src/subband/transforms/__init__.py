"""Wavelet, Fourier and scattering transforms of NumPy, PyTorch and JAX arrays.

Their public names are those of `subband`.
"""
