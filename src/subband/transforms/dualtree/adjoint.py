"""The transposes of the dual-tree transform and of its inverse: of Re Σ a b*, where signals are real."""

from subband.arrays.namespace import Array, widened
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.dtcwt import analyse, synthesise
from subband.transforms.dualtree.spec import DualTreeSpec


def dtcwt_adjoint(c: DualTreeCoefficients, *, impl: str | None = None) -> Array:
    """Aᴴc for the transform A that made `c`: both trees' analyses transposed, and added."""
    return synthesise(c, [c.spec.analysis(tree) for tree in c.spec.trees], impl=impl)


def idtcwt_adjoint(x: Array, spec: DualTreeSpec, *, impl: str | None = None) -> DualTreeCoefficients:
    """Bᴴx for the inverse B of the transform `spec`."""
    plans = [spec.synthesis(tree) for tree in spec.trees]
    return DualTreeCoefficients(analyse(widened(x), spec, plans, impl=impl) / spec.bound, spec)
