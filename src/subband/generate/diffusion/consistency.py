"""Consistency tuning: a trained denoiser learns to answer with the image that its flow would lead to."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser
from subband.generate.diffusion.paths.path import corrupt, wide


@dataclass(frozen=True)
class Nearing:
    """How far below each noise level its partner lies, and how that distance shrinks along the training.

        r = level (1 - n(level) / factor^stage),   n = 1 + slope sigmoid(-steepness level)

    At stage 0 the partner is at 0, where the image is known: the training goes on as that of a diffusion model.

    Attributes:
        factor: by which the distance shrinks from stage to stage.
        stages: of a whole training.
        slope, steepness: of n: partners of low levels lie relatively farther off.

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
        """Partners of noise levels, shape (N,), when a part `progress` of the training is done."""
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
    """How much the answers at two noise levels of one image and one noise differ, for each image.

    The lower one is the teacher and gets no gradient; where it is at 0 it is the image itself. The difference is
    measured as an error of v, which weighs that of x0 by 1/level^2 + 1/data_deviation^2.

    Args:
        denoiser: already trained, on any path that has a noise level at all times that are drawn.
        x0, eps, t, condition, keep: as for `Denoiser.errors`.
        progress: part of the tuning that is done, in [0, 1).
        nearing: the distance between the two levels.
        smooth: c of the pseudo-Huber distance sqrt(d^2 + c^2) - c of the whole image; 0 for the squared error.

    Returns:
        Shape (N,): mean squared differences, or distances.

    Source: Geng et al. 2025, "Consistency models made easy"; the distance from Song and Dhariwal 2024,
    "Improved techniques for training consistency models", section 3.3.
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
