"""One denoiser for every objective: whatever the network predicts, the answer is the image and the noise."""

from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.diffusion.path import Path

Target = Literal["x0", "eps", "v"]
"""What a network predicts: the image, the noise, or the velocity v = dx_t/dt = alpha'(t) x0 + sigma'(t) eps.

On the straight path v = eps - x0, flow matching's target; on a path with alpha = cos t, sigma = sin t it is
v = cos(t) eps - sin(t) x0, the v of Salimans and Ho 2022.
"""


class Prediction(NamedTuple):
    """What a denoiser knows about x_t: x0 and eps, tied by x_t = alpha x0 + sigma eps. Each of x_t's shape."""

    x0: Tensor
    eps: Tensor


class Denoiser(nn.Module):
    """A network, the path it was trained on and what it predicts; it always answers with x0 (and the noise)."""

    def __init__(self, net: nn.Module, path: Path, predict: Target = "v"):
        super().__init__()
        if predict not in get_args(Target):
            raise InvalidInput(f"can't predict {predict!r}: choose one of {', '.join(get_args(Target))}")
        self.net = net
        self.path = path
        self.predict = predict

    def forward(self, x: Tensor, t: Tensor) -> Prediction:
        """Estimate the image in x_t = `x`, shape (N, ...), at times t, shape (N,)."""
        output = self.net(x, t).to(x.dtype)
        a, s = (wide(c, x) for c in self.path.coefficients(t))
        match self.predict:
            case "x0":
                return Prediction(output, (x - a * output) / s)
            case "eps":
                return Prediction((x - s * output) / a, output)
            case _:  # solve x = a x0 + s eps, v = a' x0 + s' eps
                da, ds = (wide(c, x) for c in self.path.rates(t))
                det = a * ds - da * s
                return Prediction((ds * x - s * output) / det, (a * output - da * x) / det)

    def loss(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """Mean squared error of the network's own target at x_t = alpha x0 + sigma eps; a scalar."""
        output = self.net(corrupt(self.path, x0, eps, t), t).to(x0.dtype)
        return (output - target(self.path, self.predict, x0, eps, t)).square().mean()


def corrupt(path: Path, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """x_t = alpha(t) x0 + sigma(t) eps."""
    a, s = (wide(c, x0) for c in path.coefficients(t))
    return a * x0 + s * eps


def target(path: Path, predict: Target, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """What a network that predicts `predict` should say."""
    match predict:
        case "x0":
            return x0
        case "eps":
            return eps
        case _:
            da, ds = (wide(c, x0) for c in path.rates(t))
            return da * x0 + ds * eps


def wide(coefficient: Tensor, like: Tensor) -> Tensor:
    """Shape (N,) to (N, 1, ...), to multiply something of `like`'s shape; in its type, on its device."""
    return coefficient.to(dtype=like.dtype, device=like.device).reshape(-1, *[1] * (like.ndim - 1))
