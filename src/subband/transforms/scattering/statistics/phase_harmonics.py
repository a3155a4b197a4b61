"""Wavelet phase harmonics: covariances between scales, made possible by turning phases to one frequency."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, pi, sin
from typing import Any, NamedTuple, final

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.arrays.programs import lazy, static
from subband.errors import InvalidInput
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
    """Covariances with one second factor [x⋆ψ₂]^p₂ at some shifts.

    Attributes:
        n2: Number of ψ₂.
        p2: Its power.
        firsts: (name of the statistic, number of ψ₁, p₁) of each first factor.
        shifts: Each τ, in samples.
    """

    n2: int
    p2: int
    firsts: tuple[tuple[str, int, int], ...]
    shifts: tuple[tuple[int, ...], ...]


@final
@dataclass(frozen=True)
class HarmonicsLayout(Layout):
    """What `wavelet_phase_harmonics` gives."""

    of: Family
    shifts: int

    @lazy
    def computed(self) -> tuple[Entry, ...]:
        """The covariances in the order of their computation."""
        return tuple(
            self.of.entry(
                statistic,
                (n1, n2),
                powers=(p1, p2),
                shift=shift,
                fields="xx",
                # Moduli are real, and so is a variance.
                symmetric=p1 == p2 == 0 or ((n1, p1) == (n2, p2) and not any(shift)),
            )
            for n2, p2, firsts, shifts in harmonic_groups(self.of, self.shifts)
            for statistic, n1, p1 in firsts
            for shift in shifts
        )

    @lazy
    def order(self) -> np.ndarray:
        """Where each covariance stands among the computed ones."""
        return np.argsort([STATISTICS.index(entry.statistic) for entry in self.computed], kind="stable")

    @lazy
    def blocks(self) -> tuple[Block, ...]:
        listed = [self.computed[place] for place in self.order]
        named = [Block(name, True, tuple(e for e in listed if e.statistic == name)) for name in STATISTICS]
        return (Block("mean", False, (Entry("mean"),)), *named)


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

    Coefficients of different frequencies do not correlate. A phase multiplied by ξ₁/ξ₂, or by 0, brings them to one
    frequency, and what they have in common shows. With j₁ ≤ j₂ the scales of the first and the second wavelet:

        "S11" one wavelet, p = (1, 1): power, and correlation at the shifts τ
        "S00" one wavelet, p = (0, 0): the same of its envelope
        "S01" one wavelet, p = (0, 1): asymmetry
        "C00" j₁ < j₂, p = (0, 0): envelopes of two scales
        "C01" j₁ < j₂, p = (0, 1): the envelope of the finer with the coarser wave
        "Cphase" j₁ < j₂ one direction, p = (1, 2^(j₂−j₁)): phases that are locked, as at edges

    C00 and C01 are taken for all pairs of directions without a shift, and for equal directions with shifts too; S01
    without. τ is n 2^j₂ samples, n = 0 … `shifts`, in the directions of the wavelets and for two scales their opposites,
    rounded to whole samples.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX. Half precision is computed in single.
        J: Octaves, at most log₂ of the shorter side.
        L: Orientations between 0 and π, for images.
        Q: Wavelets an octave, for signals; Cphase is taken where frequencies are whole octaves apart.
        shifts: Largest n; 0 for none.
        bank: The name of a `filter_bank`, or a `FilterBank`, whose own numbers then replace J, L and Q.
        axes: The one or two axes of the field, which wraps round.
        reference: "own": all are divided by √(p₁p₂) with p each wavelet's power ⟨|x⋆ψ|²⟩, but S11 is left as it is.
            An array of fields: by their mean power, S11 too. None: nothing is divided.
        chunk: Fields at a time; "auto" takes as many as keep the wavelet transform within 64 MiB (`BUDGET`).

    Returns:
        The mean and the covariances named above, complex, on the library and device of `x`; differentiable, with
        finite gradients where a modulus is zero.

    Raises:
        InvalidInput: complex fields, J too large, a negative number of shifts, a reference of another shape.

    Source: S. Mallat, S. Zhang, G. Rochette, Phase Harmonic Correlations and Convolutional Neural Networks (2020);
    E. Allys et al., New Interpretable Statistics for Large-Scale Structure Analysis and Generation (2020), table I.
    """
    fields = gather(x, axes)
    of = family(tuple(fields.x.shape[1:]), J, L, Q, bank)
    if shifts != int(shifts) or shifts < 0:
        raise InvalidInput(f"shifts={shifts} must be a whole number, 0 or more")
    check_reference(reference)
    layout = HarmonicsLayout(of, int(shifts))
    means, computed, powers = in_chunks(partial(_covariances, layout=layout), [fields.x], of, chunk)
    xp = namespace(means)
    ordered = xp.take(computed, indices(layout.order, means), axis=-1)
    if reference is not None:
        own = isinstance(reference, str)
        powers = powers if own else reference_powers(reference, of, axes, chunk)
        amplitude = root(powers)
        first, second = (xp.take(amplitude, indices(n, means), axis=-1) for n in _numbers(layout))
        spared = len(layout.blocks[1].entries) if own else 0
        divided = ordered[:, spared:] / (first * second)[:, spared:]
        ordered = xp.concat([ordered[:, :spared], divided], axis=-1)
    counts = np.cumsum([len(block.entries) for block in layout.blocks[1:]])
    parts = [ordered[..., start:stop] for start, stop in zip((0, *counts[:-1]), counts, strict=True)]
    return assemble([means, *parts], layout, fields.batch)


def _covariances(x: Array, layout: HarmonicsLayout) -> tuple[Array, Array, Array]:
    """The mean (b, 1), all covariances (b, K) in the order of computation, and each wavelet's power (b, n)."""
    xp, of = namespace(x), layout.of
    filters, hat, scale = flat(of, x), spectrum(x, of), 1 / of.size**2
    waves = [filtered(hat, filters[n : n + 1, :], of) for n in range(len(of.orders))]
    envelopes = xp.concat([spectrum(xp.abs(z), of) for z in waves], axis=1)
    made = []
    for n2, p2, firsts, shifts in harmonic_groups(of, layout.shifts):
        # Cov(a(u), b(u + τ)) = 1/N² Σ over k ≠ 0 of â b̂* e^(−ikτ)
        second = hat * filters[n2, :] if p2 == 1 else spectrum(harmonic(waves[n2], p2), of)[:, 0, :]
        turned = xp.conj(second)[:, :, None] * _turns(of.shape, shifts, x)
        factors = [envelopes[:, n, :] if p == 0 else hat * filters[n, :] for _, n, p in firsts]
        products = xp.stack(factors, axis=1) @ turned * scale
        made.append(xp.reshape(products, (x.shape[0], -1)))
    powers = xp.abs(hat) ** 2 @ squared(of, x) * scale
    return mean(x, of)[:, None], xp.concat(made, axis=-1), powers


def harmonic(z: Array, power: int) -> Array:
    """[z]^p = |z| e^{ip arg z}, as complex numbers; 0 with finite derivatives where z = 0."""
    xp = namespace(z)
    modulus = xp.abs(z)
    if power == 0:
        return modulus + 0j
    made = z
    if power > 1:
        phase = z / xp.where(modulus > 0, modulus, xp.ones_like(modulus))
        made = z * phase ** (power - 1)
    return made


def harmonic_groups(of: Family, shifts: int) -> list[Group]:
    """Every covariance that `wavelet_phase_harmonics` takes, by its second factor."""
    bank, made = of.wavelets, []
    for n2, j2 in enumerate(bank.scales):
        still = ((0,) * len(of.shape),)
        half, full = (_shifts(of, j2, shifts, both) for both in (False, True))
        finer = [n for n, j1 in enumerate(bank.scales) if j1 < j2]
        along = [n for n in finer if bank.angles[n] == bank.angles[n2]]
        across = [n for n in finer if n not in along]
        for p2, firsts, taus in (
            (1, [("S11", n2, 1)], half),
            (0, [("S00", n2, 0)], half),
            (1, [("S01", n2, 0)] + [("C01", n, 0) for n in across], still),
            (0, [("C00", n, 0) for n in across], still),
            (1, [("C01", n, 0) for n in along], full),
            (0, [("C00", n, 0) for n in along], full),
            *((p, [("Cphase", n, 1)], full) for n in along if (p := _octaves(bank.frequencies, n, n2))),
        ):
            if firsts:
                made.append(Group(n2, p2, tuple(firsts), taus))
    return made


def _octaves(frequencies: Sequence[float], n1: int, n2: int) -> int:
    """2^d = ξ₁/ξ₂ where that is so for a whole d ≥ 1, else 0."""
    ratio = frequencies[n1] / frequencies[n2]
    power = round(np.log2(ratio))
    return 2**power if power > 0 and abs(ratio / 2**power - 1) < 1e-6 else 0


def _shifts(of: Family, j: int, count: int, both: bool) -> tuple[tuple[int, ...], ...]:
    """τ = n 2^j in the directions of the wavelets, and in their opposites if `both`; first of all 0."""
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
    return tuple(dict.fromkeys([(0,) * len(of.shape), *found]))


def _turns(shape: tuple[int, ...], shifts: tuple[tuple[int, ...], ...], like: Array) -> Array:
    """(N, T) e^(−ikτ) at all bins, 0 at the mean."""
    real, imaginary = _turns_of(shape, shifts)
    return constant(real, like) + 1j * constant(imaginary, like)


@partial(static, keep=64)
def _turns_of(shape: tuple[int, ...], shifts: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    columns = []
    for shift in shifts:
        angle = np.zeros(shape)
        for axis, (n, tau) in enumerate(zip(shape, shift, strict=True)):
            along = [1] * len(shape)
            along[axis] = n
            angle = angle + np.reshape(2 * pi * np.fft.fftfreq(n) * tau, along)
        columns.append(np.ravel(np.exp(-1j * angle)))
    turns = np.stack(columns, axis=-1)
    turns[0] = 0
    return turns.real.copy(), turns.imag.copy()


def _numbers(layout: HarmonicsLayout) -> tuple[np.ndarray, np.ndarray]:
    """(K,) numbers of the first and second wavelet, in the order of the blocks."""
    pairs = [
        (n1, group.n2)
        for group in harmonic_groups(layout.of, layout.shifts)
        for _, n1, _ in group.firsts
        for _ in group.shifts
    ]
    first, second = np.asarray(pairs)[layout.order].T
    return first, second
