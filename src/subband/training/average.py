"""Power-function averages of weights over training (post-hoc EMA)."""

import copy
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from subband.errors import InvalidInput


class PowerAverage:
    """Average of a module's parameters over training steps, with weights proportional to k^gamma.

    Unlike an exponential average with fixed decay, its profile scales with the length of the run: `width` is
    the standard deviation of the profile as a fraction of the steps so far. Buffers are copied, not averaged,
    as they are counters, tables and statistics.

    Args:
        module: the module whose parameters are averaged.
        width: relative standard deviation of the profile.

    Attributes:
        module: a copy of the module with averaged parameters, in evaluation mode, without gradients.

    Source: Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", section
        3.1.
    """

    def __init__(self, module: nn.Module, *, width: float = 0.1):
        self.gamma = power(width)
        self.width = width
        self.source = module
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, k: int) -> None:
        """Update after step k (k = 0, 1, ...) with weight 1 - beta_k, beta_k = (1 - 1/(k+1))^(gamma+1)."""
        beta = (1 - 1 / (k + 1)) ** (self.gamma + 1)
        for kept, weight in zip(self.module.parameters(), self.source.parameters(), strict=True):
            kept.lerp_(weight, 1 - beta)
        for kept, buffer in zip(self.module.buffers(), self.source.buffers(), strict=True):
            kept.copy_(buffer)


def power(width: float) -> float:
    """The exponent gamma whose weights k^gamma have relative standard deviation `width`.

    width = sqrt(gamma + 1) / ((gamma + 2) sqrt(gamma + 3)), Karras et al. 2024, equation 123, solved for
    gamma.

    Raises:
        InvalidInput: if width is not between 0 and 0.288 (the uniform average, gamma = 0).
    """
    if not 0 < width < 12**-0.5:
        raise InvalidInput(f"can't average with width={width}: it must be above 0 and below {12**-0.5:.3f}")
    precision = width**-2
    return float(np.roots([1, 7, 16 - precision, 12 - precision]).real.max())


def mix(snapshots: Sequence[tuple[float, float]], width: float, *, steps: float) -> np.ndarray:
    """Weights of the linear combination of snapshots that approximates an average of another width.

    The profile of an average of exponent g taken at step T is p(t) = (g + 1) t^g / T^(g + 1) on [0, T]. The
    weights are the least-squares fit of the target profile by those of the snapshots: A x = b with A the
    inner products of the snapshots' profiles and b theirs with the target (Karras et al. 2024, section 3.2
    and appendix C).

    Args:
        snapshots: (steps done, width) of each snapshot.
        width: width of the target average.
        steps: step of the target average.

    Returns:
        Shape (len(snapshots),), one weight for each.

    Raises:
        InvalidInput: if there are no snapshots, one lies after `steps`, or a width is out of range.
    """
    if not snapshots or max(step for step, _ in snapshots) > steps or min(step for step, _ in snapshots) <= 0:
        raise InvalidInput(
            f"can't rebuild an average at step {steps:g} from {len(snapshots)} snapshots: keep some before"
        )
    at = np.array([step for step, _ in snapshots])
    gamma = np.array([power(kept) for _, kept in snapshots])
    gram = _overlap(at[:, None], gamma[:, None], at, gamma)
    target = _overlap(at, gamma, np.asarray(steps), np.asarray(power(width)))
    return np.linalg.lstsq(gram, target, rcond=None)[0]


def _overlap(s: np.ndarray, g: np.ndarray, t: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Inner product of the profiles of exponent g at step s and of exponent h at step t.

    int_0^m (g+1) x^g / s^(g+1) (h+1) x^h / t^(h+1) dx with m = min(s, t).
    """
    m = np.minimum(s, t)
    return (g + 1) * (h + 1) / (g + h + 1) * (m / s) ** (g + 1) * (m / t) ** (h + 1) / m


def mixed(
    snapshots: Sequence[Mapping[str, Tensor]], weights: np.ndarray, parameters: Collection[str]
) -> dict[str, Tensor]:
    """Weighted sum of the snapshots' parameters, computed in float64; buffers are those of the last one."""
    return {
        name: torch.stack(
            [float(w) * kept[name].double() for w, kept in zip(weights, snapshots, strict=True)]
        )
        .sum(dim=0)
        .to(last.dtype)
        if name in parameters
        else last
        for name, last in snapshots[-1].items()
    }
