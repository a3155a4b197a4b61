"""Consistency tuning: a trained denoiser learns to predict the end point of its probability flow."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser
from subband.generate.diffusion.paths.path import corrupt, wide


@dataclass(frozen=True)
class Nearing:
    """Schedule of the lower noise level r of each training pair, which approaches the upper one in stages.

        r = level (1 - n(level) / factor^stage),   n = 1 + slope sigmoid(-steepness level)

    At stage 0, r = 0, where x0 is known: the loss is that of a diffusion model.

    Attributes:
        factor: ratio by which the relative distance n / factor^stage shrinks from stage to stage.
        stages: number of stages of a whole training.
        slope, steepness: parameters of n, which is larger at low noise levels.

    Source: Geng et al. 2025, "Consistency models made easy", whose sigmoid n, slope and steepness these are.
    """

    factor: float = 2.0
    stages: int = 8
    slope: float = 8.0
    steepness: float = 1.0

    def __post_init__(self) -> None:
        if not (self.factor > 1 and self.stages >= 1):
            raise InvalidInput(f"can't tune by {self}: factor must be above 1, and stages 1 or more")

    def below(self, level: Tensor, progress: float) -> Tensor:
        """Lower noise levels r for `level`, shape (N,), at the fraction `progress` of the training."""
        stage = min(math.floor(progress * self.stages), self.stages - 1)
        n = 1 + self.slope * torch.sigmoid(-self.steepness * level)
        return (level * (1 - n / self.factor**stage)).clamp(min=0)


def consistency_errors(
    denoiser: Denoiser,
    x0: Tensor,
    eps: Tensor,
    t: Tensor,
    condition: Condition | None = None,
    keep: Tensor | None = None,
    *,
    progress: float,
    nearing: Nearing | None = None,
    smooth: float = 0.0,
) -> Tensor:
    """Consistency loss per image: difference of the x0 predicted at two noise levels of one image and noise.

    The prediction at the lower level is the teacher and has no gradient; at level 0 it is x0 itself. The
    difference is weighted as an error of v: by 1/level^2 + 1/data_deviation^2 on that of x0.

    Args:
        denoiser: a trained denoiser, on any path whose noise level is finite at the times drawn.
        x0, eps, t, condition, keep: as for `Denoiser.errors`.
        progress: completed fraction of the tuning, in [0, 1).
        nearing: schedule of the lower level; None for the default.
        smooth: c of the pseudo-Huber distance sqrt(d^2 + c^2) - c, d^2 the squared difference summed over an
            image; 0 for the mean squared error.

    Returns:
        Shape (N,): weighted mean squared differences, or pseudo-Huber distances.

    Source: Geng et al. 2025, "Consistency models made easy"; the distance from Song and Dhariwal 2024,
    "Improved techniques for training consistency models", section 3.3.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from subband.generate.diffusion import Denoiser, ExplodingPath, consistency_errors
        >>> class Net(nn.Module):
        ...     def forward(self, x, label):
        ...         return 0 * x
        >>> denoiser, x0 = Denoiser(Net(), ExplodingPath(), "v"), torch.zeros(4, 3, 8, 8)
        >>> eps = torch.ones_like(x0)
        >>> consistency_errors(denoiser, x0, eps, torch.full((4,), 0.5), progress=0.9).shape
        torch.Size([4])
    """
    path = denoiser.path
    t = t.double().clamp(path.near, path.far)
    level = path.noise_level(t)
    lower = path.time_of((nearing or Nearing()).below(level, progress))
    student = denoiser(corrupt(path, x0, eps, t), t, condition, keep).x0
    with torch.no_grad():
        known = wide(lower < path.near, x0).bool()
        teacher = denoiser(corrupt(path, x0, eps, lower), lower, condition, keep).x0
        teacher = torch.where(known, x0, teacher)
    weight = 1 / level**2 + 1 / denoiser.data_deviation**2
    squares = (student - teacher).square().flatten(1)
    if smooth:
        distance = (squares.sum(dim=1) + smooth**2).sqrt() - smooth
        return weight.to(distance) * distance
    return weight.to(squares) * squares.mean(dim=1)
