"""Consistency tuning on a Gaussian, whose consistency function is a line known in closed form."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    Denoiser,
    EdmPath,
    FlowPath,
    LinearPath,
    Nearing,
    consistency_errors,
    sample,
)
from subband.training import generator

DEVIATION = 0.5


class Gain(nn.Module):
    """x0 = gain(level) x with the gain a curve through free values: enough for a centred Gaussian."""

    def __init__(self, path, knots=24):
        super().__init__()
        self.path = path
        self.values = nn.Parameter(torch.zeros(knots))

    def forward(self, x, t):
        place = (t.clamp(0, 1) * (len(self.values) - 1)).clamp(max=len(self.values) - 1 - 1e-4)
        low = place.floor().long()
        y = torch.lerp(self.values[low], self.values[low + 1], place - low)
        return y[:, None] * x


def test_partners_near_each_other_stage_by_stage():
    level, nearing = torch.tensor([0.01, 1.0, 50.0]), Nearing()
    assert torch.equal(nearing.below(level, 0.0), torch.zeros(3))
    shares = [nearing.below(level, progress) / level for progress in (0.2, 0.6, 0.99)]
    assert all((a <= b).all() for a, b in pairwise(shares))
    assert (shares[-1] > 0.9).all()
    assert (shares[-1] < 1).all()
    torch.testing.assert_close(nearing.below(level[2:], 0.99), level[2:] * (1 - 1 / 2**7))
    assert torch.equal(nearing.below(level, 0.999), nearing.below(level, 5.0))


def test_the_first_stage_is_the_training_of_a_denoiser():
    path = EdmPath()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Linear(3, 3)

    class Net(nn.Module):
        def forward(self, x, t):
            return net(x)

    denoiser = Denoiser(Net(), path, "v", data_deviation=0.5)
    x0, eps = torch.randn(2, 5, 3, generator=generator(0)).unbind()
    t = path.draw_times(5, generator(1)).clamp(min=0.01)
    ours = consistency_errors(denoiser, x0, eps, t, progress=0.0)
    torch.testing.assert_close(ours, denoiser.errors(x0, eps, t), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("path", [FlowPath(), LinearPath()], ids=["flow", "vp-linear"])
def test_tuning_finds_the_consistency_function(path):
    """From E[x0 | x_t] = a d^2 / V x to the end of the flow, d / sqrt(V) x, where V = a^2 d^2 + s^2."""
    denoiser = Denoiser(Gain(path), path, "v")
    steps, rate = 800, 0.03
    optimizer, random = torch.optim.Adam(denoiser.parameters(), rate), generator(0)
    for k in range(steps):
        x0, eps = DEVIATION * torch.randn(512, 1, generator=random), torch.randn(512, 1, generator=random)
        t = torch.rand(512, generator=random, dtype=torch.float64) * 0.98 + 0.01
        nearing = Nearing(stages=6, slope=1.0)
        loss = consistency_errors(
            denoiser, x0, eps, t, progress=max(0, 4 * k / steps - 1) / 3, nearing=nearing
        )
        optimizer.param_groups[0]["lr"] = rate * (1 - k / steps)
        optimizer.zero_grad()
        loss.mean().backward()
        optimizer.step()
    t = torch.tensor([0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
    a, s = path.coefficients(t)
    total = a**2 * DEVIATION**2 + s**2
    with torch.no_grad():
        gain = denoiser(torch.ones(6, 1), t).x0[:, 0]
    consistent, mean = DEVIATION / total.sqrt(), a * DEVIATION**2 / total
    torch.testing.assert_close(gain, consistent, atol=0.1, rtol=0)
    assert ((gain - consistent).abs() < (gain - mean).abs() / 3)[2:].all()
    z = torch.randn(4000, 1, generator=generator(5))
    for jumps in (1, 2):
        x = sample(denoiser, z, "consistency", steps=jumps, random=random)
        assert x.std().item() == pytest.approx(DEVIATION, abs=0.1)


def test_the_teacher_gets_no_gradient():
    path = EdmPath()
    denoiser = Denoiser(Gain(path), path, "v")
    x0, eps = torch.randn(2, 5, 1, generator=generator(0)).unbind()
    seen = []
    denoiser.register_forward_hook(lambda module, args, answer: seen.append(answer.x0.requires_grad))
    consistency_errors(denoiser, x0, eps, torch.full((5,), 0.5), progress=0.5).sum().backward()
    assert seen == [True, False]


def test_pseudo_huber_is_the_length_when_far_and_the_square_when_near():
    path = EdmPath()
    denoiser = Denoiser(Gain(path), path, "v")
    x0, eps, t = torch.randn(5, 4), torch.randn(5, 4), torch.full((5,), 0.5)
    square = 4 * consistency_errors(denoiser, x0, eps, t, progress=0.0)
    weight = 1 / 0.5**2 + 1
    length = consistency_errors(denoiser, x0, eps, t, progress=0.0, smooth=1e-6)
    torch.testing.assert_close(length, (square * weight).sqrt(), rtol=1e-4, atol=1e-4)
    near = consistency_errors(denoiser, x0, eps, t, progress=0.0, smooth=100.0)
    torch.testing.assert_close(near, square / 200, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("settings", [{"factor": 1.0}, {"stages": 0}])
def test_refuses_impossible_nearing(settings):
    with pytest.raises(InvalidInput, match="above 1"):
        Nearing(**settings)
