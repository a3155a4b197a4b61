"""What a trained vision transformer looks like inside: its filters, its positions, where it attends."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.nn.vision_transformer.model import VisionTransformer


@dataclass(frozen=True, eq=False)
class FilterComponents:
    """Principal components of the filters that embed patches.

    Attributes:
        patterns: (components, channels, height, width), orthonormal.
        shares: (components,) of the filters' variance, decreasing.

    Example:
        >>> from subband.nn import VisionTransformer
        >>> from subband.nn.vision_transformer import filter_components
    """

    patterns: np.ndarray
    shares: np.ndarray


def filter_components(model: VisionTransformer, count: int = 28) -> FilterComponents:
    """Principal components of the embedding filters, as points in the space of patches.

    Args:
        model: a vision transformer.
        count: of components; there are at most as many as features, or numbers in a patch.

    Raises:
        InvalidInput: count below 1.

    Source: Dosovitskiy et al. 2021, figure 7, left.

    Example:
        >>> from subband.nn import VisionTransformer
        >>> from subband.nn.vision_transformer import filter_components
        >>> model = VisionTransformer(1, 10, size=(16, 16), patch=4, width=32, depth=1, heads=2)
        >>> found = filter_components(model, count=5)
        >>> found.patterns.shape, bool((found.shares[1:] <= found.shares[:-1]).all())
        ((5, 1, 4, 4), True)
    """
    if count < 1:
        raise InvalidInput(f"can't give {count} components: ask for 1 or more")
    filters = model.tokenise.filters().detach().cpu().double()
    shape = filters.shape[1:]
    x = filters.flatten(1)
    _, s, axes = torch.linalg.svd(x - x.mean(dim=0), full_matrices=False)
    shares = s**2 / s.square().sum().clamp(min=torch.finfo(s.dtype).tiny)
    patterns = axes[:count].unflatten(1, tuple(shape))
    return FilterComponents(patterns.numpy(), shares[:count].numpy())


def position_similarity(model: VisionTransformer) -> np.ndarray:
    """Cosine similarity of the position embedding of each patch with those of all patches.

    Returns:
        (rows, columns, rows, columns), 1 where both are one patch.

    Source: Dosovitskiy et al. 2021, figure 7, middle.
    """
    p = torch.nn.functional.normalize(model.position.detach().cpu().double(), dim=1)
    return (p @ p.T).reshape(*model.tokenise.grid, *model.tokenise.grid).numpy()


def attention_rollout(model: VisionTransformer, images: Tensor, *, heads: str = "mean") -> np.ndarray:
    """How much of what the head reads comes from each patch, if attention is followed through all blocks.

    Each block mixes tokens by (A + 1) / 2, attention and skip connection alike; the product of these matrices
    over the blocks says where a token of the last block comes from.

    Args:
        model: a vision transformer.
        images: (N, channels, H, W), normalised as for the model.
        heads: "mean", "max" or "min" over the heads of a block; rows then sum to 1 again.

    Returns:
        (N, rows, columns) of the grid of tokens. With what went to class token and registers, each image has sum 1.

    Raises:
        InvalidInput: images of another shape, or another `heads`.

    Source: Abnar and Zuidema 2020, "Quantifying attention flow in transformers", section 3, equation 1.
    """
    over = {"mean": torch.mean, "max": torch.amax, "min": torch.amin}
    if heads not in over:
        raise InvalidInput(f"can't join heads by {heads!r}: take one of {', '.join(over)}")
    attention = over[heads](model.attention(images).cpu().double(), dim=2)  # (N, depth, L, L)
    mixed = 0.5 * attention + 0.5 * torch.eye(attention.shape[-1], dtype=attention.dtype)
    mixed = mixed / mixed.sum(dim=-1, keepdim=True)
    flow = mixed[:, 0]
    for k in range(1, mixed.shape[1]):
        flow = mixed[:, k] @ flow
    first = len(model.prefix)
    read = flow[:, 0] if model.pool == "class" else flow[:, first:].mean(dim=1)
    return read[:, first:].reshape(-1, *model.tokenise.grid).numpy()


def attention_distance(model: VisionTransformer, images: Tensor) -> np.ndarray:
    """Mean distance between a patch and those it attends to, in patches, of each head.

    Class token and registers are left out, and what remains of a row sums to 1.

    Args:
        model: a vision transformer.
        images: (N, channels, H, W).

    Returns:
        (depth, heads).

    Source: Dosovitskiy et al. 2021, figure 7, right.
    """
    rows, columns = model.tokenise.grid
    first = len(model.prefix)
    attention = model.attention(images).cpu().double()[..., first:, first:]
    attention = attention / attention.sum(dim=-1, keepdim=True).clamp(min=1e-300)
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    at = torch.stack([y.flatten(), x.flatten()], dim=1).double()
    return (attention * torch.cdist(at, at)).sum(dim=-1).mean(dim=(0, 3)).numpy()
