"""Samplers of tokens: iterative unmasking (MaskGIT) and renoising (Paella)."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.tokens.corruption import Masking, RandomReplacement
from subband.generate.tokens.order import halton_order, masked_after

Ids = Int64[Tensor, "n rows columns"]
Places = Bool[Tensor, "n rows columns"]
Predict = Callable[[Ids, Float[Tensor, " n"]], Float[Tensor, "n rows columns codes"]]
"""Corrupted tokens and the share of corrupted ones -> logits of the tokens."""

ORDERS = ("confidence", "halton", "random")


def unmask(
    predict: Predict,
    ids: Ids,
    unknown: Places,
    corruption: Masking,
    *,
    steps: int,
    order: str = "confidence",
    schedule: str = "cosine",
    temperature: float = 1.0,
    choice: float = 4.5,
    random: torch.Generator,
) -> Ids:
    """Fill in masked tokens in a few steps, some of them at each.

    At each step all masked tokens are drawn; then some of them are kept, so many that the schedule's share is still
    masked. By confidence these are those of the highest log p + choice (1 - k / steps) Gumbel noise; by Halton's
    order, the next positions of the sequence.

    Args:
        predict: the model, with its condition and guidance.
        ids: tokens, of which those at known places stay, (N, rows, columns).
        unknown: places to fill in, bool of the same shape.
        corruption: the masking of the model.
        steps: number of steps; each image's unknown tokens are spread over them.
        order: confidence, halton or random.
        schedule: of `SCHEDULES`.
        temperature: of the distributions that tokens are drawn from.
        choice: temperature of the choice of the tokens that are kept, by confidence; it falls to 0.
        random: the only randomness.

    Returns:
        Tokens (N, rows, columns), none of them masked.

    Raises:
        InvalidInput: unknown order or schedule, fewer than one step, or shapes that differ.

    Source: Chang et al. 2022, section 3.3; Besnier et al. 2025, algorithm 1.
    """
    _check(ids, unknown, steps)
    if order not in ORDERS:
        raise InvalidInput(f"no order {order!r}: choose one of {', '.join(ORDERS)}")
    first = unknown.flatten(1).sum(dim=1)
    ranks = _ranks(ids, unknown, order, random)
    x = ids.masked_fill(unknown, corruption.codes)
    masked = unknown
    for k in range(1, steps + 1):
        share = masked.flatten(1).float().mean(dim=1)
        logits = predict(x, share)
        drawn, log_p = _drawn(logits, temperature, random)
        x = torch.where(masked, drawn, x)
        if k == steps:
            break
        left = (first.double() * masked_after(schedule, k, steps)).floor().long()
        now = masked.flatten(1).sum(dim=1)
        left = torch.minimum(left.clamp(min=1), (now - 1).clamp(min=0))
        if ranks is None:
            noise = choice * (1 - k / steps) * _gumbel(log_p.shape, random).to(log_p)
            certainty = (log_p + noise).masked_fill(~masked, torch.inf).flatten(1)
            place = certainty.argsort(dim=1, stable=True).argsort(dim=1)  # 0 is the least certain
        else:
            place = ranks  # 0 is filled in last
        masked = (place < left[:, None]).reshape(masked.shape) & masked
        x = x.masked_fill(masked, corruption.codes)
    return x


def renoise(
    predict: Predict,
    ids: Ids,
    unknown: Places,
    corruption: RandomReplacement,
    *,
    steps: int,
    strength: float = 1.0,
    temperature: float = 1.0,
    last_temperature: float = 0.2,
    random: torch.Generator,
) -> Ids:
    """Draw all tokens at each step, then replace fewer and fewer of them by the noise that was begun with.

    Args:
        predict, unknown, random: as for `unmask`.
        ids: tokens, of which those at known places stay, (N, rows, columns).
        corruption: the replacement of the model.
        steps: number of steps.
        strength: share of the unknown tokens that are noise at the start; the others begin as they are.
        temperature, last_temperature: of the distributions that tokens are drawn from, at the first and at the last
            step, linear in between.

    Returns:
        Tokens (N, rows, columns).

    Raises:
        InvalidInput: fewer than one step, or shapes that differ.

    Source: Rampas et al. 2022, section 3.2: renoising to the next share with the initial noise.
    """
    _check(ids, unknown, steps)
    noise = corruption.nothing(ids, random)
    x = _replaced(ids, noise, unknown, strength, random)
    for k in range(steps):
        t = strength * (1 - k / steps)
        warmth = temperature + (last_temperature - temperature) * k / max(steps - 1, 1)
        logits = predict(x, torch.full((len(x),), t, device=x.device))
        drawn, _ = _drawn(logits, warmth, random)
        x = torch.where(unknown, drawn, ids)
        if k < steps - 1:
            x = _replaced(x, noise, unknown, strength * (1 - (k + 1) / steps), random)
    return x


def _replaced(ids: Ids, noise: Ids, where: Places, share: float, random: torch.Generator) -> Ids:
    """`noise` in place of a share of the tokens at some places."""
    chosen = torch.rand(ids.shape, generator=random).to(ids.device) < share
    return torch.where(chosen & where, noise, ids)


def _drawn(logits: Tensor, temperature: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Tokens drawn from logits (N, rows, columns, codes), and log p of each at temperature 1."""
    logits = logits.float()
    warm = logits if temperature == 0 else logits / temperature + _gumbel(logits.shape, random).to(logits)
    ids = warm.argmax(dim=-1)
    return ids, logits.log_softmax(dim=-1).gather(-1, ids[..., None])[..., 0]


def _gumbel(shape: torch.Size, random: torch.Generator) -> Tensor:
    """Standard Gumbel noise."""
    uniform = torch.rand(shape, generator=random).clamp(min=1e-20, max=1 - 1e-7)
    return -(-uniform.log()).log()


def _ranks(ids: Ids, unknown: Places, order: str, random: torch.Generator) -> Tensor | None:
    """For each place of an image, how many unknown ones are filled in after it; None by confidence."""
    count, (rows, columns) = len(ids), ids.shape[1:]
    if order == "confidence":
        return None
    if order == "halton":
        visits = halton_order(rows, columns).expand(count, -1)
    else:
        visits = torch.rand(count, rows * columns, generator=random).argsort(dim=1)
    moment = visits.argsort(dim=1).to(ids.device)  # of each place
    late = (-moment).masked_fill(~unknown.flatten(1), 1)  # known places come after all unknown ones
    return late.argsort(dim=1, stable=True).argsort(dim=1)


def _check(ids: Ids, unknown: Places, steps: int) -> None:
    if steps < 1:
        raise InvalidInput(f"can't draw tokens in {steps} steps: take 1 or more")
    if ids.shape != unknown.shape or ids.ndim != 3:
        raise InvalidInput(
            f"can't fill in places of shape {tuple(unknown.shape)} of tokens of shape {tuple(ids.shape)}: both are "
            "(N, rows, columns)"
        )
