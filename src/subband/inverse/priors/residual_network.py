"""A small convolutional network that corrects a linear estimate, trained on images."""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.inverse.priors.prior import Prior, training_images
from subband.inverse.priors.tikhonov import Tikhonov
from subband.inverse.problem import Problem, Progress, Solution, make_problem
from subband.inverse.torch_arrays import in_torch, like, torch_module
from subband.transforms.linear import Operator

BATCH, CROP = 8, 48
RATE = 2e-3


@final
@dataclass(frozen=True, eq=False)
class ResidualNetwork(Prior):
    """x̂ = x₀ + N(x₀), with x₀ the linear estimate from y and N a few convolutions of 3 × 3.

    Made by `ResidualNetwork.fit`. It has the least squared error that such a network reaches, and so the mean of
    all images that explain y: its textures are smooth.

    Attributes:
        linear: Prior of the linear estimate x₀.
        network: N, from (N, 1, rows, columns) to the same shape, of images of any size.
        scale: Standard deviation of the training images, by which N's input and output are divided.

    Source: K. Zhang et al., "Beyond a Gaussian denoiser", IEEE Trans. Image Process. 26 (2017), after
        K. H. Jin et al., "Deep convolutional neural network for inverse problems in imaging", ibid.
    """

    linear: Prior
    network: Any
    scale: float

    @classmethod
    def fit(
        cls,
        operator: Operator,
        images: Any,
        noise: float,
        *,
        linear: Prior | None = None,
        channels: int = 32,
        depth: int = 8,
        steps: int = 2000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """Train the network on images, their measurements and the linear estimates from these.

        Args:
            operator: A.
            images: True images (N, rows, columns), 8 or more; none of which is tested on later.
            noise: Standard deviation of the noise that is added to their measurements.
            linear: Prior of the linear estimate; `Tikhonov()` by default, or a fitted `BestLinear`.
            channels: Of the layers between.
            depth: Convolutions, 2 or more.
            steps: Batches of 8 squares of at most 48 × 48.
            seed: Of the noise, the weights and the batches.
            progress: Called with the steps done; the linear estimates are made before.

        Raises:
            InvalidInput: fewer images, or of another shape; numbers out of their range.

        Example:
            >>> import numpy as np
            >>> import subband as sb
            >>> from subband.inverse import ResidualNetwork
            >>> A = sb.Blur((16, 16), sb.gaussian_kernel(1.0))
            >>> images = np.cumsum(np.random.default_rng(0).standard_normal((8, 16, 16)), axis=-1)
            >>> ResidualNetwork.fit(A, images, 0.1, channels=4, depth=2, steps=3).name
            'residual network'
        """
        truth = training_images(images, operator, 8)
        sigma = number("noise", noise, "a standard deviation, 0 or more", low=0)
        for name, value, least in (("channels", channels, 1), ("depth", depth, 2), ("steps", steps, 1)):
            integer(name, value, least)
        linear, rng, torch = linear or Tikhonov(), np.random.default_rng(seed), torch_module()
        scale = float(truth.std()) or 1.0
        clean = np.asarray(operator.forward(truth))
        noisy = clean + sigma * rng.standard_normal(clean.shape)
        estimates = [np.asarray(linear.solve(make_problem(operator, y, sigma)).x) for y in noisy]
        x0, wanted = (torch.asarray(np.asarray(a) / scale).float()[:, None] for a in (estimates, truth))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = _convolutions(channels, depth)
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for k in range(steps):
            chosen = _squares(x0, wanted, rng)
            error = (chosen[0] + network(chosen[0]) - chosen[1]).square().mean()
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
            schedule.step()
            if progress is not None:
                progress(k + 1, steps)
        return cls(linear, network.eval(), scale)

    @property
    def name(self) -> str:
        return "residual network"

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        torch = torch_module()
        begun = self.linear.solve(Problem(problem.operator, problem.y, problem.noise)).x
        x0: Any = in_torch(Problem(problem.operator, problem.y, problem.noise, begun)).start
        with torch.no_grad():
            images = x0.float().reshape(-1, 1, *x0.shape[-2:]) / self.scale
            x = ((images + self.network(images)) * self.scale).reshape(x0.shape)
        return Solution(like(x.to(x0.dtype), problem.y), 1, "by a trained network")


def _convolutions(channels: int, depth: int) -> Any:
    """3 × 3 convolutions with ReLU between; the last starts at 0, so that the first estimate is the linear one."""
    nn = torch_module().nn
    widths = [1, *[channels] * (depth - 1), 1]
    layers: list[Any] = []
    for k in range(depth):
        layers += [nn.Conv2d(widths[k], widths[k + 1], 3, padding=1, padding_mode="replicate"), nn.ReLU()]
    nn.init.zeros_(layers[-2].weight)
    nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers[:-1])


def _squares(x0: Any, wanted: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """The same random square of some linear estimates and of the true images."""
    torch = torch_module()
    rows = torch.asarray(rng.integers(len(x0), size=BATCH))
    side = [min(CROP, n) for n in x0.shape[-2:]]
    corner = [int(rng.integers(n - s + 1)) for n, s in zip(x0.shape[-2:], side, strict=True)]
    cut = (rows, slice(None), *(slice(c, c + s) for c, s in zip(corner, side, strict=True)))
    return x0[cut], wanted[cut]
