"""Training of a detector on pictures that are treated at random: photographs, their reconstructions,
generated ones.

Half of a batch is real. Half of its photographs come with their reconstruction or a blend of both under the
very same treatment; the rest of the generated half is drawn from the generators, each as often. So neither
content nor format tells the halves apart, and no generator dominates.

Loss: cross-entropy of real against generated, plus a fraction of that of the sources of generated pictures.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from subband.data.augment import Augmentation, Treatment
from subband.errors import BudgetError, DataError, InvalidInput
from subband.forensics.features.images import as_images
from subband.forensics.networks.predict import generated_logit
from subband.forensics.networks.registry import Classifier, Shape, build
from subband.forensics.networks.small import settle
from subband.forensics.training.aligned import BLENDED, blend
from subband.forensics.training.material import REAL, RECONSTRUCTED, Item, sources_of
from subband.training import Keep, Moment, Precision, Trainable, fit

NAME = "residual CNN on details"
GROWTH = 90
"""Parameters per picture of the training set."""

SMALLEST_NET, LARGEST_NET = 60_000, 1_200_000
ROOM = 2
"""Least side of a picture, in crops."""

PREPARED = 256  # treated crops on which the normalisation is estimated
SETTLED = 768  # treated crops on which the final batch normalisation is estimated
FIRST_PREPARED = 2**40  # number of the first of them, beyond those of any training


@dataclass(frozen=True)
class TreatedRecipe:
    """Hyperparameters.

    Attributes:
        steps: number of training steps.
        batch: crops per step, a multiple of 4.
        rate: peak learning rate of AdamW.
        decay: weight decay.
        blended: probability that a reconstruction is blended with its photograph.
        sources: weight of the cross-entropy of the sources.
        smoothing: label smoothing of real against generated, which bounds the logits.
        augmentation: distribution of the treatments.
        parameters: of the network; None grows with the pictures, see `parameters_for`.
        wavelet: of the packets.

    Raises:
        BudgetError: fewer than one step.
        InvalidInput: a batch that is no multiple of 4, or a rate outside (0, 1).
    """

    steps: int = 900
    batch: int = 32
    rate: float = 2e-3
    decay: float = 1e-2
    blended: float = 0.4
    sources: float = 0.2
    smoothing: float = 0.05
    augmentation: Augmentation = field(default_factory=Augmentation)
    parameters: int | None = None
    wavelet: str = "haar"

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise BudgetError(f"can't train a detector for {self.steps} steps: give at least 1")
        if self.batch < 4 or self.batch % 4 or not 0 < self.rate < 1:
            raise InvalidInput(
                f"batch={self.batch}, rate={self.rate}: give a multiple of 4 and a rate between 0 and 1"
            )


def parameters_for(pictures: int) -> int:
    """Parameters of a network for so many training pictures: 90 each, between 60,000 and 1.2 million."""
    return int(np.clip(GROWTH * pictures, SMALLEST_NET, LARGEST_NET))


def shape_for(recipe: TreatedRecipe, classes: int, pictures: int) -> Shape:
    """What the network is built for."""
    parameters = recipe.parameters or parameters_for(pictures)
    return Shape(recipe.augmentation.size, classes, 2, recipe.wavelet, parameters)


def classes_of(items: Sequence[Item]) -> tuple[str, ...]:
    """ "real", the generators, and "autoencoder" if there are reconstructions.

    Raises:
        DataError: no photographs, or nothing generated.
    """
    generators = sources_of(items, generated=True)
    pairs = [RECONSTRUCTED] if any(item.reconstruction is not None for item in items) else []
    if all(item.generated for item in items) or not generators + pairs:
        raise DataError("a detector needs photographs, and generated pictures or reconstructions")
    return (REAL, *generators, *pairs)


class TreatedBatches:
    """Draws crops: the content of example n of a run is a function of the seed and n alone."""

    def __init__(self, items: Sequence[Item], classes: tuple[str, ...], recipe: TreatedRecipe, seed: int):
        self.classes, self.recipe, self.seed = classes, recipe, seed
        self.room = ROOM * recipe.augmentation.size
        least = min(min(item.pixels.shape[:2]) for item in items)
        if least < self.room:
            raise DataError(
                f"a picture has {least} pixels along a side: crops of {recipe.augmentation.size} that may "
                "be scaled "
                f"need pictures of at least {self.room}"
            )
        self.photographs = _by_source([item for item in items if not item.generated])
        self.paired = _by_source([item for item in items if item.reconstruction is not None])
        self.generated = _by_source([item for item in items if item.generated])

    def __call__(self, numbers: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Crops (n, S, S, 3) uint8 and labels (n,) of examples.

        Of four consecutive numbers the first two are a photograph and its reconstruction, the third is a
        photograph, the fourth a generated picture. Without reconstructions the second is a generated picture, too.
        """
        drawn = [self._example(int(number)) for number in numbers]
        return np.stack([crop for crop, _ in drawn]), np.array(
            [self.classes.index(name) for _, name in drawn]
        )

    def _example(self, number: int) -> tuple[np.ndarray, str]:
        quarter, role = divmod(number, 4)
        # A photograph and its reconstruction take one stream of random numbers: one picture, one treatment.
        rng = np.random.default_rng([self.seed, quarter, max(role, 1) if self.paired else role])
        if role < 2 and self.paired:
            item = _pick(self.paired, rng)
            assert item.reconstruction is not None
            treatment = self._treatment(rng)
            share = rng.uniform(*BLENDED) if rng.random() < self.recipe.blended else 0.0
            if role == 0:
                return treatment(item.pixels, encoded=item.encoded), REAL
            return treatment(blend(item.pixels, item.reconstruction, share), encoded=False), RECONSTRUCTED
        item = _pick(self.photographs if role in (0, 2) else self.generated or self.paired, rng)
        if not item.generated and role not in (0, 2):  # no generators: a second reconstruction
            assert item.reconstruction is not None
            return self._treatment(rng)(item.reconstruction, encoded=False), RECONSTRUCTED
        return self._treatment(rng)(item.pixels, encoded=item.encoded), item.label

    def _treatment(self, rng: np.random.Generator) -> Treatment:
        # The same room for all, so that the larger pictures are not the more reduced ones.
        return self.recipe.augmentation.draw(rng, (self.room, self.room))


class _Learner(Trainable):
    def __init__(self, classifier: Classifier, batches: TreatedBatches, recipe: TreatedRecipe):
        super().__init__()
        self.classifier, self.recipe = classifier, recipe
        self.draw = batches

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        parameters = self.classifier.parameters()
        return {"main": torch.optim.AdamW(parameters, lr=self.recipe.rate, weight_decay=self.recipe.decay)}

    def step(self, batch: Tensor, k: Moment) -> dict[str, Tensor]:
        crops, labels = self.draw(batch.tolist())
        target = torch.from_numpy(labels).to(batch.device)
        logits = self.classifier(as_images(crops).to(batch.device))
        generated = (target > 0).float()
        smooth = generated * (1 - 2 * self.recipe.smoothing) + self.recipe.smoothing
        binary = nn.functional.binary_cross_entropy_with_logits(generated_logit(logits), smooth)
        source = nn.functional.cross_entropy(logits[:, 1:], (target - 1).clamp_min(0), reduction="none")
        source = (source * generated).sum() / generated.sum().clamp_min(1)
        return {"loss": binary + self.recipe.sources * source, "binary": binary, "source": source}


def train_treated(
    items: Sequence[Item],
    recipe: TreatedRecipe,
    *,
    seed: int,
    keep: Path | None = None,
    progress: Callable[[int, int, float, float], None] | None = None,
) -> tuple[Classifier, tuple[str, ...], bool]:
    """Train a network on treated pictures.

    Args:
        items: training pictures; photographs may have reconstructions.
        recipe: hyperparameters.
        seed: of the initial weights, the choice of pictures and the treatments.
        keep: state file: a run that was stopped resumes from it.
        progress: called after each step with (steps done, steps, loss, seconds left).

    Returns:
        The network in evaluation mode, its classes, and whether it was interrupted.

    Raises:
        DataError: no photographs, or nothing generated.
        TrainingError: the loss became non-finite.
        CheckpointError: `keep` holds another run.
    """
    classes = classes_of(items)
    classifier = build(NAME, shape_for(recipe, len(classes), len(items)), seed=seed)
    batches = TreatedBatches(items, classes, recipe, seed)
    classifier.prepare(batches(range(FIRST_PREPARED, FIRST_PREPARED + PREPARED))[0])
    state = None
    if keep is not None:
        facts = {"recipe": repr(asdict(recipe)), "classes": list(classes), "pictures": len(items)}
        state = Keep(keep, minutes=2.0, facts=facts)
    reached = fit(
        _Learner(classifier, batches, recipe),
        lambda k: torch.arange(k * recipe.batch, (k + 1) * recipe.batch),
        steps=recipe.steps,
        seed=seed,
        precision=Precision(),
        keep=state,
        progress=progress,
    )
    classifier.cpu()
    if not reached.interrupted:
        numbers = range(FIRST_PREPARED, FIRST_PREPARED + SETTLED, recipe.batch)
        settle(classifier, (as_images(batches(range(n, n + recipe.batch))[0]) for n in numbers))
    return classifier.eval(), classes, reached.interrupted


def _by_source(items: Sequence[Item]) -> dict[str, list[Item]]:
    return {
        name: [item for item in items if item.source == name] for name in sorted({i.source for i in items})
    }


def _pick(by_source: dict[str, list[Item]], rng: np.random.Generator) -> Item:
    """A source, each as often, and a picture of it."""
    names = list(by_source)
    chosen = by_source[names[int(rng.integers(len(names)))]]
    return chosen[int(rng.integers(len(chosen)))]
