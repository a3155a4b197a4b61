"""What a detector could learn instead of origin: copies between folds, and the format of the files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from subband.data.augment import Augmentation, Encoding
from subband.data.decode import FileFacts
from subband.data.perceptual import near_copies, perceptual_hash
from subband.errors import InvalidInput
from subband.forensics.evaluation.control import ControlResult, format_control
from subband.forensics.training.material import Item


@dataclass(frozen=True)
class Audit:
    """The audit of labelled pictures before training.

    Attributes:
        shared: pairs of names of pictures that are (near) copies of each other, but lie in different folds.
        crossed: pairs of names of (near) copies of which one is called real and the other generated.
        delivered: the format-only control on the files as they came. Far from chance on most collections.
        treated: the same control after the treatment of training, where nothing of the files is left.
        groups: number of groups (cameras, prompts, pictures) of photographs and of generated pictures.
    """

    shared: tuple[tuple[str, str], ...]
    crossed: tuple[tuple[str, str], ...]
    delivered: ControlResult
    treated: ControlResult
    groups: tuple[int, int]


def audit(items: Sequence[Item], *, rng: np.random.Generator, held_out: int = 0) -> Audit:
    """Audit labelled pictures.

    Args:
        items: with folds.
        rng: of the controls and the treatments.
        held_out: fold on which the controls are scored; photographs and generated pictures must be in it.

    Raises:
        InvalidInput: a class is missing from the fold or from the others.
    """
    hashes = [perceptual_hash(item.pixels) for item in items]
    copies = near_copies(hashes)
    shared = [
        (items[i].name, items[j].name)
        for i, j in copies
        if items[i].generated == items[j].generated and items[i].fold != items[j].fold
    ]
    crossed = [(items[i].name, items[j].name) for i, j in copies if items[i].generated != items[j].generated]
    generated = np.array([item.generated for item in items]).astype(np.int64)
    names, scenes = np.unique([item.group for item in items], return_inverse=True)
    train = np.array([item.fold != held_out for item in items])
    if len(np.unique(generated[train])) < 2 or len(np.unique(generated[~train])) < 2:
        raise InvalidInput(f"fold {held_out}, or the rest, has only photographs or only generated pictures")

    def control(facts: Sequence[FileFacts]) -> ControlResult:
        return format_control(facts, generated, scenes, train, size=False, rng=rng)

    augmentation = Augmentation()
    treated = [_treated(item, augmentation, rng) for item in items]
    photographs = len({item.group for item in items if not item.generated})
    return Audit(
        tuple(shared),
        tuple(crossed),
        control([item.facts for item in items]),
        control(treated),
        (photographs, len(names) - photographs),
    )


def _treated(item: Item, augmentation: Augmentation, rng: np.random.Generator) -> FileFacts:
    """Facts of the file of a picture after a random treatment: the container and quality depend on chance only."""
    treatment = augmentation.draw(rng, (2 * augmentation.size, 2 * augmentation.size))
    last = treatment.encodings[-1] if treatment.encodings else Encoding("PNG", 100)
    return FileFacts(0, treatment.size, treatment.size, last.codec, (last.quality,) * 64)
