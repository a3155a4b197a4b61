"""Autoencoders with a grid of latents, for latent diffusion and for models of tokens."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config
from subband.generate.pixels import sample_of
from subband.generate.spaces.gaussian_field import GaussianField
from subband.generate.spaces.packets import PacketSpace
from subband.generate.tokens.use import CodeUse, code_use
from subband.nn import (
    Bottleneck,
    DiscreteBottleneck,
    EmaVectorQuantiser,
    FiniteScalarQuantiser,
    GaussianBottleneck,
    GridAnalysis,
    GridSynthesis,
    VectorQuantiser,
    check_ids,
)
from subband.training import (
    Moment,
    Trainable,
    check_choices,
    fitted,
    from_data,
    normal_like,
)

Images = Float[Tensor, "n colours height width"]
Latents = Float[Tensor, "n latent h w"]


@dataclass(frozen=True)
class GridAutoencoderConfig:
    """Settings of an autoencoder with a grid of latents.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; empty, as this family is unconditional.
        bottleneck: kind of bottleneck: kl (Gaussian noise), vq (learned codebook) or fsq (rounding).
        latent: number of latent channels; the number of levels for fsq.
        codes: size of the codebook of vq.
        codebook: how the codebook of vq learns: linear (a learnt map of fixed vectors, by gradients) or ema (moving
            averages of the vectors nearest to each code; codes that are hardly used restart at others' vectors).
        decay: weight of the past in the averages of ema.
        restart: use of a code, relative to equal use of all, below which it restarts.
        levels: number of levels of each channel of fsq.
        widths: channels of encoder and decoder on each grid, finest first; the finest grid is size / 2, so
            two widths give latents of a quarter of the image's side.
        blocks: residual blocks on each grid.
        divergence: weight of the KL divergence in nats per image, relative to the summed absolute error.
        commitment: weight of the commitment loss of vq.
        critic: last fraction of the training, in which a patch critic is used; 0 for none.
        critic_weight: weight of the critic's gradient relative to that of the error.
        critic_width: channels of the critic on its finest grid.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    bottleneck: Literal["kl", "vq", "fsq"] = "kl"
    latent: int = fitted(4)
    codes: int = 512
    codebook: Literal["linear", "ema"] = "linear"
    decay: float = 0.99
    restart: float = 0.05
    levels: tuple[int, ...] = (8, 5, 5, 5)
    widths: tuple[int, ...] = (48, 96)
    blocks: int = 1
    divergence: float = 1e-6
    commitment: float = 0.25
    critic: float = 0.5
    critic_weight: float = 0.5
    critic_width: int = 32
    batch: int = 16
    rate: float = 2e-3
    average: float = 0.1

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(
            self.size,
            latent=self.latent,
            blocks=self.blocks,
            batch=self.batch,
            rate=self.rate,
            critic_weight=self.critic_weight,
            critic_width=self.critic_width,
        )
        if not self.widths or min(self.widths) < 1:
            raise InvalidInput(
                f"can't build an autoencoder with widths={self.widths}: give one or more above 0"
            )
        if self.size % self.factor:
            raise InvalidInput(
                f"can't shrink {self.size} px by {self.factor}, as {len(self.widths)} widths do: take fewer widths"
            )
        if self.divergence < 0 or self.commitment < 0 or not 0 <= self.critic < 1:
            raise InvalidInput(
                f"can't use divergence={self.divergence}, commitment={self.commitment}, critic={self.critic}: the "
                "first two must be 0 or more, the last a part below 1"
            )
        if self.bottleneck == "fsq" and self.latent != len(self.levels):
            raise InvalidInput(
                f"can't round {self.latent} latent channels to levels {self.levels}: give as many of both"
            )

    @property
    def factor(self) -> int:
        """Ratio of the sides of images and latents."""
        return 2 ** len(self.widths)

    def make_bottleneck(self) -> Bottleneck:
        """The bottleneck of these settings, untrained."""
        if self.bottleneck == "kl":
            return GaussianBottleneck(self.latent)
        if self.bottleneck == "vq" and self.codebook == "ema":
            return EmaVectorQuantiser(
                self.latent, self.codes, commitment=self.commitment, decay=self.decay, restart=self.restart
            )
        if self.bottleneck == "vq":
            return VectorQuantiser(self.latent, self.codes, commitment=self.commitment)
        return FiniteScalarQuantiser(self.levels)


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> GridAutoencoderConfig:
    """Settings for an image size; for fsq, `latent` is the number of levels."""
    if chosen.get("bottleneck") == "fsq":
        chosen = {"latent": len(chosen.get("levels", GridAutoencoderConfig.levels))} | chosen
    return GridAutoencoderConfig(size, channels, classes, **chosen)


class GridAutoencoder(ImageNetwork):
    """Encoder, bottleneck and decoder, for images of any size that is a multiple of `config.factor`.

    The networks' input and output are normalised Haar packets, at half the resolution. `draw` decodes a
    stationary Gaussian field with the second moments of the latents, which reproduces texture only; a
    diffusion model of the latents generates content.
    """

    def __init__(self, config: GridAutoencoderConfig):
        super().__init__()
        self.config = config
        self.space = PacketSpace(1, colours=config.channels)
        self.bottleneck = config.make_bottleneck()
        shape: dict[str, Any] = {"widths": config.widths, "blocks": config.blocks}
        self.encoder = GridAnalysis(self.space.channels, self.bottleneck.inputs, **shape)
        self.decoder = GridSynthesis(config.latent, self.space.channels, **shape)
        side = config.size // config.factor
        self.field = GaussianField(config.latent, side, side)

    def encode(self, images: Images) -> Latents:
        """Images in [-1, 1] -> latents before quantisation: (N, latent, H / factor, W / factor)."""
        return self.bottleneck.continuous(self.encoder(self.space.encode(images)))

    def decode(self, latents: Latents) -> Images:
        """Latents -> images, approximately in [-1, 1]; for vq and fsq, latents are quantised first."""
        return self.space.decode(self.decoder(self.bottleneck.settled(latents)))

    def reconstruct(self, images: Images) -> Images:
        """Reconstructions of images in [-1, 1], of the same shape."""
        return self.decode(self.encode(images))

    def tokens(self, images: Images) -> Tensor:
        """Images -> code indices of their latents, int64 (N, H / factor, W / factor), from 0 to `codes` - 1.

        Raises:
            InvalidInput: if the latents are not discrete.
        """
        return self._discrete().ids(self.encode(images))

    def from_tokens(self, tokens: Tensor) -> Images:
        """Code indices (N, h, w) -> decoded images, an approximate inverse of `tokens`.

        Raises:
            InvalidInput: if the latents are not discrete, or an index is out of range.
        """
        check_ids(tokens, self.codes)
        return self.space.decode(self.decoder(self._discrete().vectors(tokens)))

    def code_use(self, images: Images) -> CodeUse | None:
        """How the tokens of images use the codebook; None for continuous latents."""
        if not isinstance(self.bottleneck, DiscreteBottleneck):
            return None
        return code_use(self.tokens(images), self.codes)

    @property
    def codes(self) -> int:
        """Number of distinct tokens."""
        return self._discrete().codes

    def settle(self, images: Tensor) -> None:
        """Fit the Gaussian field to latents of training images, uint8 (N, channels, size, size)."""
        signal = sample_of(images).to(self.field.mean.device)
        self.field.fit(torch.cat([self.encode(part) for part in signal.split(64)]))

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images decoded from samples of the Gaussian field: (count, channels, size, size)."""
        white = normal_like(self.field.mean.new_empty(count, *self.field.mean.shape), random)
        return self.decode(self.field(white))

    def _discrete(self) -> DiscreteBottleneck:
        if not isinstance(self.bottleneck, DiscreteBottleneck):
            raise InvalidInput(
                f"no tokens in an autoencoder with bottleneck {self.config.bottleneck!r}: train one with vq or fsq"
            )
        return self.bottleneck


class Reconstruction(Trainable):
    """Training task of a `GridAutoencoder`: absolute error, cost of the bottleneck, and later a patch critic.

    The critic discriminates patches of images and of reconstructions with the hinge loss. Its weight is
    scaled by the ratio of the norms of the error's and the critic's gradients at the decoder's last layer.

    Source: Esser et al. 2021, "Taming transformers for high-resolution image synthesis", section 3.1; Rombach
    et al. 2022, appendix G.
    """

    gradient_in_loss = True

    def __init__(self, network: GridAutoencoder, config: GridAutoencoderConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config
        width = config.critic_width
        self.critic = GridAnalysis(network.space.channels, 1, (width, 2 * width))
        network.space.take_statistics(images)
        with torch.no_grad():
            network.bottleneck.start(network.encoder(network.space.encode(sample_of(images, 256))))

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        rate = self.config.rate
        main = torch.optim.AdamW(self.network.parameters(), rate, betas=(0.9, 0.99), fused=True)
        if not self.config.critic:
            return {"main": main}
        critic = torch.optim.Adam(self.critic.parameters(), rate / 2, betas=(0.5, 0.9), fused=True)
        return {"main": main, "critic": critic}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]."""
        network, config = self.network, self.config
        criticised = k.progress >= 1 - config.critic
        self.critic.requires_grad_(k.phase == "critic")
        if k.phase == "critic" and not criticised:
            return {"loss": torch.stack([0 * p.sum() for p in self.critic.parameters()]).sum()}
        packets = network.space.encode(batch["image"])
        with torch.set_grad_enabled(k.phase == "main"):
            passed = network.bottleneck(network.encoder(packets), k.random)
            decoded = network.decoder(passed.latents).float()
        if k.phase == "critic":
            real, fake = self.critic(packets), self.critic(decoded)
            return {"loss": (F.relu(1 - real) + F.relu(1 + fake)).mean()}
        error = (network.space.decode(decoded) - batch["image"]).abs().mean()
        cost = passed.cost.mean()
        weight = config.divergence / batch["image"][0].numel() if config.bottleneck == "kl" else 1.0
        loss, logged = error + weight * cost, {"error": error, "cost": cost}
        if criticised:
            adversarial = -self.critic(decoded).mean()
            loss = loss + config.critic_weight * self._proportion(error, adversarial) * adversarial
        if passed.ids is not None:
            use = code_use(passed.ids, network.codes)
            logged |= {"codes used": torch.tensor(use.used), "perplexity": torch.tensor(use.perplexity)}
        return {"loss": loss} | logged

    def _proportion(self, error: Tensor, adversarial: Tensor) -> Tensor:
        """Ratio of the gradient norms of error and adversarial loss at the decoder's last layer."""
        last = self.network.decoder.out.weight
        norms = [
            torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (error, adversarial)
        ]
        return (norms[0] / (norms[1] + 1e-4)).clamp(max=1e4).detach()


FAMILY = GeneratorFamily(
    name="autoencoder",
    config=GridAutoencoderConfig,
    configure=configure,
    build=GridAutoencoder,
    task=Reconstruction,
    settle=GridAutoencoder.settle,
    title="Autoencoder with a grid of latents, for latent diffusion and tokens",
    channels=(1, 3),
    rates={32: Rate(400, 1000), 64: Rate(120, 400)},
)
