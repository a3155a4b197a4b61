"""Two-channel filter banks: which twin serves which array."""

from collections.abc import Callable

from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels import filterbank_reference as reference
from subband.kernels.plan import Plan


def pyramid_analysis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    return reference.pyramid_analysis(x, plan)

def pyramid_synthesis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    return reference.pyramid_synthesis(x, plan)

def tree_analysis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    return reference.tree_analysis(x, plan)

def tree_synthesis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    return reference.tree_synthesis(x, plan)
