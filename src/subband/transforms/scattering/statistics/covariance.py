"""Scattering covariance: covariances of wavelet coefficients and their envelopes across scales.

All four orders are means of products of filtered fields, which by Parseval are sums over frequencies. Hence only
the envelopes |x ⋆ ψ| are computed in space; the second convolution is a weight |ψ̂|² in a matrix product over the
support of ψ̂.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import numpy as np

from subband.arrays.compilers import lazy, static
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.transforms.scattering.banks import FilterBank
from subband.transforms.scattering.statistics.fields import (
    Chunk,
    Family,
    Fields,
    assemble,
    check_reference,
    constant,
    family,
    filtered,
    flat,
    gather,
    groups,
    in_chunks,
    indices,
    low_power,
    mean,
    reference_powers,
    root,
    spectrum,
    squared,
)
from subband.transforms.scattering.statistics.summary import Block, Entry, Layout, SummaryStatistics

NEGLIGIBLE = 1e-20
"""|ψ̂|² relative to its maximum below which frequencies are omitted: below rounding in float64."""


@final
@dataclass(frozen=True)
class CovarianceLayout(Layout):
    """Layout of `scattering_covariance` of one field, or of two."""

    of: Family
    crossed: bool

    @lazy
    def blocks(self) -> tuple[Block, ...]:
        of, crossed = self.of, self.crossed
        every, each, pair = range(len(of.orders)), ("xy" if crossed else "x"), ("xy" if crossed else "xx")
        means = [Entry("mean", fields=field) for field in each]
        low = [Entry("low", scales=(of.wavelets.scales[-1] + 1,), fields=pair)]
        first = [of.entry("S1", (n,), fields=field) for field in each for n in every]
        second = [of.entry("S2", (n,), fields=pair) for n in every]
        third = [
            of.entry("S3", two, fields=fields)
            for fields in (("xy", "yx") if crossed else ("xx",))
            for two in zip(*third_order(of), strict=True)
        ]
        fourth = [
            of.entry("S4", three, fields=pair, symmetric=not crossed and three[1] == three[2])
            for three in zip(*fourth_order(of, crossed), strict=True)
        ]
        return (
            Block("mean", False, tuple(means)),
            Block("low", False, tuple(low)),
            Block("S1", False, tuple(first)),
            Block("S2", crossed, tuple(second)),
            Block("S3", True, tuple(third)),
            Block("S4", True, tuple(fourth)),
        )


@labelled
def scattering_covariance(
    x: Array,
    y: Array | None = None,
    *,
    J: int,
    L: int = 4,
    Q: int = 1,
    bank: str | FilterBank = "morlet",
    axes: int | Sequence[int] = (-2, -1),
    reference: Any = "own",
    chunk: Chunk = "auto",
) -> SummaryStatistics:
    """Scattering covariance of images or signals: sparsity, power, and dependence across scales.

    With ⟨·⟩ the mean over the field, Cov[a, b] = ⟨a b*⟩ − ⟨a⟩⟨b⟩*, and scales j₁ ≥ j₂ ≥ j₃ (signals:
    frequencies ξ₁ ≤ ξ₂ ≤ ξ₃):

        mean ⟨x⟩, low Cov[x⋆φ, x⋆φ]
        S1 ⟨|x⋆ψ₁|⟩
        S2 ⟨|x⋆ψ₁|²⟩
        S3 Cov[x⋆ψ₁, |x⋆ψ₂|⋆ψ₁], complex: asymmetry and skewness
        S4 Cov[|x⋆ψ₂|⋆ψ₁, |x⋆ψ₃|⋆ψ₁], complex: dependence between envelopes

    For two fields, the second factor of each covariance is of y (so S2 is complex), S3 is computed for both orders
    of x and y, S4 for all j₂, j₃ ≤ j₁, and S1 and the mean for each field. Fields are periodic and all statistics
    translation-invariant. Under x → −x, S3 and the mean change sign, and the others are invariant.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX; half precision is computed in single.
        y: Second field of the same shape, for covariances between both.
        J: Number of octaves, at most log₂ of the shorter side.
        L: Number of orientations between 0 and π, for images.
        Q: Wavelets per octave, for signals.
        bank: Name of a `filter_bank`, or a `FilterBank`, which replaces J, L and Q.
        axes: The one or two axes of the field.
        reference: Normalisation of S1 by √p₁, S3 by √(p₁p₂), S4 by √(p₂p₃), with powers p = ⟨|x⋆ψ|²⟩. "own": the
            power of the field itself; S2, low and mean are not normalised, the others are invariant to x → a x,
            a > 0. An array of fields (for two fields, a pair of arrays): their mean power, by which S2 and low are
            normalised too, so that statistics of different fields are comparable. None: no normalisation.
        chunk: Fields per chunk; "auto" bounds the memory of the wavelet transform by 64 MiB (`BUDGET`), for large
            fields by processing fewer wavelets at a time.

    Returns:
        The statistics, (*batch, K) each, of the library and device of `x`; differentiable, with finite
        gradients where a modulus is zero.

    Raises:
        InvalidInput: complex fields, J too large, y or a reference of another shape.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.scattering_covariance(np.eye(16), J=2)
        SummaryStatistics(mean: 1, low: 1, S1: 8, S2: 8, S3: 48, S4: 184; of () fields)

    See also: `subband.SummaryStatistics`, `subband.wavelet_moments`, `subband.wavelet_phase_harmonics`.

    Source: S. Cheng, R. Morel, E. Allys, B. Ménard, S. Mallat, Scattering Spectra Models for Physics
    (2024), eqs. 8–13; R. Morel et al., Scale Dependencies and Self-Similar Models with Wavelet Scattering
    Spectra (2022).
    """
    first = gather(x, axes, "x")
    of = family(tuple(first.x.shape[1:]), J, L, Q, bank)
    fields = [first]
    if y is not None:
        second = gather(y, axes, "y")
        if (second.batch, second.x.shape) != (first.batch, first.x.shape):
            raise InvalidInput(
                f"y has the shape {tuple(y.shape)} and x {tuple(x.shape)}: give fields of one shape"
            )
        fields.append(second)
    check_reference(reference)
    made = in_chunks(partial(_orders, of=of), [field.x for field in fields], of, chunk)
    made = _normalised(made, of, reference, fields, axes, chunk)
    return assemble(made[:6], CovarianceLayout(of, y is not None), first.batch)


class Orders(NamedTuple):
    """The statistics of B fields, (B, K) each, and the powers of their wavelet coefficients, (B, n)."""

    mean: Array
    low: Array
    s1: Array
    s2: Array
    s3: Array
    s4: Array
    powers: tuple[Array, ...]


def _orders(*fields: Array, of: Family) -> Orders:
    """All orders of one chunk of one or two fields, before normalisation."""
    x, xp, filters = fields[0], namespace(fields[0]), flat(of, fields[0])
    crossed, scale = len(fields) == 2, 1 / of.size**2
    hats = [spectrum(field, of) for field in fields]
    first, moduli = zip(*[_envelopes(hat, filters, of) for hat in hats], strict=True)
    powers = tuple(xp.abs(hat) ** 2 @ squared(of, x) * scale for hat in hats)
    product = hats[0] * xp.conj(hats[-1])
    low = xp.sum(xp.real(product) * constant(low_power(*of), x), axis=-1)[:, None] * scale
    second = _weigh(product, squared(of, x)) * scale if crossed else powers[0]
    third: list[list[Array]] = [[], []] if crossed else [[]]
    fourth = []
    for n in range(len(of.orders)):
        support = _Support(_support(*of, n), x)
        # Cov[a⋆ψ₁, b⋆ψ₁] = 1/N² Σₖ |ψ̂₁|² â b̂*, as ψ₁ has zero mean.
        waves = [support.weigh(xp.take(hat, support.bins, axis=-1))[:, None, :] for hat in hats]
        inner = [support.of(envelopes) for envelopes in moduli]
        third[0].append((waves[0] @ _transposed(inner[-1]))[:, 0, :] * scale)
        if crossed:
            third[1].append((waves[1] @ _transposed(inner[0]))[:, 0, :] * scale)
        gram = support.weigh(inner[0]) @ _transposed(inner[-1]) * scale
        entries = indices(_entries(inner[0].shape[1], crossed), x)
        fourth.append(xp.take(xp.reshape(gram, (gram.shape[0], -1)), entries, axis=-1))
    return Orders(
        mean=xp.stack([mean(field, of) for field in fields], axis=-1),
        low=low,
        s1=xp.concat(list(first), axis=-1),
        s2=second,
        s3=xp.concat([part for parts in third for part in parts], axis=-1),
        s4=xp.concat(fourth, axis=-1),
        powers=powers,
    )


def _envelopes(hat: Array, filters: Array, of: Family) -> tuple[Array, Array]:
    """(b, N) spectra → (b, n) means of |x ⋆ ψ|, and (b, n, N′) half spectra of |x ⋆ ψ| as from `rfftn`."""
    xp, axes = namespace(hat), tuple(range(-len(of.shape), 0))
    means, spectra = [], []
    for some in groups(of, filters, hat.shape[0]):
        modulus = xp.abs(filtered(hat, filters[some, :], of))
        means.append(mean(modulus, of))
        half = xp.fft.rfftn(modulus, axes=axes)
        spectra.append(xp.reshape(half, (*half.shape[:2], -1)))
    return xp.concat(means, axis=-1), xp.concat(spectra, axis=1)


class _Support:
    """The frequency support of one wavelet ψ₁, and the number of envelopes of smaller or equal scale."""

    def __init__(self, table: tuple[Any, ...], like: Array):
        bins, halves, mirrored, weights, self.count = table
        self.bins, self.halves = indices(bins, like), indices(halves, like)
        self.mirrored, self.weights = indices(mirrored, like), constant(weights, like)

    def of(self, envelopes: Array) -> Array:
        """(b, n, N′) half spectra → (b, m, K), for scales up to that of ψ₁, at its frequencies."""
        xp = namespace(envelopes)
        taken = xp.take(envelopes[:, : self.count, :], self.halves, axis=-1)
        return xp.where(self.mirrored, xp.conj(taken), taken)

    def weigh(self, spectra: Array) -> Array:
        """(…, K) spectra times |ψ̂₁|²."""
        return spectra * self.weights


@partial(static, large=True)
def _support(shape: tuple[int, ...], numbers: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    """Of ψ_n: support, its indices in a half spectrum, where to conjugate, |ψ̂|², and number of envelopes."""
    of = Family(shape, numbers)
    power = np.abs(of.wavelets.filters[n]) ** 2
    bins = np.flatnonzero(power > NEGLIGIBLE * power.max())
    k = np.unravel_index(bins, shape)
    mirrored = k[-1] > shape[-1] // 2
    other = [np.where(mirrored, -index % size, index) for index, size in zip(k, shape, strict=True)]
    halves = np.ravel_multi_index(other, (*shape[:-1], shape[-1] // 2 + 1))
    return bins, halves, mirrored, power.ravel()[bins], _reach(of, n)


def _reach(of: Family, n: int) -> int:
    """Number of wavelets whose envelopes ψ_n filters: those of equal or smaller scale."""
    return sum(order <= of.orders[n] for order in of.orders)


def third_order(of: Family) -> tuple[np.ndarray, np.ndarray]:
    """(K,) wavelet indices n₁ and n₂ of S3."""
    pairs = [(a, b) for a in range(len(of.orders)) for b in range(_reach(of, a))]
    first, second = np.asarray(pairs).T
    return first, second


def fourth_order(of: Family, crossed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(K,) wavelet indices n₁, n₂ and n₃ of S4."""
    made = []
    for n in range(len(of.orders)):
        m = _reach(of, n)
        b, c = np.divmod(_entries(m, crossed), m)
        made.append((np.full(b.shape, n), b, c))
    first, second, third = map(np.concatenate, zip(*made, strict=True))
    return first, second, third


def _entries(m: int, crossed: bool) -> np.ndarray:
    """Flat indices into an (m, m) matrix of covariances: all, or those with n₂ ≥ n₃ if it is Hermitian."""
    b, c = np.divmod(np.arange(m * m), m)
    return np.flatnonzero((b >= c) | crossed)


def _transposed(x: Array) -> Array:
    """The conjugate transpose of the last two axes."""
    xp = namespace(x)
    return xp.conj(xp.matrix_transpose(x))


def _weigh(spectra: Array, weights: Array) -> Array:
    """(b, N) complex @ (N, n) real."""
    xp = namespace(spectra)
    return xp.real(spectra) @ weights + 1j * (xp.imag(spectra) @ weights)


def _normalised(
    made: Orders, of: Family, reference: Any, fields: Sequence[Fields], axes: Any, chunk: Chunk
) -> Orders:
    """The orders normalised by the powers of a reference; see `scattering_covariance`."""
    units = [field.unit for field in fields]
    made = made._replace(mean=_scaled(made.mean, units))
    if reference is None:
        return _restored(made, units)
    if isinstance(reference, str):
        whole = _restored(made, units)
        return _normalised_by(made, of, made.powers)._replace(low=whole.low, s2=whole.s2)
    given = reference if isinstance(reference, tuple | list) else (reference,)
    if len(given) != len(fields):
        raise InvalidInput(
            f"{len(given)} references for {len(fields)} fields: give one for x alone, or a pair for x and y"
        )
    powers, measures = zip(*[reference_powers(one, of, axes, chunk) for one in given], strict=True)
    over = _normalised_by(made, of, tuple(p[:, :-1] for p in powers))
    over = over._replace(low=made.low / (root(powers[0][:, -1:]) * root(powers[-1][:, -1:])))
    return _restored(over, [unit / measure for unit, measure in zip(units, measures, strict=True)])


def _restored(made: Orders, units: Sequence[Array]) -> Orders:
    """Orders of scaled fields → orders of the original fields, except for the mean."""
    # Multiply by one unit at a time: their product may overflow even if the result does not.
    low, s2, s3, s4 = (part * units[0] * units[-1] for part in (made.low, made.s2, made.s3, made.s4))
    return made._replace(low=low, s1=_scaled(made.s1, units), s2=s2, s3=s3, s4=s4)


def _scaled(statistics: Array, units: Sequence[Array]) -> Array:
    """(B, K) statistics of one field, or of two concatenated, each times its unit."""
    xp, count = namespace(statistics), statistics.shape[-1] // len(units)
    each = [statistics[:, k * count : (k + 1) * count] * unit for k, unit in enumerate(units)]
    return xp.concat(each, axis=-1)


def _normalised_by(made: Orders, of: Family, powers: Sequence[Array]) -> Orders:
    """S1 to S4 divided by the roots of powers, (1 or B, n) for each field."""
    xp, crossed = namespace(made.s1), len(powers) == 2
    x, y = root(powers[0]), root(powers[-1])
    a, b = (indices(n, made.s1) for n in third_order(of))
    _, c, d = (indices(n, made.s1) for n in fourth_order(of, crossed))

    def of_pairs(u: Array, first: Array, v: Array, second: Array) -> Array:
        return xp.take(u, first, axis=-1) * xp.take(v, second, axis=-1)

    third = [of_pairs(x, a, y, b)] + ([of_pairs(y, a, x, b)] if crossed else [])
    return made._replace(
        s1=made.s1 / (xp.concat([x, y], axis=-1) if crossed else x),
        s2=made.s2 / (x * y),
        s3=made.s3 / xp.concat(third, axis=-1),
        s4=made.s4 / of_pairs(x, c, y, d),
    )
