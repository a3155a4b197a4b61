"""Learnable wavelets: wavelets whatever their parameters, and learning that ends where a theorem says."""

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize

import subband as sb
from subband.errors import InvalidInput
from subband.nn import FreeWavelet, LatticeWavelet, LiftingWavelet, Orthonormal
from subband.training import initialised


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


MAKE = {
    "lattice db4": lambda: LatticeWavelet("db4"),
    "lattice random": lambda: LatticeWavelet(8),
    "lattice with a moment": lambda: LatticeWavelet("sym4", vanishing_moment=True),
    "lifting cdf9.7": lambda: LiftingWavelet("cdf9.7"),
    "lifting legall5.3": lambda: LiftingWavelet("legall5.3"),
    "lifting haar": lambda: LiftingWavelet(sb.lifting("haar")),
    "lifting random": lambda: LiftingWavelet(4),
}


@pytest.mark.parametrize("name", MAKE)
def test_reconstructs_exactly_whatever_the_parameters(name: str) -> None:
    with initialised(0):
        w = MAKE[name]()
    x = torch.randn(2, 24, 20)
    for _ in range(3):
        filters = w()
        assert sb.perfect_reconstruction_loss(filters) < 1e-20
        assert sb.alias_cancellation_loss(filters) < 1e-20
        torch.testing.assert_close(w.idwt(w.dwt(x, 1, "reflect", axes=(1, 2))), x, atol=1e-9, rtol=0)
        torch.testing.assert_close(w.ipackets(w.packets(x, 1)), x, atol=1e-9, rtol=0)
        with torch.no_grad():
            for parameter in w.parameters():
                parameter += 0.3 * torch.randn_like(parameter)


@pytest.mark.parametrize("name", MAKE)
def test_all_parameters_learn(name: str) -> None:
    with initialised(0):
        w = MAKE[name]()
    w.dwt(torch.randn(3, 40), 2).array.abs().pow(3).sum().backward()
    assert all(p.grad is not None and p.grad.abs().min() > 0 for p in w.parameters())


@pytest.mark.parametrize(
    ("make", "wavelet"),
    [
        (lambda: LatticeWavelet("db4"), "db4"),
        (lambda: LatticeWavelet("sym4", vanishing_moment=True), "sym4"),
        (lambda: LiftingWavelet("cdf9.7"), "bior4.4"),
        (lambda: LiftingWavelet("legall5.3"), "bior2.2"),
        (lambda: LiftingWavelet("haar"), "haar"),
        (lambda: FreeWavelet("bior2.4"), "bior2.4"),
    ],
)
def test_starts_where_it_was_told(make, wavelet: str) -> None:
    for made, want in zip(make().filters(), sb.Filters.of(wavelet), strict=True):
        np.testing.assert_allclose(made.detach().numpy(), want, atol=1e-11)


def test_a_vanishing_moment_stays() -> None:
    with initialised(0):
        w = LatticeWavelet(10, vanishing_moment=True)
    assert [p.shape for p in w.parameters()] == [(4,)]
    with torch.no_grad():
        w.free += torch.randn(4)
    assert w.filters().dec_hi.sum().abs() < 1e-12
    assert w.dwt(torch.ones(32), 1)[1]["d"].abs().max() < 1e-12


def test_free_filters_become_a_wavelet_by_their_loss() -> None:
    with initialised(1):
        w = FreeWavelet(6)
    before = w.loss().item()
    optimiser = torch.optim.LBFGS(
        w.parameters(),
        max_iter=300,
        tolerance_change=1e-20,
        tolerance_grad=1e-14,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimiser.zero_grad()
        loss = w.loss()
        loss.backward()
        return loss

    for _ in range(3):
        optimiser.step(closure)
    assert before > 1
    assert w.loss().item() < 1e-12
    x = torch.randn(2, 40)
    torch.testing.assert_close(w.idwt(w.dwt(x, 1)), x, atol=1e-4, rtol=0)


def test_the_only_wavelet_of_four_taps_blind_to_lines_is_found() -> None:
    # Two vanishing moments and four taps: db2 or its mirror image, and no other (Daubechies 1988, §4).
    with initialised(0):
        w = LatticeWavelet(4, vanishing_moment=True)
    line = torch.linspace(-3, 5, 64)
    optimiser = torch.optim.LBFGS(w.parameters(), max_iter=100, tolerance_change=1e-16, tolerance_grad=1e-14)

    def closure():
        optimiser.zero_grad()
        cost = w.dwt(line, 1, "smooth")[1]["d"].square().sum()  # "smooth" continues a line as a line
        cost.backward()
        return cost

    before = closure().item()
    optimiser.step(closure)
    lo, db2 = w.filters().dec_lo.detach().numpy(), np.asarray(sb.wavelet("db2").dec_lo)
    assert before > 1e-3
    assert min(np.abs(lo - db2).max(), np.abs(lo - db2[::-1]).max()) < 1e-6


class TestOrthonormal:
    def test_keeps_an_orthonormal_filter(self) -> None:
        w = FreeWavelet("db3")
        parametrize.register_parametrization(w, "dec_lo", Orthonormal())
        np.testing.assert_allclose(w.dec_lo.detach().numpy(), sb.wavelet("db3").dec_lo, atol=1e-12)
        assert w.parametrizations.dec_lo.original.shape == (3,)

    @pytest.mark.parametrize("taps", [2, 4, 8])
    def test_moves_any_filter_to_an_orthonormal_one_and_keeps_it_there(self, taps: int) -> None:
        for seed in range(5):
            with initialised(seed):
                w = FreeWavelet(taps)
            parametrize.register_parametrization(w, "rec_hi", Orthonormal())
            with torch.no_grad():
                for angles in w.parametrizations.rec_hi.parameters():
                    angles += torch.randn_like(angles)
            h = w.rec_hi.detach().numpy()
            around = np.correlate(h, h, "full")[taps - 1 :: 2]
            np.testing.assert_allclose(around, np.arange(len(around)) == 0, atol=1e-12)

    def test_the_step_to_it_is_short_and_right_angled(self) -> None:
        # From the nearest point of {h: Σ h[n] h[n+2m] = δ[m]} to h leads a combination of the constraints' normals.
        db2, off = torch.tensor(sb.wavelet("db2").dec_lo), 1e-4 * torch.tensor([1.0, -2.0, 0.5, 1.5])
        near = Orthonormal()(Orthonormal().right_inverse(db2 + off))
        normals = torch.stack([near, torch.tensor([near[2], near[3], near[0], near[1]])]).T
        step = db2 + off - near
        left = step - normals @ torch.linalg.lstsq(normals, step).solution
        assert step.norm() <= off.norm()
        assert left.norm() < 1e-3 * step.norm()

    def test_gradients_flow_to_the_angles(self) -> None:
        w = FreeWavelet("db2")
        parametrize.register_parametrization(w, "dec_lo", Orthonormal())
        w.dwt(torch.randn(20), 1).array.abs().sum().backward()
        assert w.parametrizations.dec_lo.original.grad.abs().min() > 0


def test_says_what_can_be_learnt() -> None:
    for make, message in (
        (lambda: LatticeWavelet("bior4.4"), "orthogonal"),
        (lambda: LatticeWavelet(5), "even"),
        (lambda: FreeWavelet(0), "even"),
        (lambda: LiftingWavelet(0), "1 or more"),
        (lambda: LiftingWavelet("cdf1"), "unknown"),
        (lambda: Orthonormal().right_inverse(torch.zeros(4)), "near"),
    ):
        with pytest.raises(InvalidInput, match=message):
            make()


def test_float32_modules_follow_the_samples() -> None:
    w = LatticeWavelet("db4").float()
    c = w.dwt(torch.randn(2, 64), 2)
    assert c.array.dtype == torch.float64
    assert w.filters().dec_lo.dtype == torch.float32
    assert w.idwt(c).dtype == torch.float64
