"""LRU and S4D are linear systems: each layer against `subband.linear_system`, and its published formulas."""

import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.nn import LRU, S4D
from subband.training import initialised


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def layer(kind: str):
    with initialised(0):
        made = {
            "lru": lambda: LRU(3, 5, 2),
            "zoh": lambda: S4D(3, states=8, how="scan"),
            "tustin": lambda: S4D(3, states=8, method="tustin", how="scan"),
        }[kind]()
        u = torch.randn(2, 33, 3)
    return made, u


def test_lru_is_its_recurrence() -> None:
    made, u = layer("lru")
    poles, gamma = made.poles(), (1 - made.poles().abs() ** 2).sqrt()
    x, want = torch.zeros(2, 5, dtype=torch.cdouble), []
    for k in range(33):
        x = poles * x + gamma * (u[:, k].to(x.dtype) @ made.B.mT)
        want.append((x @ made.C.mT).real + u[:, k] @ made.D.mT)
    y, state = made(u)
    torch.testing.assert_close(y, torch.stack(want, 1))
    torch.testing.assert_close(state, x)


def test_lru_goes_on_from_its_state() -> None:
    made, u = layer("lru")
    whole, last = made(u)
    first, state = made(u[:, :10])
    second, again = made(u[:, 10:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(again, last)


def test_lru_is_stable_for_all_parameters() -> None:
    made, _ = layer("lru")
    for _ in range(5):
        with torch.no_grad():
            for p in made.parameters():
                p += torch.randn_like(p) * 3
        assert made.system().is_stable() or made.poles().abs().max() == 1.0


def test_the_kernel_is_the_formula_of_the_paper() -> None:
    """K[k] = 2 Re Σ C (exp(ΔA) − 1)/A exp(kΔA): Gu et al. 2022, eq. 5."""
    made, _ = layer("zoh")
    A = torch.complex(-made.log_decay.exp(), made.omega)
    step = made.log_step.exp()[:, None]
    k = torch.arange(20)[:, None, None]
    want = 2 * (made.C * (torch.exp(step * A) - 1) / A * torch.exp(k * step * A)).sum(-1).real.T
    want[:, 0] += made.D
    torch.testing.assert_close(made.kernel(20), want)


@pytest.mark.parametrize("kind", ["zoh", "tustin"])
def test_convolution_and_scan_agree(kind: str) -> None:
    made, u = layer(kind)
    by_scan = made(u)
    made.how = "convolution"
    torch.testing.assert_close(made(u), by_scan)


@pytest.mark.parametrize("kind", ["lru", "zoh", "tustin"])
def test_a_layer_is_its_linear_system(kind: str) -> None:
    """Output, impulse response, FFT of the impulse response and frequency response say the same."""
    made, u = layer(kind)
    system = made.system()
    y = made(u)[0] if kind == "lru" else made(u)
    if kind == "lru":
        out = system.simulate(u.to(torch.cdouble))
        h = system.impulse_response(4096)
    else:
        out = system.simulate(u.mT[..., None].to(torch.cdouble))[..., 0].mT
        h = system.impulse_response(2**17)
        torch.testing.assert_close(h[:, :33, 0, 0].real, made.kernel(33))
    torch.testing.assert_close(out.real, y)
    assert out.imag.abs().max() < 1e-10
    N = h.shape[-3]
    k = [0, 1, 7, N // 3]
    spectrum = torch.fft.fft(h, dim=-3)[..., k, :, :]
    torch.testing.assert_close(
        spectrum,
        system.frequency_response(torch.tensor(k) / N),
        rtol=1e-6,
        atol=1e-6 * float(spectrum.detach().abs().max()),
    )


@pytest.mark.parametrize("kind", ["lru", "zoh"])
def test_all_parameters_learn(kind: str) -> None:
    made, u = layer(kind)
    y = made(u)[0] if kind == "lru" else made(u)
    y.square().sum().backward()
    assert all(
        p.grad is not None and torch.isfinite(torch.view_as_real(p.grad + 0j)).all()
        for p in made.parameters()
    )
    assert all(float(p.grad.abs().sum()) > 0 for p in made.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LRU(3, 0), "states=0"),
        (lambda: LRU(3, 4, radius=(0.9, 1.0)), "radius"),
        (lambda: S4D(3, states=7), "must be even"),
        (lambda: S4D(3, how="loop"), "'loop' is unknown"),
        (lambda: S4D(3, step=(0.0, 0.1)), "step"),
        (lambda: S4D(3)(torch.zeros(5)), "don't fit"),
        (lambda: LRU(3, 4)(torch.zeros(2, 5, 4)), "don't fit"),
    ],
)
def test_what_does_not_fit_is_explained(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


@pytest.mark.slow
def test_a_chord_of_tones_is_learnt_by_few_modes() -> None:
    """An LRU whose poles lie on a signal's frequencies predicts its next sample: the spectrum is the model."""
    t = np.arange(400)
    x = torch.from_numpy(np.cos(0.2 * t) + 0.5 * np.sin(0.55 * t))
    made = LRU(1, 8, radius=(0.9, 0.999), phase=1.0)
    optimizer = torch.optim.Adam(made.parameters(), 0.02)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        y, _ = made(x[None, :-1, None])
        loss = (y[0, 50:, 0] - x[51:]).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.02 * float(x.square().mean())
