"""The discrete wavelet transform and its inverse (Mallat 1989), along one or several axes."""

from collections.abc import Sequence

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.spec import Modes, Wavelets, make_spec, separate


@keyword_only_after("wavelet", "level", "mode", "axes")
@labelled
def dwt(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> Coefficients:
    """Discrete wavelet transform: a_{j+1}[k] = Σₙ h₀[n] a_j[2k + 1 − n], d_{j+1}[k] = Σₙ h₁[n] a_j[2k + 1 − n].

    Here a₀ is the signal, each a_j is extended beyond its ends according to `mode`, and h₀, h₁ are the analysis
    filters, of L taps. Each level turns N samples into ⌊(N + L − 1)/2⌋ coefficients per band, in modes
    "periodization" and "orthogonal" into ⌈N/2⌉ (with 2k + L/2 − n in place of 2k + 1 − n). Several axes are
    transformed separably at each level.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis. `Filters` of PyTorch or JAX may
            require gradients.
        level: Number of levels; by default the smallest `subband.max_level` of the axes, at least 1.
        mode: Boundary mode, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the fastest available.

    Returns:
        The coefficients, of the library, device and dtype of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: unknown wavelet or mode, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import subband as sb
        >>> c = sb.dwt([1.0, 3.0, 2.0, 2.0, 5.0, 5.0, 0.0, 4.0], "haar", level=2)
        >>> [float(round(v, 6)) for v in c.approx]
        [4.0, 7.0]
        >>> sorted(sb.dwt([[1.0, 2.0], [3.0, 4.0]], "haar", level=1, axes=(0, 1))[1])
        ['ad', 'da', 'dd']

    See also: `subband.idwt`, `subband.swt` (shift-invariant), `subband.packets`, `subband.lift`, `subband.dtcwt`.

    Source: S. Mallat, A Theory for Multiresolution Signal Decomposition (IEEE Trans. PAMI 11, 1989); boundary modes
    and signs of PyWavelets.
    """
    x = as_signal(x)
    wavelet, filters = separate(wavelet, x)
    spec = make_spec(x.shape, wavelet, level, mode, axes)
    flat = pyramid_analysis(spec.gather(x), spec.analysis, spec.analysis_filters(filters), impl=impl)
    return Coefficients(namespace(x).reshape(flat, (*spec.batch, flat.shape[-1])), spec, filters)


def idwt(c: Coefficients, *, impl: str | None = None) -> Array:
    """Inverse discrete wavelet transform, by the synthesis filters; exact for every boundary mode.

    Args:
        c: Coefficients of `dwt`, possibly modified.
        impl: As in `dwt`.

    Returns:
        The array, of the shape of the input of `dwt`.

    Raises:
        InvalidInput: if `c` is not a `Coefficients`.

    Example:
        >>> import subband as sb
        >>> sb.idwt(sb.dwt([1.0, 3.0, 2.0, 2.0], "haar")).round(6).tolist()
        [1.0, 3.0, 2.0, 2.0]

    See also: `subband.dwt`, `subband.linear_map` (adjoints).
    """
    if not isinstance(c, Coefficients):
        raise InvalidInput(f"can't invert a {type(c).__name__}: give the Coefficients that dwt returned")
    xp, spec = namespace(c.array), c.spec
    flat = xp.reshape(c.array, (spec.signals, c.array.shape[-1]))
    filters = spec.synthesis_filters(c.filters)
    return c.with_labels(spec.scatter(pyramid_synthesis(flat, spec.synthesis, filters, impl=impl)))
