"""Wavelet moments: first and second moments of wavelet moduli of orders 0 to 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, final

import numpy as np

from subband.arrays.compilers import lazy
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, namespace
from subband.transforms.scattering.banks import FilterBank
from subband.transforms.scattering.statistics.fields import (
    Chunk,
    Family,
    assemble,
    family,
    filtered,
    flat,
    gather,
    groups,
    in_chunks,
    mean,
    spectrum,
)
from subband.transforms.scattering.statistics.summary import Block, Layout, SummaryStatistics

NAMES = ("mean", "l1 order 0", "l2 order 0", "l1 order 1", "l2 order 1", "l1 order 2", "l2 order 2")


@final
@dataclass(frozen=True)
class MomentsLayout(Layout):
    """Layout of `wavelet_moments`."""

    of: Family

    @lazy
    def blocks(self) -> tuple[Block, ...]:
        every, pairs = (
            [(n,) for n in range(len(self.of.orders))],
            list(zip(*_second_order(self.of), strict=True)),
        )
        wavelets = ([()], [()], [()], every, every, pairs, pairs)
        return tuple(
            Block(name, False, tuple(self.of.entry(name, numbers) for numbers in some))
            for name, some in zip(NAMES, wavelets, strict=True)
        )


class Moments(NamedTuple):
    """Moments, (b, K) each, in the order of `NAMES`."""

    mean: Array
    l1_0: Array
    l2_0: Array
    l1_1: Array
    l2_1: Array
    l1_2: Array
    l2_2: Array


@labelled
def wavelet_moments(
    x: Array,
    *,
    J: int,
    L: int = 4,
    Q: int = 1,
    bank: str | FilterBank = "morlet",
    axes: int | Sequence[int] = (-2, -1),
    chunk: Chunk = "auto",
) -> SummaryStatistics:
    """Mean, and first and second moments of moduli of wavelet coefficients of orders 0 to 2.

    With ⟨·⟩ the mean over the field:

        mean ⟨x⟩
        order 0: ⟨|x|⟩, ⟨x²⟩
        order 1: ⟨|x⋆ψ₁|⟩, ⟨|x⋆ψ₁|²⟩
        order 2: ⟨||x⋆ψ₁|⋆ψ₂|⟩, ⟨||x⋆ψ₁|⋆ψ₂|²⟩, for coarser scales j₂ > j₁

    The ℓ2 moments of order 1 are the power spectrum in the band of each wavelet, which determines a stationary
    Gaussian field. The ratio ⟨|z|⟩² / ⟨|z|²⟩ measures sparsity: π/4 for complex Gaussian z, less for sparse z.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX; half precision is computed in single.
        J: Number of octaves, at most log₂ of the shorter side.
        L: Number of orientations between 0 and π, for images.
        Q: Wavelets per octave, for signals.
        bank: Name of a `filter_bank`, or a `FilterBank`, which replaces J, L and Q.
        axes: The one or two axes of the periodic field.
        chunk: Fields per chunk; "auto" bounds the memory of the wavelet transform by 64 MiB (`BUDGET`), for large
            fields by processing fewer wavelets at a time.

    Returns:
        The moments, all real, named "mean", "l1 order 0", …, "l2 order 2", of the library and device of `x`;
        differentiable, with finite gradients where a modulus is zero.

    Raises:
        InvalidInput: complex fields, or J too large.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> m = sb.wavelet_moments(np.ones((3, 16, 16)), J=2)
        >>> m["mean"].tolist(), m["l1 order 1"].shape
        ([[1.0], [1.0], [1.0]], (3, 8))

    See also: `subband.SummaryStatistics`, `subband.scattering_covariance`.

    Source: J. Bruna, S. Mallat, Multiscale Sparse Microcanonical Models (2018), §4.
    """
    fields = gather(x, axes)
    of = family(tuple(fields.x.shape[1:]), J, L, Q, bank)
    made = in_chunks(partial(_moments, of=of), [fields.x], of, chunk)
    unit, squares = fields.unit, ("l2_0", "l2_1", "l2_2")
    restored = [
        part * unit * unit if name in squares else part * unit for name, part in made._asdict().items()
    ]
    return assemble(restored, MomentsLayout(of), fields.batch)


def _moments(x: Array, of: Family) -> Moments:
    """All moments of one chunk."""
    xp, filters, hat = namespace(x), flat(of, x), spectrum(x, of)
    first, second = [], []
    for some in groups(of, filters, x.shape[0]):
        envelopes = xp.abs(filtered(hat, filters[some, :], of))
        first.append(_norms(envelopes, of))
        for k, n in enumerate(range(some.start, some.stop)):
            if (coarser := _next_octave(of, n)) < len(of.orders):
                inner = spectrum(envelopes[:, k, ...], of)
                second.append(_inner_norms(inner, filters[coarser:, :], of))
    order_1 = [xp.concat(list(part), axis=-1) for part in zip(*first, strict=True)]
    empty = xp.zeros((x.shape[0], 0), dtype=x.dtype)
    order_2 = (
        [xp.concat(list(part), axis=-1) for part in zip(*second, strict=True)] if second else [empty, empty]
    )
    order_0 = [mean(some, of)[:, None] for some in (x, xp.abs(x), x * x)]
    return Moments(*order_0, *order_1, *order_2)


def _inner_norms(hat: Array, filters: Array, of: Family) -> tuple[Array, Array]:
    """Moments of the wavelet coefficients of one envelope, in groups of wavelets."""
    xp = namespace(hat)
    parts = [
        _norms(xp.abs(filtered(hat, filters[some, :], of)), of) for some in groups(of, filters, hat.shape[0])
    ]
    l1, l2 = (xp.concat(list(part), axis=-1) for part in zip(*parts, strict=True))
    return l1, l2


def _norms(modulus: Array, of: Family) -> tuple[Array, Array]:
    """(b, n, *shape) → (b, n) ⟨|z|⟩ and ⟨|z|²⟩."""
    return mean(modulus, of), mean(modulus * modulus, of)


def _next_octave(of: Family, n: int) -> int:
    """Index of the first wavelet of a coarser octave than that of n."""
    scales = of.wavelets.scales
    return sum(scale <= scales[n] for scale in scales)


def _second_order(of: Family) -> tuple[np.ndarray, np.ndarray]:
    """(K,) wavelet indices n₁ and n₂ of order 2."""
    count = len(of.orders)
    pairs = [(a, b) for a in range(count) for b in range(_next_octave(of, a), count)]
    first, second = np.reshape(np.asarray(pairs, dtype=np.int64), (-1, 2)).T
    return first, second
