"""Likelihoods of images under a diffusion model: by the probability flow, and by the variational bound."""
