"""A masked autoencoder of lines of numbers, such as the voxels of a brain: sparse-coded masked brain modelling."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn.transformer import TransformerBlock, line_positions

SPREAD = 0.02  # standard deviation of the mask token at the start


class MaskedAutoencoder(nn.Module):
    """Predict hidden patches of a line from visible ones by an encoder of the latter and a narrower decoder.

    Patches become tokens that are much longer than themselves (`width` / `patch` is 64 in the paper), so that
    the code of a patch is overcomplete and can be sparse. The encoder sees visible patches only; the decoder
    gets its tokens, and a learned token at each hidden position. Positions are sinusoids, so that lines of any
    number of patches fit.

    Args:
        patch: numbers in a patch.
        width: length of an encoder's token.
        depth, heads: of the encoder.
        ratio: width of its MLPs, relative to `width`; 1 in the paper.
        decoder_width, decoder_depth, decoder_heads: of the decoder, whose MLPs are 4 times as wide.

    Raises:
        InvalidInput: sizes below 1, heads that do not divide a width, or odd widths.

    Example:
        >>> import torch
        >>> from subband.nn import MaskedAutoencoder
        >>> model = MaskedAutoencoder(patch=8, width=32, depth=1, heads=2, decoder_width=16, decoder_heads=2)
        >>> x = torch.zeros(3, 96)
        >>> hidden = model.draw_mask(3, 96, 0.75, torch.Generator().manual_seed(0))
        >>> hidden.sum(dim=1).tolist(), model(x, hidden).shape, model.encode(x).shape
        ([9, 9, 9], torch.Size([3, 96]), torch.Size([3, 12, 32]))

    Source: Chen et al. 2023, "Seeing beyond the brain: Conditional diffusion model with sparse masked
    modeling for vision decoding", section 3.2; He et al. 2022, "Masked autoencoders are scalable vision
    learners".
    """

    def __init__(
        self,
        *,
        patch: int = 16,
        width: int = 1024,
        depth: int = 24,
        heads: int = 16,
        ratio: float = 1.0,
        decoder_width: int = 512,
        decoder_depth: int = 8,
        decoder_heads: int = 16,
    ):
        super().__init__()
        sizes = (patch, width, depth, heads, int(ratio * width), decoder_width, decoder_depth, decoder_heads)
        uneven = width % heads or decoder_width % decoder_heads or width % 2 or decoder_width % 2
        if min(sizes) < 1 or uneven:
            raise InvalidInput(
                f"can't build a masked autoencoder with patch={patch}, width={width}, depth={depth}, "
                f"heads={heads}, ratio={ratio}, decoder_width={decoder_width}, "
                f"decoder_depth={decoder_depth}, decoder_heads={decoder_heads}: each must be 1 or more, "
                "widths even and multiples of their heads"
            )
        self.patch, self.width = patch, width
        self.embed = nn.Linear(patch, width)
        plain = {"adaptive": False, "gelu": "none", "epsilon": 1e-6}
        self.encoder = nn.ModuleList(
            TransformerBlock(width, heads, hidden=int(ratio * width), **plain) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, 1e-6)
        self.bridge = nn.Linear(width, decoder_width)
        self.hidden_token = nn.Parameter(SPREAD * torch.randn(decoder_width))
        self.decoder = nn.ModuleList(
            TransformerBlock(decoder_width, decoder_heads, **plain) for _ in range(decoder_depth)
        )
        self.decoder_norm = nn.LayerNorm(decoder_width, 1e-6)
        self.predict = nn.Linear(decoder_width, patch)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(
        self, x: Float[Tensor, "n length"], hidden: Bool[Tensor, "n patches"]
    ) -> Float[Tensor, "n length"]:
        """Predict all patches from those that are visible.

        Args:
            x: lines, (N, length), the length a multiple of `patch`.
            hidden: which patches are hidden, (N, length / patch); as many in each line.

        Raises:
            InvalidInput: shapes that do not fit, lines with different numbers of hidden patches, or all or none
                hidden.
        """
        patches = self.patches(x)
        n, count = patches.shape[:2]
        if hidden.shape != (n, count):
            raise InvalidInput(f"masks of {tuple(hidden.shape)} don't fit {n} lines of {count} patches")
        visible = _visible_indices(~hidden)
        seen = torch.take_along_dim(self._embedded(patches), visible[..., None], dim=1)
        encoded = self.bridge(self._encoded(seen))
        whole = self.hidden_token.to(encoded).expand(n, count, -1)
        whole = whole.scatter(1, visible[..., None].expand_as(encoded), encoded)
        whole = whole + line_positions(count, whole.shape[2]).to(whole)
        for block in self.decoder:
            whole = block(whole)
        return self.predict(self.decoder_norm(whole)).flatten(1)

    def loss(self, x: Float[Tensor, "n length"], hidden: Bool[Tensor, "n patches"]) -> Float[Tensor, ""]:
        """Mean squared error of hidden patches."""
        wrong = (self(x, hidden) - x).square().unflatten(1, (-1, self.patch)).mean(dim=2)
        return (wrong * hidden).sum() / hidden.sum()

    def encode(self, x: Float[Tensor, "n length"]) -> Float[Tensor, "n patches width"]:
        """Tokens of whole lines: (N, length / patch, width)."""
        return self._encoded(self._embedded(self.patches(x)))

    def draw_mask(self, count: int, length: int, ratio: float, random: torch.Generator) -> Tensor:
        """Random masks that hide a share of the patches, the same number in each line: bool (count, patches).

        Raises:
            InvalidInput: a share that hides all patches, or none.
        """
        patches = length // self.patch
        kept = round((1 - ratio) * patches)
        if not 0 < kept < patches:
            raise InvalidInput(
                f"can't hide a share of {ratio} of {patches} patches: that leaves {kept}; at least one must "
                "be visible and one hidden"
            )
        order = torch.rand(count, patches, generator=random).argsort(dim=1)
        return order >= kept

    def patches(self, x: Tensor) -> Tensor:
        """(N, length) -> (N, length / patch, patch).

        Raises:
            InvalidInput: a length that patches do not divide.
        """
        if x.ndim != 2 or not x.shape[1] or x.shape[1] % self.patch:
            raise InvalidInput(
                f"can't cut lines of shape {tuple(x.shape)} into patches of {self.patch}: give (N, length), "
                "the length a multiple of it, e.g. with subband.data.brain.pad_voxels"
            )
        return x.unflatten(1, (-1, self.patch))

    def _embedded(self, patches: Tensor) -> Tensor:
        tokens = self.embed(patches)
        return tokens + line_positions(tokens.shape[1], self.width).to(tokens)

    def _encoded(self, tokens: Tensor) -> Tensor:
        for block in self.encoder:
            tokens = block(tokens)
        return self.norm(tokens)


def _visible_indices(visible: Tensor) -> Tensor:
    """Indices of the visible patches of each line: (N, visible)."""
    counts = visible.sum(dim=1)
    if counts.unique().numel() != 1:
        raise InvalidInput("can't mask lines by different numbers of patches: hide as many in each")
    if not 0 < int(counts[0]) < visible.shape[1]:
        raise InvalidInput(
            "can't predict from a mask of all or nothing: hide some patches, and leave some visible"
        )
    return visible.nonzero()[:, 1].unflatten(0, (len(visible), -1))
