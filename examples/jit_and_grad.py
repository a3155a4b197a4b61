"""JAX: compiled and differentiated
================================

JAX: the same functions, compiled and differentiated.
"""

import jax
import jax.numpy as jnp
import numpy as np

import subband as sb


@jax.jit
def sparsity(x: jax.Array) -> jax.Array:
    """ℓ1 norm of the wavelet coefficients: small where a signal is smooth almost everywhere."""
    return jnp.abs(sb.dwt(x, "db3", level=4).array).sum()


x = jnp.asarray(np.random.default_rng(0).standard_normal(512))
values = [float(sparsity(x))]
for _ in range(20):
    x = x - 0.05 * jax.grad(sparsity)(x)
    values.append(float(sparsity(x)))

print(f"ℓ1 norm of the coefficients: {values[0]:.1f} → {values[-1]:.1f} in 20 gradient steps")
assert values[-1] < 0.9 * values[0]
