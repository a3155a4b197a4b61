"""The power-function average: what it weighs, and that buffers are copied and never averaged."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from subband.errors import InvalidInput
from subband.training import PowerAverage
from subband.training.average import power


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("table", torch.zeros(3))


def averaged(values, width: float) -> PowerAverage:
    module = Counter()
    average = PowerAverage(module, width=width)
    for k, value in enumerate(values):
        with torch.no_grad():
            module.weight.fill_(value)
            module.count.fill_(k)
            module.table.fill_(value)
        average.update(k)
    return average


def test_constant_weights_are_their_own_average():
    assert averaged([3.5] * 50, 0.1).module.weight.item() == pytest.approx(3.5)


def test_the_first_update_forgets_the_initial_weights():
    assert averaged([7.0], 0.05).module.weight.item() == 7.0


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_mean_and_width_of_the_profile(width):
    """On weights equal to the step, the average is the profile's mean; on squares, its second moment."""
    steps = np.arange(1, 4001, dtype=float)
    mean = averaged(steps, width).module.weight.item()
    square = averaged(steps**2, width).module.weight.item()
    gamma = power(width)
    assert mean / steps[-1] == pytest.approx((gamma + 1) / (gamma + 2), rel=2e-3)
    assert np.sqrt(square - mean**2) / steps[-1] == pytest.approx(width, rel=1e-2)


def test_buffers_are_copied_not_averaged():
    module = averaged([0.0, 10.0, 20.0], 0.1).module
    assert module.count.item() == 2
    assert torch.equal(module.table, torch.full((3,), 20.0))
    assert 0 < module.weight.item() < 20


def test_the_average_is_a_copy_without_gradients():
    module = Counter()
    average = PowerAverage(module)
    assert average.module is not module
    assert not any(p.requires_grad for p in average.module.parameters())
    assert module.weight.requires_grad


@given(st.floats(0.01, 0.28))
def test_power_solves_its_equation(width):
    gamma = power(width)
    assert gamma > 0
    assert np.sqrt(gamma + 1) / ((gamma + 2) * np.sqrt(gamma + 3)) == pytest.approx(width, rel=1e-8)


@pytest.mark.parametrize("width", [0.0, -0.1, 0.3])
def test_refuses_impossible_widths(width):
    with pytest.raises(InvalidInput, match=r"below 0\.289"):
        PowerAverage(Counter(), width=width)
