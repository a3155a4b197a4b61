"""Diffusion autoencoders: a semantic code of an image, and noise that encodes the remaining detail."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoiser, Given
from subband.generate.diffusion.paths.continuous import FlowPath
from subband.generate.diffusion.samplers.by_name import SAMPLERS, sampler
from subband.generate.diffusion.samplers.grids import time_grid
from subband.generate.diffusion.samplers.sample import sample
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config, halvings
from subband.generate.pixels import sample_of
from subband.generate.spaces.packets import PacketSpace
from subband.nn import Conditioner, Encoder, LatentNet, UNet
from subband.training import Moment, Trainable, fast_precision, fitted, from_data, normal_like, sampling


@dataclass(frozen=True)
class DiffusionAutoencoderConfig:
    """Settings of a diffusion autoencoder.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; empty, as this family is unconditional.
        level: depth of the Haar packet tree of the networks' input; 0 for pixels.
        code: length of the code.
        width: channels of the finest level of encoder and decoder.
        multipliers: width of each level relative to `width`, finest first.
        blocks: residual blocks on each level.
        patch: side of the patches that the networks' input is cut into.
        code_width, code_depth: width and depth of the network of the diffusion model of codes.
        time_mean, time_spread: mean and standard deviation of the logit of the training times.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
        sampler: name of the sampler; a deterministic one, as encoding reverses it.
        sampling_steps: number of sampling steps.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    level: int = 1
    code: int = 64
    width: int = 48
    multipliers: tuple[int, ...] = fitted((1, 2, 2))
    blocks: int = 1
    patch: int = fitted(2)
    code_width: int = 256
    code_depth: int = 4
    time_mean: float = 0.0
    time_spread: float = 1.0
    batch: int = 16
    rate: float = 2e-3
    average: float = 0.1
    sampler: str = sampling("heun")
    sampling_steps: int = sampling(10)

    def __post_init__(self) -> None:
        check_config(
            self.size,
            code=self.code,
            width=self.width,
            multipliers=self.multipliers,
            blocks=self.blocks,
            patch=self.patch,
            code_width=self.code_width,
            code_depth=self.code_depth,
            batch=self.batch,
            rate=self.rate,
            time_spread=self.time_spread,
            sampling_steps=self.sampling_steps,
        )
        if self.level < 0:
            raise InvalidInput(f"can't split packets to level {self.level}: take 0 for pixels, or more")
        if sampler(self.sampler).draws:
            able = ", ".join(name for name, method in SAMPLERS.items() if not method.draws)
            raise InvalidInput(
                f"can't go back the way of {self.sampler!r}, which draws noise: choose one of {able}"
            )
        stride = 2**self.level * self.patch * 2 ** (len(self.multipliers) - 1)
        if self.size % stride:
            raise InvalidInput(f"can't run these settings on {self.size} px: they take multiples of {stride}")


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> DiffusionAutoencoderConfig:
    """Settings for an image size: a first grid of about 16 x 16, halved twice where the size allows."""
    check_config(size)
    grid = size // 2 ** chosen.get("level", 1)
    patch = 2 if grid >= 32 else 1
    fitting = {"patch": patch, "multipliers": (1, 2, 2)[: 1 + halvings(grid // patch, 2)]} | chosen
    return DiffusionAutoencoderConfig(size, channels, classes, **fitting)


class DiffusionAutoencoder(ImageNetwork):
    """An encoder of codes, a denoiser conditioned on the code, and a diffusion model of codes.

    An image is represented by its code, which holds its content, and by the noise that the reversed sampler,
    given the code, maps it to; both together reconstruct the image.

    Attributes:
        centre, variance: mean and variance of the raw codes of the training images, shape (code,).

    Source: Preechakul et al. 2022, "Diffusion autoencoders: toward a meaningful and decodable representation".
    The code scales the features of every block of the U-Net, after scale and shift by the time.
    """

    centre: Tensor
    variance: Tensor

    def __init__(self, config: DiffusionAutoencoderConfig):
        super().__init__()
        self.config = config
        self.space = PacketSpace(config.level, colours=config.channels)
        shape: dict[str, Any] = {
            "width": config.width,
            "multipliers": config.multipliers,
            "blocks": config.blocks,
            "patch": config.patch,
        }
        self.encoder = Encoder(self.space.channels, config.code, **shape)
        net = UNet(self.space.channels, code=config.code, **shape)
        conditioner = Conditioner(net.embedding, code=config.code, drop=0.0)
        path = FlowPath(config.time_mean, config.time_spread)
        self.denoiser = Denoiser(net, path, "v", conditioner=conditioner)
        of_codes = LatentNet(config.code, width=config.code_width, depth=config.code_depth)
        self.latent = Denoiser(of_codes, FlowPath(), "v")
        self.register_buffer("centre", torch.zeros(config.code))
        self.register_buffer("variance", torch.ones(config.code))

    def encode(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n code"]:
        """Codes of images in [-1, 1]."""
        return self.code_of(self.space.encode(images))

    def code_of(self, packets: Tensor) -> Tensor:
        """Codes of normalised packets, standardised to mean 0 and variance 1 over the training images."""
        return (self.answer(packets) - self.centre) / self.variance.sqrt()

    def answer(self, packets: Tensor) -> Tensor:
        """Raw encoder output, before standardisation: (N, code)."""
        return self.encoder(packets, packets.new_zeros(len(packets))).float()

    def noise(self, images: Float[Tensor, "n c h w"], codes: Tensor, *, steps: int = 40) -> Tensor:
        """Noise that decodes, with the codes, to images in [-1, 1]: white, of the shape of their packets.

        Computed by reversing the sampler.
        """
        denoiser, grid = self._denoiser_of(codes, steps)
        return sample(denoiser, self.space.encode(images), self.config.sampler, grid=grid, reverse=True)

    def decode(self, codes: Tensor, noise: Tensor, *, steps: int = 40) -> Tensor:
        """Images, approximately in [-1, 1], decoded from codes (N, code) and noise."""
        denoiser, grid = self._denoiser_of(codes, steps)
        return self.space.decode(sample(denoiser, noise, self.config.sampler, grid=grid))

    def settle(self, images: Tensor) -> None:
        """Set mean and variance of the codes from training images, uint8 (N, channels, size, size)."""
        signal = sample_of(images).to(self.centre.device)
        raw = torch.cat([self.answer(self.space.encode(part)) for part in signal.split(64)])
        self.centre.copy_(raw.mean(dim=0))
        self.variance.copy_(raw.var(dim=0).clamp(min=1e-8))

    def _denoiser_of(self, codes: Tensor, steps: int) -> tuple[Given, Tensor]:
        """The denoiser with fixed codes, and the grid of times for encoding and decoding.

        The flow curves most near the image, where uniform steps would lose accuracy.
        """
        return self.denoiser.given({"code": codes}), time_grid(steps, self.denoiser.path, spacing="log-snr")

    def between(self, images: Tensor, others: Tensor, shares: Tensor, *, steps: int = 40) -> Tensor:
        """Interpolations between pairs of images: linear in the codes, spherical in the noise.

        Args:
            images, others: the end points, (N, channels, size, size) in [-1, 1].
            shares: interpolation parameters, shape (K,), 0 to 1.
            steps: number of sampling steps.

        Returns:
            Shape (K, N, channels, size, size).
        """
        z0, z1 = self.encode(images), self.encode(others)
        x0, x1 = self.noise(images, z0, steps=steps), self.noise(others, z1, steps=steps)
        return torch.stack(
            [self.decode(torch.lerp(z0, z1, s), on_circle(x0, x1, s), steps=steps) for s in shares]
        )

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images decoded from sampled codes and white noise: (count, channels, size, size)."""
        side = config.size // 2**config.level
        noise = normal_like(self.centre.new_empty(count, self.space.channels, side, side), random)
        codes = normal_like(self.centre.new_empty(count, config.code), random)
        with fast_precision().context(noise.device):
            codes = sample(self.latent, codes, "heun", steps=20)
            denoiser = self.denoiser.given({"code": codes})
            packets = sample(denoiser, noise, config.sampler, steps=config.sampling_steps)
        return self.space.decode(packets)


def on_circle(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Spherical linear interpolation between a and b at the parameter `share`, per image.

    Source: Shoemake 1985, "Animating rotation with quaternion curves".
    """
    flat = [x.flatten(1) for x in (a, b)]
    angle = torch.nn.functional.cosine_similarity(*flat, dim=1).clamp(-1, 1).acos()
    angle = angle.clamp(min=1e-4).reshape(-1, *[1] * (a.ndim - 1))
    return ((1 - share) * angle).sin() / angle.sin() * a + (share * angle).sin() / angle.sin() * b


def direction(codes: Tensor, labels: Tensor, *, strength: float = 1.0) -> Tensor:
    """Direction of an attribute in the space of codes, by logistic regression on standardised codes.

    Args:
        codes: shape (N, code).
        labels: whether each image has the attribute, shape (N,), 0 or 1.
        strength: strength of the L2 penalty.

    Returns:
        Shape (code,): unit weights of the regression times the deviations of the codes. Adding multiples of
        it to a code and decoding changes the attribute.

    Raises:
        InvalidInput: if not both labels occur.

    Source: Preechakul et al. 2022, on the attributes of real images.
    """
    from sklearn.linear_model import LogisticRegression  # imported here, as it takes about a second

    if len(labels.unique()) != 2:
        raise InvalidInput("can't tell an attribute's direction: give images with it and without it")
    spread = codes.std(dim=0).clamp(min=1e-6)
    rows = ((codes - codes.mean(dim=0)) / spread).cpu().numpy()
    fitted_model = LogisticRegression(C=1 / strength, max_iter=1000).fit(rows, labels.cpu().numpy())
    weights = torch.from_numpy(fitted_model.coef_[0]).to(codes)
    return weights / weights.norm() * spread


class AutoencoderTask(Trainable):
    """Training task of a `DiffusionAutoencoder`: denoiser with encoder, and the diffusion model of codes.

    The source trains the model of codes afterwards, on standardised codes of the trained encoder; here it is
    trained alongside, so that one resumable run trains all parts. Codes are standardised by batch statistics
    during training, and by those of the training images at the end.
    """

    def __init__(self, network: DiffusionAutoencoder, config: DiffusionAutoencoderConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config
        network.space.take_statistics(images)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        network = self.network
        main = [*network.encoder.parameters(), *network.denoiser.parameters()]
        return {
            "main": torch.optim.AdamW(main, self.config.rate, betas=(0.9, 0.99), fused=True),
            "latent": torch.optim.AdamW(
                network.latent.parameters(), self.config.rate, betas=(0.9, 0.99), fused=True
            ),
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]."""
        network = self.network
        x0 = network.space.encode(batch["image"])
        if k.phase == "latent":
            with torch.no_grad():
                codes = standardised(network.answer(x0))
            t = network.latent.path.draw_times(len(codes), k.random).to(codes)
            return {"loss": network.latent.loss(codes, normal_like(codes, k.random), t)}
        codes = standardised(network.answer(x0))
        t = network.denoiser.path.draw_times(len(x0), k.random).to(x0)
        return {"loss": network.denoiser.loss(x0, normal_like(x0, k.random), t, {"code": codes})}


def standardised(raw: Float[Tensor, "n code"]) -> Float[Tensor, "n code"]:
    """Raw codes standardised by the mean and variance of their batch; zeros for a batch of one.

    An untrained encoder's outputs are nearly equal for all images. Standardised, their differences reach the
    denoiser from the first step on; otherwise it learns to ignore the codes for hundreds of steps.
    """
    return (raw - raw.mean(dim=0)) / (raw.var(dim=0, unbiased=False) + 1e-5).sqrt()


FAMILY = GeneratorFamily(
    name="diffae",
    config=DiffusionAutoencoderConfig,
    configure=configure,
    build=DiffusionAutoencoder,
    task=AutoencoderTask,
    settle=DiffusionAutoencoder.settle,
    title="Diffusion autoencoder: codes that can be edited",
    channels=(1, 3),
    rates={32: Rate(170, 80), 64: Rate(155, 75)},  # from its ratio to diffusion in one run
)
