"""Dual-tree complex wavelet transform and its inverse (Kingsbury 2001; Selesnick, Baraniuk & Kingsbury 2005)."""

from collections.abc import Sequence
from math import prod

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, device_of, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
from subband.transforms.dualtree.spec import DualTreeSpec, make_dual_tree_spec
from subband.transforms.wavelets.spec import Modes

Plans = Sequence[Plan]
"""Plans of one tree: level 1, and, if there are any, all further levels."""


@keyword_only_after("x", "level", "axes")
@labelled
def dtcwt(
    x: Array,
    *,
    level: int | None = None,
    mode: Modes = "periodization",
    axes: int | Sequence[int] = -1,
    filters: DualTreeFilters | None = None,
    impl: str | None = None,
) -> DualTreeCoefficients:
    """Dual-tree complex wavelet transform: oriented, approximately shift-invariant, 2^d times redundant.

    Two trees of orthonormal filters, a and b, are applied along each axis. The wavelets of tree b are approximately
    the Hilbert transforms of those of tree a, so that a ± ib has frequencies of one sign only. Real signals have 6
    directions per level for two axes, and 28 for three. At level 1, where the filters differ by a delay of one
    sample, the signs are separated only near a quarter of the sampling rate.

    If every length is divisible by 2^level, the transform with mode "periodization" is a tight frame: Σ|c|² = 2 Σx²
    for real signals, 4 Σ|x|² for complex ones, which have both of each pair of opposite directions. Odd lengths
    repeat their last sample, at each level; other modes extend as in `dwt`. `idtcwt` is exact in every case.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating, and half precision single,
            as there is no complex dtype of half precision.
        level: Number of levels; by default as many as the shortest axis permits.
        mode: Boundary mode, one of `subband.MODES`, or one per axis.
        axes: The axes to transform, one or several.
        filters: The filters of both trees; by default `hilbert_pair()`.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the fastest that is applicable.

    Returns:
        The coefficients, complex, of the library and device of `x`: `[level]["+a-d"]`, `.approx`, `.array`.

    Raises:
        InvalidInput: unknown mode, empty or missing axis, level too high, or filters of another type.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((32, 32))
        >>> c = sb.dtcwt(x, level=2, axes=(0, 1))
        >>> c[1]["+a-d"].shape
        (16, 16)
        >>> bool(np.isclose(np.sum(abs(c.array) ** 2), 2 * np.sum(x**2)))
        True

    Source: N. G. Kingsbury, Complex wavelets for shift invariant analysis and filtering of signals, Appl. Comput.
    Harmon. Anal. 10(3), 2001; I. W. Selesnick, R. G. Baraniuk, N. G. Kingsbury, The dual-tree complex wavelet
    transform, IEEE Signal Processing Magazine 22(6), 2005.

    See also: `idtcwt`, `hilbert_pair`, `band_direction`, `dwt`.
    """
    x = as_signal(x)
    xp = namespace(x)
    x = xp.astype(x, xp.result_type(x.dtype, xp.float32), copy=False)
    is_complex = xp.isdtype(x.dtype, "complex floating")
    filters = hilbert_pair() if filters is None else filters
    spec = make_dual_tree_spec(x.shape, filters, level, mode, axes, is_complex=is_complex)
    return DualTreeCoefficients(
        analyse(x, spec, [spec.analysis(tree) for tree in spec.trees], impl=impl), spec
    )


def idtcwt(c: DualTreeCoefficients, *, impl: str | None = None) -> Array:
    """Inverse of `dtcwt`: the mean of the inverses of all trees.

    If the transform is a tight frame, this is its pseudo-inverse, the least-squares solution for modified
    coefficients.

    Args:
        c: Coefficients returned by `dtcwt`, or modified ones (`c.replace`, `c.map`).
        impl: As in `dtcwt`.

    Returns:
        The signal, in the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not a `DualTreeCoefficients`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((5, 50))
        >>> bool(np.allclose(sb.idtcwt(sb.dtcwt(x, level=3)), x))
        True

    See also: `dtcwt`.
    """
    if not isinstance(c, DualTreeCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the DualTreeCoefficients that dtcwt returned"
        )
    plans = [c.spec.synthesis(tree) for tree in c.spec.trees]
    return c.with_labels(synthesise(c, plans, impl=impl) / c.spec.bound)


def analyse(x: Array, spec: DualTreeSpec, plans: Sequence[Plans], *, impl: str | None) -> Array:
    """Coefficients (*batch, directions, total) of trees with these plans."""
    xp, signal = namespace(x), spec.base.gather(x)
    trees = xp.stack([_analysis(signal, tree, impl) for tree in plans], axis=1)
    # (directions, trees) @ (batch, trees, total)
    directions = xp.matmul(_complex(spec.combination, trees), xp.astype(trees, _complex_dtype(trees)))
    return xp.reshape(directions, (*spec.base.batch, *directions.shape[1:]))


def synthesise(c: DualTreeCoefficients, plans: Sequence[Plans], *, impl: str | None) -> Array:
    """The adjoint of `analyse` with the same plans; for real signals that of the real inner product."""
    xp, spec = namespace(c.array), c.spec
    directions = xp.reshape(c.array, (spec.base.signals, *c.array.shape[-2:]))
    trees = xp.matmul(_complex(spec.combination.conj().T, directions), directions)
    # For real signals, the opposite directions, which are not stored, contribute the complex conjugate.
    trees = trees if spec.is_complex else xp.real(trees)
    signals = [_synthesis(trees[:, t, ...], tree, impl) for t, tree in enumerate(plans)]
    return spec.base.scatter(sum(signals[1:], signals[0]))


def _analysis(x: Array, plans: Plans, impl: str | None) -> Array:
    """One tree, with separate filters for level 1: (batch, n₁, …, n_d) → (batch, total)."""
    xp, first = namespace(x), plans[0]
    c = pyramid_analysis(x, first, impl=impl)
    if len(plans) == 1:
        return c
    low, details = c[:, : prod(first.sizes[1])], c[:, prod(first.sizes[1]) :]
    later = pyramid_analysis(xp.reshape(low, (x.shape[0], *first.sizes[1])), plans[1], impl=impl)
    return xp.concat([later, details], axis=1)


def _synthesis(c: Array, plans: Plans, impl: str | None) -> Array:
    """The transpose of `_analysis`; with synthesis plans, its inverse."""
    xp, first = namespace(c), plans[0]
    if len(plans) > 1:
        later = plans[1]
        low = pyramid_synthesis(c[:, : later.total], later, impl=impl)
        c = xp.concat([xp.reshape(low, (c.shape[0], prod(first.sizes[1]))), c[:, later.total :]], axis=1)
    return pyramid_synthesis(c, first, impl=impl)


def _complex_dtype(x: Array):
    xp = namespace(x)
    return xp.result_type(x.dtype, xp.complex64)


def _complex(matrix, like: Array) -> Array:
    """A matrix as a complex array of the library, device and precision of `like`."""
    device = device_of(like)
    return namespace(like).asarray(matrix, dtype=_complex_dtype(like), **device)
