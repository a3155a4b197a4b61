"""Variational autoencoders in parts: pixel distributions, priors, likelihoods, and reports about latent units."""
