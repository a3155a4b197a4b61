"""Chooses between the compiled line integrals and the reference."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels.build import compiled, why_not
from subband.kernels.radon import reference
from subband.kernels.radon.plan import RadonPlan


class _Map(NamedTuple):
    """One of the two maps.

    Attributes:
        name: "project" or "back_project".
        reference: Its definition.
    """

    name: str
    reference: Callable[[Array, RadonPlan], Array]


_PROJECT = _Map("project", reference.project)
_BACK_PROJECT = _Map("back_project", reference.back_project)


def project(x: Array, plan: RadonPlan, *, impl: str | None = None) -> Array:
    """Line integrals: (batch, rows, columns) → (batch, views, detectors)."""
    return _apply(_PROJECT, x, plan, impl)


def back_project(y: Array, plan: RadonPlan, *, impl: str | None = None) -> Array:
    """The exact transpose of `project`: (batch, views, detectors) → (batch, rows, columns)."""
    return _apply(_BACK_PROJECT, y, plan, impl)


def _apply(operation: _Map, x: Array, plan: RadonPlan, impl: str | None) -> Array:
    implementation(impl)
    possible = compiled() and library(x) in ("numpy", "torch") and on_cpu(x) and 0 not in x.shape
    if impl == "fast" and not possible:
        raise InvalidInput(
            f"no compiled kernel for a {library(x)} array{why_not()}: leave impl out, or give an array in "
            "CPU memory"
        )
    if library(x) == "jax":
        from subband.kernels.radon import jax as radon_jax

        return radon_jax.program(operation.name, plan)(x)
    if not possible or impl == "reference":
        return operation.reference(x, plan)
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        parts = xp.concat([xp.real(x), xp.imag(x)], axis=0)
        y = _apply(operation, parts, plan, impl)
        return y[: x.shape[0], ...] + 1j * y[x.shape[0] :, ...]
    if x.dtype not in (xp.float32, xp.float64):
        return xp.astype(_apply(operation, xp.astype(x, xp.float32), plan, impl), x.dtype)
    if library(x) == "torch":
        from subband.kernels.radon import torch as radon_torch

        return radon_torch.apply(operation.name, x, plan)
    from subband.kernels.radon import compiled as radon_compiled

    fast = radon_compiled.project if operation.name == "project" else radon_compiled.back_project
    return fast(x, plan)


# Registers the custom operator, which compiled and exported programs may call.
when_imported("torch", lambda _: import_module("subband.kernels.radon.torch"))
