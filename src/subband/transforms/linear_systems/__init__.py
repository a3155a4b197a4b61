"""Linear time-invariant systems in state space: simulation, responses, discretisation, balanced truncation."""

from subband.transforms.linear_systems.system import LinearSystem, linear_system

__all__ = ["LinearSystem", "linear_system"]
