"""Scattering cascades: dispatch to the compiled or the reference implementation."""

from importlib import import_module

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels.build import compiled, why_not
from subband.kernels.cascade.tree import Cascade, served


def cascade(x: Array, tree: Cascade, *, impl: str | None = None) -> Array | tuple[Array, ...]:
    """Averaged signal, followed by the averaged moduli U ⋆ φ of all nodes.

    Args:
        x: (batch, *shape) real or complex floating array; (batch, *padded) if `pad_mode` is "given".
        tree: The cascade.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the fastest supported.

    Returns:
        (batch, 1 + nodes, *out) array, of the library, precision and device of `x`; (batch, 1 + nodes) if the
        cascade is `pooled`; without `lowpass`, a tuple of 1 + nodes arrays (batch, *out) of different sizes.

    Raises:
        InvalidInput: an unknown `impl`, or "fast" for an unsupported array or cascade.
    """
    implementation(impl)
    possible = compiled() and on_cpu(x)
    fast = possible and x.dtype in (namespace(x).float32, namespace(x).float64) and served(tree.key)
    if impl == "fast" and not fast:
        raise InvalidInput(
            f"no compiled kernel for this {library(x)} array of {x.dtype} and this cascade{why_not()}: leave impl "
            "out, or give float32 or float64 of NumPy or PyTorch in CPU memory, filters with real spectra, and "
            "averaged output"
        )
    if impl == "reference" or not fast:
        from subband.kernels.cascade import reference as chosen
    elif library(x) == "torch":
        from subband.kernels.cascade import torch as chosen
    else:
        from subband.kernels.cascade import compiled as chosen
    return chosen.apply(x, tree)


# Registers the custom operators, which compiled programs may call.
when_imported("torch", lambda _: import_module("subband.kernels.cascade.torch"))
