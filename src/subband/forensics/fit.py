"""Training of one classifier, with its validation curve.

Adam, learning rate 1e-3 as in the paper, warmed up and brought down by a cosine; cross-entropy over the
sources; images mirrored at random. The weights kept are the last ones: with a falling rate they are about
the best, and nothing is then chosen on the validation images that the temperature is fitted on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGINT

import numpy as np
import torch
from torch import Tensor, nn

from subband.errors import BudgetError, InvalidInput
from subband.forensics.classifiers import PARAMETERS, Classifier, Shape, build
from subband.forensics.labelled import Examples
from subband.forensics.predict import logits_of, probabilities
from subband.metrics import balanced_accuracy
from subband.training import Moment, Precision, Trainable, fit, shuffled

Progress = Callable[[float], None]
"""Told the fraction that is done, 0..1."""


@dataclass(frozen=True)
class Recipe:
    """How classifiers are trained.

    Attributes:
        steps: batches.
        batch: images in each.
        rate: largest learning rate of Adam.
        mirror: whether images are mirrored left to right with probability ½.
        points: how many times the validation images are judged on the way.
        parameters: budget of the convolutional nets.
        level: of the packets.
        wavelet: of the packets.

    Raises:
        BudgetError: no steps.
        InvalidInput: another number that cannot be used.
    """

    steps: int = 800
    batch: int = 128
    rate: float = 1e-3
    mirror: bool = True
    points: int = 12
    parameters: int = PARAMETERS
    level: int = 3
    wavelet: str = "haar"

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise BudgetError(f"can't train a detector for {self.steps} steps: give a larger budget")
        if self.batch < 2 or self.points < 1 or not 0 < self.rate < 1:
            raise InvalidInput(
                f"batch={self.batch}, points={self.points}, rate={self.rate}: need a batch of 2 or more, "
                "at least one point and a rate between 0 and 1"
            )


@dataclass(frozen=True, eq=False)
class Convergence:
    """Validation on the way: `steps` (T,), `accuracy` (T,) of real against generated, balanced, and `loss`
    (T,) of the sources in nats.
    """

    steps: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained classifier, its curve, whether Ctrl-C ended its training early, or which signal did."""

    classifier: Classifier
    curve: Convergence
    interrupted: bool
    signal: int = SIGINT


class _Learner(Trainable):
    """What the training loop trains: cross-entropy of a classifier on images, given by their numbers."""

    def __init__(self, classifier: Classifier, examples: Examples, recipe: Recipe):
        super().__init__()
        self.classifier, self.recipe = classifier, recipe
        self.pixels = torch.from_numpy(np.ascontiguousarray(examples.pixels.transpose(0, 3, 1, 2)))
        self.labels = torch.from_numpy(examples.labels)
        self.weights = torch.from_numpy(examples.weights).float()

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.Adam(self.classifier.parameters(), lr=self.recipe.rate)}

    def step(self, batch: Tensor, k: Moment) -> dict[str, Tensor]:
        index = batch.cpu()
        x = self.pixels[index].float()
        if self.recipe.mirror:
            mirrored = torch.rand(len(index), generator=k.random) < 0.5
            x[mirrored] = x[mirrored].flip(-1)
        logits = self.classifier(x.to(batch.device))
        losses = nn.functional.cross_entropy(logits, self.labels[index].to(batch.device), reduction="none")
        return {"loss": (losses * self.weights[index].to(batch.device)).mean()}


def fit_classifier(
    name: str,
    train: Examples,
    val: Examples,
    *,
    classes: int,
    recipe: Recipe,
    seed: int,
    progress: Progress | None = None,
) -> Fitted:
    """Train one of `classifiers.DETECTORS`.

    Args:
        name: of the classifier.
        train: images to learn from; the normalisation is theirs too.
        val: images to judge on the way.
        classes: number of sources.
        recipe: how.
        seed: of initial weights, order of the images, and mirroring.
        progress: told the fraction done.

    Returns:
        The classifier with its last weights, in evaluation mode, on the CPU.

    Raises:
        InvalidInput: see `build`; or images of training and validation differ in size.
        TrainingError: the loss stopped being finite.
    """
    if train.pixels.shape[1:] != val.pixels.shape[1:]:
        raise InvalidInput(
            f"training images are {train.pixels.shape[1:3]}, validation images {val.pixels.shape[1:3]}"
        )
    shape = Shape(train.pixels.shape[1], classes, recipe.level, recipe.wavelet, recipe.parameters)
    classifier = build(name, shape, seed=seed)
    classifier.prepare(train.pixels)
    marks = set(np.unique(np.geomspace(1, recipe.steps, recipe.points).round().astype(int)).tolist())
    points: list[tuple[int, float, float]] = []

    def watch(done: int, steps: int, loss: float, left: float) -> None:
        if done in marks:
            points.append((done, *_validate(classifier, val)))
            classifier.train()
        if progress is not None:
            progress(done / steps)

    batches = shuffled(torch.arange(len(train)), recipe.batch, seed=seed)
    learner = _Learner(classifier, train, recipe)
    # float32 throughout: ln-packets reach −27.6, and gradients of detectors are evidence.
    reached = fit(learner, batches, steps=recipe.steps, seed=seed, precision=Precision(), progress=watch)
    classifier.cpu().eval()
    steps, accuracy, loss = np.array(points).reshape(-1, 3).T
    curve = Convergence(steps.astype(np.int64), accuracy, loss)
    return Fitted(classifier, curve, reached.interrupted, reached.signal)


def _validate(classifier: Classifier, val: Examples) -> tuple[float, float]:
    p = probabilities(logits_of(classifier, val.pixels))
    accuracy = balanced_accuracy(val.generated, (p[:, 0] < 0.5).astype(np.int64))
    loss = -np.log(np.maximum(p[np.arange(len(p)), val.labels], 1e-300))
    return float(accuracy), float(np.average(loss, weights=val.weights))
