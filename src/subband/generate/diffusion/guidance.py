"""Guidance: denoisers that extrapolate from a weaker or unconditional prediction towards the conditional one.

One convention throughout: guided = u + w (c - u), with c the conditional prediction and u the unconditional
or weaker one. w = 0 is u, w = 1 is c, w > 1 extrapolates. Score, x0 and eps are affinely related at given
x_t, so the formula is the same for each of them. (Ho and Salimans 2022 call w - 1 the weight.)
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising, Prediction
from subband.generate.diffusion.paths.path import Path, wide

Interval = tuple[float, float]
"""Guided times (lowest, highest), inclusive; outside them the prediction is c alone."""

LogProbability = Callable[[Tensor, Tensor], Tensor]
"""(x_t (N, ...), t (N,)) -> log p(y | x_t), shape (N,), differentiable in x_t."""


class ClassifierFree:
    """Classifier-free guidance: u + w (c - u), both from one network trained with dropped conditions.

    Args:
        denoiser: a denoiser with a conditioner.
        condition: conditions of the images.
        scale: w.
        interval: guided times; None for all. On `EdmPath` times are noise levels, as in Kynkaanniemi et al.
            2024, "Applying guidance in a limited interval".

    Raises:
        InvalidInput: if the denoiser has no conditioner or was trained without dropping conditions, the scale
            is not finite, or the interval is empty.

    Source: Ho and Salimans 2022, "Classifier-free diffusion guidance", equation 6.
    """

    def __init__(
        self, denoiser: Denoiser, condition: Condition, scale: float = 2.0, interval: Interval | None = None
    ):
        _check(scale, interval)
        if denoiser.conditioner is None:
            raise InvalidInput("can't guide without conditions: build the denoiser with a conditioner")
        if not denoiser.conditioner.drop:
            raise InvalidInput(
                "can't guide a network trained without dropping conditions: draw with guidance 1, or train it "
                "with drop=0.1"
            )
        self.denoiser = denoiser
        self.condition = condition
        self.scale = scale
        self.interval = interval

    @property
    def path(self) -> Path:
        return self.denoiser.path

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        if self.interval is not None and not bool(_inside(self.interval, t).any()):
            return self.denoiser(x, t, self.condition)
        n = len(x)
        twice = {name: torch.cat([value, value]) for name, value in self.condition.items()}
        keep = torch.arange(2 * n) < n
        both = self.denoiser(torch.cat([x, x]), torch.cat([t, t]), twice, keep)
        conditional, unconditional = (_half(both, part) for part in (slice(None, n), slice(n, None)))
        return _blend(unconditional, conditional, _scale(self.scale, self.interval, t, x))


class AutoGuidance:
    """Autoguidance: u + w (c - u), u a weaker denoiser of the same images: smaller, or trained for less long.

    Args:
        denoiser: c, with its condition fixed if it takes one (`Denoiser.given`).
        weak: u, on the same path, with its condition fixed too.
        scale: w.
        interval: guided times; None for all.

    Raises:
        InvalidInput: if the two are on different paths, the scale is not finite, or the interval is empty.

    Source: Karras et al. 2024, "Guiding a diffusion model with a bad version of itself".
    """

    def __init__(
        self, denoiser: Denoising, weak: Denoising, scale: float = 2.0, interval: Interval | None = None
    ):
        _check(scale, interval)
        if denoiser.path != weak.path:
            raise InvalidInput(f"can't guide a denoiser on {denoiser.path} by one on {weak.path}")
        self.denoiser = denoiser
        self.weak = weak
        self.scale = scale
        self.interval = interval

    @property
    def path(self) -> Path:
        return self.denoiser.path

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        return _blend(self.weak(x, t), self.denoiser(x, t), _scale(self.scale, self.interval, t, x))


class ClassifierGuidance:
    """Classifier guidance: score + w grad log p(y | x_t); for w = 1 it is Bayes' rule.

    With an unconditional denoiser, the guided score is that of p(x_t) p(y | x_t)^w, up to normalisation.

    Args:
        denoiser: an unconditional denoiser.
        log_probability: log p(y | x_t) of a classifier trained on noisy images
            (`NoisyClassifier.log_probability`).
        scale: w.
        interval: guided times; None for all. Outside them the prediction is the denoiser's.

    Source: Dhariwal and Nichol 2021, "Diffusion models beat GANs on image synthesis", algorithm 2 for any
    sampler; Sohl-Dickstein et al. 2015, section 2.5.
    """

    def __init__(
        self,
        denoiser: Denoising,
        log_probability: LogProbability,
        scale: float = 1.0,
        interval: Interval | None = None,
    ):
        _check(scale, interval)
        self.denoiser = denoiser
        self.log_probability = log_probability
        self.scale = scale
        self.interval = interval

    @property
    def path(self) -> Path:
        return self.denoiser.path

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.log_probability(at, t).sum(), at)
        return self.denoiser(x, t).moved(_scale(self.scale, self.interval, t, x, outside=0.0) * gradient)


GUIDANCE: dict[str, type[ClassifierFree] | type[AutoGuidance] | type[ClassifierGuidance]] = {
    "classifier-free": ClassifierFree,
    "auto": AutoGuidance,
    "classifier": ClassifierGuidance,
}
"""Guidance methods by name."""


def check_interval(interval: Interval) -> None:
    """Raise InvalidInput unless the interval's first time is below its second."""
    if not interval[0] < interval[1]:
        raise InvalidInput(
            f"can't guide from time {interval[0]} to {interval[1]}: the first must be the lower"
        )


def _check(scale: float, interval: Interval | None) -> None:
    """Raise InvalidInput if a scale is not finite or an interval is empty."""
    if not math.isfinite(scale):
        raise InvalidInput(f"can't guide with a scale of {scale}: give a finite number, 1 for no guidance")
    if interval is not None:
        check_interval(interval)


def _scale(scale: float, interval: Interval | None, t: Tensor, x: Tensor, outside: float = 1.0) -> Tensor:
    """`scale` at the times inside the interval and `outside` elsewhere, broadcastable against images."""
    if interval is None:
        return wide(torch.full_like(t, scale), x)
    return wide(torch.where(_inside(interval, t), scale, outside), x)


def _inside(interval: Interval, t: Tensor) -> Tensor:
    return (interval[0] <= t) & (t <= interval[1])


def _blend(u: Prediction, c: Prediction, w: Tensor) -> Prediction:
    return c._replace(x0=u.x0 + w * (c.x0 - u.x0), eps=u.eps + w * (c.eps - u.eps))


def _half(both: Prediction, part: slice) -> Prediction:
    return Prediction(*(None if value is None else value[part] for value in both))  # pyright: ignore[reportArgumentType]
