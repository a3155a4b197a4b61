"""Signals and deep learning with JAX: nine days of exercises on Subband. Start with `course/README.md`."""

import jax

# Gradients are compared with finite differences, and inverses with what they invert, to ten digits.
jax.config.update("jax_enable_x64", True)
