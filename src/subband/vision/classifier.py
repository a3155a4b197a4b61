"""A vision transformer with scikit-learn's interface."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn import VisionTransformer
from subband.runs.interrupt import interruption
from subband.training import (
    STATE,
    Fit,
    Keep,
    Moment,
    PowerAverage,
    Precision,
    Trainable,
    digest,
    fast_precision,
    fill,
    fit,
    initialised,
    load_checkpoint,
    read_config,
    save_checkpoint,
    shuffled,
    warmup_cosine,
)
from subband.vision.augment import mixed_up, moved

KIND = "vision-transformer"
TOGETHER = 256  # images of a prediction
PRECISIONS = {"auto": None, "float32": Precision(), "bfloat16": Precision(torch.bfloat16)}


@dataclass(frozen=True)
class VisionTransformerConfig:
    """What a saved classifier is made of.

    Attributes:
        channels, size: of the images.
        classes: labels, as the columns of `predict_proba`; whole numbers or text.
        mean, deviation: of all pixels of the training images.
        patch, width, depth, heads, tokens, wavelet, level, positions, pool, registers: as in `VisionTransformer`.
    """

    channels: int
    size: tuple[int, int]
    classes: tuple[Any, ...]
    mean: float
    deviation: float
    patch: int
    width: int
    depth: int
    heads: int
    tokens: str
    wavelet: str
    level: int
    positions: str
    pool: str
    registers: int

    def build(self) -> VisionTransformer:
        """The untrained network."""
        return VisionTransformer(
            self.channels, len(self.classes), size=self.size, patch=self.patch, width=self.width,
            depth=self.depth, heads=self.heads, tokens=self.tokens, wavelet=self.wavelet, level=self.level,
            positions=self.positions, pool=self.pool, registers=self.registers,
        )  # fmt: skip


@final
class VisionTransformerClassifier(ClassifierMixin, BaseEstimator):
    """Learns to tell images apart by a vision transformer, from scratch.

    AdamW with linear warm-up, half a cosine, and decay of the weights of matrices; predictions are those of the
    average of the weights over the last part of the training.

    Args:
        patch, width, depth, heads, tokens, wavelet, level, positions, pool, registers: as in
            `subband.nn.VisionTransformer`.
        steps: training steps; None for as many as fit into `minutes`.
        minutes: time budget, in place of `steps`.
        batch: images a step.
        rate: peak learning rate.
        decay: of weights, decoupled.
        warmup: part of the training in which the learning rate rises.
        smoothing: of the targets.
        shift: largest random shift, in pixels.
        rotate: largest random turn, in degrees.
        zoom: largest logarithm of a random magnification.
        flip: mirror images at random; not for digits or letters.
        mixup: α of mixtures of two images; 0 for none.
        average: width of the average of the weights, relative to the training.
        precision: "float32", "bfloat16", or "auto" by the kind of processor.
        seed: of weights, batches and changes; equal seeds, equal bits.
        folder: where the state of the training is kept: a fit that was cut off goes on from there.

    Attributes:
        classes_: (K,) labels, sorted.
        network_: the averaged `VisionTransformer`.
        history_: losses and number of steps.
        config_: what `save` writes.

    Example:
        >>> import numpy as np
        >>> from subband.vision import VisionTransformerClassifier
        >>> x = np.zeros((40, 16, 16), np.uint8)
        >>> x[20:, :8] = 255
        >>> y = np.repeat(["dark", "half"], 20)
        >>> model = VisionTransformerClassifier(patch=8, width=16, depth=1, heads=2, steps=60).fit(x, y)
        >>> model.predict(x[[0, -1]]).tolist(), model.predict_proba(x).shape
        (['dark', 'half'], (40, 2))

    Source: Dosovitskiy et al. 2021, section 4; Steiner et al. 2022, "How to train your ViT?", for small data.
    """

    def __init__(
        self,
        *,
        patch: int = 4,
        width: int = 64,
        depth: int = 4,
        heads: int = 4,
        tokens: str = "pixels",
        wavelet: str = "haar",
        level: int = 1,
        positions: str = "learned",
        pool: str = "class",
        registers: int = 0,
        steps: int | None = None,
        minutes: float | None = None,
        batch: int = 128,
        rate: float = 2e-3,
        decay: float = 0.05,
        warmup: float = 0.1,
        smoothing: float = 0.05,
        shift: float = 0.0,
        rotate: float = 0.0,
        zoom: float = 0.0,
        flip: bool = False,
        mixup: float = 0.0,
        average: float = 0.05,
        precision: str = "float32",
        seed: int = 0,
        folder: str | Path | None = None,
    ) -> None:
        self.patch, self.width, self.depth, self.heads, self.tokens = patch, width, depth, heads, tokens
        self.wavelet, self.level, self.positions, self.pool = wavelet, level, positions, pool
        self.registers, self.steps, self.minutes, self.batch = registers, steps, minutes, batch
        self.rate, self.decay, self.warmup, self.smoothing = rate, decay, warmup, smoothing
        self.shift, self.rotate, self.zoom, self.flip, self.mixup = shift, rotate, zoom, flip, mixup
        self.average, self.precision, self.seed, self.folder = average, precision, seed, folder

    def fit(
        self, X: Any, y: Any, *, progress: Callable[[int, int, float, float], None] | None = None
    ) -> "VisionTransformerClassifier":
        """Train from the beginning, or from the state in `folder`.

        Args:
            X: images (N, H, W) or (N, H, W, channels), of any real dtype.
            y: (N,) labels.
            progress: called after each step with (steps done, steps in all, loss, seconds left).

        Raises:
            InvalidInput: images or labels of another shape, NaN, one class only, a patch that does not divide the
                images, or not exactly one of steps and minutes.
            BudgetError: too little time for a step.
            TrainingError: the loss is not finite.
            CheckpointError: the state in `folder` is of another run.
            KeyboardInterrupt: Ctrl-C; the state is in `folder`, if there is one.
        """
        if (self.steps is None) == (self.minutes is None):
            raise InvalidInput(
                f"can't train with steps={self.steps} and minutes={self.minutes}: give exactly one of them"
            )
        if self.precision not in PRECISIONS:
            raise InvalidInput(
                f"can't train in precision={self.precision!r}: take one of {', '.join(PRECISIONS)}"
            )
        images, labels = as_images(X), np.asarray(y)
        if labels.shape != (len(images),):
            raise InvalidInput(f"{len(images)} images need as many labels, not an array of {labels.shape}")
        self.classes_, index = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise InvalidInput(f"can't learn from one class, {self.classes_.tolist()}: give two or more")
        mean, deviation = float(images.double().mean()), float(images.double().std())
        self.config_ = self._config(images, mean, deviation or 1.0)
        with initialised(self.seed):
            network = self.config_.build()
        x = self._normalised(images)
        network.tokenise.take_statistics(x[:: -(-len(x) // 2048)])
        self.history_, self.network_ = self._trained(network, x, torch.from_numpy(index).long(), progress)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Logits of the classes, (N, K).

        Raises:
            InvalidInput: not fitted, or images of another shape.
        """
        if not hasattr(self, "network_"):
            raise InvalidInput("this classifier is not fitted: call fit(X, y) first")
        images = as_images(X)
        config = self.config_
        if tuple(images.shape[1:]) != (config.channels, *config.size):
            raise InvalidInput(
                f"can't classify images of (channels, H, W) = {tuple(images.shape[1:])}: it learnt from "
                f"{(config.channels, *config.size)}"
            )
        with torch.no_grad():
            parts = [self.network_(self._normalised(part)) for part in images.split(TOGETHER)]
        return torch.cat(parts).double().numpy()

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes, (N, K)."""
        return torch.from_numpy(self.decision_function(X)).softmax(dim=1).numpy()

    def predict(self, X: Any) -> np.ndarray:
        """The most likely class of each image, (N,)."""
        likely = self.decision_function(X).argmax(axis=1)
        return self.classes_[likely]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the images whose class is predicted right."""
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))

    def as_input(self, X: Any) -> Tensor:
        """Images as the network takes them, (N, channels, H, W) float32: for `attention_rollout` and its like."""
        return self._normalised(as_images(X))

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`.

        Raises:
            InvalidInput: not fitted.
            OutputError: the folder can't be written.
        """
        if not hasattr(self, "network_"):
            raise InvalidInput("nothing to save: call fit(X, y) first")
        save_checkpoint(folder, KIND, self.config_, self.network_.state_dict())

    @classmethod
    def load(cls, folder: str | Path) -> "VisionTransformerClassifier":
        """Bring back what `save` wrote.

        Raises:
            CheckpointError: there is none, or it is damaged or of another kind.
        """
        checkpoint = load_checkpoint(folder, KIND)
        config = read_config(VisionTransformerConfig, checkpoint.config)
        names = set(cls().get_params()) & {*config.__dataclass_fields__}
        made = cls(**{name: getattr(config, name) for name in names})
        made.config_, made.classes_ = config, np.array(config.classes)
        with initialised(0):
            made.network_ = config.build().eval().requires_grad_(False)
        fill(made.network_, checkpoint.tensors)
        return made

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags

    def _config(self, images: Tensor, mean: float, deviation: float) -> VisionTransformerConfig:
        chosen: Any = {
            name: value
            for name, value in self.get_params().items()
            if name in VisionTransformerConfig.__dataclass_fields__
        }
        size = int(images.shape[2]), int(images.shape[3])
        classes = tuple(self.classes_.tolist())
        return VisionTransformerConfig(images.shape[1], size, classes, mean, deviation, **chosen)

    def _normalised(self, images: Tensor) -> Tensor:
        return (images.float() - self.config_.mean) / self.config_.deviation

    def _trained(
        self,
        network: VisionTransformer,
        x: Tensor,
        index: Tensor,
        progress: Callable[[int, int, float, float], None] | None,
    ) -> tuple[Fit, VisionTransformer]:
        task = _Lessons(network, self)
        average = PowerAverage(network, width=self.average)
        keep = None
        if self.folder is not None:
            facts = {name: value for name, value in self.get_params().items() if name not in NOT_FACTS}
            keep = Keep(Path(self.folder) / STATE, facts=facts | {"data": digest(x, index)})
        history = fit(
            task, shuffled({"image": x, "label": index}, self.batch, seed=self.seed), seed=self.seed,
            steps=self.steps, minutes=self.minutes, schedule=partial(warmup_cosine, warmup=self.warmup),
            averages=[average], precision=PRECISIONS[self.precision] or fast_precision(), keep=keep,
            progress=progress,
        )  # fmt: skip
        if history.signal:
            raise interruption(history.signal)
        return history, average.module  # type: ignore[return-value]


NOT_FACTS = ("folder", "steps", "minutes", "seed")  # the loop keeps those that matter itself


class _Lessons(Trainable):
    """Cross-entropy to smoothed labels, of images that are moved and mixed."""

    def __init__(self, network: VisionTransformer, settings: VisionTransformerClassifier):
        super().__init__()
        self.network = network
        self.settings = settings

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """AdamW with decay of matrices only, not of biases, norms, positions and learned tokens."""
        matrices = {
            name
            for name, p in self.network.named_parameters()
            if p.ndim > 1 and name not in ("prefix", "position")
        }
        groups = [
            {
                "params": [p for name, p in self.network.named_parameters() if (name in matrices) == decays],
                "weight_decay": self.settings.decay if decays else 0.0,
            }
            for decays in (True, False)
        ]
        return {"main": torch.optim.AdamW(groups, self.settings.rate, betas=(0.9, 0.99), fused=True)}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        s = self.settings
        classes = self.network.outputs
        targets = F.one_hot(batch["label"], classes).float() * (1 - s.smoothing) + s.smoothing / classes
        x = moved(batch["image"], k.random, shift=s.shift, rotate=s.rotate, zoom=s.zoom, flip=s.flip)
        x, targets = mixed_up(x, targets, k.random, s.mixup)
        return {"loss": F.cross_entropy(self.network(x).float(), targets)}


def as_images(X: Any) -> Tensor:
    """(N, H, W) or (N, H, W, channels) -> (N, channels, H, W), uint8 as it is, others float32.

    Raises:
        InvalidInput: another shape, no numbers, or NaN.
    """
    x = np.asarray(X)
    if x.ndim not in (3, 4) or not x.size or x.dtype.kind not in "buif":
        raise InvalidInput(f"images are (N, H, W) or (N, H, W, channels), not {x.dtype} of shape {x.shape}")
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise InvalidInput("images have NaN or infinite values: fill them first, e.g. with numpy.nan_to_num")
    x = (x[..., None] if x.ndim == 3 else x).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(x if x.dtype == np.uint8 else x.astype(np.float32)))
