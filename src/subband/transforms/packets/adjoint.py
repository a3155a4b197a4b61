"""Adjoints of the wavelet-packet transform and of its inverse, for every boundary mode."""

from subband.arrays.namespace import Array, namespace
from subband.kernels.filterbank import tree_analysis, tree_synthesis
from subband.transforms.packets.coefficients import PacketCoefficients
from subband.transforms.wavelets.spec import Spec


def packets_adjoint(p: PacketCoefficients, *, impl: str | None = None) -> Array:
    """Aᴴp for the transform A of `p`."""
    xp, spec = namespace(p.array), p.spec
    tree = xp.reshape(p.array, (spec.signals, *spec.analysis.tree_shape))
    return spec.scatter(tree_synthesis(tree, spec.analysis, impl=impl))


def ipackets_adjoint(x: Array, spec: Spec, *, impl: str | None = None) -> PacketCoefficients:
    """Bᴴx for the inverse B of the transform `spec`."""
    tree = tree_analysis(spec.gather(x), spec.synthesis, impl=impl)
    return PacketCoefficients(namespace(x).reshape(tree, (*spec.batch, *tree.shape[1:])), spec)
