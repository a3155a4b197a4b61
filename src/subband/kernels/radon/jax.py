"""Line integrals of JAX arrays: the reference, compiled once for each plan."""

from collections.abc import Callable
from functools import lru_cache, partial

import jax

from subband.kernels.radon import reference
from subband.kernels.radon.plan import RadonPlan


@lru_cache(maxsize=64)
def program(operation: str, plan: RadonPlan) -> Callable[[jax.Array], jax.Array]:
    """ "project" or "back_project" for a plan; under `jax.jit` it is inlined."""
    return jax.jit(partial(getattr(reference, operation), plan=plan))
