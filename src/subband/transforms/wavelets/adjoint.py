"""Adjoints of the discrete wavelet transform and of its inverse, for every boundary mode.

The adjoint is the inverse for orthonormal wavelets in modes "periodization" and "zero". Other modes weight samples
near the ends more than once, and the inverse of a biorthogonal wavelet has other filters.
"""

from subband.arrays.namespace import Array, namespace
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.spec import Spec


def dwt_adjoint(c: Coefficients, *, impl: str | None = None) -> Array:
    """Aᴴc for the transform A of `c`: transposed analysis filters, and the transposed boundary extension."""
    xp, spec = namespace(c.array), c.spec
    flat = xp.reshape(c.array, (spec.signals, c.array.shape[-1]))
    return spec.scatter(pyramid_synthesis(flat, spec.analysis, impl=impl))


def idwt_adjoint(x: Array, spec: Spec, *, impl: str | None = None) -> Coefficients:
    """Bᴴx for the inverse B of the transform `spec`: analysis by the dual wavelet with zero extension."""
    flat = pyramid_analysis(spec.gather(x), spec.synthesis, impl=impl)
    return Coefficients(namespace(x).reshape(flat, (*spec.batch, flat.shape[-1])), spec)
