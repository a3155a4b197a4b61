"""Pictures of the packaged detector: collections, copies, folds, reconstructions, audit before training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from subband.data.packs import pack
from subband.errors import DataError
from subband.forensics.evaluation.audit import Audit, audit
from subband.forensics.training.aligned import with_reconstructions
from subband.forensics.training.material import (
    Item,
    folded,
    read_photographs,
    read_training_pack,
    without_copies,
)
from subband.nn.tiny_autoencoder import TinyAutoencoder
from subband.runs.progress import Watcher

SIDE = 192
"""Side of the squares of photographs that are reconstructed."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """What the detector learns from.

    Attributes:
        items: with folds; photographs whole.
        copies: near copies that were dropped.
    """

    items: list[Item]
    copies: int


def gather() -> Pictures:
    """Read the packs, drop copies, assign folds.

    Raises:
        DataError: a pack is missing or damaged.
    """
    items = read_training_pack(pack("detector_train.tar"))
    items += read_photographs(pack("photos_bsds300.tar"), "bsds", least=2 * 96, encoded=True)
    kept, copies = without_copies(items)
    return Pictures(folded(kept), copies)


def reconstructed(items: list[Item], cache: Path, watcher: Watcher, *, make: bool = True) -> list[Item]:
    """All items, and two of three photographs of the training pack again, cut to a square, with their
    reconstruction.

    A reconstruction takes two seconds of a core; the others would add little.
    """
    photographs = [item for item in items if not item.generated and item.source != "bsds"]
    chosen = [item for k, item in enumerate(photographs) if k % 3 < 2]
    net = TinyAutoencoder.load(pack("taef2.safetensors")) if make else None
    with watcher.stage("reconstructions") as advance:
        pairs = with_reconstructions(chosen, net, cache, side=SIDE, progress=advance)
    return items + [item for item in pairs if item.reconstruction is not None]


def audited(items: list[Item], seed: int) -> Audit:
    """Leakage between folds and what files alone would tell, before training.

    Raises:
        DataError: copies of a picture in two folds.
    """
    found = audit(items, rng=np.random.default_rng(seed))
    if found.shared:
        first, second = found.shared[0]
        raise DataError(
            f"{len(found.shared)} pictures have copies in another fold, e.g. {first} and {second}"
        )
    return found
