"""Spaces in which generators work: wavelet packets, and a Gaussian field fitted to latents."""
