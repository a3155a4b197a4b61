"""Losses of generator and critic, of the critic's numbers D for real and for generated images.

minimax          -log s(D(x)) - log(1 - s(D(G)))         log(1 - s(D(G)))        Goodfellow et al. 2014, equation 1
non-saturating   as minimax                              -log s(D(G))            Goodfellow et al. 2014, section 3
hinge            (1 - D(x))_+ + (1 + D(G))_+             -D(G)                   Lim and Ye 2017, "Geometric GAN"
least-squares    (D(x) - 1)^2 / 2 + D(G)^2 / 2           (D(G) - 1)^2 / 2        Mao et al. 2017, equation 9
wasserstein      D(G) - D(x)                             -D(G)                   Arjovsky et al. 2017
relativistic     softplus(D(G) - D(x))                   softplus(D(x) - D(G))   Jolicoeur-Martineau 2019

s is the logistic function. All are means over the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu, softplus


@dataclass(frozen=True)
class Loss:
    """The critic's loss and the generator's.

    Attributes:
        critic: (on real, on generated images) -> the critic's loss; both (N,).
        generator: (on real, on generated images) -> the generator's loss; most look at the latter only.
        compares: whether the generator's loss looks at real images too.

    Example:
        >>> import torch
        >>> from subband.generate.adversarial import LOSSES
        >>> hinge, sure = LOSSES["hinge"], torch.tensor([2.0, 3.0])
        >>> float(hinge.critic(sure, -sure)), float(hinge.generator(sure, -sure))  # the critic is sure, and right
        (0.0, 2.5)
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    compares: bool = False


def logistic_critic(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(D(x)) - log(1 - s(D(G)))."""
    return softplus(-real).mean() + softplus(fake).mean()


def saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """log(1 - s(D(G))): its gradient vanishes where the critic is sure."""
    return -softplus(fake).mean()


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(D(G))."""
    return softplus(-fake).mean()


def hinge_critic(real: Tensor, fake: Tensor) -> Tensor:
    """(1 - D(x))_+ + (1 + D(G))_+."""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def least_squares_critic(real: Tensor, fake: Tensor) -> Tensor:
    """(D(x) - 1)^2 / 2 + D(G)^2 / 2."""
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def least_squares_generator(real: Tensor, fake: Tensor) -> Tensor:
    """(D(G) - 1)^2 / 2."""
    return (fake - 1).square().mean() / 2


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """D(G) - D(x); needs a penalty, such as `interpolated_penalty`."""
    return fake.mean() - real.mean()


def score_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-D(G)."""
    return -fake.mean()


def relativistic_critic(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(D(G) - D(x)), of pairs."""
    return softplus(fake - real).mean()


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(D(x) - D(G)), of pairs."""
    return softplus(real - fake).mean()


LOSSES: dict[str, Loss] = {
    "minimax": Loss(logistic_critic, saturating_generator),
    "non-saturating": Loss(logistic_critic, non_saturating_generator),
    "hinge": Loss(hinge_critic, score_generator),
    "least-squares": Loss(least_squares_critic, least_squares_generator),
    "wasserstein": Loss(wasserstein_critic, score_generator),
    "relativistic": Loss(relativistic_critic, relativistic_generator, compares=True),
}
"""Name of a game -> its losses."""
