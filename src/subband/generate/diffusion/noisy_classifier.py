"""A classifier of noisy images, for classifier guidance."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from subband.generate.diffusion.objectives import spread
from subband.generate.diffusion.paths.path import Path, corrupt


class NoisyClassifier(nn.Module):
    """p(y | x_t) at every time of a path.

    Args:
        net: (x (N, ...), label of the time (N,)) -> logits (N, classes), e.g. an `nn.Encoder`.
        path: the forward process.
        data_deviation: standard deviation of the data.

    Source: Dhariwal and Nichol 2021, section 4.

    Example:
        >>> import torch
        >>> from subband.generate.diffusion import CosinePath, NoisyClassifier
        >>> from subband.nn import Encoder
        >>> classifier = NoisyClassifier(Encoder(3, 10, width=8), CosinePath())
        >>> classifier(torch.zeros(4, 3, 16, 16), torch.full((4,), 0.5)).shape
        torch.Size([4, 10])
    """

    def __init__(self, net: nn.Module, path: Path, *, data_deviation: float = 1.0):
        super().__init__()
        self.net = net
        self.path = path
        self.data_deviation = data_deviation

    def forward(self, x: Float[Tensor, "n *shape"], t: Float[Tensor, " n"]) -> Float[Tensor, "n classes"]:
        """Logits of x_t = `x`, shape (N, ...), at times t, shape (N,)."""
        t = t.clamp(self.path.near, self.path.end)
        scaled = x / spread(self.path.at(t, x), self.data_deviation)
        return self.net(scaled, self.path.label(t).to(x)).to(x.dtype)

    def loss(
        self,
        x0: Float[Tensor, "n *shape"],
        labels: Int[Tensor, " n"],
        eps: Float[Tensor, "n *shape"],
        t: Float[Tensor, " n"],
    ) -> Float[Tensor, ""]:
        """Cross-entropy at x_t = alpha x0 + sigma eps, in nats; a scalar."""
        return F.cross_entropy(self(corrupt(self.path, x0, eps, t), t), labels)

    def log_probability(self, labels: Int[Tensor, " n"]):
        """log p(y = labels | x_t) as a function of (x_t, t), for `ClassifierGuidance`; 0 for labels of -1."""

        def of(x: Tensor, t: Tensor) -> Tensor:
            chosen = labels.to(x.device)
            logs = torch.log_softmax(self(x, t), dim=1).gather(1, chosen.clamp(min=0)[:, None])[:, 0]
            return torch.where(chosen >= 0, logs, 0)

        return of
