"""The mode "orthogonal": square, exact and well conditioned for every wavelet, length, level and number of axes."""

import numpy as np
import pytest
import pywt

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.filterbank.operations import PYRAMID_ANALYSIS, TREE_ANALYSIS
from subband.kernels.filterbank.orthogonal_ends import orthogonal_extension
from subband.kernels.filterbank.plan import plan

filterbank_compiled = pytest.importorskip(
    "subband.kernels.filterbank.compiled", reason="no compiled kernels", exc_type=ImportError
)

WAVELETS = [name for name in pywt.wavelist(kind="discrete") if name != "dmey"]
ORTHONORMAL = [name for name in WAVELETS if pywt.Wavelet(name).orthogonal]
BIORTHOGONAL = [name for name in WAVELETS if not pywt.Wavelet(name).orthogonal]
LENGTHS = (*range(1, 34), 128, 255)


def level_matrix(name: str, n: int) -> np.ndarray:
    """(N, 2⌈N/2⌉) coefficients of the unit vectors after one level."""
    return sb.dwt(np.eye(n), name, level=1, mode="orthogonal").array


def table_error(name: str) -> float:
    """Deviation of the tabulated filters from orthonormality, 10⁻¹¹ for sym20."""
    n = 4 * pywt.Wavelet(name).dec_len
    wrapped = sb.dwt(np.eye(n), name, level=1, mode="periodization").array
    return float(np.abs(wrapped @ wrapped.T - np.eye(n)).max())


@pytest.mark.parametrize("name", WAVELETS)
def test_every_length_comes_back(name: str) -> None:
    for n in LENGTHS:
        c = sb.dwt(np.eye(n), name, level=None, mode="orthogonal")
        assert c[1]["d"].shape[-1] == (n + 1) // 2
        np.testing.assert_allclose(sb.idwt(c), np.eye(n), atol=1e-10)


@pytest.mark.parametrize("name", ORTHONORMAL)
def test_a_level_is_an_orthogonal_matrix(name: str) -> None:
    taps, tolerance = pywt.Wavelet(name).dec_len, 1e-12 + 2 * table_error(name)
    for n in (*LENGTHS, 2 * taps - 1, 2 * taps, 2 * taps + 1):
        a = level_matrix(name, n)
        # An odd signal has a coefficient more than samples; then the map keeps lengths and is not onto.
        np.testing.assert_allclose(a @ a.T, np.eye(n), atol=tolerance)


@pytest.mark.parametrize("name", BIORTHOGONAL)
def test_biorthogonal_ends_are_no_worse_conditioned_than_the_middle(name: str) -> None:
    w = sb.wavelet(name)
    # The largest gain of a bank, over all frequencies, is that of a long periodic signal.
    long = 512
    middle = np.linalg.cond(sb.dwt(np.eye(long), w, level=1, mode="periodization").array)
    for n in LENGTHS:
        assert np.linalg.cond(level_matrix(name, n)) <= middle * (1 + 1e-6)


@pytest.mark.parametrize("name", ["db1", "db5", "db38", "sym6", "bior4.4", "rbio3.5"])
def test_untouched_rows_are_those_of_the_bank_and_ends_do_not_depend_on_the_length(name: str, rng) -> None:
    taps = sb.wavelet(name).taps
    for n in (4 * taps, 4 * taps + 1):
        x = rng.standard_normal(n)
        edge = taps // 2
        got = sb.dwt(x, name, level=1, mode="orthogonal")[1]["d"]
        want = sb.dwt(x, name, level=1, mode="periodization")[1]["d"]
        np.testing.assert_allclose(got[edge:-edge], want[edge:-edge], atol=1e-12)
        longer = sb.dwt(
            np.concatenate([x[: 2 * taps], np.zeros(64), x[2 * taps :]]), name, level=1, mode="orthogonal"
        )
        np.testing.assert_allclose(longer[1]["d"][:edge], got[:edge], atol=1e-12)
        np.testing.assert_allclose(longer[1]["d"][-edge:], got[-edge:], atol=1e-12)


def test_db2_ends_are_the_nearest_orthonormal_rows_by_hand() -> None:
    # One of four taps of the first low- and high-pass row lies outside; the polar factor of the truncated
    # rows is the nearest orthonormal pair.
    w = pywt.Wavelet("db2")
    p, _, qt = np.linalg.svd(np.array([w.dec_lo[::-1][1:], w.dec_hi[::-1][1:]]), full_matrices=False)
    rows = level_matrix("db2", 16).T[[0, 8]]
    np.testing.assert_allclose(rows[:, :3], p @ qt, atol=1e-12)
    assert np.abs(rows[:, 3:]).max() < 1e-12


@pytest.mark.parametrize("name", ["db4", "bior4.4", "rbio3.1", "sym9"])
@pytest.mark.parametrize("size", [(1,), (2,), (33,), (5, 12), (16, 16), (6, 5, 7)])
def test_twins_agree_and_transposes_are_exact(size: tuple[int, ...], name: str, rng) -> None:
    for bank in (sb.wavelet(name).analysis("orthogonal"), sb.wavelet(name).synthesis("orthogonal")):
        for forward in (PYRAMID_ANALYSIS, TREE_ANALYSIS):
            p = plan((bank,) * len(size), size, 2)
            x = rng.standard_normal((2, *size))
            y = filterbank_compiled.apply(forward, x, p)
            np.testing.assert_allclose(y, forward.reference(x, p), atol=1e-12)
            z = rng.standard_normal(y.shape)
            back = filterbank_compiled.apply(forward.transpose, z, p)
            assert (y * z).sum() == pytest.approx((x * back).sum(), rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("name", ["db3", "coif2"])
def test_pyramids_and_packets_keep_the_energy_on_any_axes(name: str, rng) -> None:
    x = rng.standard_normal((2, 37, 64))
    energy = (x**2).sum()
    for axes, level in (((1, 2), 1), ((2,), 2), ((2, 1), 1)):
        for c in (
            sb.dwt(x, name, level=level, mode="orthogonal", axes=axes),
            sb.packets(x, name, level=level, mode="orthogonal", axes=axes),
        ):
            assert (c.array**2).sum() == pytest.approx(energy, rel=1e-12)


def test_a_dual_tree_has_orthogonal_ends_too(rng) -> None:
    x = rng.standard_normal((2, 45))
    np.testing.assert_allclose(sb.idtcwt(sb.dtcwt(x, level=3, mode="orthogonal")), x, atol=1e-10)


def test_rounded_filters_are_still_orthonormal(rng) -> None:
    w = sb.wavelet("db6")
    filters = [np.asarray(f, np.float32) for f in (w.dec_lo, w.dec_hi, w.rec_lo, w.rec_hi)]
    filters[2] = filters[2] + 1e-12
    x = rng.standard_normal(50)
    np.testing.assert_allclose(sb.idwt(sb.dwt(x, tuple(filters), level=2, mode="orthogonal")), x, atol=1e-5)


def test_a_delayed_bank_has_the_ends_of_the_bank_itself(rng) -> None:
    w, x = sb.wavelet("db3"), rng.standard_normal(29)
    for before in (0, 1, 2):
        late = (0.0,) * before, (0.0,) * (2 - before)
        # The way back reads reversed filters, which a delay moves the other way.
        dec = [late[0] + taps + late[1] for taps in (w.dec_lo, w.dec_hi)]
        rec = [late[1] + taps + late[0] for taps in (w.rec_lo, w.rec_hi)]
        c = sb.dwt(x, (*dec, *rec), level=2, mode="orthogonal")
        np.testing.assert_allclose(c.array, sb.dwt(x, "db3", level=2, mode="orthogonal").array, atol=1e-12)
        np.testing.assert_allclose(sb.idwt(c), x, atol=1e-10)


@pytest.mark.parametrize("delay", [-4, -2, 2, 4])
def test_bands_that_lie_apart_come_back(delay: int) -> None:
    w = sb.wavelet("db4")
    here, there = (0.0,) * max(delay, 0), (0.0,) * max(-delay, 0)
    lo, hi = there + w.dec_lo + here, here + w.dec_hi + there
    custom = (lo, hi, lo[::-1], hi[::-1])
    for n in (5, 16, 63, 64):
        a = sb.dwt(np.eye(n), custom, level=1, mode="orthogonal")
        np.testing.assert_allclose(a.array @ a.array.T, np.eye(n), atol=1e-11)
        np.testing.assert_allclose(sb.idwt(a), np.eye(n), atol=1e-11)


def test_filters_that_have_no_partners_at_the_ends_are_refused() -> None:
    # The inverse of this bank is its negative, so no root of C = −1 is real.
    lo, hi = sb.wavelet("db4").dec_lo, sb.wavelet("db4").dec_hi
    negative = tuple(tuple(-tap for tap in taps) for taps in (lo, hi))
    with pytest.raises(InvalidInput, match="give another mode, such as 'periodization'"):
        orthogonal_extension(64, (lo, hi), negative)


def test_taps_that_are_all_but_zero_are_refused_rather_than_cut_wrongly() -> None:
    w, tiny = sb.wavelet("db4"), (1e-20,) * 6
    pair = (w.dec_lo + tiny, w.dec_hi + tiny)
    with pytest.raises(InvalidInput, match="mode 'orthogonal' finds no partners"):
        orthogonal_extension(64, pair, pair)
