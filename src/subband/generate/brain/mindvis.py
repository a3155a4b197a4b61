"""Stage B of MinD-Vis: a latent diffusion model that draws what a brain saw."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from subband.data.brain import check_voxels, pad_voxels
from subband.errors import InvalidInput
from subband.generate.brain.conditioning import BrainConditioning
from subband.generate.brain.encoder import BrainEncoderConfig
from subband.generate.diffusion.denoiser import Denoiser
from subband.generate.diffusion.guidance import ClassifierFree
from subband.generate.diffusion.samplers.grids import time_grid
from subband.generate.diffusion.samplers.sample import sample
from subband.generate.families.diffusion import ImageDiffusion
from subband.generate.families.diffusion_settings import DiffusionConfig
from subband.generate.pixels import as_images, to_pixels, to_signal
from subband.generate.trained import TrainedGenerator
from subband.nn import Conditioner, MaskedAutoencoder
from subband.runs.interrupt import interruption
from subband.training import (
    STATE,
    Keep,
    Moment,
    Progress,
    Trainable,
    digest,
    fast_precision,
    fill,
    fit,
    generator,
    initialised,
    load_checkpoint,
    normal_like,
    read_config,
    save_checkpoint,
    shuffled,
)

KIND = "mindvis"
_AT_ONCE = 64
_SAMPLE = 4  # key of the stream that samples are drawn from


@dataclass(frozen=True)
class MindVisConfig:
    """Settings; those of the paper in brackets.

    Attributes:
        voxels: number of voxels of the subject.
        diffusion: settings of the generator that is tuned.
        encoder: settings of the encoder of voxels.
        tokens: tokens of the context (77).
        context: their width (512).
        double: whether the time embedding is conditioned as well as the cross-attention.
        drop: part of the training images whose voxels are dropped, for guidance (0).
        batch: images a step (5).
        rate: peak learning rate (5.3e-5).
    """

    voxels: int
    diffusion: DiffusionConfig
    encoder: BrainEncoderConfig = field(default_factory=BrainEncoderConfig)
    tokens: int = 16
    context: int = 128
    double: bool = True
    drop: float = 0.1
    batch: int = 32
    rate: float = 2e-3

    @property
    def length(self) -> int:
        """Number of voxels, padded to whole patches."""
        return -(-self.voxels // self.encoder.patch) * self.encoder.patch


class MindVis:
    """A generator that draws pictures of voxels. `train_mindvis` makes one.

    Attributes:
        config: its settings.
        network: the generator, its denoiser conditioned on voxels.
    """

    def __init__(self, config: MindVisConfig, network: ImageDiffusion):
        self.config = config
        self.network = network.eval().requires_grad_(False)

    @torch.no_grad()
    def sample(
        self,
        voxels: np.ndarray,
        *,
        seed: int,
        guidance: float = 2.0,
        steps: int = 16,
        sampler: str = "heun",
        shift: float = 1.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """Draw one picture for each response.

        Args:
            voxels: (N, V).
            seed: equal seeds give equal pictures.
            guidance: weight of classifier-free guidance; 1 for none.
            steps, sampler, shift: of the sampler, as `sampling_steps` and so on of `subband train diffusion`.
            progress: called with how many are done, and of how many.

        Returns:
            uint8, (N, size, size, channels).

        Raises:
            InvalidInput: another number of voxels, or NaN.
        """
        rows = as_voxels(voxels, self.config)
        denoiser, space, found = self.network.denoiser, self.network.space, []
        grid = time_grid(steps, denoiser.path, shift=shift)
        for i in range(0, len(rows), _AT_ONCE):
            condition = {"voxels": rows[i : i + _AT_ONCE]}
            shape = len(condition["voxels"]), *space.shape(self.config.diffusion.size)
            noise = normal_like(space.mean.new_empty(*shape), generator(seed, _SAMPLE, i))
            guided = denoiser.given(condition)
            if guidance != 1:
                guided = ClassifierFree(denoiser, condition, guidance)
            found.append(to_pixels(space.decode(sample(guided, noise, sampler, grid=grid))))
            if progress is not None:
                progress(i + len(noise), len(rows))
        return np.concatenate(found)

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`; OutputError where that fails."""
        save_checkpoint(folder, KIND, self.config, self.network.state_dict())

    @classmethod
    def load(cls, folder: str | Path) -> "MindVis":
        """Bring back what `save` wrote.

        Raises:
            CheckpointError: there is none, or it is damaged or of another kind.
        """
        checkpoint = load_checkpoint(folder, KIND)
        config = read_config(MindVisConfig, checkpoint.config)
        with initialised(0):
            network = conditioned(ImageDiffusion(config.diffusion), config.encoder.build(), config)
        fill(network, checkpoint.tensors)
        return cls(config, network)


def train_mindvis(
    base: TrainedGenerator,
    encoder: MaskedAutoencoder,
    voxels: np.ndarray,
    images: np.ndarray,
    config: MindVisConfig,
    *,
    steps: int,
    seed: int = 0,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> MindVis:
    """Tune a diffusion model to draw the pictures that go with voxels.

    Trained are the encoder, the heads that make context and vector of its tokens, the cross-attention, and
    the layers of the time embedding; convolutions, self-attention and the autoencoder of a latent model keep
    their weights.

    Args:
        base: a trained generator of the family "diffusion", e.g. of latents; it is not changed. One with classes,
            as in the paper, has learnt to obey its time embedding, and is tuned several times faster.
        encoder: of `train_encoder` or `new_encoder`; it is not changed.
        voxels: (N, V) responses of one subject.
        images: uint8 (N, size, size, channels) of the base's size.
        config: settings; `config.diffusion` is `base.config`.
        steps: training steps.
        seed: of new weights, batches and noise.
        folder: where the state of the training is kept, to go on from after a stop.
        progress: called after each step.

    Raises:
        InvalidInput: NaN, other voxels, or pictures that do not fit.
        DataError: fewer than 16 pictures.
        BudgetError, TrainingError, CheckpointError, KeyboardInterrupt: as for `subband.training.fit`.

    Source: Chen et al. 2023, section 3.3 and its code (layers `attn2`, `norm2`, time embedding).

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, TrainedGenerator
        >>> from subband.generate.brain import BrainEncoderConfig, MindVisConfig, new_encoder, train_mindvis
        >>> family, random = GENERATORS["diffusion"], np.random.default_rng(0)
        >>> settings = family.configure(16, channels=1, width=8, multipliers=(1,))
        >>> base = TrainedGenerator("diffusion", settings, family.build(settings))  # untrained
        >>> brain = BrainEncoderConfig(patch=8, width=16, depth=1, heads=2)
        >>> config = MindVisConfig(60, settings, brain, tokens=4, context=24)
        >>> voxels, images = random.normal(size=(16, 60)), random.integers(0, 256, (16, 16, 16, 1), dtype=np.uint8)
        >>> model = train_mindvis(base, new_encoder(brain, seed=0), voxels, images, config, steps=1)
        >>> model.sample(voxels[:2], seed=0, steps=2).shape
        (2, 16, 16, 1)
    """
    if not isinstance(base.network, ImageDiffusion) or base.config != config.diffusion:
        raise InvalidInput(
            "base must be a generator of the family 'diffusion', with the settings of config.diffusion"
        )
    x, rows = as_images(images), as_voxels(voxels, config)
    if len(x) != len(rows) or tuple(x.shape[1:]) != (base.config.channels, base.size, base.size):
        raise InvalidInput(
            f"{len(rows)} responses need as many pictures of {base.size} px and {base.config.channels} "
            f"channels, not {tuple(x.shape)}"
        )
    copy = config.encoder.build()
    fill(copy, encoder.state_dict())
    with initialised(seed):
        network = conditioned(base.network, copy, config)
    task = _Tuning(network, config)
    keep = None
    if folder is not None:
        start = digest(*network.state_dict().values())
        keep = Keep(
            Path(folder) / STATE, facts={"config": repr(config), "data": digest(x, rows), "start": start}
        )
    data = {"image": x, "voxels": rows}
    history = fit(
        task, shuffled(data, config.batch, seed=seed), steps=steps, seed=seed, precision=fast_precision(),
        keep=keep, progress=progress,
    )  # fmt: skip
    if history.signal:
        raise interruption(history.signal)
    return MindVis(config, network)


def conditioned(base: ImageDiffusion, encoder: MaskedAutoencoder, config: MindVisConfig) -> ImageDiffusion:
    """A copy of a generator whose denoiser is conditioned on voxels, and cross-attends to them.

    New layers of cross-attention start as nothing: without voxels it draws what the base draws of no class.
    """
    network = ImageDiffusion(config.diffusion)
    fill(network, base.state_dict())
    old = network.denoiser
    net = config.diffusion.make_network(network.space.channels, context=config.context)
    absent = net.load_state_dict(old.net.state_dict(), strict=False)
    assert not absent.unexpected_keys
    assert all("cross" in name for name in absent.missing_keys)
    conditioner = BrainConditioning(
        encoder, config.length, embedding=net.embedding, context=config.context, tokens=config.tokens,
        double=config.double, drop=config.drop,
    )  # fmt: skip
    if isinstance(old.conditioner, Conditioner) and old.conditioner.classes:
        with torch.no_grad():  # what the base knows as no class
            conditioner.no_vector.copy_(old.conditioner.of_label.weight[-1])
    network.denoiser = Denoiser(
        net, old.path, old.predict, conditioner=conditioner, learn_variance=old.learn_variance
    )
    return network


def tuned(network: ImageDiffusion) -> list[torch.nn.Parameter]:
    """The parameters that are trained: encoder and heads, cross-attention, time embedding."""
    assert network.denoiser.conditioner is not None
    named = dict(network.denoiser.net.named_parameters())
    chosen = [p for name, p in named.items() if "cross" in name or name.startswith("embed.")]
    # The encoder's decoder of hidden patches has no part in this.
    unused = ("encoder.bridge", "encoder.hidden_token", "encoder.decoder", "encoder.predict")
    heads = network.denoiser.conditioner.named_parameters()
    return chosen + [p for name, p in heads if not name.startswith(unused)]


def as_voxels(voxels: np.ndarray, config: MindVisConfig) -> Tensor:
    """(N, V) as the network takes them, padded to whole patches.

    Raises:
        InvalidInput: NaN, or another number of voxels.
    """
    check_voxels(np.asarray(voxels))
    if voxels.shape[1] != config.voxels:
        raise InvalidInput(
            f"this model is of a subject with {config.voxels} voxels, and got {voxels.shape[1]}: voxels of "
            "another subject are other places; train a model of its own for it"
        )
    return torch.from_numpy(pad_voxels(voxels, config.encoder.patch).astype(np.float32))


class _Tuning(Trainable):
    """The denoiser's loss, with a gradient for some layers only."""

    def __init__(self, network: ImageDiffusion, config: MindVisConfig):
        super().__init__()
        self.network = network.requires_grad_(False)
        self.config = config
        for p in tuned(network):
            p.requires_grad_(True)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "main": torch.optim.AdamW(
                tuned(self.network), self.config.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
            )
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        denoiser = self.network.denoiser
        x0 = self.network.space.encode(to_signal(batch["image"]))
        t = denoiser.path.draw_times(len(x0), k.random).to(x0)
        eps = normal_like(x0, k.random)
        assert denoiser.conditioner is not None
        keep = denoiser.conditioner.drawn_keep(len(x0), k.random).to(x0.device)
        errors = denoiser.errors(x0, eps, t, {"voxels": batch["voxels"]}, keep)
        return {"loss": errors.mean()}
