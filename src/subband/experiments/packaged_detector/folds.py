"""Out-of-fold scores: each picture is judged by a detector that has seen neither its generator's family nor
its camera.

Views of a picture, to all of which a verdict must stand: as it came; through JPEG q75; saved again at q85;
scaled to 75 %. The same for photographs and generated pictures.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from subband.data.augment import Encoding
from subband.data.chain import Chain
from subband.errors import CheckpointError
from subband.forensics.detectors.detector import Detector, config_of
from subband.forensics.networks.predict import calibrated_log_odds
from subband.forensics.training.material import FAMILIES, REAL, RECONSTRUCTED, Item, square
from subband.forensics.training.treated import NAME, TreatedRecipe, shape_for, train_treated
from subband.runs.files import write_bytes

VIEWS = ("delivered", "q75", "q85", "75 %")
CLASSES = (REAL, *(name for names in FAMILIES for name in names), RECONSTRUCTED)
"""Columns of the logits."""

LARGEST = 256
"""Pictures are judged by their central square of this side, so that all sources have the same number of crops."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of N pictures in V views.

    Attributes:
        names: of the pictures.
        sources: collection of photographs, or generator.
        generated: (N,) bool.
        folds: (N,) the fold that a picture lies in.
        logits: (N, V, C) mean logits over the crops, one row a view of `VIEWS`; −∞ for generators that the
            detector of the fold does not know.
        features: (N, V, D) mean features over the crops.
        temperature: of `odds`.
        shift: added to `odds`.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    generated: np.ndarray
    folds: np.ndarray
    logits: np.ndarray
    features: np.ndarray
    temperature: float = 1.0
    shift: float = 0.0

    @cached_property
    def odds(self) -> np.ndarray:
        """(N, V) ln P(generated) − ln P(real), as the finished detector computes them."""
        flat = self.logits.reshape(-1, self.logits.shape[-1])
        return calibrated_log_odds(flat, self.temperature, self.shift).reshape(self.logits.shape[:2])

    def view(self, name: str) -> np.ndarray:
        """(N,) log odds in one view."""
        return self.odds[:, VIEWS.index(name)]

    def of(self, chosen: np.ndarray) -> "Scores":
        """The pictures of a mask or of indices."""
        index = np.arange(len(self.names))[chosen]
        return Scores(
            tuple(self.names[i] for i in index),
            tuple(self.sources[i] for i in index),
            self.generated[index],
            self.folds[index],
            self.logits[index],
            self.features[index],
            self.temperature,
            self.shift,
        )


def judged(item: Item) -> np.ndarray:
    """What is judged of a picture: its central square of at most 256 pixels."""
    return square(item.pixels, LARGEST) if min(item.pixels.shape[:2]) > LARGEST else item.pixels


def view_of(pixels: np.ndarray, view: str) -> np.ndarray:
    """A picture in one of the views, (H, W, 3) uint8."""
    if view.startswith("q"):
        return Encoding("JPEG", int(view[1:]))(pixels)
    if view == "75 %":
        height, width = pixels.shape[:2]
        smaller = (round(0.75 * width), round(0.75 * height))
        return np.asarray(Image.fromarray(pixels).resize(smaller, Image.Resampling.LANCZOS))
    return pixels


def score(
    detector: Detector, items: Sequence[Item], progress: Callable[[int, int], None] | None = None
) -> Scores:
    """Scores of pictures in all views."""
    logits = np.full((len(items), len(VIEWS), len(CLASSES)), -np.inf)
    known = [CLASSES.index(name) for name in detector.config.classes]
    features: list[np.ndarray] = []
    for n, item in enumerate(items):
        pixels = judged(item)
        crops = [detector.crops(view_of(pixels, view)) for view in VIEWS]
        of_crops, found = detector.measure(np.concatenate(crops))
        ends = np.cumsum([len(part) for part in crops])[:-1]
        logits[n][:, known] = [part.mean(0) for part in np.split(of_crops, ends)]
        features.append(np.stack([part.mean(0) for part in np.split(found, ends)]))
        if progress is not None:
            progress(n + 1, len(items))
    return Scores(
        tuple(item.name for item in items),
        tuple(item.source for item in items),
        np.array([item.generated for item in items]),
        np.array([item.fold for item in items]),
        logits,
        np.stack(features),
    )


def trained(
    items: Sequence[Item],
    recipe: TreatedRecipe,
    folder: Path,
    *,
    seed: int,
    progress: Callable[[int, int, float, float], None] | None = None,
) -> Detector:
    """A detector trained on items, kept in `folder`, from which it is loaded if it is there.

    Raises:
        KeyboardInterrupt: stopped; the state is kept, and the same call resumes.
    """
    try:
        return Detector.load(folder)
    except CheckpointError:
        pass
    classifier, classes, interrupted = train_treated(
        items, recipe, seed=seed, keep=folder / "state.safetensors", progress=progress
    )
    if interrupted:
        raise KeyboardInterrupt
    shape = shape_for(recipe, len(classes), len(items))
    chain = Chain(recipe.augmentation.size)
    detector = Detector(classifier, config_of(NAME, classes, chain, shape, 1.0, {}))
    detector.save(folder)
    return detector


def write_scores(file: Path, scores: Scores) -> None:
    """Write scores as .npz."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        names=np.array(scores.names),
        sources=np.array(scores.sources),
        generated=scores.generated,
        folds=scores.folds,
        logits=scores.logits,
        features=scores.features.astype(np.float32),
        views=np.array(VIEWS),
    )
    write_bytes(file, content.getvalue())


def read_scores(file: Path) -> Scores:
    """Read what `write_scores` wrote."""
    with np.load(file, allow_pickle=False) as found:
        return Scores(
            tuple(found["names"].tolist()),
            tuple(found["sources"].tolist()),
            found["generated"],
            found["folds"],
            found["logits"],
            found["features"].astype(np.float64),
        )


def joined(parts: Sequence[Scores]) -> Scores:
    """Scores of several folds, one after another."""
    return Scores(
        tuple(name for part in parts for name in part.names),
        tuple(source for part in parts for source in part.sources),
        np.concatenate([part.generated for part in parts]),
        np.concatenate([part.folds for part in parts]),
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.features for part in parts]),
    )
