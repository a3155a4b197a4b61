"""How much of a codebook is in use."""

from dataclasses import dataclass

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.nn import check_ids


@dataclass(frozen=True)
class CodeUse:
    """Use of a codebook by some tokens.

    Attributes:
        used: share of the codes that occur.
        perplexity: exp of the entropy of the codes in nats: the number of equally frequent codes of that entropy.
        codes: size of the codebook.
    """

    used: float
    perplexity: float
    codes: int


def code_use(ids: Tensor, codes: int) -> CodeUse:
    """Count tokens, of any shape, of a codebook.

    Raises:
        InvalidInput: if there are none, or one is out of range.

    Example:
        >>> import torch
        >>> use = code_use(torch.tensor([0, 1, 2, 3]), 8)
        >>> use.used, round(use.perplexity, 3)
        (0.5, 4.0)
    """
    check_ids(ids, codes)
    if not ids.numel():
        raise InvalidInput("can't count the codes of no tokens: give one or more")
    counts = torch.bincount(ids.flatten().cpu(), minlength=codes).double()
    share = counts[counts > 0] / counts.sum()
    return CodeUse(len(share) / codes, float(torch.exp(-(share * share.log()).sum())), codes)
