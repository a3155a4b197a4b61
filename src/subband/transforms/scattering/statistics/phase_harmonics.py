"""Wavelet phase harmonics: covariances of wavelet coefficients across scales after multiplication of phases."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, log2, pi, sin
from typing import Any, NamedTuple, final

import numpy as np

from subband.arrays.arguments import integer
from subband.arrays.compilers import lazy, static
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, namespace
from subband.transforms.scattering.banks import FilterBank
from subband.transforms.scattering.statistics.fields import (
    Chunk,
    Family,
    assemble,
    check_reference,
    constant,
    family,
    filtered,
    flat,
    gather,
    in_chunks,
    indices,
    mean,
    reference_powers,
    root,
    spectrum,
    squared,
)
from subband.transforms.scattering.statistics.summary import Block, Entry, Layout, SummaryStatistics

STATISTICS = ("S11", "S00", "S01", "C00", "C01", "Cphase")


class Group(NamedTuple):
    """Covariances Cov([x⋆ψ₁]^p₁(u), [x⋆ψ₂]^p₂(u + τ)) of one statistic.

    Attributes:
        statistic: Name of the statistic.
        pairs: Indices of ψ₁ and ψ₂; with shifts, ψ₂ is the same for all.
        p1, p2: Phase exponents of the factors.
        shifts: The shifts τ, in samples.
    """

    statistic: str
    pairs: tuple[tuple[int, int], ...]
    p1: int
    p2: int
    shifts: tuple[tuple[int, ...], ...]


@final
@dataclass(frozen=True)
class HarmonicsLayout(Layout):
    """Layout of `wavelet_phase_harmonics`."""

    of: Family
    shifts: int

    @lazy
    def computed(self) -> tuple[Entry, ...]:
        """The covariances in the order of computation."""
        return tuple(
            self.of.entry(
                group.statistic,
                pair,
                powers=(group.p1, group.p2),
                shift=shift,
                fields="xx",
                # Covariances of moduli, and variances, are real.
                symmetric=group.p1 == group.p2 == 0 or (group.statistic == "S11" and not any(shift)),
            )
            for group in harmonic_groups(self.of, self.shifts)
            for pair in group.pairs
            for shift in group.shifts
        )

    @lazy
    def order(self) -> np.ndarray:
        """Index of each covariance in `computed`."""
        return np.argsort([STATISTICS.index(entry.statistic) for entry in self.computed], kind="stable")

    @lazy
    def blocks(self) -> tuple[Block, ...]:
        listed = [self.computed[index] for index in self.order]
        named = [Block(name, True, tuple(e for e in listed if e.statistic == name)) for name in STATISTICS]
        return (Block("mean", False, (Entry("mean"),)), *named)


@labelled
def wavelet_phase_harmonics(
    x: Array,
    *,
    J: int,
    L: int = 4,
    Q: int = 1,
    shifts: int = 2,
    bank: str | FilterBank = "morlet",
    axes: int | Sequence[int] = (-2, -1),
    reference: Any = "own",
    chunk: Chunk = "auto",
) -> SummaryStatistics:
    """Wavelet phase harmonics: Cov([x⋆ψ₁]^p₁(u), [x⋆ψ₂]^p₂(u + τ)), where [z]^p = |z| e^{ip arg z}.

    Wavelet coefficients of disjoint frequency bands are uncorrelated in stationary fields. Multiplying phases by
    ξ₁/ξ₂, or by 0, moves them to a common band and reveals their dependence. With j₁ ≤ j₂ the scales of the two
    wavelets:

        "S11" one wavelet, p = (1, 1): power, and autocorrelation at the shifts τ
        "S00" one wavelet, p = (0, 0): variance and autocorrelation of the envelope
        "S01" one wavelet, p = (0, 1): asymmetry
        "C00" j₁ < j₂, p = (0, 0): envelopes of two scales
        "C01" j₁ < j₂, p = (0, 1): envelope of the finer scale, coefficients of the coarser one
        "Cphase" j₁ < j₂, equal directions, p = (1, 2^(j₂−j₁)): phase alignment across scales, as at edges

    C00 and C01 include all pairs of directions without shift, and equal directions with shifts; S01 has no shifts.
    τ is n 2^j₂ samples, n = 0 … `shifts`, along the directions of the wavelets and, for two scales, their
    opposites, rounded to integers.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX; half precision is computed in single.
        J: Number of octaves, at most log₂ of the shorter side.
        L: Number of orientations between 0 and π, for images.
        Q: Wavelets per octave, for signals; Cphase requires frequencies whole octaves apart.
        shifts: Maximal n; 0 for no shifts.
        bank: Name of a `filter_bank`, or a `FilterBank`, which replaces J, L and Q.
        axes: The one or two axes of the periodic field.
        reference: Normalisation of the covariances by √(p₁p₂), with powers p = ⟨|x⋆ψ|²⟩. "own": the power of the
            field itself; S11 is not normalised. An array of fields: their mean power, for S11 too. None: no
            normalisation.
        chunk: Fields per chunk; "auto" bounds the memory of the wavelet transform by 64 MiB (`BUDGET`).

    Returns:
        The mean, real, and the covariances above, complex, of the library and device of `x`; differentiable, with
        finite gradients where a modulus is zero.

    Raises:
        InvalidInput: complex fields, J too large, a negative number of shifts, a reference of another shape.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.wavelet_phase_harmonics(np.eye(16), J=2)
        SummaryStatistics(mean: 1, S11: 64, S00: 64, S01: 8, C00: 80, C01: 80, Cphase: 68; of () fields)

    See also: `subband.SummaryStatistics`, `subband.scattering_covariance`.

    Source: S. Mallat, S. Zhang, G. Rochette, Phase Harmonic Correlations and Convolutional Neural Networks
    (2020); E. Allys et al., New Interpretable Statistics for Large-Scale Structure Analysis and Generation
    (2020), table I.
    """
    fields = gather(x, axes)
    of = family(tuple(fields.x.shape[1:]), J, L, Q, bank)
    shifts = integer("shifts", shifts, 0, max(of.shape))
    check_reference(reference)
    layout = HarmonicsLayout(of, shifts)
    means, computed, powers = in_chunks(partial(_covariances, layout=layout), [fields.x], of, chunk)
    xp, unit, own = namespace(means), fields.unit, isinstance(reference, str)
    ordered = xp.take(computed, indices(layout.order, means), axis=-1)
    scaled = ordered.shape[-1]  # the first `scaled` statistics are in squares of the field's unit
    ratio = unit
    if reference is not None:
        if not own:
            powers, measure = reference_powers(reference, of, axes, chunk)
            ratio = unit / measure
        amplitude = root(powers)
        first, second = (xp.take(amplitude, indices(n, means), axis=-1) for n in _numbers(layout))
        scaled = len(layout.blocks[1].entries) if own else scaled
        skipped = scaled if own else 0
        normalised = ordered[:, skipped:] / (first * second)[:, skipped:]
        ordered = xp.concat([ordered[:, :skipped], normalised], axis=-1)
    ordered = xp.concat([ordered[:, :scaled] * ratio * ratio, ordered[:, scaled:]], axis=-1)
    counts = np.cumsum([len(block.entries) for block in layout.blocks[1:]])
    parts = [ordered[..., start:stop] for start, stop in zip((0, *counts[:-1]), counts, strict=True)]
    return assemble([means * unit, *parts], layout, fields.batch)


def _covariances(x: Array, layout: HarmonicsLayout) -> tuple[Array, Array, Array]:
    """Mean (b, 1), all covariances (b, K) in the order of computation, and power of each wavelet (b, n)."""
    xp, of = namespace(x), layout.of
    filters, hat, made = flat(of, x), spectrum(x, of), []
    waves = [filtered(hat, filters[n : n + 1, :], of)[:, 0, ...] for n in range(len(of.orders))]
    # It suffices to subtract the mean of one factor.
    fluctuation = constant(np.arange(of.size) > 0, x)

    def factor(n: int, power: int) -> Array:
        """(b, N) spectrum of [x⋆ψ]^p minus its mean."""
        made = hat * filters[n, :] if power == 1 else spectrum(harmonic(waves[n], power), of)
        return made * fluctuation

    known = {power: [factor(n, power) for n in range(len(waves))] for power in (0, 1)}
    for group in harmonic_groups(of, layout.shifts):
        firsts, seconds = zip(*group.pairs, strict=True)
        if group.statistic == "Cphase" or any(map(any, group.shifts)):
            one = xp.stack([known[group.p1][n] for n in firsts], axis=1)
            n2 = seconds[0]
            two = known[group.p2][n2] if group.p2 in known else factor(n2, group.p2)
            made.append(_shifted(one * xp.conj(two)[:, None, :], group.shifts, of))
        else:
            one, two = (xp.stack(known[power], axis=1) for power in (group.p1, group.p2))
            every = xp.reshape(one @ xp.conj(xp.matrix_transpose(two)), (x.shape[0], -1)) / of.size**2
            entries = np.asarray(firsts) * len(waves) + np.asarray(seconds)
            made.append(xp.take(every, indices(entries, x), axis=-1))
    powers = xp.abs(hat) ** 2 @ squared(of, x) / of.size**2
    return mean(x, of)[:, None], xp.concat(made, axis=-1), powers


def _shifted(cross: Array, shifts: tuple[tuple[int, ...], ...], of: Family) -> Array:
    """(b, m, N) cross-spectra â b̂* → (b, m T) covariances of a(u), b(u + τ): 1/N² Σ â b̂* e^(−ikτ)."""
    xp = namespace(cross)
    *rows, columns = [
        _phase_factors(n, tuple(taus), cross)
        for n, taus in zip(of.shape, zip(*shifts, strict=True), strict=True)
    ]
    made = xp.reshape(cross, (*cross.shape[:2], *of.shape)) @ columns
    if rows:
        made = xp.sum(made * rows[0], axis=-2)
    return xp.reshape(made, (cross.shape[0], -1)) / of.size**2


def _phase_factors(n: int, taus: tuple[int, ...], like: Array) -> Array:
    """(n, T) e^(−ikτ) along one axis."""
    real, imaginary = _phases(n, taus)
    return constant(real, namespace(like).real(like)) + 1j * constant(imaginary, namespace(like).real(like))


@partial(static, large=True)
def _phases(n: int, taus: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    angle = -2 * pi * np.fft.fftfreq(n)[:, None] * np.asarray(taus)
    return np.cos(angle), np.sin(angle)


def harmonic(z: Array, power: int) -> Array:
    """[z]^p = |z| e^{ip arg z} for p = 0 or a power of two; 0 with finite derivatives where z = 0."""
    xp = namespace(z)
    modulus = xp.abs(z)
    if power == 0:
        return modulus + 0j
    phase = z / xp.where(modulus > 0, modulus, xp.ones_like(modulus))
    for _ in range(power.bit_length() - 1):
        phase = phase * phase
    return modulus * phase


def harmonic_groups(of: Family, shifts: int) -> list[Group]:
    """All covariances of `wavelet_phase_harmonics`: those without shift first, then by ψ₂."""
    bank, unshifted = of.wavelets, ((0,) * len(of.shape),)
    each = tuple((n, n) for n in range(len(bank.scales)))
    finer = tuple((n, m) for m, b in enumerate(bank.scales) for n, a in enumerate(bank.scales) if a < b)
    listed = [
        Group("S11", each, 1, 1, unshifted),
        Group("S00", each, 0, 0, unshifted),
        Group("S01", each, 0, 1, unshifted),
        Group("C00", finer, 0, 0, unshifted),
        Group("C01", finer, 0, 1, unshifted),
    ]
    for n, j in enumerate(bank.scales):
        half, full = (_shifts(of, j, shifts, both) for both in (False, True))
        along = tuple(pair for pair in finer if pair[1] == n and bank.angles[pair[0]] == bank.angles[n])
        listed += [
            Group("S11", ((n, n),), 1, 1, half),
            Group("S00", ((n, n),), 0, 0, half),
            Group("C00", along, 0, 0, full),
            Group("C01", along, 0, 1, full),
            *[
                Group("Cphase", (pair,), 1, p, unshifted + full)
                for pair in along
                if (p := _octaves(bank.frequencies, *pair))
            ],
        ]
    return [group for group in listed if group.pairs and group.shifts]


def _octaves(frequencies: Sequence[float], n1: int, n2: int) -> int:
    """ξ₁/ξ₂ if it is 2^d for an integer d ≥ 1, else 0."""
    ratio = frequencies[n1] / frequencies[n2]
    power = round(log2(ratio))
    return 2**power if power > 0 and abs(ratio / 2**power - 1) < 1e-6 else 0


def _shifts(of: Family, j: int, count: int, both: bool) -> tuple[tuple[int, ...], ...]:
    """Shifts τ = n 2^j, n > 0, along the directions of the wavelets, and their opposites if `both`."""
    if len(of.shape) == 1:
        directions = [(1.0,)]
    else:
        directions = [(cos(theta), sin(theta)) for theta in dict.fromkeys(of.wavelets.angles)]
    signs = (1, -1) if both else (1,)
    found = [
        tuple(round(sign * n * 2**j * part) for part in direction)
        for direction in directions
        for sign in signs
        for n in range(1, count + 1)
    ]
    return tuple(dict.fromkeys(found))


def _numbers(layout: HarmonicsLayout) -> tuple[np.ndarray, np.ndarray]:
    """(K,) indices of the first and second wavelet, in the order of the blocks."""
    groups = harmonic_groups(layout.of, layout.shifts)
    pairs = [pair for group in groups for pair in group.pairs for _ in group.shifts]
    first, second = np.asarray(pairs)[layout.order].T
    return first, second
