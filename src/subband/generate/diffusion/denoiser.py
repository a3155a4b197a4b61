"""One denoiser for every objective: whatever the network predicts, the answer is the image and the noise."""

from typing import Literal, NamedTuple, get_args

from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.diffusion.path import Path

Target = Literal["x0", "eps", "flow", "v"]
"""What a network predicts, on a path x_t = a x0 + s eps:

    x0    the image
    eps   the noise
    flow  dx_t/dt = a' x0 + s' eps, which on the straight path is eps - x0 (Lipman et al. 2023)
    v     (a eps - s x0) / r of x_t / r, r = sqrt(a^2 + s^2) (Salimans and Ho 2022, carried to any path)

With v, an image of unit variance makes a network input of unit variance and a target that is uncorrelated
with it, so a network that starts at zero starts as the best linear denoiser of white images. It is the
preconditioning of Karras et al. 2022, table 1, for sigma_data = 1.
"""


class Prediction(NamedTuple):
    """What a denoiser knows about x_t: x0 and eps, tied by x_t = a x0 + s eps. Each of x_t's shape."""

    x0: Float[Tensor, "n *shape"]
    eps: Float[Tensor, "n *shape"]


class Denoiser(nn.Module):
    """A network, the path it is trained on and what it predicts; it always answers with x0 (and the noise).

    Args:
        net: (x (N, ...), t (N,)) -> x's shape.
        path: the corruption.
        predict: the network's target.

    Raises:
        InvalidInput: if the target is none of those above.
    """

    def __init__(self, net: nn.Module, path: Path, predict: Target = "v"):
        super().__init__()
        if predict not in get_args(Target):
            raise InvalidInput(f"can't predict {predict!r}: choose one of {', '.join(get_args(Target))}")
        self.net = net
        self.path = path
        self.predict: Target = predict

    def forward(self, x: Float[Tensor, "n *shape"], t: Float[Tensor, " n"]) -> Prediction:
        """Estimate the image in x_t = `x`, shape (N, ...), at times t, shape (N,)."""
        y = self.output(x, t)
        a, s = (wide(c, x) for c in self.path.coefficients(t))
        match self.predict:
            case "x0":
                return Prediction(y, (x - a * y) / s)
            case "eps":
                return Prediction((x - s * y) / a, y)
            case "flow":  # solve x = a x0 + s eps, y = a' x0 + s' eps
                da, ds = (wide(c, x) for c in self.path.rates(t))
                det = a * ds - da * s
                return Prediction((ds * x - s * y) / det, (a * y - da * x) / det)
            case "v":  # a rotation by the angle atan2(s, a)
                power = a**2 + s**2
                r = power.sqrt()
                return Prediction((a * x - s * r * y) / power, (s * x + a * r * y) / power)

    def loss(self, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """Mean squared error of the network at its own target, x_t = a x0 + s eps; a scalar."""
        x, goal = corrupt(self.path, x0, eps, t), target(self.path, self.predict, x0, eps, t)
        return (self.output(x, t) - goal).square().mean()

    def output(self, x: Tensor, t: Tensor) -> Tensor:
        """What the network says, in x's type whatever precision it ran in."""
        if self.predict == "v":
            a, s = (wide(c, x) for c in self.path.coefficients(t))
            return self.net(x / (a**2 + s**2).sqrt(), t).to(x.dtype)
        return self.net(x, t).to(x.dtype)


def corrupt(
    path: Path, x0: Float[Tensor, "n *shape"], eps: Float[Tensor, "n *shape"], t: Float[Tensor, " n"]
) -> Float[Tensor, "n *shape"]:
    """x_t = a(t) x0 + s(t) eps; x0 and eps of shape (N, ...), t of shape (N,)."""
    a, s = (wide(c, x0) for c in path.coefficients(t))
    return a * x0 + s * eps


def target(path: Path, predict: Target, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """What a network that predicts `predict` should say; arguments as for `corrupt`."""
    match predict:
        case "x0":
            return x0
        case "eps":
            return eps
        case "flow":
            da, ds = (wide(c, x0) for c in path.rates(t))
            return da * x0 + ds * eps
        case "v":
            a, s = (wide(c, x0) for c in path.coefficients(t))
            return (a * eps - s * x0) / (a**2 + s**2).sqrt()


def wide(coefficient: Tensor, like: Tensor) -> Tensor:
    """Shape (N,) to (N, 1, ...), to multiply something of `like`'s shape; in its type, on its device."""
    return coefficient.to(dtype=like.dtype, device=like.device).reshape(-1, *[1] * (like.ndim - 1))
