"""What each unit of a code holds: its activity, its share of the divergence, and what it does to an image."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.variational.priors import Gaussian

ACTIVE = 0.01
"""Activity above which a unit counts as active, after Burda et al."""


@dataclass(frozen=True)
class Units:
    """A report by unit: which units hold information of images, and which have collapsed to the prior.

    Attributes:
        activity: variance of each unit's posterior mean over images, (d,).
        divergence: mean KL divergence of each unit's posterior from N(0, 1) in nats, (d,).
    """

    activity: Float[Tensor, " d"]
    divergence: Float[Tensor, " d"]

    @property
    def active(self) -> int:
        """Number of active units."""
        return int((self.activity > ACTIVE).sum())

    @property
    def order(self) -> Tensor:
        """Units by activity, the most active first: int64 (d,)."""
        return self.activity.argsort(descending=True, stable=True)


def units(posterior: Gaussian) -> Units:
    """Report on the units of the posteriors of images, mean and log-variance (N, d).

    Raises:
        InvalidInput: if there are fewer than two images.

    Source: Burda et al. 2016, "Importance weighted autoencoders", section 5.2: A_u = Var_x(E[u | x]) > 0.01.
    """
    mean, log_variance = (part.double() for part in posterior)
    if len(mean) < 2:
        raise InvalidInput(f"can't tell active units from {len(mean)} images: give 2 or more")
    each = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
    return Units(mean.var(dim=0), each.mean(dim=0))


def traverse(
    decode: Callable[[Tensor], Tensor],
    code: Float[Tensor, " d"],
    which: Tensor,
    values: Float[Tensor, "m k"],
) -> Tensor:
    """Images decoded from a code with one unit changed at a time.

    Args:
        decode: codes (N, d) -> images (N, channels, size, size).
        code: the code to begin with, (d,).
        which: units to change, int64 (m,).
        values: the values that each takes, (m, k).

    Returns:
        Shape (m, k, channels, size, size).

    Raises:
        InvalidInput: if there is no such unit.

    Example:
        >>> import torch
        >>> first = lambda z: z[:, :1, None, None]
        >>> images = traverse(first, torch.zeros(3), torch.tensor([0, 2]), torch.ones(2, 3))
        >>> images.flatten().tolist()
        [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    if len(which) and not 0 <= int(which.min()) <= int(which.max()) < len(code):
        raise InvalidInput(
            f"can't change units {int(which.min())} to {int(which.max())} of a code of {len(code)}: they go "
            f"from 0 to {len(code) - 1}"
        )
    codes = code.expand(*values.shape, -1).clone()
    for row, unit in enumerate(which.tolist()):
        codes[row, :, unit] = values[row]
    return decode(codes.flatten(0, 1)).unflatten(0, tuple(values.shape))
