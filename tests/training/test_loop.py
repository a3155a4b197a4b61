"""The loop: determinism, phases, schedules, clipping, interruption, and what it says when things go wrong."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from subband.errors import BudgetError, InvalidInput, TrainingError
from subband.training import (
    Moment,
    PowerAverage,
    Precision,
    Trainable,
    fit,
    initialised,
    normal_like,
    shuffled,
    warmup_constant,
    warmup_cosine,
)
from subband.training.precision import fast_precision


class Regression(Trainable):
    """y = 2x - 1 from noisy values."""

    def __init__(self, rate: float = 0.1):
        super().__init__()
        self.line = nn.Linear(1, 1)
        self.rate = rate

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.SGD(self.parameters(), self.rate)}

    def step(self, batch: Tensor, k: Moment) -> dict[str, Tensor]:
        goal = 2 * batch - 1 + 0.01 * normal_like(batch, k.random)
        return {"loss": (self.line(batch) - goal).square().mean()}


class Duel(Trainable):
    """Two players, who note when they are called."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))
        self.calls: list[tuple[int, str]] = []

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"first": torch.optim.SGD([self.a], 0.1), "second": torch.optim.SGD([self.b], 0.1)}

    def step(self, batch: Tensor, k: Moment) -> dict[str, Tensor]:
        self.calls.append((k.step, k.phase))
        return {"loss": (self.a - 1) ** 2 if k.phase == "first" else (self.b - self.a.detach()) ** 2}


def model(**settings) -> Regression:
    with initialised(0):
        return Regression(**settings)


POINTS = torch.linspace(-1, 1, 10)[:, None]


def train(task: Trainable, steps: int = 20, seed: int = 0, **settings):
    return fit(task, shuffled(POINTS, 4, seed=seed), steps=steps, seed=seed, **settings)


def test_finds_the_line_and_reports_each_step():
    task, told = model(), []
    reached = train(task, 200, progress=lambda *now: told.append(now))
    assert task.line.weight.item() == pytest.approx(2, abs=0.05)
    assert task.line.bias.item() == pytest.approx(-1, abs=0.05)
    assert not task.training
    assert (reached.steps, reached.interrupted) == (200, False)
    assert [(done, total) for done, total, _, _ in told] == [(k + 1, 200) for k in range(200)]
    np.testing.assert_array_equal(reached.losses["main"], np.float32([loss for _, _, loss, _ in told]))
    assert told[-1][3] == 0
    assert all(left > 0 for *_, left in told[:-1])


def test_one_seed_one_result_bit_for_bit_and_another_seed_another():
    runs = []
    for seed in (0, 0, 1):
        task = model()
        losses = train(task, seed=seed).losses["main"]
        runs.append((losses.tobytes(), task.line.weight.item()))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_global_random_state_is_neither_used_nor_changed():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = train(model()).losses["main"]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    np.testing.assert_array_equal(train(model()).losses["main"], first)


def test_noise_of_a_step_does_not_depend_on_the_steps_before():
    seen = []

    class Watch(Regression):
        def step(self, batch, k):
            if k.step == 5:
                seen.append(normal_like(batch, k.random))
            elif len(seen) == 0:
                normal_like(batch, k.random)
            return super().step(batch, k)

    for _ in range(2):
        train(Watch(), steps=6)
    assert torch.equal(seen[0], seen[1])


def test_phases_take_turns_in_order_and_touch_only_their_own_weights():
    task = Duel()
    reached = train(task, steps=3, schedule=lambda k, n: 1.0, clip=None)
    assert task.calls == [(k, phase) for k in range(3) for phase in ("first", "second")]
    a, b = 0.0, 0.0
    for _ in range(3):
        a -= 0.1 * 2 * (a - 1)
        b -= 0.1 * 2 * (b - a)
    assert (task.a.item(), task.b.item()) == (pytest.approx(a), pytest.approx(b))
    assert set(reached.losses) == {"first", "second"}


def test_gradients_are_clipped_to_the_norm_given():
    moved = {}
    for clip in (None, 1e-3):
        task = model(rate=1.0)
        before = nn.utils.parameters_to_vector(task.parameters()).detach().clone()
        train(task, steps=1, clip=clip, schedule=lambda k, n: 1.0)
        moved[clip] = (nn.utils.parameters_to_vector(task.parameters()) - before).norm().item()
    assert moved[1e-3] == pytest.approx(1e-3, rel=1e-3)
    assert moved[None] > 0.1


def test_learning_rate_follows_the_schedule():
    optimizers, rates = {}, []

    class Watched(Regression):
        def optimizers(self):
            optimizers.update(super().optimizers())
            return optimizers

    def note(*_):
        rates.append(optimizers["main"].param_groups[0]["lr"])

    train(Watched(rate=0.5), steps=8, schedule=lambda k, n: (k + 1) / n, progress=note)
    assert rates == pytest.approx([0.5 * (k + 1) / 8 for k in range(8)])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_with_the_step_and_keeps_the_last_weights(bad):
    class Broken(Regression):
        def step(self, batch, k):
            return {"loss": super().step(batch, k)["loss"] * (bad if k.step == 3 else 1.0)}

    task, kept = Broken(), []
    with pytest.raises(TrainingError, match="step 4 of 10"):
        train(task, steps=10, progress=lambda *_: kept.append(task.line.weight.item()))
    assert task.line.weight.item() == kept[-1]
    assert len(kept) == 3


def test_a_gradient_that_is_not_finite_stops_too():
    class Root(Regression):
        def step(self, batch, k):
            return {"loss": (self.line.weight * 0).abs().sqrt().sum()}

    with pytest.raises(TrainingError, match="gradient norm nan"):
        train(Root(), steps=2)


def test_ctrl_c_returns_what_was_reached():
    def interrupt(done, *_):
        if done == 3:
            raise KeyboardInterrupt

    reached = train(model(), steps=10, progress=interrupt)
    assert (reached.steps, reached.interrupted, len(reached.losses["main"])) == (3, True, 3)


def test_refuses_no_steps_and_no_optimizers():
    class Idle(Regression):
        def optimizers(self):
            return {}

    with pytest.raises(BudgetError, match="1 or more"):
        train(model(), steps=0)
    with pytest.raises(InvalidInput, match="optimizers"):
        train(Idle())


def test_bfloat16_is_used_when_asked_for_and_weights_stay_float32():
    seen = []

    class Typed(Regression):
        def step(self, batch, k):
            out = self.line(batch)
            seen.append(out.dtype)
            return {"loss": out.float().square().mean()}

    task = Typed()
    train(task, steps=1, precision=Precision(torch.bfloat16))
    train(task, steps=1, precision=Precision())
    assert seen == [torch.bfloat16, torch.float32]
    assert task.line.weight.dtype == torch.float32


def test_the_machines_precision_is_one_of_two_and_does_not_change():
    assert fast_precision().autocast in (torch.float32, torch.bfloat16)
    assert fast_precision() is fast_precision()


def test_averages_follow_the_steps():
    task = model()
    average = PowerAverage(task, width=0.2)
    weights = []
    train(task, steps=12, averages=[average], progress=lambda *_: weights.append(task.line.weight.item()))
    betas = [(1 - 1 / (k + 1)) ** (average.gamma + 1) for k in range(12)]
    expected = 0.0
    for beta, weight in zip(betas, weights, strict=True):
        expected = beta * expected + (1 - beta) * weight
    assert average.module.line.weight.item() == pytest.approx(expected, rel=1e-5)


def test_schedules_rise_then_fall_or_stay():
    cosine = [warmup_cosine(k, 100, warmup=0.1) for k in range(100)]
    assert cosine[:10] == pytest.approx([(k + 1) / 10 for k in range(10)])
    assert np.all(np.diff(cosine[9:]) < 0)
    assert 0 < cosine[-1] < 1e-3
    assert warmup_cosine(54, 100, warmup=0.1) == pytest.approx(0.5, abs=0.02)
    assert warmup_cosine(99, 100, floor=0.3) == pytest.approx(0.3, abs=1e-3)
    assert [warmup_constant(k, 40) for k in range(4)] == [0.5, 1.0, 1.0, 1.0]
    assert warmup_cosine(0, 1) == 1.0
