"""Adjoints of `dtcwt` and `idtcwt`; for real signals with respect to the real inner product Re Σ a b*."""

from subband.arrays.namespace import Array, widened
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.dtcwt import analyse, synthesise
from subband.transforms.dualtree.spec import DualTreeSpec


def dtcwt_adjoint(c: DualTreeCoefficients, *, impl: str | None = None) -> Array:
    """Aᴴ c, where A is the transform of `c.spec`: the sum of the trees' transposed analyses."""
    return synthesise(c, [c.spec.analysis(tree) for tree in c.spec.trees], impl=impl)


def idtcwt_adjoint(x: Array, spec: DualTreeSpec, *, impl: str | None = None) -> DualTreeCoefficients:
    """Bᴴ x, where B is the inverse of the transform `spec`."""
    plans = [spec.synthesis(tree) for tree in spec.trees]
    return DualTreeCoefficients(analyse(widened(x), spec, plans, impl=impl) / spec.bound, spec)
