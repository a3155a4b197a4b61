"""What each block would cost as a leaf: without a domain or with one, and with how many cosine terms."""

from dataclasses import dataclass

import numpy as np

from subband.compress.fractal.blocks import Blocks
from subband.compress.fractal.rates import CLASSES, Rates, priced
from subband.kernels.fractal import FRACTION, TERMS, mean_step


@dataclass(frozen=True)
class Trade:
    """What a bit may cost.

    Attributes:
        step: Of terms, in sixteenths of a grey level.
        price: λ, squared error for a bit.
    """

    step: int
    price: float


@dataclass(frozen=True)
class Option:
    """Each block as a leaf.

    Attributes:
        cost: (k,) J = squared error + λ bits.
        contrast: (k,) whole numbers, 0 without a domain.
        terms: (k, T) whole numbers, in steps.
        mean_class, mean_steps: (k,) of the prediction's error, for the statistics.
    """

    cost: np.ndarray
    contrast: np.ndarray
    terms: np.ndarray
    mean_class: np.ndarray
    mean_steps: np.ndarray


def mean_bits(blocks: Blocks, trade: Trade, rates: Rates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bits of the means, their classes and moduli."""
    step = mean_step(trade.step, blocks.size) / 2**FRACTION
    modulus = np.rint(np.abs(blocks.mean - blocks.predicted) / step).astype(np.int64)
    apart = np.where(np.isfinite(blocks.apart), blocks.apart / step, 1)
    kind = np.where(apart < 1, 0, np.where(apart < 4, 1, 2))
    bits = np.empty(len(modulus), np.float32)
    for k in range(CLASSES):
        bits[kind == k] = priced(rates.mean[k], modulus[kind == k])
    return bits, kind, modulus


def spend(
    terms: np.ndarray, trade: Trade, rates: Rates, fractal: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantise cosine terms so that error + λ bits is least: small ones fall, then the tail that doesn't pay.

    Args:
        terms: (k, T).
        trade: Step and price.
        rates: Of this level.
        fractal: 1 beside a domain, 0 without.

    Returns:
        (k, T) whole numbers; (k,) the squared error that they save; (k,) their bits.
    """
    step = trade.step / 16
    modulus = np.ascontiguousarray(np.abs(terms).T) / np.float32(step)
    whole = (modulus + np.float32(0.4)).astype(np.int32)
    length, count = whole.shape
    saved, bits = np.zeros(count, np.float32), np.zeros(count, np.float32)
    after_zero = np.zeros(count, bool)
    least = np.full(count, np.inf, np.float32)
    best = np.zeros(count, np.int32)
    kept_saved, kept_bits = np.zeros(count, np.float32), np.zeros(count, np.float32)

    def end(k: int) -> None:
        """Consider no terms from k on."""
        total = bits + (rates.more[fractal, k, 0] if k < length else 0)
        cost = np.where(after_zero, np.inf, trade.price * total - saved)
        better = cost < least
        least[better], best[better] = cost[better], k
        kept_saved[better], kept_bits[better] = saved[better], total[better]

    for k in range(length):
        end(k)
        value = whole[k]
        bits += np.where(after_zero, 0, rates.more[fractal, k, 1])
        some = np.flatnonzero(value)
        price = priced(rates.term[k], value[some]) + rates.zero[k, 0]
        gain = step**2 * value[some] * (2 * modulus[k, some] - value[some])
        pays = gain >= trade.price * (price - rates.zero[k, 1])
        value[some[~pays]] = 0
        bits += rates.zero[k, 1]
        bits[some[pays]] += price[pays] - rates.zero[k, 1]
        saved[some[pays]] += gain[pays]
        after_zero = value == 0
    end(length)
    whole[np.arange(length)[:, None] >= best] = 0
    return np.where(terms < 0, -whole.T, whole.T).astype(np.int32), kept_saved, kept_bits


def without_domain(blocks: Blocks, trade: Trade, rates: Rates, terms: bool) -> Option:
    """Leaves of a mean, and cosine terms."""
    bits, kind, modulus = mean_bits(blocks, trade, rates)
    step = mean_step(trade.step, blocks.size) / 2**FRACTION
    error = blocks.energy + blocks.size**2 * step**2 / 12
    whole = np.zeros_like(blocks.terms, np.int32)
    if blocks.searchable:
        bits = bits + rates.domain[0]
    bits = bits + rates.more[0, 0, 0] * (not terms)
    if terms:
        whole, saved, more = spend(blocks.terms, trade, rates, 0)
        error, bits = error - saved, bits + more
    cost = error + trade.price * bits
    return Option(cost, np.zeros(len(bits), np.int32), whole, kind, modulus)


def domain_address(blocks: Blocks) -> float:
    """Bits of a domain's place and isometry."""
    window = blocks.settings.window
    places = [min(blocks.settings.positions(extent)[blocks.level], window) for extent in blocks.extent]
    return float(np.log2(places).sum()) + 3


def with_domain(
    blocks: Blocks, trade: Trade, rates: Rates, chosen: np.ndarray, terms: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Blocks `chosen`, (m,) int, as leaves with their domains.

    Returns:
        (m,) costs without the bits of the means and their errors; (m,) contrasts; (m, T) terms.
    """
    settings = blocks.settings
    p, square = blocks.product[chosen], blocks.square[chosen]
    levels = np.arange(1, settings.contrasts + 1)
    s = levels * settings.contrast / 64
    gains = 2 * np.abs(p)[:, None] * s - square[:, None] * s**2
    best = (gains - trade.price * rates.contrast[1:]).argmax(axis=1)
    rows = np.arange(len(chosen))
    contrast = np.where(p < 0, -levels[best], levels[best]).astype(np.int32)
    error = blocks.energy[chosen] - gains[rows, best]
    bits = domain_address(blocks) + rates.domain[1] + rates.contrast[1:][best]
    whole = np.zeros((len(chosen), len(TERMS)), np.int32)
    if terms:
        rest = (
            blocks.terms[chosen] - (contrast * settings.contrast / 64)[:, None] * blocks.domain_terms[chosen]
        )
        whole, saved, more = spend(rest, trade, rates, 1)
        error, bits = error - saved, bits + more
    else:
        bits = bits + rates.more[1, 0, 0]
    return error + trade.price * bits, contrast, whole
