"""The wavelet-packet transform and its inverse (Coifman, Meyer & Wickerhauser 1992), over any axes."""

from collections.abc import Sequence

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import tree_analysis, tree_synthesis
from subband.transforms.packets.coefficients import PacketCoefficients
from subband.transforms.wavelets.spec import Modes, Wavelets, make_spec, separate


@keyword_only_after("wavelet", "level", "mode", "axes")
def packets(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    order: str = "frequency",
    impl: str | None = None,
) -> PacketCoefficients:
    """Full wavelet-packet transform: every band, not only the approximation, is split at each level.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis. `Filters` of PyTorch or JAX may
            require gradients.
        level: Depth J of the tree; by default the most that the shortest axis bears.
        mode: What stands beyond the ends, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        order: "frequency" (Gray code: bands by rising frequency along each axis) or "natural" (by filter path).
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the best that fits.

    Returns:
        The packets, of the library, device and dtype of `x`; `.array` is (*batch, 2^J, …, k₁, …).

    Raises:
        InvalidInput: unknown wavelet, mode or order, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    wavelet, filters = separate(wavelet, x)
    spec = make_spec(x.shape, wavelet, level, mode, axes, order)
    tree = tree_analysis(spec.gather(x), spec.analysis, spec.analysis_filters(filters), impl=impl)
    return PacketCoefficients(namespace(x).reshape(tree, (*spec.batch, *tree.shape[1:])), spec, filters)


def ipackets(p: PacketCoefficients, *, impl: str | None = None) -> Array:
    """Inverse of `packets`.

    Args:
        p: PacketCoefficients, as `packets` gave them or with other numbers in them.
        impl: As in `packets`.

    Returns:
        The array, of exactly the shape that was transformed.

    Raises:
        InvalidInput: if `p` is not a `PacketCoefficients`.
    """
    if not isinstance(p, PacketCoefficients):
        raise InvalidInput(
            f"can't invert a {type(p).__name__}: give the PacketCoefficients that packets returned"
        )
    xp, spec = namespace(p.array), p.spec
    tree = xp.reshape(p.array, (spec.signals, *spec.synthesis.tree_shape))
    filters = spec.synthesis_filters(p.filters)
    return spec.scatter(tree_synthesis(tree, spec.synthesis, filters, impl=impl))
