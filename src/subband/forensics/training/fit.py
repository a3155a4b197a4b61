"""Training of one classifier, with its validation curve.

Adam with the learning rate 1e-3 of the paper, warm-up and cosine decay; cross-entropy over the sources;
random horizontal flips. The final weights are kept: with a decaying rate they are close to the best, and no
model selection happens on the validation images on which the temperature is fitted.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGINT
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import BudgetError, InvalidInput
from subband.forensics.networks.predict import logits_of, probabilities
from subband.forensics.networks.registry import PARAMETERS, Classifier, Shape, build
from subband.forensics.training.labelled import Examples
from subband.metrics import balanced_accuracy
from subband.training import Keep, Moment, Precision, Trainable, fit, shuffled

Progress = Callable[[float], None]
"""Callback with the completed fraction, 0..1."""


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of classifier training.

    Attributes:
        steps: number of training steps.
        batch: images per step.
        rate: peak learning rate of Adam.
        decay: decoupled weight decay of convolutions and matrices (AdamW); large networks need it.
        mirror: whether images are flipped horizontally with probability ½.
        shift: largest random translation, in pixels; an even number. It goes in steps of 2, the grid of the
            packets of level 1, and mirrors the image at its edges. A large network needs it after some ten
            passes over its images.
        mixed: share of the batches in which a square of each image comes from another one (CutMix: Yun et al.
            2019), and the loss is that of both, by area. Traces of a generator are everywhere in its images, so a
            part must suffice; a large network then learns them for longer before it learns its images by heart.
        points: number of evaluations on the validation images during training.
        parameters: parameter budget of convolutional networks.
        level: of the wavelet packets.
        wavelet: of the wavelet packets.

    Raises:
        BudgetError: fewer than one step.
        InvalidInput: batch below 2, no points, a rate outside (0, 1), a negative decay, an odd or negative
            shift, or a share outside [0, 1].
    """

    steps: int = 800
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.0
    mirror: bool = True
    shift: int = 0
    mixed: float = 0.0
    points: int = 12
    parameters: int = PARAMETERS
    level: int = 3
    wavelet: str = "haar"

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise BudgetError(f"can't train a detector for {self.steps} steps: give a larger budget")
        if self.batch < 2 or self.points < 1 or not 0 < self.rate < 1 or not 0 <= self.decay < math.inf:
            raise InvalidInput(
                f"batch={self.batch}, points={self.points}, rate={self.rate}, decay={self.decay}: need a batch "
                "of 2 or more, at least one point, a rate between 0 and 1 and a decay of 0 or more"
            )
        if self.shift < 0 or self.shift % 2:
            raise InvalidInput(
                f"shift={self.shift} pixels are no steps of 2: give an even number, 0 for none"
            )
        if not 0 <= self.mixed <= 1:
            raise InvalidInput(f"mixed={self.mixed} is no share of the batches: give a number from 0 to 1")


@dataclass(frozen=True, eq=False)
class Convergence:
    """Validation curve during training.

    Attributes:
        steps: (T,) completed training steps.
        accuracy: (T,) balanced accuracy of real versus generated.
        loss: (T,) cross-entropy over the sources, in nats.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Convergence
        >>> curve = Convergence(np.array([1, 10, 100]), np.array([0.5, 0.8, 0.9]), np.array([0.7, 0.5, 0.3]))
        >>> int(curve.steps[np.argmax(curve.accuracy >= 0.8)])  # steps to 80 %
        10
    """

    steps: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained classifier.

    Attributes:
        classifier: with its final weights.
        curve: on the validation images.
        interrupted: whether the training was.
        signal: by which it was.
        seconds: processor seconds of the training, those before it was resumed among them.
    """

    classifier: Classifier
    curve: Convergence
    interrupted: bool
    signal: int = SIGINT
    seconds: float = 0.0


class _Record:
    """Points of the curve and processor seconds: what a training's state holds beside the weights."""

    def __init__(self) -> None:
        self.points: list[tuple[int, float, float]] = []
        self._start = time.process_time()

    @property
    def seconds(self) -> float:
        return time.process_time() - self._start

    def state_dict(self) -> dict[str, Any]:
        return {"points": self.points, "seconds": self.seconds}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.points = [(step, accuracy, loss) for step, accuracy, loss in state.get("points", ())]
        self._start -= state.get("seconds", 0.0)


class _Learner(Trainable):
    """Weighted cross-entropy of a classifier; batches are indices of training images."""

    def __init__(self, classifier: Classifier, examples: Examples, recipe: Recipe):
        super().__init__()
        self.classifier, self.recipe = classifier, recipe
        self.pixels = torch.from_numpy(np.ascontiguousarray(examples.pixels.transpose(0, 3, 1, 2)))
        self.labels = torch.from_numpy(examples.labels)
        self.weights = torch.from_numpy(examples.weights).float()

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        weights = [p for p in self.classifier.parameters() if p.ndim > 1]
        rest = [p for p in self.classifier.parameters() if p.ndim <= 1]  # of normalisations, and biases
        groups = [
            {"params": weights, "weight_decay": self.recipe.decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        return {"main": torch.optim.AdamW(groups, lr=self.recipe.rate)}

    def step(self, batch: Tensor, k: Moment) -> dict[str, Tensor]:
        index = batch.cpu()
        x = self.pixels[index].float()
        if self.recipe.mirror:
            mirrored = torch.rand(len(index), generator=k.random) < 0.5
            x[mirrored] = x[mirrored].flip(-1)
        if self.recipe.shift:
            x = shifted(x, self.recipe.shift, k.random)
        others, share = index, 0.0
        if self.recipe.mixed and torch.rand((), generator=k.random) < self.recipe.mixed:
            order = torch.randperm(len(index), generator=k.random)
            others, (x, share) = index[order], with_squares_of(x, x[order], k.random)
        logits = self.classifier(x.to(batch.device))
        own, foreign = self._loss(logits, index), self._loss(logits, others) if share else 0.0
        return {"loss": (1 - share) * own + share * foreign}

    def _loss(self, logits: Tensor, index: Tensor) -> Tensor:
        labels, weights = (values[index].to(logits.device) for values in (self.labels, self.weights))
        return (nn.functional.cross_entropy(logits, labels, reduction="none") * weights).mean()


def shifted(x: Float[Tensor, "n c h w"], most: int, random: torch.Generator) -> Float[Tensor, "n c h w"]:
    """Translate each image by an even number of pixels of at most `most` along both axes, mirrored at the edges."""
    n, _, height, width = x.shape
    top, left = 2 * torch.randint(0, most + 1, (2, n, 1), generator=random)
    rows, columns = top + torch.arange(height), left + torch.arange(width)
    padded = nn.functional.pad(x, [most] * 4, mode="reflect")
    return padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)


def with_squares_of(
    x: Float[Tensor, "n c h w"], others: Float[Tensor, "n c h w"], random: torch.Generator
) -> tuple[Float[Tensor, "n c h w"], float]:
    """Images with one random square, at even pixels, of others, and its share of the area.

    The share is uniform, up to the size of the grid, for square images.
    """
    height, width = x.shape[-2:]
    u, v, area = torch.rand(3, generator=random).tolist()
    side = 2 * max(1, round(min(height, width) * area**0.5 / 2))
    top, left = 2 * int(u * ((height - side) // 2 + 1)), 2 * int(v * ((width - side) // 2 + 1))
    square = (..., slice(top, top + side), slice(left, left + side))
    mixed = x.clone()
    mixed[square] = others[square]
    return mixed, side * side / (height * width)


def fit_classifier(
    name: str,
    train: Examples,
    val: Examples,
    *,
    classes: int,
    recipe: Recipe,
    seed: int,
    progress: Progress | None = None,
    state: Path | None = None,
) -> Fitted:
    """Train one of `classifiers.DETECTORS`.

    Args:
        name: key of `classifiers.DETECTORS`.
        train: training images, also for the feature normalisation.
        val: validation images, for the curve.
        classes: number of sources.
        recipe: hyperparameters.
        seed: of initial weights, image order and flips.
        progress: callback with the completed fraction.
        state: file in which the training is kept every few minutes, and from which it goes on if it is there.

    Returns:
        The classifier with its final weights, in evaluation mode, on the CPU.

    Raises:
        InvalidInput: see `build`; or training and validation images differ in size.
        TrainingError: the loss became non-finite.
        CheckpointError: `state` is of a training with other settings, or damaged.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Examples, Recipe, fit_classifier
        >>> labels = np.arange(8) % 2
        >>> pixels = np.full((8, 16, 16, 3), 50, np.uint8) + (100 * labels[:, None, None, None]).astype(np.uint8)
        >>> images = Examples(pixels, labels, scenes=np.arange(8))
        >>> recipe = Recipe(steps=20, batch=4, points=3)
        >>> fitted = fit_classifier("linear on pixels", images, images, classes=2, recipe=recipe, seed=0)
        >>> fitted.curve.steps.tolist(), float(fitted.curve.accuracy[-1])
        ([1, 4, 20], 1.0)
    """
    if train.pixels.shape[1:] != val.pixels.shape[1:]:
        raise InvalidInput(
            f"training images are {train.pixels.shape[1:3]}, validation images {val.pixels.shape[1:3]}"
        )
    shape = Shape(train.pixels.shape[1], classes, recipe.level, recipe.wavelet, recipe.parameters)
    classifier = build(name, shape, seed=seed)
    classifier.prepare(train.pixels)
    marks = set(np.unique(np.geomspace(1, recipe.steps, recipe.points).round().astype(int)).tolist())
    record = _Record()

    def watch(done: int, steps: int, loss: float, left: float) -> None:
        if done in marks:
            record.points.append((done, *_validate(classifier, val)))
            classifier.train()
        if progress is not None:
            progress(done / steps)

    batches = shuffled(torch.arange(len(train)), recipe.batch, seed=seed)
    learner = _Learner(classifier, train, recipe)
    # float32 throughout: ln-packets reach −27.6, and saliency maps need accurate gradients.
    facts = {"detector": name, "recipe": asdict(recipe), "images": [len(train), len(val)], "classes": classes}
    keep = None if state is None else Keep(state, facts=facts, watch=record)
    reached = fit(
        learner, batches, steps=recipe.steps, seed=seed, precision=Precision(), progress=watch, keep=keep
    )
    classifier.cpu().eval()
    steps, accuracy, loss = np.array(record.points).reshape(-1, 3).T
    curve = Convergence(steps.astype(np.int64), accuracy, loss)
    return Fitted(classifier, curve, reached.interrupted, reached.signal, record.seconds)


def _validate(classifier: Classifier, val: Examples) -> tuple[float, float]:
    p = probabilities(logits_of(classifier, val.pixels))
    accuracy = balanced_accuracy(val.generated, (p[:, 0] < 0.5).astype(np.int64))
    loss = -np.log(np.maximum(p[np.arange(len(p)), val.labels], 1e-300))
    return float(accuracy), float(np.average(loss, weights=val.weights))
