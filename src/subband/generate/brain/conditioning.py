"""Voxels as a condition of a denoiser: by cross-attention and by the time embedding."""

from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn import Conditioning, MaskedAutoencoder


class BrainConditioning(Conditioning):
    """Double conditioning by "voxels" (N, length).

    The encoder's tokens, one a patch, are mixed to `tokens` of width `context` for cross-attention; these are
    mixed to one vector that is added to the time embedding, so that every block of the network gets it.

    Dropped voxels have a learned context and a learned vector, `no_context` and `no_vector`.

    Args:
        encoder: of voxels, pretrained or not; it is trained on.
        length: number of voxels, padded.
        embedding: length of the network's time embedding.
        context: width of the network's context.
        tokens: number of tokens of the context.
        double: whether the time embedding is conditioned too.
        drop: probability of dropping the voxels in training, for classifier-free guidance.

    Raises:
        InvalidInput: a length that patches do not divide, or sizes below 1.

    Source: Chen et al. 2023, section 3.3, "Double-conditioned LDM".

    Example:
        >>> import torch
        >>> from subband.generate.brain import BrainConditioning, BrainEncoderConfig, new_encoder
        >>> encoder = new_encoder(BrainEncoderConfig(patch=8, width=16, depth=1, heads=2), seed=0)
        >>> conditioning = BrainConditioning(encoder, length=64, embedding=32, context=24, tokens=4)
        >>> found = conditioning({"voxels": torch.zeros(3, 64)}, None, torch.zeros(3, 1, 16, 16))
        >>> found["context"].shape, found["embedding"].shape
        (torch.Size([3, 4, 24]), torch.Size([3, 32]))
    """

    def __init__(
        self,
        encoder: MaskedAutoencoder,
        length: int,
        *,
        embedding: int,
        context: int,
        tokens: int = 77,
        double: bool = True,
        drop: float = 0.1,
    ):
        super().__init__(("voxels",), drop)
        if length < 1 or length % encoder.patch or min(embedding, context, tokens) < 1:
            raise InvalidInput(
                f"can't condition on {length} voxels in patches of {encoder.patch} by tokens={tokens} of "
                f"context={context}: patches divide the voxels, and all are 1 or more"
            )
        patches = length // encoder.patch
        between = max(patches // 2, 1)
        self.encoder, self.length = encoder, length
        self.mix = nn.Sequential(nn.Conv1d(patches, between, 1), nn.Conv1d(between, tokens, 1))
        self.widen = nn.Linear(encoder.width, context)
        self.no_context = nn.Parameter(torch.zeros(tokens, context))
        self.no_vector = nn.Parameter(torch.zeros(embedding))
        self.join = (
            nn.Sequential(
                nn.Conv1d(tokens, max(tokens // 2, 1), 1), nn.Conv1d(max(tokens // 2, 1), 1, 1), nn.Flatten(),
                nn.Linear(context, embedding),
            )
            if double
            else None
        )  # fmt: skip
        for part in (self.mix, self.widen, self.join):
            for layer in part.modules() if part is not None else ():
                if isinstance(layer, nn.Conv1d | nn.Linear):  # so that five layers in a row keep the variance
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
                    if layer.bias is not None:
                        nn.init.zeros_(layer.bias)

    def forward(self, condition: dict[str, Tensor] | None, keep: Tensor | None, x: Tensor) -> dict[str, Any]:
        """The "context" (N, tokens, context) and the "embedding" (N, embedding)."""
        condition, kept = self.given(condition, keep, x, {"voxels": (len(x), self.length)})
        voxels = condition["voxels"]
        if not torch.isfinite(voxels).all():
            raise InvalidInput(
                "can't condition on voxels with NaN or infinite values: leave these voxels out"
            )
        context = self.widen(self.mix(self.encoder.encode(voxels.to(self.no_context))))
        context = torch.where(kept[:, None, None], context, self.no_context.to(context))
        vector = self.no_vector.to(context).expand(len(x), -1)
        if self.join is not None:
            vector = vector + kept[:, None] * self.join(context)
        return {"context": context, "embedding": vector}
