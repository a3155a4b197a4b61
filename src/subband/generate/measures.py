"""What networks may offer to be measured by, beside images: codes, likelihoods, tokens."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from torch import Tensor

from subband.generate.family import Condition
from subband.generate.tokens.use import CodeUse
from subband.generate.variational.likelihood import LogLikelihood
from subband.generate.variational.priors import Gaussian


@runtime_checkable
class Encoding(Protocol):
    """A network whose codes of images are Gaussians of independent units."""

    def posterior(self, images: Tensor, condition: Condition) -> Gaussian:
        """Mean and log-variance of the codes of images in [-1, 1], (N, units)."""
        ...

    def decode(self, codes: Tensor, condition: Condition) -> Tensor:
        """Images of codes, about in [-1, 1], (N, channels, size, size)."""
        ...


@runtime_checkable
class Weighing(Protocol):
    """A network whose likelihood of an image can be estimated by importance sampling."""

    def log_likelihood(
        self,
        images: Tensor,
        condition: Condition,
        *,
        samples: int,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> LogLikelihood:
        """Importance-sampled log p(x) of images in [-1, 1], or log p(x|y) of their classes."""
        ...


@runtime_checkable
class Tokenizing(Protocol):
    """A network that may make tokens of images."""

    def code_use(self, images: Tensor) -> CodeUse | None:
        """How the tokens of images in [-1, 1] use the codebook; None without tokens."""
        ...
