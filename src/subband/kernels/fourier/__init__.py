"""Fast Fourier transforms for the compiled kernels."""
