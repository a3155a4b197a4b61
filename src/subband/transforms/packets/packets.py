"""The wavelet-packet transform and its inverse (Coifman, Meyer & Wickerhauser 1992)."""

from collections.abc import Sequence

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import tree_analysis, tree_synthesis
from subband.transforms.packets.coefficients import PacketCoefficients
from subband.transforms.wavelets.spec import Modes, Wavelets, make_spec, separate


@keyword_only_after("wavelet", "level", "mode", "axes")
@labelled
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
    """Full wavelet-packet transform: at each level, every band is split by the low- and the high-pass filter.

    2^J bands per axis; each level turns N samples into ⌊(N + L − 1)/2⌋ coefficients per band for filters of L taps,
    or ⌈N/2⌉ in modes "periodization" and "orthogonal".

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis. `Filters` of PyTorch or JAX may
            require gradients.
        level: Depth J of the tree; by default the smallest `subband.max_level` of the axes, at least 1.
        mode: Boundary mode, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        order: "frequency" (Gray code: bands by increasing frequency along each axis) or "natural" (by filter path).
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the fastest available.

    Returns:
        The coefficients, of the library, device and dtype of `x`; `.array` is (*batch, 2^J, …, k₁, …).

    Raises:
        InvalidInput: unknown wavelet, mode or order, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import subband as sb
        >>> p = sb.packets([1.0, 3.0, 2.0, 2.0, 5.0, 5.0, 1.0, 3.0], "haar", level=2)
        >>> p["aa"].round(6).tolist(), p["da"].round(6).tolist()
        ([4.0, 7.0], [-1.0, -1.0])

    See also: `subband.ipackets`, `subband.packet_band` (one band), `subband.packet_basis` and `subband.best_basis`
    (leaves of different depths), `subband.dwt`.

    Source: R. R. Coifman, Y. Meyer, M. V. Wickerhauser, Wavelet Analysis and Signal Processing (1992).
    """
    x = as_signal(x)
    wavelet, filters = separate(wavelet, x)
    spec = make_spec(x.shape, wavelet, level, mode, axes, order)
    tree = tree_analysis(spec.gather(x), spec.analysis, spec.analysis_filters(filters), impl=impl)
    return PacketCoefficients(namespace(x).reshape(tree, (*spec.batch, *tree.shape[1:])), spec, filters)


def ipackets(p: PacketCoefficients, *, impl: str | None = None) -> Array:
    """Inverse wavelet-packet transform, exact for every boundary mode.

    Args:
        p: Coefficients of `packets`, possibly modified.
        impl: As in `packets`.

    Returns:
        The array, of the shape of the input of `packets`.

    Raises:
        InvalidInput: if `p` is not a `PacketCoefficients`.

    Example:
        >>> import subband as sb
        >>> sb.ipackets(sb.packets([1.0, 3.0, 2.0, 2.0], "haar", level=2)).round(6).tolist()
        [1.0, 3.0, 2.0, 2.0]

    See also: `subband.packets`, `subband.ipacket_band`.
    """
    if not isinstance(p, PacketCoefficients):
        raise InvalidInput(
            f"can't invert a {type(p).__name__}: give the PacketCoefficients that packets returned"
        )
    xp, spec = namespace(p.array), p.spec
    tree = xp.reshape(p.array, (spec.signals, *spec.synthesis.tree_shape))
    filters = spec.synthesis_filters(p.filters)
    return p.with_labels(spec.scatter(tree_synthesis(tree, spec.synthesis, filters, impl=impl)))
