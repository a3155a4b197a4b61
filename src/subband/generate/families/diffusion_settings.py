"""Settings of diffusion models, and construction of their parts."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from subband.errors import InvalidInput
from subband.generate.diffusion.guidance import Interval, check_interval
from subband.generate.diffusion.objectives import objective
from subband.generate.diffusion.paths.by_name import make_path
from subband.generate.diffusion.paths.continuous import EdmPath, FlowPath
from subband.generate.diffusion.paths.discrete import StepPath, cosine_betas, linear_betas
from subband.generate.diffusion.paths.path import Path
from subband.generate.diffusion.samplers.by_name import sampler
from subband.generate.families.autoencoder import GridAutoencoderConfig
from subband.generate.families.latents import LatentSpace
from subband.generate.family import check_config, halvings
from subband.generate.spaces.packets import PacketSpace
from subband.nn import DiT, Encoder, UNet
from subband.training import check_choices, fitted, from_data, load_checkpoint, read_config, sampling
from subband.transforms.wavelets import max_level


@dataclass(frozen=True)
class DiffusionConfig:
    """Settings of a diffusion model.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; empty for an unconditional model.
        level: depth of the packet tree; the network's input has channels * 4^level channels on a grid of
            size / 2^level. 0 for pixels.
        wavelet: wavelet of the packets, e.g. haar, db2, or bior4.4 (CDF 9/7).
        autoencoder: folder of a trained autoencoder, whose latents replace the packets.
        latent: settings of that autoencoder.
        backbone: network architecture.
        width: channels of the finest level of the U-Net, or of the transformer's tokens.
        multipliers: width of each level of the U-Net relative to `width`, finest first.
        blocks: residual blocks on each level of the U-Net, or blocks of the transformer.
        patch: side of the patches that the network's input is cut into.
        path: forward process: flow, vp-linear, vp-cosine, ve, edm, ddpm or iddpm.
        chain: number of steps of the paths ddpm and iddpm.
        time_mean, time_spread: mean and standard deviation of the logit of the training times on the path
            "flow".
        predict: prediction target of the network: v, eps, x0, score or flow.
        measure: target in which the loss is measured, if not the network's own; "" for the network's own.
        learn_variance: whether the variances of ancestral steps are learned, on paths ddpm and iddpm.
        consistency: last fraction of the training, spent on consistency tuning for few-step sampling; 0 for
            none.
        unround: whether training images are dequantised with uniform noise of one level, as likelihoods need.
        drop: fraction of the training images whose class is dropped, for classifier-free guidance.
        classifier: whether a classifier of noisy images is trained too, for classifier guidance.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
        sampler: name of the sampler.
        sampling_steps: number of sampling steps.
        sampling_shift: shift of the time grid; above 1, more of the steps lie near the noise.
        clip_denoised: whether the denoised image of each step is clipped to the range of pixel values; ignored
            in latents.
        guidance: scale w in u + w (c - u), c conditioned on the class; 1 for none, or Bayes' rule with a
            classifier.
        guide: source of u and c: classifier-free, one network without and with its class; classifier, a
            classifier's gradient added to u; or auto, the model of guide_with as u.
        guide_with: folder of a weaker model of the same images, for guide "auto".
        guidance_from, guidance_to: lowest and highest guided time.

    The defaults suit trainings of a minute, after which networks remove strong noise but don't yet generate
    fine detail: training times concentrate near the noise, and sampling ends with one long step, whose
    denoised estimate is smooth. For hours of training, time_mean = 0, sampling_shift = 1 and 20 or more steps
    give detail too.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    level: int = 1
    wavelet: str = "haar"
    autoencoder: str = ""
    latent: GridAutoencoderConfig | None = from_data(None)  # noqa: RUF009 - a dataclass field
    backbone: Literal["unet", "dit"] = "unet"
    width: int = fitted(48)
    multipliers: tuple[int, ...] = fitted((1, 2, 2))
    blocks: int = fitted(1)
    patch: int = fitted(2)
    path: str = "flow"
    chain: int = 1000
    time_mean: float = 0.8
    time_spread: float = 1.0
    predict: str = "v"
    measure: str = ""
    learn_variance: bool = False
    consistency: float = 0.0
    unround: bool = False
    drop: float = 0.1
    classifier: bool = False
    batch: int = 8
    rate: float = 3e-3
    average: float = 0.1
    sampler: str = sampling("euler")
    sampling_steps: int = sampling(8)
    sampling_shift: float = sampling(10.0)
    clip_denoised: bool = sampling(True)
    guidance: float = sampling(2.0)
    guide: Literal["classifier-free", "classifier", "auto"] = sampling("classifier-free")
    guide_with: str = sampling("")
    guidance_from: float = sampling(0.0)
    guidance_to: float = sampling(1000.0)

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(
            self.size,
            width=self.width,
            multipliers=self.multipliers,
            blocks=self.blocks,
            patch=self.patch,
            chain=self.chain,
            batch=self.batch,
            rate=self.rate,
            sampling_steps=self.sampling_steps,
            sampling_shift=self.sampling_shift,
            time_spread=self.time_spread,
        )
        objective(self.predict)
        if self.measure:
            objective(self.measure)
        sampler(self.sampler)
        if bool(self.autoencoder) != (self.latent is not None):
            raise InvalidInput(
                f"can't work in the latents of autoencoder={self.autoencoder!r} with latent={self.latent}: "
                "a folder and the settings in it go together, and configure() reads the latter"
            )
        deepest = max(max_level(self.size, self.wavelet), 1)
        if self.level > deepest:
            raise InvalidInput(
                f"can't split {self.size} px by {self.wavelet} to level {self.level}: at most {deepest}"
            )
        path = self.make_path()
        if self.learn_variance and not isinstance(path, StepPath):
            raise InvalidInput(f"can't learn variances on the path {self.path!r}: take ddpm or iddpm")
        if self.learn_variance and self.measure:
            raise InvalidInput(
                f"can't measure errors by {self.measure!r} and learn variances: leave out one of the two"
            )
        check_interval(self.interval)
        if self.classifier and not self.classes:
            raise InvalidInput("can't train a classifier on images without classes: leave out classifier")
        if not 0 <= self.consistency < 1:
            raise InvalidInput(
                f"can't use consistency={self.consistency}: it is a part of the training, 0 or more, below 1"
            )
        if not 0 <= self.drop < 1:
            raise InvalidInput(f"can't use drop={self.drop}: it is a part of the images, 0 or more, below 1")
        if self.level < 0:
            raise InvalidInput(f"can't split packets to level {self.level}: take 0 for pixels, or more")
        if self.size % self.stride:
            raise InvalidInput(
                f"can't run these settings on {self.size} px: they take multiples of {self.stride}"
            )

    @property
    def stride(self) -> int:
        """Number that the image size must be a multiple of."""
        halved = len(self.multipliers) - 1 if self.backbone == "unet" else 0
        return self.shrink * self.patch * 2**halved

    @property
    def shrink(self) -> int:
        """Ratio of the sides of images and of the network's input."""
        return 2**self.level if self.latent is None else self.latent.factor

    @property
    def interval(self) -> Interval:
        """Guided times, (lowest, highest)."""
        return self.guidance_from, self.guidance_to

    def make_path(self) -> Path:
        """The forward process, for data of standard deviation 1."""
        if self.path == "flow":
            return FlowPath(self.time_mean, self.time_spread)
        if self.path == "edm":  # the paper's parameters are for deviation 0.5
            return EdmPath(0.004, 160.0, math.log(2) - 1.2, 1.2)
        if self.path in ("ddpm", "iddpm"):
            return StepPath((linear_betas if self.path == "ddpm" else cosine_betas)(self.chain))
        return make_path(self.path)

    def make_space(self) -> PacketSpace | LatentSpace:
        """The representation of images that the network works on."""
        if self.latent is None:
            return PacketSpace(self.level, self.wavelet, self.channels)
        return LatentSpace(self.latent)

    def make_classifier(self, channels: int) -> Encoder:
        """A classifier of noisy images with this many channels, on two grids where the size allows."""
        widths = (1, 2) if self.size % (2 * self.shrink * self.patch) == 0 else (1,)
        return Encoder(channels, len(self.classes), multipliers=widths, patch=self.patch)

    def make_network(self, channels: int, *, context: int = 0) -> UNet | DiT:
        """The backbone for inputs with this many channels, with cross-attention to tokens of width `context`."""
        outputs = channels * (2 if self.learn_variance else 1)
        if self.backbone == "dit":
            return DiT(
                channels,
                outputs=outputs,
                width=self.width,
                depth=self.blocks,
                heads=math.gcd(self.width, max(self.width // 32, 1)),
                patch=self.patch,
                context=context,
            )
        return UNet(
            channels,
            outputs=outputs,
            width=self.width,
            multipliers=self.multipliers,
            blocks=self.blocks,
            patch=self.patch,
            context=context,
        )


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> DiffusionConfig:
    """Settings for an image size: a first grid of about 16 x 16, halved twice where the size allows.

    Raises:
        CheckpointError: if an autoencoder was chosen and there is none in that folder.
        InvalidInput: if the autoencoder is of images with another number of channels.
    """
    check_config(size)
    chosen = _unguided(classes, chosen)
    shrink = 2 ** max(chosen.get("level", 1), 0)
    if chosen.get("autoencoder"):
        latent = read_config(
            GridAutoencoderConfig, load_checkpoint(chosen["autoencoder"], "autoencoder").config
        )
        if latent.channels != channels:
            raise InvalidInput(
                f"can't use the autoencoder in {chosen['autoencoder']} on images of {channels} channels: it was "
                f"trained on {latent.channels}"
            )
        chosen, shrink = {"latent": latent} | chosen, latent.factor
    grid = size // shrink
    if chosen.get("backbone") == "dit":
        fitting: dict[str, Any] = {"width": 192, "blocks": 6, "patch": max(grid // 8, 1), "multipliers": (1,)}
    else:
        patch = 2 if grid >= 32 else 1
        fitting = {"patch": patch, "multipliers": (1, 2, 2)[: 1 + halvings(grid // patch, 2)]}
    return DiffusionConfig(size, channels, classes, **(fitting | chosen))


def _unguided(classes: tuple[str, ...], chosen: dict[str, Any]) -> dict[str, Any]:
    """`chosen` with guidance = 1 where drop = 0, as the network then learns no unconditional prediction.

    Raises:
        InvalidInput: if other guidance was chosen.
    """
    by = chosen.get("guide", "classifier-free")
    if not classes or chosen.get("drop") != 0 or by != "classifier-free":
        return chosen
    w = chosen.get("guidance", 1.0)
    if w != 1:
        raise InvalidInput(f"can't guide by guidance={w} with drop=0: take drop=0.1, or guidance=1")
    return chosen | {"guidance": 1.0}
