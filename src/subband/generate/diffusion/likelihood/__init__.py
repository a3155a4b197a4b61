"""Likelihoods of images under a diffusion model: by the flow, and by the variational bound."""
