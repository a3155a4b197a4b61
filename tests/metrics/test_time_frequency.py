"""Energy over time and frequency: closed forms for tones, impulses and chirps, and what entropies must obey."""

import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput
from subband.metrics import EnergyDensity, energy_density, renyi_entropy, ridge, ridge_error, share_near

FS, N = 200.0, 1600
T = np.arange(N) / FS
TONE = np.cos(2 * np.pi * 31 * T)
VIEWS = {
    "packets": lambda x: sb.packets(x, "sym8", level=5),
    "packets, periodized": lambda x: sb.packets(x, "sym8", level=5, mode="periodization"),
    "stft": lambda x: sb.stft(x, "hann", 16, fs=FS),
    "cwt": lambda x: sb.cwt(x, "morlet", fs=FS, voices=24),
    "synchrosqueezed": lambda x: sb.synchrosqueeze(sb.cwt(x, "morlet", fs=FS, voices=24)),
}


def seen(view: str, x) -> EnergyDensity:
    return energy_density(VIEWS[view](x), fs=FS)


def grid(density: np.ndarray, height: float = 1.0, width: float = 1.0) -> EnergyDensity:
    """A density made by hand on cells of `height` hertz and `width` seconds."""
    rows, columns = density.shape
    density = density / (density.sum() * height * width)
    return EnergyDensity(
        density,
        height * (np.arange(rows) + 0.5),
        width * (np.arange(columns) + 0.5),
        height * np.arange(rows + 1.0),
        width * np.arange(columns + 1.0),
        None,
        width * columns,
    )


@pytest.mark.parametrize("view", VIEWS)
def test_a_density_integrates_to_one_between_zero_and_nyquist(view: str, rng) -> None:
    d = seen(view, rng.standard_normal(N))
    assert (d.density * d.cells).sum() == pytest.approx(1)
    assert d.density.min() >= 0
    assert d.density.shape == (len(d.frequencies), len(d.times)) == d.cells.shape
    assert 0 <= d.frequency_edges[0] < d.frequency_edges[-1] <= FS / 2
    for centres, edges in ((d.frequencies, d.frequency_edges), (d.times, d.time_edges)):
        assert (np.diff(edges) > 0).all()
        assert ((edges[:-1] <= centres) & (centres <= edges[1:])).all()
    assert 0 <= d.times[0] <= d.times[-1] < d.duration == N / FS


@pytest.mark.parametrize("view", VIEWS)
def test_the_ridge_of_a_tone_is_its_frequency(view: str) -> None:
    d = seen(view, TONE)
    inside = (d.times > 1) & (d.times < 7)
    row = int(np.searchsorted(d.frequency_edges, 31)) - 1
    half = np.diff(d.frequency_edges)[row - 1 : row + 2].max()
    assert np.abs(ridge(d)[inside] - 31).max() <= half
    law = (np.array([1.0, 7.0]), np.array([31.0, 31.0]))
    assert ridge_error(d, law) == pytest.approx(np.abs(ridge(d)[inside] - 31).mean(), abs=1e-9)
    assert share_near(d, law, 100) == pytest.approx(1)
    assert share_near(d, law, 2 * half) > 5 * (4 * half) / (FS / 2), "far denser than evenly spread"


@pytest.mark.parametrize("view", VIEWS)
def test_an_impulse_stands_where_it_is(view: str) -> None:
    at = 777
    d = seen(view, np.eye(N)[at])
    energy = (d.density * d.cells)[d.frequencies > 20].sum(axis=0)
    column = d.time_edges[1] - d.time_edges[0]
    assert (energy * d.times).sum() / energy.sum() == pytest.approx(at / FS, abs=column / 2)


def test_energy_between_two_tones_is_shared_by_their_power() -> None:
    x = TONE + 2 * np.cos(2 * np.pi * 71 * T)
    law = (np.array([1.0, 7.0]), np.array([71.0, 71.0]))
    assert share_near(seen("stft", x), law, 20) == pytest.approx(4 / 5, abs=2e-3)


def test_a_part_of_a_cell_counts_in_part() -> None:
    d = grid(np.ones((4, 3)))
    law = (np.array([0.0, 3.0]), np.array([2.0, 2.0]))
    for width, share in ((0.25, 0.125), (1.0, 0.5), (1.5, 0.75), (9.0, 1.0)):
        assert share_near(d, law, width) == pytest.approx(share)


def test_only_times_of_the_law_are_counted() -> None:
    density = np.zeros((4, 4))
    density[[0, 1, 2, 3], [0, 1, 2, 3]] = 1
    d = grid(density)
    assert ridge(d).tolist() == [0.5, 1.5, 2.5, 3.5]
    assert ridge_error(d, (np.array([0.5, 3.5]), np.array([0.5, 3.5]))) == 0
    assert ridge_error(d, (np.array([2.5, 3.5]), np.array([0.0, 0.0]))) == pytest.approx(3)
    assert share_near(d, (np.array([0.5, 0.6]), np.array([0.5, 0.5])), 0.5) == pytest.approx(1)


@pytest.mark.parametrize("order", [0.5, 2.0, 3.0])
def test_entropy_is_the_logarithm_of_the_area_that_is_filled(order: float) -> None:
    density = np.zeros((8, 8))
    density[2:4, 1:5] = 1
    d = grid(density, height=0.5, width=3.0)
    assert renyi_entropy(d, order=order) == pytest.approx(np.log2(8 * 0.5 * 3))


def test_entropy_falls_with_the_order_and_towards_shannons(rng) -> None:
    d = grid(rng.random((9, 5)))
    shannon = -(d.density * np.log2(d.density)).sum()
    assert renyi_entropy(d, order=1 + 1e-7) == pytest.approx(shannon, abs=1e-5)
    falling = [renyi_entropy(d, order=order) for order in (0.5, 2, 3, 5)]
    assert (np.diff(falling) < 0).all()


def test_a_finer_grid_of_the_same_density_changes_nothing(rng) -> None:
    coarse = grid(rng.random((6, 4)))
    fine = grid(np.kron(coarse.density, np.ones((3, 2))), height=1 / 3, width=1 / 2)
    law = (np.array([0.0, 4.0]), np.array([1.0, 5.0]))
    assert renyi_entropy(fine) == pytest.approx(renyi_entropy(coarse))
    flat = (law[0], np.array([3.0, 3.0]))
    assert share_near(fine, flat, 1.2) == pytest.approx(share_near(coarse, flat, 1.2))


def test_synchrosqueezing_concentrates_a_chirp_and_keeps_its_ridge() -> None:
    law = (T[200:-200], 10 + 8 * T[200:-200])
    x = np.cos(2 * np.pi * (10 * T + 4 * T**2))
    before, after = seen("cwt", x), seen("synchrosqueezed", x)
    assert renyi_entropy(after) < renyi_entropy(before) - 3
    assert share_near(after, law, 3) > 0.99 > 0.6 > share_near(before, law, 3)
    assert ridge_error(after, law) < 1


def test_cones_are_those_of_the_coefficients_by_rising_frequency() -> None:
    c = sb.cwt(TONE, "morlet", frequencies=[50.0, 5.0, 20.0], fs=FS)
    for made in (c, sb.synchrosqueeze(c)):
        d = energy_density(made)
        assert d.frequencies.tolist() == [5, 20, 50]
        np.testing.assert_allclose(d.cone, np.asarray(c.cone)[[1, 2, 0]])
    assert seen("stft", TONE).cone is None


def test_tensors_with_gradients_are_taken() -> None:
    x = torch.asarray(TONE).requires_grad_()
    for view in ("packets", "cwt", "stft"):
        d, want = seen(view, x), seen(view, TONE)
        np.testing.assert_allclose(d.density, want.density, atol=1e-9)


WRONG = {
    "an array": (lambda: energy_density(TONE), "can't spread a ndarray"),
    "natural order": (
        lambda: energy_density(sb.packets(TONE, "haar", level=2, order="natural")),
        "natural order",
    ),
    "several signals": (
        lambda: energy_density(sb.packets(np.ones((2, 16)), "haar", level=2)),
        r"\(2, 4, 4\)",
    ),
    "a complex signal, STFT": (lambda: energy_density(sb.stft(TONE + 0j, "hann", 16)), "complex"),
    "a complex signal, CWT": (lambda: energy_density(sb.cwt(TONE + 0j)), "complex"),
    "silence": (lambda: energy_density(sb.stft(np.zeros(64), "hann", 16)), "energy 0"),
    "no sampling rate": (lambda: energy_density(sb.packets(TONE, "haar", level=2), fs=0), "fs=0"),
    "no breadth": (lambda: share_near(grid(np.ones((2, 2))), (np.arange(2), np.ones(2)), 0), "width=0"),
    "another time": (
        lambda: ridge_error(grid(np.ones((2, 2))), (np.array([8, 9]), np.ones(2))),
        "from 8 to 9",
    ),
    "order one": (lambda: renyi_entropy(grid(np.ones((2, 2))), order=1), "order=1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_is_explained(case: str) -> None:
    call, message = WRONG[case]
    with pytest.raises(InvalidInput, match=message):
        call()
