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
    modulus = np.abs(terms) / step
    whole = (modulus + 0.4).astype(np.int32)
    count, length = whole.shape
    saved = np.zeros((count, length + 1), np.float32)
    bits = np.zeros((count, length + 1), np.float32)
    ends = np.ones((count, length + 1), bool)
    end_bits = np.zeros((count, length + 1), np.float32)
    after_zero = np.zeros(count, bool)
    for k in range(length):
        gain = step**2 * whole[:, k] * (2 * modulus[:, k] - whole[:, k])
        price = priced(rates.term[k], whole[:, k]) + rates.zero[k, 0]
        falls = (gain < trade.price * (price - rates.zero[k, 1])) | (whole[:, k] == 0)
        whole[falls, k] = 0
        more = np.where(after_zero, 0, rates.more[fractal, k, 1])
        end_bits[:, k] = np.where(after_zero, 0, rates.more[fractal, k, 0])
        ends[:, k] = ~after_zero
        saved[:, k + 1] = saved[:, k] + np.where(falls, 0, gain)
        bits[:, k + 1] = bits[:, k] + more + np.where(falls, rates.zero[k, 1], price)
        after_zero = falls
    ends[:, length] = ~after_zero
    best = np.where(ends, trade.price * (bits + end_bits) - saved, np.inf).argmin(axis=1)
    rows = np.arange(count)
    whole = np.where(np.arange(length) < best[:, None], whole, 0)
    return (
        np.where(terms < 0, -whole, whole).astype(np.int32),
        saved[rows, best],
        bits[rows, best] + end_bits[rows, best],
    )


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
        rest = blocks.terms[chosen] - (contrast * settings.contrast / 64)[:, None] * blocks.domain_terms[chosen]
        whole, saved, more = spend(rest, trade, rates, 1)
        error, bits = error - saved, bits + more
    else:
        bits = bits + rates.more[1, 0, 0]
    return error + trade.price * bits, contrast, whole
