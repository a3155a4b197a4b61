"""Representations of images for generators: wavelet packets, and a Gaussian field fitted to latents."""
