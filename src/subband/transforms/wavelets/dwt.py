"""The discrete wavelet transform and its inverse (Mallat 1989), over any axes of any array."""

from collections.abc import Sequence

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.spec import Modes, Wavelets, make_spec, separate


@keyword_only_after("wavelet", "level", "mode", "axes")
def dwt(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> Coefficients:
    """Discrete wavelet transform.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis. `Filters` of PyTorch or JAX may
            require gradients.
        level: Number of levels; by default the most that the shortest axis bears.
        mode: What stands beyond the ends, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the best that fits.

    Returns:
        The coefficients, of the library, device and dtype of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: unknown wavelet or mode, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    wavelet, filters = separate(wavelet, x)
    spec = make_spec(x.shape, wavelet, level, mode, axes)
    flat = pyramid_analysis(spec.gather(x), spec.analysis, spec.analysis_filters(filters), impl=impl)
    return Coefficients(namespace(x).reshape(flat, (*spec.batch, flat.shape[-1])), spec, filters)


def idwt(c: Coefficients, *, impl: str | None = None) -> Array:
    """Inverse of `dwt`.

    Args:
        c: Coefficients, as `dwt` gave them or with other numbers in them.
        impl: As in `dwt`.

    Returns:
        The array, of exactly the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not a `Coefficients`.
    """
    if not isinstance(c, Coefficients):
        raise InvalidInput(f"can't invert a {type(c).__name__}: give the Coefficients that dwt returned")
    xp, spec = namespace(c.array), c.spec
    flat = xp.reshape(c.array, (spec.signals, c.array.shape[-1]))
    filters = spec.synthesis_filters(c.filters)
    return spec.scatter(pyramid_synthesis(flat, spec.synthesis, filters, impl=impl))
