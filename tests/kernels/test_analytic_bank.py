"""The fast analytic bank against its definition: any band, anywhere, on circles of any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subband.kernels.analytic_bank import Line, analytic_bank
from subband.kernels.threads import set_threads, threads

analytic_compiled = pytest.importorskip(
    "subband.kernels.analytic_bank.compiled", reason="no compiled kernels", exc_type=ImportError
)

pytestmark = pytest.mark.compiled

TOLERANCE = {"float32": 1e-6, "float64": 3e-15}
WIDE = {"float32": np.complex64, "float64": np.complex128}


def bands_of_noise(period: int, precision: str, rng, count: int = 12) -> np.ndarray:
    """Multipliers that are noise in a band and nothing elsewhere: from one bin to all of them, at random places."""
    bins = period // 2 + 1
    bank = np.zeros((count, bins), precision)
    for row in bank:
        width = max(1, round(bins * 2.0 ** -rng.uniform(0, np.log2(bins))))
        low = rng.integers(0, bins - width + 1)
        row[low : low + width] = rng.uniform(0.1, 1, width)
    return bank


def spectra(period: int, precision: str, mirror: int, rng) -> np.ndarray:
    """Of noise, which a mirrored line repeats from its end; filters of odd phase turn the sign."""
    x = rng.standard_normal((3, period))
    if mirror:
        x[:, period // 2 :] = x[:, : period // 2][:, ::-1]
    bins = np.fft.rfft(x) * (1j if mirror < 0 else 1)
    return bins.astype(WIDE[precision])


def check(line: Line, precision: str, rng) -> None:
    spectrum, bank = (
        spectra(line.period, precision, line.mirror, rng),
        bands_of_noise(line.period, precision, rng),
    )
    if line.mirror:
        bank[:, -1] = 0  # a mirrored signal has nothing there
    got, want = (analytic_bank(spectrum, bank, line, impl=impl) for impl in ("fast", "reference"))
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    size = np.abs(want).max(axis=(0, 2), keepdims=True)
    assert np.all(np.abs(got - want) <= TOLERANCE[precision] * max(1, np.log2(line.period)) * size)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("mirror", [1, -1])
@pytest.mark.parametrize("samples", [256, 1000, 2310, 4095, 4096, 4097, 30030 // 4 * 4])
def test_mirrored_lines(samples: int, mirror: int, precision: str, rng) -> None:
    check(Line(samples, 2 * samples, mirror), precision, rng)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("samples", "period"), [(4096, 4096), (3000, 4500), (777, 2310), (1, 1024), (509, 509)]
)
def test_lines_that_wrap_round(samples: int, period: int, precision: str, rng) -> None:
    check(Line(samples, period, 0), precision, rng)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.sampled_from([-1, 0, 1]), st.sampled_from(["float32", "float64"]))
def test_any_length(samples: int, mirror: int, precision: str) -> None:
    period = 2 * samples if mirror else samples
    check(Line(samples, period, mirror), precision, np.random.default_rng(samples))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_every_grid_is_tried_and_reads_bands_of_the_width_that_it_promises(precision: str, rng) -> None:
    """Each grid's widest band, at both ends of the spectrum and in the middle."""
    line = Line(2**6 * 3 * 5 * 7, 2**7 * 3 * 5 * 7, 1)
    grids = analytic_compiled._grids(line.period, True, precision)
    assert {grid.step for grid in grids} >= {1, 2, 3, 4, 5, 6, 7, 8, 16, 32}
    bins = line.period // 2  # but for the last one, which is empty
    bank = np.zeros((3 * len(grids), bins + 1), precision)
    for i, grid in enumerate(grids):
        width = min(grid.widest - 32, bins)
        for j, low in enumerate((0, (bins - width) // 2, bins - width)):
            bank[3 * i + j, low : low + width] = 1
    spectrum = spectra(line.period, precision, 1, rng)
    got, want = (analytic_bank(spectrum, bank, line, impl=impl) for impl in ("fast", "reference"))
    size = np.abs(want).max(axis=(0, 2), keepdims=True)
    assert np.all(np.abs(got - want) <= 20 * TOLERANCE[precision] * size)


def test_tails_that_are_left_out_lie_below_rounding(rng) -> None:
    """Even where the signal is 10⁸ times stronger in the tail than in the band, by its own rounding."""
    line = Line(8192, 16384, 1)
    k = np.arange(8193)
    bank = np.exp(-0.5 * ((k - 3000) / 100) ** 2)[None]
    spectrum = spectra(line.period, "float64", 1, rng)
    spectrum[:, :2000] *= 1e8
    got, want = (analytic_bank(spectrum, bank, line, impl=impl) for impl in ("fast", "reference"))
    assert np.abs(got - want).max() < np.finfo(float).eps * np.abs(spectrum).max()


def test_what_is_not_finite_reaches_all_filters_that_see_it(rng) -> None:
    line = Line(1024, 2048, 1)
    spectrum = np.full((2, 1025), np.nan + 0j)
    spectrum[1] = 1
    bank = bands_of_noise(2048, "float64", rng)
    bank[3] = 0
    got = analytic_bank(spectrum, bank, line)
    assert np.isnan(got[0]).all()
    assert np.isfinite(got[1]).all()
    assert (got[1, 3] == 0).all()


def test_threads_change_nothing(rng) -> None:
    line, before = Line(4096, 8192, -1), threads()
    spectrum, bank = spectra(8192, "float32", -1, rng), bands_of_noise(8192, "float32", rng)
    try:
        seen = []
        for count in (1, 3):
            set_threads(count)
            seen.append(analytic_bank(spectrum, bank, line))
    finally:
        set_threads(before)
    np.testing.assert_allclose(seen[0], seen[1], rtol=0, atol=1e-6 * np.abs(seen[0]).max())


def test_nothing_in_nothing_out() -> None:
    line = Line(64, 128, 1)
    assert analytic_bank(np.empty((0, 65), complex), np.ones((2, 65)), line, impl="fast").shape == (0, 2, 64)
    assert analytic_bank(np.empty((3, 65), complex), np.ones((0, 65)), line, impl="fast").shape == (3, 0, 64)
