"""Guidance on a mixture whose scores, classifiers and posteriors are known in closed form."""

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    GUIDANCE,
    PATHS,
    AutoGuidance,
    ClassifierFree,
    ClassifierGuidance,
    Denoiser,
    EdmPath,
    FlowPath,
    GaussianMixture,
    LinearPath,
    NoisyClassifier,
    corrupt,
    make_path,
    sample,
)
from subband.nn import Conditioning
from subband.training import generator

MEANS = torch.tensor([[-1.0, 0.5], [1.2, 0.0], [0.0, -1.5]]).double()
DEVIATIONS = torch.tensor([0.4, 0.6, 0.5]).double()
SHARES = torch.tensor([0.2, 0.5, 0.3]).double()


def mixture(path):
    return GaussianMixture(path, MEANS, DEVIATIONS, SHARES)


def points(path, count=6):
    x = torch.randn(count, 2, generator=generator(0), dtype=torch.float64)
    t = torch.linspace(0.1, 0.9, count, dtype=torch.float64) * path.end
    return corrupt(path, x, x.flip(0), t), t


class Labels(Conditioning):
    def __init__(self, drop=0.1):
        super().__init__(("label",), drop)

    def forward(self, condition, keep, x):
        condition, told = self.given(condition, keep, x, {"label": (len(x),)})
        return {"label": torch.where(told, condition["label"].long(), -1)}


class Exact(nn.Module):
    """E[x0 | x_t] of one component for each label, and of the whole mixture for -1."""

    def __init__(self, path):
        super().__init__()
        self.all, self.one = mixture(path), [mixture(path).component(k) for k in range(3)]

    def forward(self, x, t, label):
        path = self.all.path
        a, s = (c[:, None] for c in path.coefficients(t))
        x = x * (a**2 + s**2).sqrt()  # Denoiser shows it in unit variance
        answers = torch.stack([*(one(x, t).x0 for one in self.one), self.all(x, t).x0])
        return answers[label, torch.arange(len(x))]


def denoiser(path, drop=0.1):
    return Denoiser(Exact(path), path, "x0", conditioner=Labels(drop))


@pytest.mark.parametrize("name", PATHS)
def test_score_of_a_mixture_is_the_gradient_of_its_log_density(name):
    path = make_path(name)
    x, t = points(path)
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(mixture(path).log_density(x, t).sum(), x)
    torch.testing.assert_close(mixture(path)(x, t).score, gradient)


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("label", [0, 2])
def test_bayes_rule_of_scores(name, label):
    """grad log p(x_t | y) = grad log p(x_t) + grad log p(y | x_t): the noise-aware classifier, with w = 1."""
    path = make_path(name)
    x, t = points(path)
    guided = ClassifierGuidance(mixture(path), lambda x, t: mixture(path).log_posterior(x, t)[:, label])
    conditional = mixture(path).component(label)(x, t)
    torch.testing.assert_close(guided(x, t).x0, conditional.x0, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(guided(x, t).eps, conditional.eps, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_classifier_free_is_classifier_guidance_by_the_implied_classifier(scale):
    """log p(x|y) - log p(x) is log p(y|x) up to a constant, so u + w (c - u) = u + w grad log p(y|x)."""
    path = FlowPath()
    x, t = points(path)
    labels = torch.full((len(x),), 1)
    free = ClassifierFree(denoiser(path), {"label": labels}, scale)(x, t)
    by_classifier = ClassifierGuidance(
        mixture(path), lambda x, t: mixture(path).log_posterior(x, t)[:, 1], scale
    )
    torch.testing.assert_close(free.x0, by_classifier(x, t).x0)
    torch.testing.assert_close(free.score, by_classifier(x, t).score)


def test_the_scale_runs_from_unconditional_to_conditional():
    path = FlowPath()
    x, t = points(path)
    condition = {"label": torch.full((len(x),), 2)}
    whole, given = denoiser(path), denoiser(path).given(condition)
    torch.testing.assert_close(ClassifierFree(whole, condition, 0.0)(x, t).x0, whole(x, t).x0)
    torch.testing.assert_close(ClassifierFree(whole, condition, 1.0)(x, t).x0, given(x, t).x0)
    u, c = whole(x, t).x0, given(x, t).x0
    torch.testing.assert_close(ClassifierFree(whole, condition, 2.5)(x, t).x0, u + 2.5 * (c - u))


def test_an_interval_guides_inside_and_not_outside():
    path = EdmPath()
    x, t = points(path)
    condition = {"label": torch.full((len(x),), 2)}
    interval = (t[1].item(), t[3].item())
    inside = (t >= interval[0]) & (t <= interval[1])
    limited = ClassifierFree(denoiser(path), condition, 3.0, interval)(x, t).x0
    always = ClassifierFree(denoiser(path), condition, 3.0)(x, t).x0
    never = denoiser(path).given(condition)(x, t).x0
    torch.testing.assert_close(limited, torch.where(inside[:, None], always, never))
    classifier = ClassifierGuidance(
        mixture(path), lambda x, t: mixture(path).log_posterior(x, t)[:, 2], 3.0, (1e3, 1e4)
    )
    torch.testing.assert_close(classifier(x, t).x0, mixture(path)(x, t).x0)


def test_autoguidance_goes_on_from_the_weak_through_the_strong():
    path = FlowPath()
    x, t = points(path)
    weak = GaussianMixture(path, MEANS, DEVIATIONS + 0.5, SHARES)
    u, c = weak(x, t).x0, mixture(path)(x, t).x0
    torch.testing.assert_close(AutoGuidance(mixture(path), weak, 2.0)(x, t).x0, u + 2 * (c - u))
    torch.testing.assert_close(AutoGuidance(mixture(path), weak, 1.0)(x, t).x0, c)


def test_guidance_keeps_x0_and_eps_tied():
    for path in (FlowPath(), LinearPath(), EdmPath()):
        x, t = points(path)
        label = {"label": torch.full((len(x),), 1)}
        weak = GaussianMixture(path, MEANS, DEVIATIONS + 0.5, SHARES)
        log_posterior = mixture(path).log_posterior
        kinds = {
            "classifier-free": ClassifierFree(denoiser(path), label, 3.0),
            "auto": AutoGuidance(mixture(path), weak, 3.0),
            "classifier": ClassifierGuidance(mixture(path), lambda x, t, p=log_posterior: p(x, t)[:, 1]),
        }
        assert kinds.keys() == GUIDANCE.keys()
        for guided in kinds.values():
            answer = guided(x, t)
            torch.testing.assert_close(corrupt(path, answer.x0, answer.eps, t), x)


@pytest.mark.parametrize("name", ["heun", "dpm-solver", "dpm-solver-sde"])
def test_guided_samples_are_of_what_was_asked_for(name):
    path, n = LinearPath(), 1500
    z = torch.randn(n, 2, generator=generator(1), dtype=torch.float64)
    random = generator(2) if name == "dpm-solver-sde" else None
    guided = ClassifierGuidance(mixture(path), lambda x, t: mixture(path).log_posterior(x, t)[:, 0])
    x = sample(guided, z, name, steps=60, random=random)
    torch.testing.assert_close(x.mean(dim=0), MEANS[0], atol=0.06, rtol=0)
    assert x.std(dim=0).mean().item() == pytest.approx(0.4, rel=0.12)


def test_pure_noise_says_nothing_and_is_not_guided():
    path = FlowPath()
    x = torch.randn(3, 2, generator=generator(0), dtype=torch.float64)
    end = torch.ones(3, dtype=torch.float64)
    guided = ClassifierGuidance(mixture(path), lambda x, t: x.sum(dim=1))(x, end)
    torch.testing.assert_close(guided.x0, mixture(path)(x, end).x0)


def test_a_classifier_of_noisy_points_comes_near_to_the_best_one():
    path = LinearPath()
    net = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 3))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x, t):
            return self.net(torch.cat([x, t[:, None]], dim=1))

    with torch.random.fork_rng():
        torch.manual_seed(0)
        for layer in net:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
    classifier = NoisyClassifier(Net(), path)
    optimizer = torch.optim.Adam(classifier.parameters(), 5e-3)
    random, exact = generator(3), mixture(path)
    for _ in range(300):
        x0, labels = exact.draw(512, random)
        t = path.draw_times(512, random)
        eps = torch.randn(512, 2, generator=random)
        loss = classifier.loss(x0.float(), labels, eps, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x0, labels = exact.draw(4000, random)
    t = torch.full((4000,), 0.2, dtype=torch.float64)
    x = corrupt(path, x0, torch.randn(4000, 2, generator=random, dtype=torch.float64), t)
    best = exact.log_posterior(x, t)
    ours = torch.log_softmax(classifier(x.float(), t.float()).double(), dim=1)
    assert (best.exp() * (best - ours)).sum(dim=1).mean() < 0.02  # nats
    chosen = classifier.log_probability(labels)(x.float(), t.float())
    torch.testing.assert_close(chosen.double(), ours.gather(1, labels[:, None])[:, 0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ClassifierFree(Denoiser(nn.Identity(), FlowPath()), {"label": torch.zeros(1)}),
            "with a conditioner",
        ),
        (lambda: ClassifierFree(denoiser(FlowPath(), drop=0.0), {"label": torch.zeros(1)}), "drop=0.1"),
        (lambda: AutoGuidance(mixture(FlowPath()), mixture(EdmPath())), "EdmPath"),
        (
            lambda: ClassifierFree(denoiser(FlowPath()), {"label": torch.zeros(1)}, 2.0, (0.5, 0.5)),
            "the first must be the lower",
        ),
        (
            lambda: Denoiser(nn.Identity(), FlowPath()).given({"label": torch.zeros(1)}),
            "without a conditioner",
        ),
        (lambda: GaussianMixture(FlowPath(), MEANS, DEVIATIONS[:2]), "as many of each"),
        (lambda: GaussianMixture(FlowPath(), MEANS, -DEVIATIONS), "negative"),
    ],
)
def test_refuses_what_cannot_guide(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
