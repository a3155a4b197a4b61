"""Adversarial training: losses and penalties in closed form, augmentation, and signs of trouble."""

import json
import math

import pytest
import torch

from subband.errors import InvalidInput
from subband.generate.adversarial import LOSSES, Adaptive, Health, diff_augment, gradient_penalty, lazily
from subband.generate.adversarial.augment import TARGET, shifted
from subband.generate.adversarial.health import PATIENCE, spread_ratio
from subband.generate.adversarial.penalties import interpolated_penalty
from subband.generate.adversarial.task import AdversarialSettings, AdversarialTask
from subband.training import Report, fit, generator

REAL, FAKE = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([-0.4, 0.8, -3.0])


def s(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize(
    ("name", "critic", "persuader"),
    [
        ("minimax", lambda x, g: -math.log(s(x)) - math.log(1 - s(g)), lambda x, g: math.log(1 - s(g))),
        ("non-saturating", lambda x, g: -math.log(s(x)) - math.log(1 - s(g)), lambda x, g: -math.log(s(g))),
        ("hinge", lambda x, g: max(0, 1 - x) + max(0, 1 + g), lambda x, g: -g),
        ("least-squares", lambda x, g: ((x - 1) ** 2 + g**2) / 2, lambda x, g: (g - 1) ** 2 / 2),
        ("wasserstein", lambda x, g: g - x, lambda x, g: -g),
        ("relativistic", lambda x, g: -math.log(s(x - g)), lambda x, g: -math.log(s(g - x))),
    ],
)
def test_losses_are_their_formulas(name, critic, persuader) -> None:
    pairs = list(zip(REAL.tolist(), FAKE.tolist(), strict=True))
    assert LOSSES[name].critic(REAL, FAKE).item() == pytest.approx(
        sum(critic(*p) for p in pairs) / 3, rel=1e-5
    )
    assert LOSSES[name].generator(REAL, FAKE).item() == pytest.approx(
        sum(persuader(*p) for p in pairs) / 3, rel=1e-5
    )


def test_penalties_of_a_quadratic_critic() -> None:
    """D(x) = a |x|²/2 has the gradient a x."""
    x = torch.randn(4, 2, 3, 3)
    a = torch.tensor(1.7, requires_grad=True)

    def critic(x):
        return a * x.square().sum((1, 2, 3)) / 2

    penalty = gradient_penalty(critic, x)
    assert penalty.item() == pytest.approx(1.7**2 * x.square().sum().item() / 4, rel=1e-5)
    assert torch.autograd.grad(penalty, a)[0].item() == pytest.approx(
        2 * 1.7 * x.square().sum().item() / 4, rel=1e-5
    )
    same = interpolated_penalty(critic, x, x, generator(0))
    norms = 1.7 * x.flatten(1).norm(dim=1)
    assert same.item() == pytest.approx((norms - 1).square().mean().item(), rel=1e-4)
    assert [lazily(k, 4) for k in range(5)] == [4.0, 0, 0, 0, 4.0]


def test_augmentation_is_a_function_of_the_stream_and_differentiable() -> None:
    x = torch.rand(6, 3, 16, 16).requires_grad_()
    for f in (diff_augment, Adaptive(1.0)):
        y = f(x, generator(3))
        assert torch.equal(y, f(x, generator(3)))
        assert not torch.equal(y, f(x, generator(4)))
        (gradient,) = torch.autograd.grad(y.sum(), x)
        assert gradient.abs().sum() > 0
    assert torch.equal(Adaptive(0.0)(x, generator(0)), x)


def test_moves_by_whole_pixels() -> None:
    x = torch.randn(2, 1, 5, 5)
    y = shifted(x, torch.tensor([1, -2]), torch.tensor([0, 3]))
    torch.testing.assert_close(y[0, :, 1:], x[0, :, :-1])
    torch.testing.assert_close(y[1, :, :3, 3:], x[1, :, 2:, :2])
    assert y[0, :, 0].abs().sum() == y[1, :, 3:].abs().sum() == 0


def test_the_probability_follows_the_critic() -> None:
    augment = Adaptive()
    for _ in range(100):
        augment.follow(torch.ones(500))  # sure of all real images
    assert augment.p.item() == pytest.approx(0.1, rel=1e-4)
    mixed = torch.tensor([1.0, -1.0]).repeat(250)
    assert mixed.sign().mean() < TARGET
    augment.follow(mixed)
    assert augment.p.item() < 0.1


def report(step: int, **values: float) -> Report:
    named = {"generator/spread": 1.0, "critic/margin": 1.0} | {
        k.replace("_", "/"): v for k, v in values.items()
    }
    return Report(step, 1000, named, 1.0, 1.0)


def test_collapse_and_divergence_are_told_with_their_steps(tmp_path) -> None:
    health = Health()
    for step in range(1, 30):
        health(report(step))
    assert health.summary() == ""
    for step in range(30, 130):
        health(report(step, generator_spread=0.02))
    assert "mode collapse" in health.summary()
    for step in range(130, 230):
        health(report(step, critic_margin=100.0))
    assert "mode collapse" not in health.summary()
    assert "divergence" in health.summary()
    collapse = health.episodes[0]
    assert (collapse.problem, collapse.first > 30, collapse.last < 160) == ("collapse", True, True)
    health.write(tmp_path)
    record = json.loads((tmp_path / "health.json").read_text())
    assert [episode["problem"] for episode in record["episodes"]] == ["collapse", "divergence"]
    again = Health()
    again.load_state_dict(json.loads(json.dumps(health.state_dict())))
    assert again.state_dict() == health.state_dict()
    for both in (again, health):
        both(report(230, critic_margin=100.0))
    assert again.summary() == health.summary() != ""
    assert again.episodes == health.episodes


def test_trainings_that_say_nothing_are_not_watched(tmp_path) -> None:
    health = Health()
    for step in range(1, 3 * PATIENCE):
        health(Report(step, 100, {"main/loss": 1.0}, 1.0, 1.0))
    health.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_spread_is_one_for_equals_and_zero_for_one_picture() -> None:
    x = torch.rand(32, 3, 16, 16)
    assert spread_ratio(x, x.flip(0)).item() == pytest.approx(1, abs=1e-5)
    assert spread_ratio(x, x[:1].expand(32, -1, -1, -1)).item() == pytest.approx(0, abs=1e-5)


class Painter(torch.nn.Module):
    """A generator of 8 x 8 grey pictures: one picture, whatever the noise, plus `variety` times the noise."""

    latent = 64

    def __init__(self, variety: float):
        super().__init__()
        self.picture, self.variety = torch.nn.Parameter(torch.zeros(1, 64)), variety

    def images(self, z: torch.Tensor, label: torch.Tensor | None, random: torch.Generator) -> torch.Tensor:
        return (self.picture + self.variety * z).view(-1, 1, 8, 8)


class Brightness(torch.nn.Module):
    """A critic that can only weigh pixels, and begins with weights 0."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.nn.Linear(64, 1)
        torch.nn.init.zeros_(self.weights.weight)
        torch.nn.init.zeros_(self.weights.bias)

    def forward(self, x: torch.Tensor, label: torch.Tensor | None = None) -> torch.Tensor:
        return self.weights(x.flatten(1))[:, 0]


def watched(network: Painter, settings: AdversarialSettings, brightness: float = 0.0) -> Health:
    """The health of a training of 60 steps on noise about a brightness."""
    health = Health()

    def batches(k: int) -> dict[str, torch.Tensor]:
        return {"image": torch.randn(32, 1, 8, 8, generator=generator(0, k)) + brightness}

    fit(
        AdversarialTask(network, Brightness(), settings), batches, seed=0, steps=60, clip=None, hooks=[health]
    )
    return health


def test_a_training_whose_generator_draws_one_picture_has_collapsed() -> None:
    health = watched(Painter(0.01), AdversarialSettings(r1=1.0))
    assert health.now == ("collapse",)
    assert [(e.problem, e.first, e.last) for e in health.episodes] == [("collapse", 1, 60)]


def test_a_training_whose_generator_does_not_follow_diverges() -> None:
    health = watched(Painter(1.0), AdversarialSettings(rate=1e-9, critic_rate=0.2, r1=0.0), brightness=20.0)
    assert health.now == ("divergence",)
    assert 1 < health.episodes[0].first < 60 == health.episodes[0].last


def test_a_training_whose_gradients_explode_diverges() -> None:
    health = watched(
        Painter(1.0),
        AdversarialSettings(loss="wasserstein", rate=1e-9, critic_rate=1e-9, r1=0.0),
        brightness=3e3,
    )
    assert health.now == ("explosion",)


def test_a_training_that_goes_well_is_not_accused() -> None:
    assert watched(Painter(1.0), AdversarialSettings(r1=1.0), brightness=0.5).episodes == []


class Silent(torch.nn.Linear):
    """A network that the task could train."""

    latent = 1

    def images(self, z, label, random):
        return z


def test_an_unknown_loss() -> None:
    with pytest.raises(InvalidInput, match="hinge"):
        AdversarialTask(Silent(1, 1), torch.nn.Linear(1, 1), AdversarialSettings(loss="logistic"))
