"""Properties of all filter banks, swept over wavelets, boundary modes, lengths, axes and array libraries."""

import warnings

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.kernels.filterbank.operations import PYRAMID_ANALYSIS, TREE_ANALYSIS
from subband.kernels.filterbank.plan import plan

filterbank_compiled = pytest.importorskip(
    "subband.kernels.filterbank.compiled", reason="no compiled kernels", exc_type=ImportError
)

WAVELETS = pywt.wavelist(kind="discrete")
A_FEW = ("haar", "db2", "db3", "db5", "bior2.2", "rbio3.1", "sym9")
PEER_MODES = pywt.Modes.modes
LENGTHS = (1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 23, 32, 33)
INEXACT = {"dmey"}
"""Wavelets whose tabulated filters reconstruct only to about 1e-2."""


def close(a, b, tolerance: float) -> None:
    """Maximal difference relative to the maximal value, which smooth extrapolation makes large."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    assert np.abs(a - b).max(initial=0) <= tolerance * scale


def peer_accepts(n: int, mode: str) -> bool:
    """PyWavelets refuses to reflect a single sample."""
    return n > 1 or "reflect" not in mode


@pytest.mark.parametrize("mode", PEER_MODES)
@pytest.mark.parametrize("name", WAVELETS)
def test_one_level_agrees_with_pywavelets(name: str, mode: str, rng) -> None:
    for n in LENGTHS:
        if peer_accepts(n, mode):
            x = rng.standard_normal((2, n))
            c = sb.dwt(x, name, level=1, mode=mode)
            approx, detail = pywt.dwt(x, name, mode)
            close(c.approx, approx, 1e-12)
            close(c[1]["d"], detail, 1e-12)


@pytest.mark.parametrize("mode", PEER_MODES)
@pytest.mark.parametrize("name", WAVELETS)
def test_inverse_agrees_with_pywavelets_and_reconstructs(name: str, mode: str, rng) -> None:
    for n in LENGTHS:
        x = rng.standard_normal(n)
        c = sb.dwt(x, name, level=1, mode=mode)
        y = sb.idwt(c)
        assert y.shape == x.shape
        peer = pywt.idwt(c.approx, c[1]["d"], name, mode)[:n]
        close(y, peer, 1e-12)
        if name not in INEXACT:
            close(y, x, 1e-9)


@pytest.mark.parametrize("impl", [pytest.param("fast", marks=pytest.mark.compiled), "reference"])
@pytest.mark.parametrize("mode", PEER_MODES)
@pytest.mark.parametrize("name", A_FEW)
def test_deep_pyramids_agree_with_pywavelets(name: str, mode: str, impl: str, rng) -> None:
    for n in (63, 64, 200):
        x = rng.standard_normal((2, n))
        level = sb.max_level(n, name)
        c = sb.dwt(x, name, level=level, mode=mode, impl=impl)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = pywt.wavedec(x, name, mode, level)
        close(c.approx, peer[0], 1e-12)
        for (_, details), band in zip(c, peer[1:], strict=True):
            close(details["d"], band, 1e-12)
        close(sb.idwt(c, impl=impl), x, 1e-9)


@pytest.mark.parametrize("mode", PEER_MODES)
@pytest.mark.parametrize("name", ["haar", "db2", "bior2.2"])
def test_two_and_three_axes_agree_with_pywavelets(name: str, mode: str, rng) -> None:
    for shape, axes in (((2, 18, 21), (1, 2)), ((19, 2, 24), (2, 0)), ((12, 13, 14), (0, 1, 2))):
        x = rng.standard_normal(shape)
        level = 2 if name == "haar" else 1
        c = sb.dwt(x, name, level=level, mode=mode, axes=axes)
        peer = pywt.wavedecn(x, name, mode, level, axes)
        close(c.approx, peer[0], 1e-12)
        for (_, details), bands in zip(c, peer[1:], strict=True):
            # PyWavelets names a band by its axes in the order given, as we do.
            assert set(details) == set(bands)
            for band in details:
                close(details[band], bands[band], 1e-12)
        close(sb.idwt(c), x, 1e-9)


def test_an_axis_may_have_its_own_wavelet_and_mode(rng) -> None:
    x = rng.standard_normal((30, 40))
    c = sb.dwt(x, ("db3", "haar"), level=2, mode=("periodic", "reflect"), axes=(0, 1))
    peer = pywt.wavedec2(x, ("db3", "haar"), ("periodic", "reflect"), 2)
    close(c.approx, peer[0], 1e-12)
    for band, expected in zip(("da", "ad", "dd"), peer[-1], strict=True):
        close(c[1][band], expected, 1e-12)
    close(sb.idwt(c), x, 1e-12)


@pytest.mark.parametrize("order", ["natural", "frequency"])
@pytest.mark.parametrize("mode", PEER_MODES)
@pytest.mark.parametrize("name", ["haar", "db2", "bior2.2"])
def test_packets_agree_with_pywavelets(name: str, mode: str, order: str, rng) -> None:
    peer_order = {"natural": "natural", "frequency": "freq"}[order]
    x = rng.standard_normal((2, 43))
    p = sb.packets(x, name, level=3, mode=mode, order=order)
    nodes = pywt.WaveletPacket(x, name, mode, 3).get_level(3, peer_order)
    close(p.array, np.stack([node.data for node in nodes], axis=1), 1e-12)
    close(p["add"], pywt.WaveletPacket(x, name, mode)["add"].data, 1e-12)
    close(sb.ipackets(p), x, 1e-9)

    x = rng.standard_normal((2, 24, 23))
    p = sb.packets(x, name, level=2, mode=mode, axes=(1, 2), order=order)
    tree = pywt.WaveletPacket2D(x, name, mode, 2, axes=(1, 2))
    rows = tree.get_level(2, peer_order)
    if order == "frequency":
        peer = np.stack([np.stack([node.data for node in row], axis=1) for row in rows], axis=1)
        close(p.array, peer, 1e-12)
    # PyWavelets writes a level's two letters as one: a = aa, h = da, v = ad, d = dd.
    close(p["ad", "aa"], tree["ah"].data, 1e-12)
    close(p["dd", "ad"], tree["hd"].data, 1e-12)
    close(sb.ipackets(p), x, 1e-9)


@pytest.mark.parametrize("mode", [*sb.MODES, "wrap"])
@pytest.mark.parametrize("name", A_FEW)
@pytest.mark.parametrize("size", [(1,), (2,), (33,), (5, 12), (1, 9), (16, 16), (6, 5, 7)])
def test_twins_agree_and_transposes_are_exact(size: tuple[int, ...], name: str, mode: str, rng) -> None:
    banks = (sb.wavelet(name).analysis(mode),) * len(size)
    for level in (1, 2):
        for forward, order in ((PYRAMID_ANALYSIS, "natural"), (TREE_ANALYSIS, "frequency")):
            p = plan(banks, size, level, order)
            x = rng.standard_normal((2, *size))
            y = filterbank_compiled.apply(forward, x, p)
            close(y, forward.reference(x, p), 1e-12)
            z = rng.standard_normal(y.shape)
            back = filterbank_compiled.apply(forward.transpose, z, p)
            close(back, forward.transpose.reference(z, p), 1e-12)
            # ⟨A x, z⟩ = ⟨x, Aᵀ z⟩, relative to the norms that meet in it.
            scale = np.linalg.norm(y) * np.linalg.norm(z) + np.linalg.norm(x) * np.linalg.norm(back)
            assert abs((y * z).sum() - (x * back).sum()) <= 1e-13 * scale


@pytest.mark.parametrize("name", [w for w in WAVELETS if pywt.Wavelet(w).orthogonal and w not in INEXACT])
def test_orthogonal_wavelets_keep_the_energy(name: str, rng) -> None:
    x = rng.standard_normal((3, 64))
    energy = (x**2).sum()
    level = max(1, sb.max_level(64, name))
    for array in (
        sb.dwt(x, name, level=level, mode="periodization").array,
        sb.packets(x, name, level=level, mode="periodization").array,
    ):
        assert (array**2).sum() == pytest.approx(energy, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    data=st.data(),
    name=st.sampled_from(A_FEW),
    mode=st.sampled_from(sb.MODES),
    double=st.booleans(),
    is_complex=st.booleans(),
)
def test_any_shape_comes_back_exactly(shape, data, name, mode, double, is_complex) -> None:
    axes = data.draw(
        st.lists(
            st.integers(-len(shape), len(shape) - 1),
            min_size=1,
            max_size=4,
            unique_by=lambda a: a % len(shape),
        )
    )
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    if is_complex:
        x = x + 1j * rng.standard_normal(shape)
    kinds = {(True, True): "c16", (True, False): "f8", (False, True): "c8", (False, False): "f4"}
    x = x.astype(kinds[double, is_complex])
    for forward, back in ((sb.dwt, sb.idwt), (sb.packets, sb.ipackets)):
        c = forward(x, name, level=1, mode=mode, axes=axes)
        y = back(c)
        assert (y.shape, y.dtype, c.array.dtype) == (x.shape, x.dtype, x.dtype)
        close(y, x, (1e-10 if double else 1e-4) * float(np.abs(c.array).max() + 1))
