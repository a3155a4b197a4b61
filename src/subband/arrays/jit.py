"""Many small operations as one program of JAX, which otherwise compiles each by itself."""

import inspect
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from subband.arrays.namespace import Array, library

F = TypeVar("F", bound=Callable)


def one_program(f: F) -> F:
    """Let JAX compile a function as a whole; for other libraries the function stays as it is.

    Args:
        f: Of arrays, and of keyword-only arguments that can be hashed; to a pytree of arrays. Calls with arrays of
            the same shapes and equal keywords share one program, also inside other programs.
    """
    fixed = [p.name for p in inspect.signature(f).parameters.values() if p.kind is p.KEYWORD_ONLY]

    @lru_cache(maxsize=1)
    def compiled() -> Callable[..., Any]:
        import jax

        return jax.jit(f, static_argnames=fixed)

    @wraps(f)
    def call(*arrays: Array, **keywords: Any) -> Any:
        if library(arrays[0]) == "jax":
            return compiled()(*arrays, **keywords)
        return f(*arrays, **keywords)

    return call  # pyright: ignore[reportReturnType]


def repeat(step: Callable[[Array], Array], times: int, start: Array) -> Array:
    """step(step(… start)): a loop of JAX's programs, so that they hold the step once."""
    if times and library(start) == "jax":
        import jax

        return jax.lax.fori_loop(0, times, lambda _, x: step(x), start)
    for _ in range(times):
        start = step(start)
    return start


def summed(term: Callable[[Any], Array], count: int, start: Array) -> Array:
    """start + Σₖ term(k) for k below `count`: a loop of JAX's programs, so that they hold the term once."""
    if library(start) == "jax":
        import jax

        return jax.lax.fori_loop(0, count, lambda k, total: total + term(k), start)
    for k in range(count):
        start = start + term(k)
    return start


def opaque(x: Array) -> Array:
    """An array that JAX's compiler doesn't compute with before the program runs, for all that it is a constant.

    XLA works out what depends on constants alone, sample by sample, which takes it seconds where a picture has some
    10⁵ samples, and minutes where it has more.
    """
    if library(x) != "jax":
        return x
    import jax

    return jax.lax.optimization_barrier(x)
