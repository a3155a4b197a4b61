"""Denoisers: a network with any objective, and predictions as estimates of x0 and eps."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.diffusion.objectives import objective, spread
from subband.generate.diffusion.paths.path import Path, corrupt
from subband.nn import Conditioning

Condition = dict[str, Tensor]
"""Conditions by kind ("label", "vector", "code", "context", "image"), one row per image."""


class Prediction(NamedTuple):
    """Estimates of x0 and eps in x_t = alpha x0 + sigma eps.

    Attributes:
        x0, eps: estimated image and noise, each of x_t's shape.
        alpha, sigma: coefficients of the path at the given times, broadcastable against images.
        mix: learned interpolation between the smallest and the largest log-variance of reverse steps, 0 to 1,
            of x_t's shape (Nichol and Dhariwal 2021, equation 15); None if variances are not learned.
    """

    x0: Tensor
    eps: Tensor
    alpha: Tensor
    sigma: Tensor
    mix: Tensor | None = None

    @property
    def v(self) -> Tensor:
        """(alpha eps - sigma x0) / sqrt(alpha^2 + sigma^2)."""
        return (self.alpha * self.eps - self.sigma * self.x0) / (self.alpha**2 + self.sigma**2).sqrt()

    @property
    def score(self) -> Tensor:
        """Gradient of log q(x_t) with respect to x_t, -eps / sigma."""
        return -self.eps / self.sigma

    def moved(self, change: Tensor) -> "Prediction":
        """The prediction with `change` added to its score; unchanged where alpha = 0, without signal."""
        known = self.alpha > 0
        change = torch.where(known, change, torch.zeros_like(change))
        # Tweedie: x0 = (x_t + sigma^2 score) / alpha.
        shift = self.sigma**2 / torch.where(known, self.alpha, torch.ones_like(self.alpha)) * change
        return self._replace(x0=self.x0 + shift, eps=self.eps - self.sigma * change)

    def with_x0(self, x0: Tensor) -> "Prediction":
        """The prediction with another estimate of x0, and eps such that alpha x0 + sigma eps = x_t."""
        return self._replace(x0=x0, eps=self.eps + self.alpha * (self.x0 - x0) / self.sigma)


@runtime_checkable
class Denoising(Protocol):
    """Protocol of the denoisers that samplers take: a `Denoiser`, a guided one, or one in closed form.

    Example:
        >>> import torch
        >>> from subband.generate.diffusion import CosinePath, Prediction, sample
        >>> class Grey:  # knows that all images are 0
        ...     path = CosinePath()
        ...     def __call__(self, x, t):
        ...         c = self.path.at(t, x)
        ...         return Prediction(0 * x, x / c.sigma, c.alpha, c.sigma)
        >>> bool(sample(Grey(), torch.ones(2, 1, 4, 4), "ddim").abs().max() < 1e-3)
        True
    """

    @property
    def path(self) -> Path: ...

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Estimate x0 and eps from x_t = `x`, shape (N, ...), at times t, shape (N,)."""
        ...


class Denoiser(nn.Module):
    """A network with its forward process and its objective; returns estimates of x0 and eps.

    The network's inputs are x_t divided by its standard deviation, and `path.label(t)`.

    Args:
        net: (x (N, ...), label (N,), **the conditioner's output) -> x's shape; twice the channels if it
            learns variances; an image condition adds channels to its input.
        path: the forward process.
        predict: name in `OBJECTIVES`.
        conditioner: turns conditions into keyword arguments of the network; None for none.
        learn_variance: whether the second half of the output's channels parametrises the variance of reverse
            steps.
        data_deviation: standard deviation of the data.

    Raises:
        InvalidInput: if there is no such objective, or the deviation is not above 0.
    """

    def __init__(
        self,
        net: nn.Module,
        path: Path,
        predict: str = "v",
        *,
        conditioner: Conditioning | None = None,
        learn_variance: bool = False,
        data_deviation: float = 1.0,
    ):
        super().__init__()
        self.objective = objective(predict)
        if not data_deviation > 0:
            raise InvalidInput(f"can't use data_deviation={data_deviation}: it must be above 0")
        self.net = net
        self.path = path
        self.predict = predict
        self.conditioner = conditioner
        self.learn_variance = learn_variance
        self.data_deviation = data_deviation

    def forward(
        self,
        x: Float[Tensor, "n *shape"],
        t: Float[Tensor, " n"],
        condition: Condition | None = None,
        keep: Bool[Tensor, " n"] | None = None,
    ) -> Prediction:
        """Estimate x0 and eps from x_t = `x` at times t.

        Args:
            x: shape (N, ...).
            t: times of the path, shape (N,), clamped to [path.near, path.end], and to at most `path.far` if
                the objective needs signal.
            condition: conditions of the images; None for none.
            keep: mask of the images whose conditions the network gets, shape (N,); None for all.

        Raises:
            InvalidInput: if the condition is not what the conditioner takes, or the network's output has
                another shape than expected.
        """
        t = t.clamp(self.path.near, self.path.far if self.objective.needs_signal else self.path.end)
        y, mix = self.output(x, t, condition, keep)
        c = self.path.at(t, x)
        x0, eps = self.objective.solve(y, x, c, self.data_deviation)
        return Prediction(x0, eps, c.alpha, c.sigma, mix)

    def errors(
        self,
        x0: Float[Tensor, "n *shape"],
        eps: Float[Tensor, "n *shape"],
        t: Float[Tensor, " n"],
        condition: Condition | None = None,
        keep: Bool[Tensor, " n"] | None = None,
        *,
        measure: str | None = None,
    ) -> Float[Tensor, " n"]:
        """Weighted mean squared error of the network's target at x_t = alpha x0 + sigma eps, per image.

        Args:
            x0, eps: images and noise, each of shape (N, ...).
            t: times of the path, shape (N,).
            condition, keep: as for `forward`.
            measure: name of the objective in which the error is measured; None for the network's own. A
                network that predicts x0 may be trained with the error of the flow (Li and He 2025, "Back to
                basics: let denoising generative models denoise").

        Returns:
            Shape (N,).
        """
        t = t.clamp(self.path.near, self.path.end)
        c = self.path.at(t, x0)
        y, _ = self.output(corrupt(self.path, x0, eps, t), t, condition, keep)
        error = y - self.objective.target(x0, eps, c, self.data_deviation)
        measured = self.objective
        if measure is not None and measure != self.predict:
            measured = objective(measure)
            error = error * self._exchange(measure, c)
        weighted = measured.weight(c, self.data_deviation) * error.square()
        return weighted.flatten(1).mean(dim=1)

    def loss(
        self,
        x0: Tensor,
        eps: Tensor,
        t: Tensor,
        condition: Condition | None = None,
        keep: Tensor | None = None,
        *,
        measure: str | None = None,
    ) -> Tensor:
        """The mean of `errors`, a scalar."""
        return self.errors(x0, eps, t, condition, keep, measure=measure).mean()

    def output(
        self, x: Tensor, t: Tensor, condition: Condition | None = None, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The network's output, of x's shape and dtype, and the `mix` of variances in [0, 1] or None."""
        scaled = x / spread(self.path.at(t, x), self.data_deviation)
        label = self.path.label(t).to(x)
        if self.conditioner is None:
            if condition:
                raise InvalidInput(
                    f"can't use the condition {', '.join(condition)}: this denoiser was built without a conditioner"
                )
            y = self.net(scaled, label)
        else:
            conditioned = self.conditioner(condition, keep, x)
            image = conditioned.pop("image", None)
            if image is not None:
                scaled = torch.cat([scaled, image.to(scaled)], dim=1)
            y = self.net(scaled, label, **conditioned)
        y = y.to(x.dtype)
        shape = (len(x), 2 * x.shape[1], *x.shape[2:]) if self.learn_variance else x.shape
        if y.shape != shape:
            raise InvalidInput(
                f"the network gave {tuple(y.shape)} for images of {tuple(x.shape)}: expected {tuple(shape)} "
                f"with learn_variance={self.learn_variance}"
            )
        if not self.learn_variance:
            return y, None
        y, mix = y.chunk(2, dim=1)
        return y, (mix + 1) / 2

    def given(self, condition: Condition) -> "Given":
        """The denoiser with its condition fixed, for samplers and guidance."""
        return Given(self, condition)

    def _exchange(self, measure: str, c: Any) -> Tensor:
        """Factor from an error of the network's target to the error of target `measure`."""
        d = self.data_deviation
        return objective(measure).determinant(c, d) / self.objective.determinant(c, d)


class Projected:
    """A denoiser whose estimates of x0 are projected onto a set, e.g. onto images with values in [-1, 1].

    The posterior mean is in every convex set that holds the images, so the projection only removes errors of
    the network. One that predicts noise has its errors divided by alpha, which is nearly 0 at the largest times;
    without the projection, sampling from there leaves the images (Ho et al. 2020 clip x0 in each step).
    """

    def __init__(self, denoiser: Denoising, project: Callable[[Tensor], Tensor]):
        self.denoiser = denoiser
        self.project = project

    @property
    def path(self) -> Path:
        return self.denoiser.path

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        found = self.denoiser(x, t)
        return found.with_x0(self.project(found.x0))


class Given:
    """A denoiser with a fixed condition."""

    def __init__(self, denoiser: Denoiser, condition: Condition):
        if denoiser.conditioner is None:
            raise InvalidInput("can't give a condition to a denoiser that was built without a conditioner")
        self.denoiser = denoiser
        self.condition = condition

    @property
    def path(self) -> Path:
        return self.denoiser.path

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        return self.denoiser(x, t, self.condition)
