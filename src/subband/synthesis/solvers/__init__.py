"""Minimisers that ask for values and gradients."""
