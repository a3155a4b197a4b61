"""The bank of analytic filters, each at the rate that its band needs.

A filtered signal is as band-limited as its filter, so few samples tell it all: one short inverse Fourier transform
gives these, on a coarse grid, and a Kaiser–Bessel kernel the samples in between. The products of spectra are
divided by the kernel's own spectrum first, as in the gridding of non-uniform Fourier transforms (J. Jackson,
C. Meyer, D. Nishimura, A. Macovski, Selection of a Convolution Function for Fourier Inversion Using Gridding,
1991). What a filter lets through outside of its band, and the kernel's images, lie below rounding.

Before that a band's middle is moved to frequency 0, and afterwards the outputs are turned back, so that the kernel
is one of real numbers for all filters. Rows are transformed several at a time: the Fourier transform works on as
many as a register holds. The loops are in `native/analytic_bank`.
"""

from collections.abc import Callable
from functools import partial
from math import log, pi
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.fourier.transforms import transform_rows
from subband.kernels.instructions import lanes
from subband.kernels.threads import share

if TYPE_CHECKING:
    from subband.kernels.analytic_bank.line import Line


class Accuracy(NamedTuple):
    """How exact the samples between samples are.

    Attributes:
        taps: Samples of the grid that a block of outputs is made of.
        error: Of the kernel's images, relative.
        tail: Responses below this share of a filter's peak count as nothing.
    """

    taps: int
    error: float
    tail: float


ACCURACY = {"float32": Accuracy(12, 3e-9, 2.0**-30), "float64": Accuracy(20, 2e-17, 2.0**-60)}

_FIND_BANDS = {"float32": _native.find_bands32, "float64": _native.find_bands64}
_FILTERS = {"float32": _native.AnalyticFilters32, "float64": _native.AnalyticFilters64}

BLOCKS_AT_ONCE = 32
"""Blocks of outputs that are in cache at a time, as in `native/analytic_bank/tables.h`."""

COARSEST = 32
"""Largest step of a grid; what a coarser one could save is next to nothing."""

FEWEST = 128
"""Points of a grid; shorter signals are transformed as they are."""

AT_ONCE = 1 << 15
"""Points of the products that are in cache at a time, at least four rows of them."""


class Grid(NamedTuple):
    """A coarse grid on the circle of L samples, with what lies between its points.

    Attributes:
        step: R, samples from one point to the next; point j lies at sample Rj + (R − 1)/2.
        cells: Points of a block, which makes R · cells outputs.
        shift: Points before a block that weigh on it.
        widest: Bins of the widest band.
        gain: (2, 2d + 1) real and imaginary parts of the products' factors at −d … d bins from the middle of the
            band, 1/L among them; none where the grid has all samples.
        kernel: (taps, width) weights of the points in the outputs of a block, each twice in a row, and zeros to
            the end of a register.
    """

    step: int
    cells: int
    shift: int
    widest: int
    gain: np.ndarray
    kernel: np.ndarray


def apply(spectrum: np.ndarray, bank: np.ndarray, line: "Line") -> np.ndarray:
    """(batch, K) spectra and (S, K) multipliers → (batch, S, N) analytic signals."""
    out = np.empty((len(spectrum), len(bank), line.samples), dtype=spectrum.dtype)
    if not out.size:
        return out
    spectrum, bank = np.require(spectrum, requirements=("C", "A")), np.ascontiguousarray(bank)
    bands = _bands(bank)
    coarsest_first = _grids(line.period, bool(line.mirror), bank.dtype.name)
    fits = np.array([grid.widest for grid in coarsest_first])[:, None] >= bands[:, 1] - bands[:, 0]
    chosen = fits.argmax(axis=0)
    pieces: list[Callable[[], None]] = []
    # The finest grid has the longest pieces of work, so these come first.
    for number, grid in reversed([*enumerate(coarsest_first)]):
        rows = np.flatnonzero(chosen == number)
        if len(rows):
            pieces += _pieces(spectrum, bank, line, grid, rows, bands[rows], out)
    waiting = iter(pieces)

    def work(_start: int, _stop: int) -> None:
        # Whoever is free takes the next one: pieces differ, and so do processors.
        for piece in waiting:
            piece()

    share(work, len(pieces), out.size)
    return out


def _bands(bank: np.ndarray) -> np.ndarray:
    """(S, 2) the first bin and the one after the last that matter to each filter."""
    bands = np.empty((len(bank), 2), np.int64)
    find, tail = _FIND_BANDS[bank.dtype.name], ACCURACY[bank.dtype.name].tail
    share(lambda start, stop: find(bank, tail, bands, start, stop), len(bank), bank.size)
    return bands


def _pieces(
    spectrum: np.ndarray,
    bank: np.ndarray,
    line: "Line",
    grid: Grid,
    rows: np.ndarray,
    bands: np.ndarray,
    out: np.ndarray,
) -> list[Callable[[], None]]:
    """What is to be done for the filters `rows` of a bank, whose bands fit one grid, a few signals at a time."""
    points = line.period // grid.step // (2 if line.mirror else 1)
    filters = _filters(bank, line, grid, rows, bands)
    spectra, outputs = spectrum.view(bank.dtype), out.view(bank.dtype)

    def filtered(first: int, count: int) -> None:
        products = np.empty((count, points), out.dtype)
        filters.multiply(spectra, first, products.view(bank.dtype))
        transform_rows(products, 0, count, inverse=True)
        filters.spread(products.view(bank.dtype), line.mirror, first, outputs)

    items, at_once = len(rows) * len(spectrum), max(4, AT_ONCE // points)
    return [partial(filtered, first, min(at_once, items - first)) for first in range(0, items, at_once)]


def _filters(
    bank: np.ndarray, line: "Line", grid: Grid, rows: np.ndarray, bands: np.ndarray
) -> _native.AnalyticFilters32 | _native.AnalyticFilters64:
    """Filters with what turns their outputs back.

    A band's middle c turns by exp(2πi c/L · (n + ½)) at output n: a product of factors for the output within its
    block, for the block, and for every BLOCKS_AT_ONCE blocks. The half makes what is left of a signal as
    symmetric about its end as the signal.
    """
    block, period, middle = grid.step * grid.cells, line.period, bands.sum(axis=1) // 2
    if grid.step == 1:
        within_block = of_block = of_chunk = np.empty(0, bank.dtype)
        factor = np.full(len(rows), 1 / period)
    else:
        outputs = np.arange(grid.kernel.shape[1] // 2)
        within_block = _cosines_and_sines(_turns(middle, 2 * outputs + 1, 2 * period)).swapaxes(1, 2)
        of_block = _cosines_and_sines(_turns(middle, block * np.arange(BLOCKS_AT_ONCE), period))
        of_chunk = _turns(middle, np.arange(0, line.samples, block * BLOCKS_AT_ONCE), period)
        factor = _turns(middle, np.array(-1), 2 * period)
    return _FILTERS[bank.dtype.name](
        grid.cells,
        block,
        grid.shift,
        grid.gain,
        grid.kernel,
        bank,
        rows,
        bands,
        _parts(factor, bank.dtype),
        within_block.astype(bank.dtype, order="C"),
        of_block.astype(bank.dtype, order="C"),
        _parts(of_chunk, bank.dtype),
    )


def _turns(middle: np.ndarray, n: np.ndarray, period: int) -> Any:
    """(filters, n) exp(2πi cn/L), whose product is taken modulo L before it is rounded."""
    return np.exp(2j * pi / period * (np.multiply.outer(middle, n) % period))


def _cosines_and_sines(z: Any) -> np.ndarray:
    """(…) → (…, 2, 2): real parts, each twice, and imaginary parts, each with both signs."""
    return np.stack([z.real, z.real, -z.imag, z.imag], axis=-1).reshape(*z.shape, 2, 2)


def _parts(z: Any, dtype: np.dtype) -> np.ndarray:
    """Complex numbers as real and imaginary parts in turn."""
    return np.stack([z.real, z.imag], axis=-1).astype(dtype)


@within_budget
def _grids(period: int, mirrored: bool, precision: str) -> tuple[Grid, ...]:
    """The grids that divide the circle (and the half of it, if the other one mirrors it), coarsest first."""
    half = period // 2 if mirrored else period
    steps = [r for r in range(2, COARSEST + 1) if half % r == 0 and half // r >= FEWEST]
    made = [_grid(r, period, precision) for r in steps]
    nothing = np.empty((0, 0), precision)
    return (*made[::-1], Grid(1, 1, 0, period, nothing, nothing))


def _grid(step: int, period: int, precision: str) -> Grid:
    """The grid of one step."""
    taps, error, _ = ACCURACY[precision]
    cells = _cells(step, lanes(precision) // 2)
    span = (taps - cells) // 2 * 2 + 1
    # The images of a band that is 1/σ of the grid's rate wide are exp(−πw √(1 − 1/σ)).
    sparing = 1 - (log(1 / error) / (pi * span)) ** 2
    beta = pi * span * (1 - sparing / 2)
    points = period // step
    widest = int(sparing * points)
    reach = widest // 2 + 1
    offset = (step - 1) / 2
    d = np.arange(-reach, reach + 1)
    gain = np.exp(2j * pi * d * offset / period) / (period * _kernel_spectrum(d / points, span, beta))
    outputs = (np.arange(step * cells) - offset) / step
    distance = outputs - (np.arange(taps)[:, None] - (span - 1) // 2)
    width = -(-2 * step * cells // lanes(precision)) * lanes(precision)
    kernel = np.zeros((taps, width), precision)
    kernel[:, : 2 * step * cells] = _kernel(distance, span, beta).repeat(2, axis=1)
    return Grid(
        step, cells, (span - 1) // 2, widest, np.stack([gain.real, gain.imag]).astype(precision), kernel
    )


def _cells(step: int, numbers: int) -> int:
    """How many cells to take together, that blocks fill registers of so many numbers well.

    One that fills a part of one register only would wait for that which was written just before.
    """
    blocks = [b * step for b in range(1, 6) if b * step >= numbers]
    return max(blocks, key=lambda block: block / (-(-block // numbers) * numbers)) // step


def _kernel(distance: np.ndarray, span: int, beta: float) -> np.ndarray:
    """Kaiser's window as an interpolation kernel, I₀(β √(1 − (2t/w)²)) / I₀(β) for |t| ≤ w/2."""
    inside = 1 - (2 * distance / span) ** 2
    return np.where(inside >= 0, np.i0(beta * np.sqrt(np.maximum(inside, 0))), 0) / np.i0(beta)


def _kernel_spectrum(frequency: np.ndarray, span: int, beta: float) -> np.ndarray:
    """Its Fourier transform w sinh(u)/u / I₀(β), u = √(β² − (πwf)²), at frequencies in cycles a step."""
    u = np.sqrt(beta**2 - (pi * span * frequency) ** 2)
    return span * np.sinh(u) / (u * np.i0(beta))
