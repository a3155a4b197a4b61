"""The network that generated images are judged by: trained here on real images, so that nothing need be
downloaded.

Where the images have classes it learns these, and its verdicts tell whether a generator draws what it is
asked for. Where they have none it learns how each image was turned, by 0, 90, 180 or 270 degrees, which takes
knowledge of what things look like (Gidaris, Singh and Komodakis 2018). The layer below its verdict gives the
features of all distances.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate.pixels import as_images, sample_of, to_signal
from subband.runs.interrupt import interruption
from subband.training import (
    Moment,
    Trainable,
    check_choices,
    fill,
    fit,
    initialised,
    load_checkpoint,
    read_config,
    save_checkpoint,
    shuffled,
    warmup_cosine,
)

_AT_ONCE = 256
TURNS = ("0°", "90°", "180°", "270°")


@dataclass(frozen=True)
class JudgeConfig:
    """Settings of a judge.

    Attributes:
        size: height and width of its images
        channels: of its images
        classes: what it tells apart: the classes of the images, or four turns
        task: whether it tells classes apart, or turns
        width: channels of the first layer; the last has four times as many
        features: length of the feature vector; small, so that a few thousand images measure its covariance
        batch: images per training step
        rate: peak learning rate
    """

    size: int
    channels: int
    classes: tuple[str, ...]
    task: Literal["classes", "turns"]
    width: int = 32
    features: int = 64
    batch: int = 128
    rate: float = 2e-3

    def __post_init__(self) -> None:
        check_choices(self)
        if min(self.size // 8, self.width, self.features, self.batch) < 1 or self.channels not in (1, 3):
            raise InvalidInput(
                f"can't build a judge of {self}: sizes from 8, 1 or 3 channels, all else 1 or more"
            )


class Judge(nn.Module):
    """Convolutions with batch normalisation down to an eighth of the side, an average, features, a
    verdict.

    Example:
        >>> import numpy as np
        >>> from subband.generate import Judge
        >>> from subband.generate.judge import JudgeConfig
        >>> judge = Judge(JudgeConfig(8, 3, ("cat", "dog"), "classes")).eval()  # untrained
        >>> features, probabilities = judge.look(np.zeros((5, 8, 8, 3), np.uint8))
        >>> features.shape, probabilities.shape
        ((5, 64), (5, 2))
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: JudgeConfig):
        super().__init__()
        self.config = config
        w = config.width
        self.body = nn.Sequential(
            *_layer(config.channels, w, 5, stride=2),
            *_layer(w, 2 * w, 3, stride=2),
            *_layer(2 * w, 4 * w, 3, stride=1),
            *_layer(4 * w, 4 * w, 3, stride=2),
        )
        self.feature = nn.Linear(4 * w, config.features)
        self.verdict = nn.Linear(config.features, len(config.classes))
        self.register_buffer("mean", torch.zeros(config.features))
        self.register_buffer("deviation", torch.ones(config.features))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (N, C, size, size) in [-1, 1] -> features (N, features), logits (N, classes)."""
        features = self.feature(self.body(x).mean(dim=(2, 3)))
        return (features - self.mean) / self.deviation, self.verdict(F.relu(features))

    @torch.no_grad()
    def settle(self, images: Tensor) -> None:
        """Give each feature mean 0 and variance 1 over training images, uint8 (N, C, size, size).

        Distances then have one unit, whatever scale the training ended on.
        """
        features = torch.cat(
            [self(part)[0] for part in sample_of(images).to(self.mean.device).split(_AT_ONCE)]
        )
        self.mean.copy_(features.mean(dim=0))
        self.deviation.copy_(features.std(dim=0).clamp(min=1e-3))

    @torch.no_grad()
    def look(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (N, features) and probabilities (N, classes) of images, uint8 (N, size, size, C)."""
        config = self.config
        if pixels.dtype != np.uint8 or pixels.shape[1:] != (config.size, config.size, config.channels):
            raise InvalidInput(
                f"this judge looks at uint8 (N, {config.size}, {config.size}, {config.channels}), "
                f"not {pixels.dtype} {pixels.shape}"
            )
        images = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
        device = self.feature.weight.device
        parts = [self(to_signal(part).to(device)) for part in images.split(_AT_ONCE)]
        features = torch.cat([features for features, _ in parts]).cpu().double().numpy()
        return features, torch.cat([logits for _, logits in parts]).softmax(dim=1).cpu().double().numpy()

    def accuracy(self, examples: Examples) -> float:
        """Share of right verdicts on images that it has not learnt from."""
        if self.config.task == "turns":
            looked = [self.look(np.rot90(examples.pixels, turn, axes=(1, 2)))[1] for turn in range(4)]
            return float(np.mean([(told.argmax(axis=1) == turn).mean() for turn, told in enumerate(looked)]))
        return float((self.look(examples.pixels)[1].argmax(axis=1) == examples.labels).mean())

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`; OutputError where that fails."""
        save_checkpoint(folder, "judge", self.config, self.state_dict())


class _Lessons(Trainable):
    """Cross-entropy on shifted images, or on turned ones."""

    def __init__(self, judge: Judge):
        super().__init__()
        self.judge = judge

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "main": torch.optim.AdamW(
                self.parameters(), self.judge.config.rate, weight_decay=0.01, fused=True
            )
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        x, answer = batch["image"], batch.get("label")
        if self.judge.config.task == "turns":
            answer = torch.arange(len(x), device=x.device) % 4
            x = torch.stack([image.rot90(int(turn), (1, 2)) for image, turn in zip(x, answer, strict=True)])
        assert answer is not None
        logits = self.judge(_shifted(x, k.random))[1]
        return {"loss": F.cross_entropy(logits.float(), answer)}


def train_judge(
    examples: Examples,
    *,
    steps: int = 1500,
    seed: int = 0,
    progress: Callable[[int, int, float, float], None] | None = None,
) -> Judge:
    """Train a judge on real images: on their classes, or without these on turns.

    Args:
        examples: at least 16; keep others to test it on.
        steps: training steps of 128 images.
        seed: of everything random.
        progress: told of each step.

    Raises:
        DataError: too few images.
        BudgetError: steps < 1.
        KeyboardInterrupt: Ctrl-C.

    Example:
        >>> import numpy as np
        >>> from subband.data import Examples
        >>> from subband.generate import train_judge
        >>> examples = Examples(np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8))
        >>> judge = train_judge(examples, steps=1)
        >>> judge.config.task, judge.look(examples.pixels)[0].shape  # without classes it tells turns apart
        ('turns', (16, 64))
    """
    images = as_images(examples.pixels)
    task = "turns" if examples.labels is None else "classes"
    config = JudgeConfig(examples.size, examples.channels, examples.classes or TURNS, task)
    data = {"image": images}
    if examples.labels is not None:
        data["label"] = torch.from_numpy(examples.labels)
    with initialised(seed):
        judge = Judge(config)
    seen = shuffled(data, config.batch, seed=seed)

    def batch(k: int) -> dict[str, Tensor]:
        rows = seen(k)
        return rows | {"image": to_signal(rows["image"])}

    schedule = partial(warmup_cosine, warmup=0.1)
    history = fit(_Lessons(judge), batch, steps=steps, seed=seed, schedule=schedule, progress=progress)
    if history.signal:
        raise interruption(history.signal)
    judge.eval().requires_grad_(False).settle(images)
    return judge


def load_judge(folder: str | Path) -> Judge:
    """Bring back a judge from where `save` put it.

    Raises:
        CheckpointError: if there is none, or it is truncated, foreign or newer.

    Example:
        >>> from subband.generate import Judge, load_judge
        >>> from subband.generate.judge import JudgeConfig
        >>> judge = Judge(JudgeConfig(8, 3, ("cat", "dog"), "classes"))
        >>> judge.save("judge")
        >>> load_judge("judge").config.classes
        ('cat', 'dog')
    """
    checkpoint = load_checkpoint(folder, "judge")
    with initialised(0):
        judge = Judge(read_config(JudgeConfig, checkpoint.config))
    fill(judge, checkpoint.tensors)
    return judge.eval().requires_grad_(False)


def _layer(before: int, after: int, side: int, *, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    ]


def _shifted(x: Tensor, random: torch.Generator, most: int = 2) -> Tensor:
    """A batch moved by up to `most` pixels up or down, left or right, its edge repeated."""
    down, right = torch.randint(0, 2 * most + 1, (2,), generator=random).tolist()
    height, width = x.shape[2:]
    return F.pad(x, [most] * 4, mode="replicate")[..., down : down + height, right : right + width]
