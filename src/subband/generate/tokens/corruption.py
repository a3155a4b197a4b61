"""Corruptions of tokens that models learn to undo: masking (MaskGIT) and random replacement (Paella)."""

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from subband.errors import InvalidInput
from subband.nn import check_ids

Ids = Int64[Tensor, "n rows columns"]
Places = Bool[Tensor, "n rows columns"]
Shares = Float[Tensor, " n"]


class Corrupted(NamedTuple):
    """Corrupted tokens.

    Attributes:
        ids: the tokens, (N, rows, columns).
        scored: positions whose prediction is scored, bool of the same shape.
    """

    ids: Ids
    scored: Places


class Corruption(ABC):
    """A corruption of tokens by a share t of them, from 0 (none) to 1 (all).

    Attributes:
        codes: number of tokens.
        inputs: number of tokens that a network sees, with those that only the corruption makes.
    """

    codes: int
    inputs: int

    def __init__(self, codes: int):
        if codes < 2:
            raise InvalidInput(f"can't corrupt tokens of {codes} codes: take 2 or more")
        self.codes = self.inputs = codes

    @abstractmethod
    def draw_shares(self, count: int, random: torch.Generator) -> Shares:
        """Shares of corrupted tokens to train on, (count,)."""

    @abstractmethod
    def corrupt(self, ids: Ids, t: Shares, random: torch.Generator) -> Corrupted:
        """Corrupt a share t (N,) of the tokens of each image, at random places."""

    @abstractmethod
    def nothing(self, ids: Ids, random: torch.Generator) -> Ids:
        """Tokens without information about an image, of the shape of `ids`."""


class Masking(Corruption):
    """Tokens are replaced by one more token, the mask, whose id is `codes`; masked ones are scored.

    The share is cos(pi r / 2) of a uniform r, at least one token.

    Source: Chang et al. 2022, "MaskGIT: masked generative image transformer", sections 3.2 and 3.3.
    """

    def __init__(self, codes: int):
        super().__init__(codes)
        self.inputs = codes + 1

    def draw_shares(self, count: int, random: torch.Generator) -> Shares:
        return torch.cos(math.pi / 2 * torch.rand(count, generator=random))

    def corrupt(self, ids: Ids, t: Shares, random: torch.Generator) -> Corrupted:
        check_ids(ids, self.codes)
        masked = random_places(ids, t, random)
        return Corrupted(ids.masked_fill(masked, self.codes), masked)

    def nothing(self, ids: Ids, random: torch.Generator) -> Ids:
        return torch.full_like(ids, self.codes)


class RandomReplacement(Corruption):
    """Each token is replaced with probability t by a random one, all as likely; all positions are scored.

    The share is uniform. Which tokens were replaced is not visible, so that a sampler may revise any of them.

    Source: Rampas et al. 2022, "A novel sampling scheme for text- and image-conditional image synthesis in
    quantized latent spaces" (Paella), section 3.1.
    """

    def draw_shares(self, count: int, random: torch.Generator) -> Shares:
        return torch.rand(count, generator=random)

    def corrupt(self, ids: Ids, t: Shares, random: torch.Generator) -> Corrupted:
        check_ids(ids, self.codes)
        drawn = torch.rand(ids.shape, generator=random).to(ids.device)
        replaced = drawn < t.to(ids.device)[:, None, None]
        return Corrupted(torch.where(replaced, self.nothing(ids, random), ids), torch.ones_like(replaced))

    def nothing(self, ids: Ids, random: torch.Generator) -> Ids:
        return torch.randint(self.codes, ids.shape, generator=random).to(ids.device)


def random_places(ids: Ids, t: Shares, random: torch.Generator) -> Places:
    """ceil(t L) of the L places of each image, at least one, at random: bool of the shape of `ids`."""
    count, places = len(ids), ids[0].numel()
    wanted = (t.double().cpu() * places).ceil().clamp(min=1, max=places)
    ranks = torch.rand(count, places, generator=random).argsort(dim=1).argsort(dim=1)
    return (ranks < wanted[:, None]).reshape(ids.shape).to(ids.device)
