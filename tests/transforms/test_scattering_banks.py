"""Filter banks: kymatio, frame bounds, closed forms, what each family promises."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import subband as sb
from kymatio_oracle import kymatio_numpy
from subband.errors import InvalidInput

LINE = [(name, Q, J) for name in sb.BANKS[1] for Q, J in ((1, 5), (8, 6))]
PLANE = [(name, L) for name in sb.BANKS[2] for L in (3, 4, 8)]


def every_bank(normalise: str | None) -> list:
    line = [(sb.filter_bank(name, J=J, Q=Q, normalise=normalise), (521,)) for name, Q, J in LINE]
    plane = [(sb.filter_bank(name, ndim=2, J=3, L=L, normalise=normalise), (48, 39)) for name, L in PLANE]
    return [pytest.param(*both, id=repr(both[0])) for both in line + plane]


@pytest.mark.parametrize(
    ("N", "J", "Q", "T"),
    [(1024, 6, (1, 1), 64), (4096, 8, (8, 1), 256), (2048, 9, (16, 2), 300), (512, 8, (8, 1), 16)],
)
def test_morlet_banks_of_the_line_are_kymatios(N, J, Q, T) -> None:
    kymatio_numpy()
    from kymatio.scattering1d.filter_bank import scattering_filter_factory

    phi, *psi = scattering_filter_factory(N, J, Q, T)
    for q, theirs in zip(Q, psi, strict=True):
        bank = sb.filter_bank(J=J, Q=q)
        assert [(f.xi, f.j) for f in bank.filters] == [(p["xi"], p["j"]) for p in theirs]
        np.testing.assert_allclose([f.sigma for f in bank.filters], [p["sigma"] for p in theirs], rtol=1e-14)
        np.testing.assert_allclose(bank.spectra(N, T), [p["levels"][0] for p in theirs], atol=1e-10)
    np.testing.assert_allclose(bank.lowpass(N, T), phi["levels"][0], atol=1e-14)


@pytest.mark.parametrize(("shape", "J", "L"), [((32, 32), 2, 8), ((40, 24), 3, 5), ((32, 32), 4, 16)])
def test_morlet_banks_of_the_plane_are_kymatios(shape, J, L) -> None:
    kymatio_numpy()
    from kymatio.scattering2d.filter_bank import gabor_2d, morlet_2d

    bank = sb.filter_bank(ndim=2, J=J, L=L)
    for one, ours in zip(bank.filters, bank.spectra(shape), strict=True):
        width, turn = 0.8 * 2**one.j, (int(L - L / 2 - 1) - one.q) * np.pi / L
        theirs = morlet_2d(*shape, width, turn, 3 / 4 * np.pi / 2**one.j, 4 / L)
        # They are computed in complex64.
        np.testing.assert_allclose(ours, np.fft.fft2(theirs).real, atol=5e-7)
    phi = np.fft.fft2(gabor_2d(*shape, 0.8 * 2 ** (J - 1), 0, 0)).real
    np.testing.assert_allclose(bank.lowpass(shape), phi, atol=5e-7)


@pytest.mark.parametrize(("bank", "shape"), every_bank("tight"))
def test_a_tight_bank_preserves_the_norm(bank, shape, rng) -> None:
    x = rng.standard_normal(shape)
    spectrum = np.fft.fftn(x)
    for width in (2**bank.J, 2 ** (bank.J - 1) + 1.5):
        parts = [spectrum * f for f in (bank.lowpass(shape, width), *bank.spectra(shape, width))]
        energy = sum(np.sum(np.abs(np.fft.ifftn(part)) ** 2) for part in parts)
        assert energy == pytest.approx(np.sum(x**2), rel=1e-12)
        np.testing.assert_allclose(bank.littlewood_paley(shape, width), 1, atol=1e-12)


@pytest.mark.parametrize(("bank", "shape"), every_bank("max"))
def test_a_bank_of_largest_gain_one_reaches_it_and_nothing_more(bank, shape) -> None:
    assert bank.littlewood_paley(shape).max() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(("bank", "shape"), every_bank(None))
def test_averages_pass_constants_and_band_passes_stop_them(bank, shape) -> None:
    zero = (0,) * bank.ndim
    assert bank.lowpass(shape)[zero] == pytest.approx(1, abs=5e-5)
    if "Gabor" not in repr(bank.family):
        assert np.abs(bank.spectra(shape)[(slice(None), *zero)]).max() < 1e-12


@pytest.mark.parametrize("name", sb.BANKS[1])
def test_filters_of_the_line_lie_where_they_say(name) -> None:
    bank, n = sb.filter_bank(name, J=7, Q=8, normalise="none"), 8192
    f = np.fft.fftfreq(n)
    for one, spectrum in zip(bank.filters, np.abs(bank.spectra(n)), strict=True):
        energy = spectrum**2
        if one.xi < 0.4 and one.xi > one.sigma * 3:  # those next to 0 and to ½ are one-sided
            assert np.sum(f * energy) / np.sum(energy) == pytest.approx(one.xi, abs=0.6 * one.sigma)
        assert np.sum(energy[f < 0]) < 0.12 * np.sum(energy)


@pytest.mark.parametrize("name", ["gabor", "gammatone"])
@pytest.mark.parametrize("r", [0.5, 0.8])
def test_neighbours_cross_at_the_height_that_was_asked(name, r) -> None:
    # Gaussians cross at r; a Gammatone's width is set so that r² = ½ is met, so only that is asked of it.
    r = r if name == "gabor" else 0.5**0.5
    bank, n = sb.filter_bank(name, J=8, Q=8, r_psi=r), 1 << 15
    heights = np.abs(bank.spectra(n))
    for k in range(8, 16):
        a, b = heights[k] / heights[k].max(), heights[k + 1] / heights[k + 1].max()
        between = slice(*sorted((int(a.argmax()), int(b.argmax()))))
        assert np.minimum(a, b)[between].max() == pytest.approx(r, abs=0.01 if name == "gabor" else 0.03)


def test_gammatones_are_causal_and_morlets_symmetric() -> None:
    for name, early in (("gammatone", (0.0, 0.02)), ("morlet", (0.45, 0.55))):
        bank = sb.filter_bank(name, J=6, Q=4)
        energy = np.abs(np.fft.ifft(bank.spectra(2048)[8])) ** 2
        assert early[0] <= energy[1024:].sum() / energy.sum() <= early[1]


def test_meyer_and_shannon_are_compact() -> None:
    n = 4096
    f = np.fft.fftfreq(n)
    for name in ("meyer", "shannon"):
        bank = sb.filter_bank(name, J=6, Q=3)
        for (below, one, above), spectrum in zip(
            zip(bank.filters[2:], bank.filters[1:], bank.filters, strict=False),
            bank.spectra(n)[1:],
            strict=False,
        ):
            assert not spectrum[(f < below.xi) | (f > above.xi)].any()
            assert spectrum[np.abs(f - one.xi).argmin()] == pytest.approx(np.sqrt(2), rel=1e-2)
        # At one sample in 2^J, nothing of the average aliases.
        assert not bank.lowpass(n)[np.abs(f) >= 0.5 / 2**6].any()


def test_directions_of_a_steerable_scale_share_each_circle_evenly() -> None:
    # cos^{2(L−1)} summed over L directions is constant, so a direction between two of them is a sum of all.
    bank = sb.filter_bank("steerable", ndim=2, J=2, L=5, normalise="none")
    one_sided = np.sum(bank.spectra((64, 64))[5:] ** 2, axis=0)
    both = one_sided + np.roll(np.flip(one_sided), 1, (0, 1))
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij"))
    for r in np.unique(radius[radius < 0.4]):
        same = both[radius == r]
        np.testing.assert_allclose(same, same[0], atol=1e-12)
    assert both.max() == pytest.approx(2, rel=1e-3)


def test_frequencies_fall_by_octaves_then_by_equal_steps() -> None:
    bank = sb.filter_bank(J=6, Q=8)
    xi = np.array([one.xi for one in bank.filters])
    geometric = len(xi) - 7
    np.testing.assert_allclose(xi[1:geometric] / xi[: geometric - 1], 2 ** (-1 / 8))
    np.testing.assert_allclose(np.diff(xi[geometric - 1 :]), np.diff(xi[geometric - 1 :])[0])
    for above, below in pairwise(bank.filters):
        assert above.j <= below.j


def test_a_changed_bank_is_another_bank() -> None:
    bank = sb.filter_bank(J=5, Q=4)
    low = replace(bank, filters=bank.filters[4:])
    np.testing.assert_array_equal(low.spectra(256), bank.spectra(256)[4:])
    moved = replace(bank, filters=(sb.BandPass(xi=0.2, sigma=0.03, j=0), *bank.filters[1:]))
    assert np.fft.fftfreq(1024)[moved.spectra(1024)[0].argmax()] == pytest.approx(0.2, abs=1e-3)
    assert sb.Scattering(bank=low, order=1)(np.ones(64)).array.shape == (1 + len(low.filters), 2)


def test_gaps_that_no_gain_can_fill_are_named() -> None:
    bank = sb.filter_bank(J=5, Q=4, normalise="tight")
    with pytest.raises(InvalidInput, match=r"at 0\.[1-4]\d+ cycles a sample its filters sum to 0 "):
        replace(bank, filters=bank.filters[8:]).spectra(512)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "haar", "J": 3}, "morlet, gabor, gammatone, meyer, shannon for 1 axes; morlet"),
        ({"name": "meyer", "J": 3, "ndim": 2}, "'meyer' of 2 axes is unknown"),
        ({"J": 0}, "J=0"),
        ({"J": 3, "Q": 0}, "Q=0"),
        ({"J": 3, "ndim": 2, "L": 0}, "L=0"),
        ({"J": 3, "r_psi": 1.0}, "r_psi=1.0"),
        ({"J": 3, "normalise": "l2"}, "none, max, tight"),
        ({"name": "gammatone", "J": 3, "order": 1}, "order=1"),
        ({"J": 3, "ndim": 2, "slant": 0.0}, "slant=0.0"),
    ],
)
def test_errors_say_what_is_allowed(arguments, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        sb.filter_bank(**arguments)
    with pytest.raises(InvalidInput, match="does not suit filters of 1 axes"):
        sb.filter_bank(J=3).spectra((16, 16))
