"""Stage A of MinD-Vis: an encoder of voxels that learns to predict hidden patches of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from subband.data.brain import check_voxels, stack_subjects
from subband.errors import InvalidInput
from subband.nn import MaskedAutoencoder
from subband.runs.interrupt import interruption
from subband.training import (
    STATE,
    Keep,
    Moment,
    Precision,
    Progress,
    Trainable,
    digest,
    fit,
    initialised,
    shuffled,
)


@dataclass(frozen=True)
class BrainEncoderConfig:
    """Settings of the encoder; the defaults are small, those of the paper in brackets.

    Attributes:
        patch: voxels in a patch (16)
        width: length of a token (1024): many times a patch, so that codes can be sparse
        depth: blocks of the encoder (24)
        heads: attention heads of the encoder (16)
        ratio: width of its MLPs relative to its tokens (1)
        decoder_width: length of a token of the decoder (512)
        decoder_depth: blocks of the decoder (8)
        decoder_heads: attention heads of the decoder (16)
        masked: share of the patches that is hidden (0.75)
        batch: responses a step (500)
        rate: peak learning rate (2.5e-4)
        decay: of the weights (0.05)
        clip: largest norm of a gradient (0.8)
    """

    patch: int = 16
    width: int = 256
    depth: int = 4
    heads: int = 8
    ratio: float = 1.0
    decoder_width: int = 128
    decoder_depth: int = 2
    decoder_heads: int = 4
    masked: float = 0.75
    batch: int = 100
    rate: float = 1e-3
    decay: float = 0.05
    clip: float = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.masked < 1 or min(self.batch, self.rate, self.clip) <= 0 or self.decay < 0:
            raise InvalidInput(
                f"can't pretrain with masked={self.masked}, batch={self.batch}, rate={self.rate}, "
                f"decay={self.decay}, clip={self.clip}: a share between 0 and 1, numbers above 0, a decay "
                "of 0 or more"
            )

    def build(self) -> MaskedAutoencoder:
        """The untrained network."""
        return MaskedAutoencoder(
            patch=self.patch, width=self.width, depth=self.depth, heads=self.heads, ratio=self.ratio,
            decoder_width=self.decoder_width, decoder_depth=self.decoder_depth, decoder_heads=self.decoder_heads,
        )  # fmt: skip


def new_encoder(config: BrainEncoderConfig, seed: int) -> MaskedAutoencoder:
    """An untrained encoder; equal seeds give equal weights.

    Example:
        >>> import torch
        >>> from subband.generate.brain import BrainEncoderConfig, new_encoder
        >>> encoder = new_encoder(BrainEncoderConfig(patch=8, width=16, depth=1, heads=2), seed=0)
        >>> encoder.encode(torch.zeros(3, 64)).shape  # a token for each patch of 8 voxels
        torch.Size([3, 8, 16])
    """
    with initialised(seed):
        return config.build()


def train_encoder(
    voxels: np.ndarray | Sequence[np.ndarray],
    config: BrainEncoderConfig | None = None,
    *,
    steps: int,
    seed: int = 0,
    start: MaskedAutoencoder | None = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> MaskedAutoencoder:
    """Learn to predict hidden patches of responses, of one subject or of several.

    Args:
        voxels: (N, V) of one subject, or a list of such; several are padded to one length.
        config: settings.
        steps: training steps.
        seed: of weights, batches and masks.
        start: an encoder to go on with, which is changed, e.g. one of all subjects for the one at hand.
        folder: where the state of the training is kept, to go on from after a stop.
        progress: called after each step.

    Raises:
        InvalidInput: NaN, or a mask that would hide all patches, or none.
        BudgetError: steps below 1.
        TrainingError: the loss is not finite.
        CheckpointError: the state in `folder` is of another run: other responses, settings or `start`.
        KeyboardInterrupt: Ctrl-C.

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from subband.generate.brain import BrainEncoderConfig, train_encoder
        >>> config = BrainEncoderConfig(width=32, depth=1, decoder_width=16, decoder_depth=1)
        >>> subjects = [np.zeros((8, count), np.float32) for count in (100, 120)]
        >>> train_encoder(subjects, config, steps=2).encode(torch.zeros(1, 128)).shape
        torch.Size([1, 8, 32])

    Source: Chen et al. 2023, section 3.2; numbers of its code.
    """
    config = config or BrainEncoderConfig()
    lines = stack_subjects([voxels] if isinstance(voxels, np.ndarray) else list(voxels), config.patch)
    check_voxels(lines)
    x = torch.from_numpy(np.ascontiguousarray(lines, dtype=np.float32))
    model = new_encoder(config, seed) if start is None else start
    task = _Prediction(model.requires_grad_(True), config)
    model.draw_mask(1, x.shape[1], config.masked, torch.Generator())  # says at once what it can't hide
    keep = None
    if folder is not None:
        facts = {"config": repr(config), "data": digest(x), "start": digest(*model.state_dict().values())}
        keep = Keep(Path(folder) / STATE, facts=facts)
    batches = shuffled({"voxels": x}, config.batch, seed=seed)
    history = fit(
        task,
        batches,
        steps=steps,
        seed=seed,
        clip=config.clip,
        precision=Precision(),
        keep=keep,
        progress=progress,
    )
    if history.signal:
        raise interruption(history.signal)
    return model.eval()


class _Prediction(Trainable):
    """Mean squared error of hidden patches; a batch has new masks."""

    def __init__(self, model: MaskedAutoencoder, config: BrainEncoderConfig):
        super().__init__()
        self.model = model
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        c = self.config
        return {
            "main": torch.optim.AdamW(
                self.parameters(), c.rate, betas=(0.9, 0.95), weight_decay=c.decay, fused=True
            )
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        x = batch["voxels"]
        hidden = self.model.draw_mask(len(x), x.shape[1], self.config.masked, k.random).to(x.device)
        return {"loss": self.model.loss(x, hidden)}
