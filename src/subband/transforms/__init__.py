"""Wavelet, Fourier and scattering transforms of NumPy, PyTorch and JAX arrays; their public names are `subband`'s."""
