"""The autoencoder of latent diffusion, of continuous or of quantised latents, and a reader of diffusers' weights.

Its modules are named as in diffusers' `AutoencoderKL` and `VQModel`, so that their weights load as they are.

Source: Esser et al. 2021, "Taming transformers for high-resolution image synthesis", appendix A; Rombach et al.
2022, "High-resolution image synthesis with latent diffusion models", appendix E.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, final

from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import CheckpointError, InvalidInput
from subband.nn.bottlenecks import gaussian_divergence, nearest_codes
from subband.nn.token_transformer import check_ids

Images = Float[Tensor, "n colours height width"]
Latents = Float[Tensor, "n channels h w"]
Ids = Int64[Tensor, "n h w"]

EPS = 1e-6  # of the group norms
CONFIG, WEIGHTS = "config.json", "diffusion_pytorch_model.safetensors"


class _Resnet(nn.Module):
    """skip(x) + conv(silu(GN(conv(silu(GN(x))))))."""

    def __init__(self, before: int, after: int, groups: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, before, EPS)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, after, EPS)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return self.conv_shortcut(x) + h


class _Attention(nn.Module):
    """x + self-attention of one head over all positions."""

    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPS)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: Tensor) -> Tensor:
        h = self.group_norm(x).flatten(2).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(self.to_q(h), self.to_k(h), self.to_v(h))
        return x + self.to_out[0](mixed).transpose(1, 2).unflatten(2, x.shape[2:])


class _Middle(nn.Module):
    """Two residual blocks, with attention between them."""

    def __init__(self, channels: int, groups: int, attention: bool):
        super().__init__()
        self.attentions = nn.ModuleList([_Attention(channels, groups)] if attention else [])
        self.resnets = nn.ModuleList([_Resnet(channels, channels, groups) for _ in range(2)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.resnets[0](x)
        for attend in self.attentions:
            x = attend(x)
        return self.resnets[1](x)


class _Halve(nn.Module):
    """A convolution of stride 2; one row and column of zeros at the end only."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class _Double(nn.Module):
    """Nearest neighbours, then a convolution."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0))


class _Level(nn.Module):
    """Residual blocks on one grid, then a change of the grid, if any."""

    def __init__(self, before: int, after: int, blocks: int, groups: int, change: str, last: bool):
        super().__init__()
        widths = [before, *[after] * blocks]
        self.resnets = nn.ModuleList([_Resnet(a, b, groups) for a, b in pairwise(widths)])
        if not last:
            scale = _Halve(after) if change == "downsamplers" else _Double(after)
            setattr(self, change, nn.ModuleList([scale]))
        self.change = "" if last else change

    def forward(self, x: Tensor) -> Tensor:
        for block in self.resnets:
            x = block(x)
        return getattr(self, self.change)[0](x) if self.change else x


class _Encoder(nn.Module):
    """Images to features on a grid smaller by 2^(len(widths) - 1)."""

    def __init__(
        self, colours: int, outputs: int, widths: Sequence[int], blocks: int, groups: int, attention: bool
    ):
        super().__init__()
        self.conv_in = nn.Conv2d(colours, widths[0], 3, padding=1)
        steps = list(pairwise([widths[0], *widths]))
        self.down_blocks = nn.ModuleList(
            [
                _Level(a, b, blocks, groups, "downsamplers", k == len(steps) - 1)
                for k, (a, b) in enumerate(steps)
            ]
        )
        self.mid_block = _Middle(widths[-1], groups, attention)
        self.conv_norm_out = nn.GroupNorm(groups, widths[-1], EPS)
        self.conv_out = nn.Conv2d(widths[-1], outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_in(x)
        for level in self.down_blocks:
            h = level(h)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(h))))


class _Decoder(nn.Module):
    """Features to images on a grid larger by 2^(len(widths) - 1); one residual block more on each grid."""

    def __init__(
        self, channels: int, colours: int, widths: Sequence[int], blocks: int, groups: int, attention: bool
    ):
        super().__init__()
        coarse_first = widths[::-1]
        self.conv_in = nn.Conv2d(channels, coarse_first[0], 3, padding=1)
        self.mid_block = _Middle(coarse_first[0], groups, attention)
        steps = list(pairwise([coarse_first[0], *coarse_first]))
        self.up_blocks = nn.ModuleList(
            [
                _Level(a, b, blocks + 1, groups, "upsamplers", k == len(steps) - 1)
                for k, (a, b) in enumerate(steps)
            ]
        )
        self.conv_norm_out = nn.GroupNorm(groups, widths[0], EPS)
        self.conv_out = nn.Conv2d(widths[0], colours, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.mid_block(self.conv_in(z))
        for level in self.up_blocks:
            h = level(h)
        return self.conv_out(F.silu(self.conv_norm_out(h)))


class _Book(nn.Module):
    """The codes, named as in diffusers."""

    def __init__(self, codes: int, length: int):
        super().__init__()
        self.embedding = nn.Embedding(codes, length)


@final
class LDMAutoencoder(nn.Module):
    """Encoder and decoder of latent diffusion: images in [-1, 1] to latents on a smaller grid, and back.

    Args:
        colours: image channels.
        latent: channels of the latents.
        widths: channels on each grid, finest first; each grid is half the one before.
        blocks: residual blocks on each grid of the encoder; the decoder has one more.
        groups: groups of the normalisations; they divide all widths.
        codes: number of codes that latents are quantised to; 0 for Gaussian latents.
        code: length of a code; None for `latent`.
        attention: whether the coarsest grid has self-attention.

    Raises:
        InvalidInput: a number is not positive, or the groups do not divide a width.

    Example:
        >>> import torch
        >>> net = LDMAutoencoder(widths=(8, 16), groups=4).eval()
        >>> with torch.no_grad():
        ...     z = net.encode(torch.zeros(1, 3, 16, 24))
        >>> tuple(z.shape), tuple(net.decode(z).shape)
        ((1, 4, 8, 12), (1, 3, 16, 24))
    """

    def __init__(
        self,
        colours: int = 3,
        latent: int = 4,
        widths: Sequence[int] = (128, 256, 512, 512),
        *,
        blocks: int = 2,
        groups: int = 32,
        codes: int = 0,
        code: int | None = None,
        attention: bool = True,
    ):
        super().__init__()
        length = latent if code is None else code
        if min(colours, latent, blocks, groups, length, *widths, len(widths)) < 1 or codes < 0:
            raise InvalidInput(
                f"can't build an autoencoder with colours={colours}, latent={latent}, widths={tuple(widths)}, "
                f"blocks={blocks}, groups={groups}, codes={codes}, code={code}: each must be 1 or more, codes 0 or "
                "more"
            )
        if any(width % groups for width in widths):
            raise InvalidInput(
                f"can't norm widths {tuple(widths)} in {groups} groups: these must divide them"
            )
        self.codes, self.factor = codes, 2 ** (len(widths) - 1)
        raw = latent if codes else 2 * latent
        shape = (widths, blocks, groups, attention)
        self.encoder = _Encoder(colours, raw, *shape)
        self.quant_conv = nn.Conv2d(raw, length if codes else raw, 1)
        self.quantize = _Book(codes, length) if codes else None
        self.post_quant_conv = nn.Conv2d(length if codes else latent, latent, 1)
        self.decoder = _Decoder(latent, colours, *shape)

    @classmethod
    def from_diffusers(cls, folder: str | Path) -> "LDMAutoencoder":
        """Read an autoencoder that diffusers saved: `config.json` and `diffusion_pytorch_model.safetensors`.

        Raises:
            CheckpointError: a file is missing or damaged, or it is of another network.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            config = json.loads(Path(folder, CONFIG).read_text("utf-8"))
            tensors = load_file(Path(folder, WEIGHTS))
        except (OSError, ValueError, SafetensorError) as error:
            raise CheckpointError(f"can't read diffusers' autoencoder in {folder}: {error}") from error
        net = cls(**_settings(config, folder))
        try:
            net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(f"{folder} holds weights that don't fit its settings: {reason}") from error
        return net.eval()

    def posterior(self, images: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of the latents of images.

        Raises:
            InvalidInput: the latents are quantised, or the sides are no multiples of `factor`.
        """
        if self.codes:
            raise InvalidInput("no variances of quantised latents: take encode and tokens")
        mean, log_variance = self._raw(images).chunk(2, dim=1)
        return mean, log_variance.clamp(-30.0, 20.0)

    def divergence(self, images: Images) -> Float[Tensor, " n"]:
        """KL divergence of each image's latents from N(0, 1) in nats, (N,)."""
        mean, log_variance = self.posterior(images)
        return gaussian_divergence(mean.flatten(1), log_variance.flatten(1))

    def encode(self, images: Images) -> Latents:
        """Latents of images in [-1, 1]: the mean, or before quantisation."""
        return self._raw(images) if self.codes else self.posterior(images)[0]

    def tokens(self, images: Images) -> Ids:
        """Indices of the codes nearest to the latents of images, (N, h, w).

        Raises:
            InvalidInput: the latents are continuous.
        """
        return nearest_codes(self._raw(images), self._book())

    def from_tokens(self, ids: Ids) -> Images:
        """Images of code indices.

        Raises:
            InvalidInput: the latents are continuous, or an index is out of range.
        """
        book = self._book()
        check_ids(ids, self.codes)
        return self._decoded(F.embedding(ids, book).permute(0, 3, 1, 2))

    def decode(self, latents: Latents) -> Images:
        """Images, about in [-1, 1], of latents, which are quantised first where there are codes."""
        if self.codes:
            return self.from_tokens(nearest_codes(latents, self._book()))
        return self._decoded(latents)

    def forward(self, images: Images) -> Images:
        """Reconstructions."""
        return self.decode(self.encode(images))

    def _raw(self, images: Images) -> Tensor:
        if images.shape[2] % self.factor or images.shape[3] % self.factor:
            raise InvalidInput(
                f"can't encode images of {tuple(images.shape[2:])}: sides are multiples of {self.factor}"
            )
        return self.quant_conv(self.encoder(images))

    def _decoded(self, latents: Tensor) -> Tensor:
        return self.decoder(self.post_quant_conv(latents))

    def _book(self) -> Tensor:
        if self.quantize is None:
            raise InvalidInput("no tokens of continuous latents: build the autoencoder with codes")
        return self.quantize.embedding.weight


_FIXED = {
    "act_fn": "silu",
    "norm_type": "group",
    "use_quant_conv": True,
    "use_post_quant_conv": True,
}
"""Settings of diffusers whose other values would be another network."""


def _settings(config: dict[str, Any], folder: str | Path) -> dict[str, Any]:
    """Arguments of `LDMAutoencoder` of diffusers' settings."""
    kind = config.get("_class_name")
    if kind not in ("AutoencoderKL", "VQModel"):
        raise CheckpointError(f"{folder} holds {kind!r}: this reads AutoencoderKL and VQModel")
    other = [name for name, value in _FIXED.items() if config.get(name, value) != value]
    if other:
        raise CheckpointError(
            f"can't read the autoencoder in {folder}: {', '.join(other)} differ from its source"
        )
    found = {
        "colours": config["in_channels"],
        "latent": config["latent_channels"],
        "widths": tuple(config["block_out_channels"]),
        "blocks": config["layers_per_block"],
        "groups": config["norm_num_groups"],
        "attention": config.get("mid_block_add_attention", True),
    }
    if kind == "VQModel":
        found |= {"codes": config["num_vq_embeddings"], "code": config.get("vq_embed_dim")}
    return found
