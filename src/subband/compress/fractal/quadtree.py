"""The quadtree of least error + λ bits (Breiman, Friedman, Olshen & Stone; Chou, Lookabaugh & Gray 1989)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from subband.compress.fractal.blocks import Blocks
from subband.compress.fractal.options import (
    Option,
    Trade,
    domain_address,
    mean_bits,
    with_domain,
    without_domain,
)
from subband.compress.fractal.rates import MOST, Counts, Rates
from subband.kernels.fractal import FRACTION, LEAF, SIZES, SMALLEST, TERMS, mean_step

WORTH = 4.0  # bits: the least that a domain's contrast and the rest of such a leaf cost


@dataclass(frozen=True)
class Tree:
    """Leaves of a plane.

    Attributes:
        leaves: (k, LEAF) int32, ordered by size.
        index: (height / 4, width / 4) int32, as `kernels.fractal.write` wants it.
        counts: Of the symbols, at each level.
        cost: Estimated error + λ bits.
    """

    leaves: np.ndarray
    index: np.ndarray
    counts: tuple[Counts, ...]
    cost: float


def grow(
    levels: Sequence[Blocks], small: np.ndarray, trade: Trade, counts: Sequence[Counts], terms: bool
) -> Tree:
    """Choose how each block would be coded as a leaf, and then which blocks are leaves.

    A domain is sought only where it could pay: where the block without one costs more than the address.

    Args:
        levels: Blocks of each size, the smallest first.
        small: The reduced image with the domains.
        trade: Step and price.
        counts: Of an earlier tree, or `Counts.usual`.
        terms: Whether leaves may have cosine terms.
    """
    rates = [count.rates() for count in counts]
    options = [
        best_option(blocks, small, trade, rate, terms) for blocks, rate in zip(levels, rates, strict=True)
    ]
    return prune(levels, options, trade, rates)


def best_option(blocks: Blocks, small: np.ndarray, trade: Trade, rates: Rates, terms: bool) -> Option:
    """The cheaper of a leaf without a domain and one with its nearest domain, for each block."""
    plain = without_domain(blocks, trade, rates, terms)
    if not blocks.searchable or not len(plain.cost):
        return plain
    bits, _, _ = mean_bits(blocks, trade, rates)
    fixed = trade.price * bits + blocks.size**2 * (mean_step(trade.step, blocks.size) / 2**FRACTION) ** 2 / 12
    worth = plain.cost > fixed + trade.price * (domain_address(blocks) + WORTH)
    blocks.seek(small, worth)
    chosen = np.flatnonzero(worth)
    cost, contrast, whole = with_domain(blocks, trade, rates, chosen, terms)
    cost = cost + fixed[chosen]
    better = cost < plain.cost[chosen]
    taken = chosen[better]
    mixed = replace(plain, cost=plain.cost.copy(), contrast=plain.contrast.copy(), terms=plain.terms.copy())
    mixed.cost[taken], mixed.contrast[taken], mixed.terms[taken] = (
        cost[better],
        contrast[better],
        whole[better],
    )
    return mixed


def prune(levels: Sequence[Blocks], options: Sequence[Option], trade: Trade, rates: Sequence[Rates]) -> Tree:
    """Bottom up: a block is a leaf if that costs no more than its four quarters."""
    height, width = levels[0].extent
    below: np.ndarray | None = None
    is_leaf: list[np.ndarray] = []
    for blocks, option, rate in zip(levels, options, rates, strict=True):
        rows, columns = -(-height // blocks.size), -(-width // blocks.size)
        own = np.full((rows, columns), np.inf)
        own[: blocks.shape[0], : blocks.shape[1]] = option.cost.reshape(blocks.shape)
        if below is None:
            below = own
            is_leaf.append(np.ones(own.shape, bool))
            continue
        parts = np.zeros((2 * rows, 2 * columns))
        parts[: below.shape[0], : below.shape[1]] = below
        split = parts.reshape(rows, 2, columns, 2).sum(axis=(1, 3))
        asked = np.isfinite(own)
        own += trade.price * rate.split[0]
        split += np.where(asked, trade.price * rate.split[1], 0)
        is_leaf.append(own <= split)
        below = np.minimum(own, split)
    assert below is not None
    return _table(levels, options, is_leaf, float(below.sum()))


def _table(
    levels: Sequence[Blocks], options: Sequence[Option], is_leaf: Sequence[np.ndarray], cost: float
) -> Tree:
    height, width = levels[0].extent
    index = np.full((height // SMALLEST, width // SMALLEST), -1, np.int32)
    active = np.ones(is_leaf[-1].shape, bool)
    tables, counts = [], []
    number = 0
    for level in range(len(levels) - 1, -1, -1):
        blocks, option = levels[level], options[level]
        leaf = active & is_leaf[level]
        split = active & ~is_leaf[level]
        row, column = np.nonzero(leaf)
        chosen = row * blocks.shape[1] + column
        cell = SIZES[level] // SMALLEST
        index[row * cell, column * cell] = number + np.arange(len(row))
        number += len(row)
        fits = np.zeros(active.shape, bool)
        fits[: blocks.shape[0], : blocks.shape[1]] = True
        tables.append(_rows(blocks, option, row, column, chosen, level))
        counts.append(_counts(blocks, option, chosen, int((split & fits).sum())))
        if level:
            below = is_leaf[level - 1].shape
            active = split.repeat(2, axis=0).repeat(2, axis=1)[: below[0], : below[1]]
    leaves = np.concatenate(tables) if tables else np.zeros((0, LEAF), np.int32)
    return Tree(leaves, index, tuple(reversed(counts)), cost)


def _rows(
    blocks: Blocks, option: Option, row: np.ndarray, column: np.ndarray, chosen: np.ndarray, level: int
) -> np.ndarray:
    table = np.zeros((len(chosen), LEAF), np.int32)
    contrast = option.contrast[chosen]
    table[:, 0], table[:, 1], table[:, 2] = row * blocks.size, column * blocks.size, level
    table[:, 3] = contrast
    has = contrast != 0
    table[has, 4] = blocks.isometry[chosen[has]]
    table[has, 5:7] = blocks.place[chosen[has]]
    table[:, 7] = np.rint(blocks.mean[chosen] * 2**FRACTION)
    table[:, 8:] = option.terms[chosen]
    return table


def _counts(blocks: Blocks, option: Option, chosen: np.ndarray, splits: int) -> Counts:
    """Symbols of the leaves of one level, added to what is usual."""
    counts = Counts.usual(blocks.settings.contrasts)
    contrast, terms = np.abs(option.contrast[chosen]), np.abs(option.terms[chosen])
    fractal = contrast > 0
    counts.split += [len(chosen), splits]
    counts.domain += [(~fractal).sum(), fractal.sum()]
    counts.contrast += np.bincount(contrast[fractal], minlength=len(counts.contrast))
    modulus = np.minimum(option.mean_steps[chosen], MOST - 1)
    np.add.at(counts.mean, (option.mean_class[chosen], modulus), 1)
    last = len(TERMS) - (terms[:, ::-1] != 0).argmax(axis=1)
    last[(terms == 0).all(axis=1)] = 0
    for k in range(len(TERMS)):
        before = np.ones(len(chosen), bool) if k == 0 else terms[:, k - 1] != 0
        asked = before & (last >= k)
        for kind in (0, 1):
            of_kind = asked & (fractal == kind)
            counts.more[kind, k] += [(of_kind & (last <= k)).sum(), (of_kind & (last > k)).sum()]
        inside = last > k
        values = np.minimum(terms[inside, k], MOST - 1)
        counts.zero[k] += [(values > 0).sum(), (values == 0).sum()]
        counts.term[k] += np.bincount(values[values > 0], minlength=MOST)
    return counts
