"""The dual-tree complex wavelet transform and its inverse.

Kingsbury 2001; Selesnick, Baraniuk & Kingsbury 2005.
"""

from collections.abc import Sequence
from math import prod

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
from subband.transforms.dualtree.spec import DualTreeSpec, make_dual_tree_spec
from subband.transforms.wavelets.spec import Modes

Plans = Sequence[Plan]
"""One tree's: level 1, then, if there are any, all others."""


@keyword_only_after("x", "level", "axes")
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

    Two trees of orthonormal filters run along each axis. The wavelets of tree b are approximately the Hilbert
    transforms of those of tree a, so that a ± ib answers to frequencies of one sign only; in two dimensions this
    gives 6 directions a level, in three 28. Level 1 separates the signs only near a quarter of the sampling rate,
    as its filters differ by a whole sample.

    Where every length is divisible by 2^level, periodization makes this a tight frame: Σ|c|² = 2 Σx² for real
    signals, 4 Σ|x|² for complex ones, which keep both of each pair of opposite directions. Other
    lengths repeat their last sample (of each level, if odd); other modes extend as in `dwt`. The way back is exact
    for all.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating, half precision single,
            since there are no complex numbers of half precision.
        level: Number of levels; by default the most that the shortest axis bears.
        axes: The axes to transform, one or several.
        mode: What stands beyond the ends, one of `subband.MODES`, or one for each axis.
        filters: The filters of both trees; by default `hilbert_pair()`.
        impl: "fast" (compiled, CPU), "reference" (array API), or None for the best that fits.

    Returns:
        The coefficients, complex, of the library and device of `x`: `[level]["+a-d"]`, `.approx`, `.array`.

    Raises:
        InvalidInput: unknown mode, empty or missing axis, level too high, other filters than `DualTreeFilters`.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
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
    """Inverse of `dtcwt`: the mean of what each tree gives back.

    Where the transform is a tight frame this is its pseudo-inverse, so coefficients that were changed give the
    signal nearest to them.

    Args:
        c: Coefficients, as `dtcwt` gave them or with other numbers in them.
        impl: As in `dtcwt`.

    Returns:
        The array, of exactly the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not a `DualTreeCoefficients`.
    """
    if not isinstance(c, DualTreeCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the DualTreeCoefficients that dtcwt returned"
        )
    plans = [c.spec.synthesis(tree) for tree in c.spec.trees]
    return synthesise(c, plans, impl=impl) / c.spec.bound


def analyse(x: Array, spec: DualTreeSpec, plans: Sequence[Plans], *, impl: str | None) -> Array:
    """All directions of all bands, (*batch, directions, total), of trees with these plans."""
    xp, signal = namespace(x), spec.base.gather(x)
    trees = xp.stack([_analysis(signal, tree, impl) for tree in plans], axis=1)
    # (directions, trees) times (batch, trees, total): every band of every direction at once.
    directions = xp.matmul(_complex(spec.combination, trees), xp.astype(trees, _complex_dtype(trees)))
    return xp.reshape(directions, (*spec.base.batch, *directions.shape[1:]))


def synthesise(c: DualTreeCoefficients, plans: Sequence[Plans], *, impl: str | None) -> Array:
    """The transpose of `analyse` with the same plans, for the real inner product where the signal is real."""
    xp, spec = namespace(c.array), c.spec
    directions = xp.reshape(c.array, (spec.base.signals, *c.array.shape[-2:]))
    trees = xp.matmul(_complex(spec.combination.conj().T, directions), directions)
    # Of a real signal, the opposite directions that were not kept would add the complex conjugate.
    trees = trees if spec.is_complex else xp.real(trees)
    signals = [_synthesis(trees[:, t, ...], tree, impl) for t, tree in enumerate(plans)]
    return spec.base.scatter(sum(signals[1:], signals[0]))


def _analysis(x: Array, plans: Plans, impl: str | None) -> Array:
    """One tree: (batch, n₁, …, n_d) → (batch, total), with other filters at level 1 than later."""
    xp, first = namespace(x), plans[0]
    c = pyramid_analysis(x, first, impl=impl)
    if len(plans) == 1:
        return c
    low, details = c[:, : prod(first.sizes[1])], c[:, prod(first.sizes[1]) :]
    later = pyramid_analysis(xp.reshape(low, (x.shape[0], *first.sizes[1])), plans[1], impl=impl)
    return xp.concat([later, details], axis=1)


def _synthesis(c: Array, plans: Plans, impl: str | None) -> Array:
    """The transpose of `_analysis`; with the plans of the synthesis its inverse."""
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
    """A matrix of numbers beside an array: its library, its device, its precision."""
    place = {"device": like.device} if hasattr(like, "device") else {}
    return namespace(like).asarray(matrix, dtype=_complex_dtype(like), **place)
