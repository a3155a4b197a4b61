"""Vector quantisation whose codes are moving averages of the vectors assigned to them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.bottlenecks import Answer, DiscreteBottleneck, Grid, Ids, Passed, nearest_codes


class EmaVectorQuantiser(DiscreteBottleneck):
    """Vector quantisation by online k-means: each code is the moving average of the vectors nearest to it.

    A code that is hardly used is dead: it is moved to a random vector of the batch. The cost is the mean over
    values of commitment |h - sg(e)|^2, sg being stop-gradient; codes learn by averages, not by gradients. They move
    in training mode, where gradients are enabled. Processes add up what they have seen; parts of a batch on one
    process move the codes one after the other.

    Args:
        latent: length of a code.
        codes: number of codes.
        commitment: weight of the commitment term.
        decay: weight of the past in the averages.
        restart: a code is dead if it is used less often than this, relative to equal use of all codes.

    Attributes:
        book: the codes, (codes, latent).
        counts: moving average of how often each is used in a step, (codes,).
        sums: moving average of the sum of the vectors nearest to each, (codes, latent).

    Raises:
        InvalidInput: if there are fewer than two codes, or decay or restart is not in [0, 1).

    Example:
        >>> import torch
        >>> quantiser = EmaVectorQuantiser(3, 8).eval()
        >>> quantiser.ids(quantiser.vectors(torch.tensor([[[0, 7]]]))).tolist()
        [[[0, 7]]]

    Source: van den Oord et al. 2017, "Neural discrete representation learning", appendix A.1; restarts of
    Dhariwal et al. 2020, "Jukebox", section 3.1.
    """

    book: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(
        self,
        latent: int,
        codes: int,
        *,
        commitment: float = 0.25,
        decay: float = 0.99,
        restart: float = 0.05,
    ):
        super().__init__()
        if codes < 2:
            raise InvalidInput(f"can't quantise to {codes} codes: take 2 or more")
        if not (0 <= decay < 1 and 0 <= restart < 1):
            raise InvalidInput(f"can't use decay={decay} and restart={restart}: both are 0 or more, below 1")
        self.inputs = self.latent = latent
        self.codes, self.commitment, self.decay, self.restart = codes, commitment, decay, restart
        self.register_buffer("book", torch.randn(codes, latent))
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("sums", self.book.clone())

    @torch.no_grad()
    def start(self, h: Answer) -> None:
        """Begin at random vectors of the encoder's output; noise parts those that are taken twice."""
        rows = _rows(h)
        chosen = rows[torch.randint(len(rows), (self.codes,)).to(rows.device)]
        self.book.copy_(chosen + 0.01 * rows.std(dim=0) * torch.randn_like(chosen))
        self.counts.fill_(len(rows) / self.codes)
        self.sums.copy_(self.book * self.counts[:, None])

    def forward(self, h: Answer, random: torch.Generator) -> Passed:
        h = h.float()
        ids = self.ids(h)
        e = self.vectors(ids)
        if self.training and torch.is_grad_enabled():
            self._follow(_rows(h.detach()), ids.flatten(), random)
        cost = self.commitment * (h - e).square().flatten(1).mean(dim=1)
        return Passed(h + (e - h).detach(), cost, ids)

    @torch.no_grad()
    def _follow(self, rows: Tensor, ids: Tensor, random: torch.Generator) -> None:
        """Move the averages towards the vectors of a step, (M, latent), and dead codes to some of them."""
        counts = torch.bincount(ids, minlength=self.codes).to(rows)
        sums = torch.zeros_like(self.sums).index_add_(0, ids, rows)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(counts)
            torch.distributed.all_reduce(sums)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        equal = counts.sum() / self.codes
        dead = self.counts < self.restart * equal
        chosen = torch.randint(len(rows), (self.codes,), generator=random).to(rows.device)
        self.counts.copy_(torch.where(dead, equal, self.counts))
        self.sums.copy_(torch.where(dead[:, None], rows[chosen] * equal, self.sums))
        self.book.copy_(self.sums / self.counts[:, None])

    def continuous(self, h: Answer) -> Grid:
        return h.float()

    def ids(self, z: Grid) -> Ids:
        return nearest_codes(z, self.book)

    def vectors(self, ids: Ids) -> Grid:
        return F.embedding(ids, self.book).permute(0, 3, 1, 2)


def _rows(h: Answer) -> Tensor:
    """(N, latent, h, w) -> (N * h * w, latent), float32."""
    return h.float().movedim(1, -1).flatten(0, -2)
