"""Cascades of convolutions and moduli: the scattering transform."""

from subband.kernels.cascade.dispatch import cascade
from subband.kernels.cascade.tree import ALIASES, PADDINGS, Cascade, Node, Siblings

__all__ = ["ALIASES", "PADDINGS", "Cascade", "Node", "Siblings", "cascade"]
