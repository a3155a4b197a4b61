"""Training material of the packaged detector: pictures with their origin, in folds that share nothing.

A picture is held out together with all that resembles it: photographs of one camera, generated pictures of one
prompt, near copies by perceptual hash. A fold leaves out whole families of generators, too, so that each
generator is judged by a detector that has seen neither it nor its relatives.
"""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from subband.data.decode import FileFacts, Picture, decode
from subband.data.perceptual import near_copies, perceptual_hash
from subband.errors import DataError

REAL = "real"
RECONSTRUCTED = "autoencoder"
"""Class of the reconstructions of photographs."""

FAMILIES = (
    ("sd-1.4", "sd-1.5", "sd-2.1", "sd-512"),
    ("ldm", "glid3-xl"),
    ("midjourney-v3",),
    ("flux1-dev",),
    ("sd35-large", "gpt-image-1"),
)
"""Generators that are left out together: relatives, and pictures of the same prompts."""

COPY = 2
"""Most differing bits of the hashes of a picture and its copy. Two pictures of one prompt and seed by related
generators differ in more."""

LOSSY = ("JPEG", "MPO", "WEBP")
# Thermal pictures, scans and other files of the camera collection that are no photographs.
NO_PHOTOGRAPHS = re.compile(r"FLIR|Scanner|Issue \d+|Vue Pro")


@dataclass(frozen=True, eq=False)
class Item:
    """A picture for training or evaluation.

    Attributes:
        pixels: (H, W, 3) uint8.
        source: "cameras", "phones", … of photographs; the generator of others.
        generated: whether a generator made it.
        group: camera, prompt or file: never divided between folds.
        encoded: whether it has a lossy encoding in its past.
        facts: metadata of its file.
        name: of the file in its collection.
        fold: 0 … folds − 1, see `folded`.
        reconstruction: of the same shape, by an autoencoder; None for none.
    """

    pixels: np.ndarray
    source: str
    generated: bool
    group: str
    encoded: bool
    facts: FileFacts
    name: str
    fold: int = 0
    reconstruction: np.ndarray | None = None

    @property
    def label(self) -> str:
        """Its class: "real", or the generator."""
        return self.source if self.generated else REAL


def read_training_pack(file: Path) -> list[Item]:
    """Items of `detector_train.tar`: crops with `manifest.json`.

    Raises:
        DataError: the file is missing or damaged, or has no manifest.
    """
    items = []
    try:
        with tarfile.open(file) as archive:
            members = {os.path.normpath(member.name): member for member in archive if member.isfile()}
            manifest = json.loads(_bytes(archive, members["manifest.json"]))
            for entry in manifest:
                kind, _, source = entry["source"].partition("/")
                if NO_PHOTOGRAPHS.search(entry["path"]) and kind == REAL:
                    continue
                picture = decode(_bytes(archive, members[entry["file"]]), entry["file"])
                generated = kind == "generated"
                items.append(
                    Item(
                        picture.pixels,
                        source,
                        generated,
                        _group(source, entry["path"]),
                        entry["original_format"] in LOSSY,
                        picture.facts,
                        entry["file"],
                    )
                )
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise DataError(f"{file} is no pack of training pictures with a manifest.json: {error!r}") from error
    return items


def read_photographs(file: Path, source: str, *, least: int, encoded: bool) -> list[Item]:
    """Photographs of a tar file, each its own group.

    Args:
        file: tar file of pictures, in any folders.
        source: name of the collection.
        least: smallest side of a picture that is used, in pixels.
        encoded: whether they have a lossy encoding in their past.

    Raises:
        DataError: the file is missing or damaged, or has no such picture.
    """
    from subband.data.sources import read

    items = [
        Item(picture.pixels, source, False, f"{source}/{picture.name}", encoded, picture.facts, picture.name)
        for picture in read(str(file))
        if isinstance(picture, Picture) and min(picture.pixels.shape[:2]) >= least
    ]
    if not items:
        raise DataError(f"{file} has no pictures of at least {least}×{least} pixels")
    return items


def folded(items: Sequence[Item], folds: int = len(FAMILIES)) -> list[Item]:
    """Assign folds: photographs by camera or picture, generated ones by the family of the generator.

    Groups that hold near copies of each other's pictures are merged first. The fold of a group of photographs
    follows from a hash of its name, so it does not depend on what else there is.
    """
    family = {name: k % folds for k, names in enumerate(FAMILIES) for name in names}
    root = _merged(items)
    return [
        replace(
            item,
            group=root[item.group],
            fold=family.get(item.source, 0) if item.generated else _hashed(root[item.group]) % folds,
        )
        for item in items
    ]


def without_copies(items: Sequence[Item]) -> tuple[list[Item], int]:
    """Items without those that are near copies of an earlier one of the same class, and how many were dropped."""
    hashes = [perceptual_hash(item.pixels) for item in items]
    dropped = {j for i, j in near_copies(hashes, COPY) if items[i].label == items[j].label}
    return [item for k, item in enumerate(items) if k not in dropped], len(dropped)


def square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The central square on a grid of 16 pixels, which keeps the phase of JPEG's blocks."""
    top, left = ((n - side) // 2 // 16 * 16 for n in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def _merged(items: Sequence[Item]) -> dict[str, str]:
    """Group → the group that it is merged into, for near copies (union–find)."""
    parent = {item.group: item.group for item in items}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = group = parent[parent[group]]
        return group

    for i, j in near_copies([perceptual_hash(item.pixels) for item in items]):
        first, second = sorted((root(items[i].group), root(items[j].group)))
        parent[second] = first
    return {group: root(group) for group in parent}


def _group(source: str, path: str) -> str:
    """What may not be divided: a camera, a prompt, a picture."""
    folder, _, file = path.rpartition("/")
    stem = file.rsplit(".", 1)[0]
    if source == "cameras":
        return "camera " + re.sub(r"\s*\(.*?\)", "", stem)
    if source in ("sd-1.4", "sd-1.5", "sd-2.1"):
        return f"prompt {folder}"
    if source in ("ldm", "glid3-xl", "midjourney-v3", "gpt-image-1"):
        return f"prompt {folder}"
    if source == "sd-512":
        return f"{source} {re.sub(r'_[0-9].*', '', stem)}"
    return f"{source} {stem}"


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def _bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        raise DataError(f"{member.name} is not a file")
    return file.read()


def sources_of(items: Iterable[Item], *, generated: bool) -> list[str]:
    """Sorted names of the generators, or of the collections of photographs."""
    return sorted({item.source for item in items if item.generated == generated})
