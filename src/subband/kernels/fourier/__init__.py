"""Fast Fourier transforms, for the compiled kernels and for arrays of NumPy."""
