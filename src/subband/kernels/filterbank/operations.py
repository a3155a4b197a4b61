"""The four linear maps of a separable filter bank, each with its definition and its transpose."""

from collections.abc import Callable
from dataclasses import dataclass

from subband.arrays.namespace import Array
from subband.kernels.filterbank import reference


@dataclass(frozen=True)
class Operation:
    """One of the four maps.

    Attributes:
        name: In `OPERATIONS`, and in programs that are compiled or saved.
        reference: Its definition, (array, plan, filters) → array.
        tree: Whether every band is split at every level, rather than the approximation alone.
        analysis: Whether it takes signals to coefficients, rather than back.
    """

    name: str
    reference: Callable[..., Array]
    tree: bool
    analysis: bool

    @property
    def transpose(self) -> "Operation":
        """The map with ⟨A x, c⟩ = ⟨x, Aᵀ c⟩."""
        return OPERATIONS[_TRANSPOSE[self.name]]


PYRAMID_ANALYSIS = Operation("pyramid_analysis", reference.pyramid_analysis, tree=False, analysis=True)
PYRAMID_SYNTHESIS = Operation("pyramid_synthesis", reference.pyramid_synthesis, tree=False, analysis=False)
TREE_ANALYSIS = Operation("tree_analysis", reference.tree_analysis, tree=True, analysis=True)
TREE_SYNTHESIS = Operation("tree_synthesis", reference.tree_synthesis, tree=True, analysis=False)

OPERATIONS = {
    operation.name: operation
    for operation in (PYRAMID_ANALYSIS, PYRAMID_SYNTHESIS, TREE_ANALYSIS, TREE_SYNTHESIS)
}

_TRANSPOSE = {
    "pyramid_analysis": "pyramid_synthesis",
    "pyramid_synthesis": "pyramid_analysis",
    "tree_analysis": "tree_synthesis",
    "tree_synthesis": "tree_analysis",
}
