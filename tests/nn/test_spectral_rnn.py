"""Spectral recurrent networks: framing and its inverse, gradients of the window, shapes, learning."""

import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.nn import SpectralRNN
from subband.training import initialised

KINDS = {
    "spectral": {"window": 16},
    "compressed": {"window": 16, "compression": 4},
    "complex": {"window": 16, "cell": "complex"},
    "quarter hops": {"window": 16, "hop": 4},
    "windows": {"window": 16, "transform": "none"},
    "samples": {"window": 1, "transform": "none"},
}


def make(kind: str, **more) -> SpectralRNN:
    with initialised(0):
        return SpectralRNN(2, 8, **(KINDS[kind] | more))


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "compressed"])
def test_frames_are_put_together_again(kind: str) -> None:
    model = make(kind, eps=1e-9).double()
    x = torch.randn(3, 64, 2, dtype=torch.double)
    torch.testing.assert_close(model.synthesise(model.analyse(x)), x, atol=1e-5, rtol=0)


def test_compression_keeps_the_low_frequencies() -> None:
    model = make("compressed", eps=1e-9)
    n = torch.arange(256)
    x = torch.stack([torch.cos(2 * np.pi * n / 128), torch.cos(2 * np.pi * n * 7 / 16)], -1)[None]
    y = model.synthesise(model.analyse(x))[0, 32:-32]
    assert (y[:, 0] - x[0, 32:-32, 0]).abs().max() < 0.05
    assert y[:, 1].abs().max() < 0.05


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("horizon", [1, 7, 40])
def test_shapes_and_gradients(kind: str, horizon: int) -> None:
    model = make(kind)
    y = model(torch.randn(3, 50, 2), horizon)
    assert y.shape == (3, horizon, 2)
    y.square().sum().backward()
    learnt = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert any(name.startswith("out") for name in learnt)
    assert ("log_width" in learnt) == (KINDS[kind].get("transform") != "none")


def test_the_gradient_of_the_windows_width() -> None:
    model = make("spectral").double()
    x = torch.randn(1, 40, 2, dtype=torch.double)

    def loss(width: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(model, {"log_width": width}, (x, 10)).square().sum()

    assert torch.autograd.gradcheck(loss, model.log_width.detach().clone().requires_grad_())


def test_a_long_series_takes_few_steps() -> None:
    """2,560 samples by windows of 128, 64 apart: 41 steps of recurrence instead of 2,560."""
    model, steps = SpectralRNN(1, 4, window=128), []
    inner = model.rnn.forward
    model.rnn.forward = lambda x, h=None: steps.append(len(x)) or inner(x, h)
    assert model(torch.randn(1, 2560, 1), 2560).shape[1] == 2560
    assert steps[1:] == [1] * 40


@pytest.mark.slow
def test_a_sine_is_learnt() -> None:
    model = SpectralRNN(1, 16, window=32, compression=2)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    rng, losses = np.random.default_rng(0), []
    for _ in range(150):
        phase = torch.from_numpy(rng.uniform(0, 6, (16, 1)).astype(np.float32))
        x = torch.sin(2 * np.pi * torch.arange(160) / 40 + phase)[..., None]
        optimizer.zero_grad()
        loss = (model(x[:, :96], 64) - x[:, 96:]).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.1 * np.mean(losses[:5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SpectralRNN(window=1), "no spectrum"),
        (lambda: SpectralRNN(cell="lstm"), "give gru or complex"),
        (lambda: SpectralRNN(cell="complex", transform="none"), "needs complex numbers"),
        (lambda: SpectralRNN(window=8, hop=9), "samples between frames are lost"),
        (lambda: SpectralRNN(hidden=0), "must be 1 or more"),
        (lambda: SpectralRNN(window=16)(torch.zeros(2, 9, 1), 4), "too short"),
        (lambda: SpectralRNN(window=16)(torch.zeros(2, 20, 1), 0), "horizon=0"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
