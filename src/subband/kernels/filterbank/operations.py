"""The four linear maps of a separable filter bank: reference implementations and transposes."""

from collections.abc import Callable
from dataclasses import dataclass

from subband.arrays.namespace import Array
from subband.kernels.filterbank import reference


@dataclass(frozen=True)
class Operation:
    """One of the four maps.

    Attributes:
        name: Key in `OPERATIONS`, and identifier in compiled and exported programs.
        reference: Reference implementation, (array, plan, filters) → array.
        tree: Full tree, every band split at each level, rather than pyramid.
        analysis: Signal to coefficients, rather than the reverse.
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
