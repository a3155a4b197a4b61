"""Labelled images of several sources, concatenated, with class-balancing weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from subband.data.decode import FileFacts
from subband.data.imageset import Split
from subband.errors import DataError, InvalidInput
from subband.forensics.features.images import check_pixels

LEAST = 2  # images of each class in each part

Part = Literal["train", "val", "test"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled images of several sources.

    Attributes:
        pixels: (N, H, W, 3) uint8.
        labels: (N,) int64, index of the source; 0 is real.
        scenes: (N,) int64, equal for images of the same scene and source.
        delivered: metadata of the N original files that the images were cropped from.
        stored: metadata of the N files after the common preprocessing chain.
    """

    pixels: np.ndarray
    labels: np.ndarray
    scenes: np.ndarray
    delivered: tuple[FileFacts, ...] = ()
    stored: tuple[FileFacts, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels)
        if len({len(self.pixels), len(self.labels), len(self.scenes)}) > 1:
            raise InvalidInput(
                f"{len(self.pixels)} images need as many labels and scenes, "
                f"not {len(self.labels)} and {len(self.scenes)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def generated(self) -> np.ndarray:
        """(N,) int64: 0 for real, 1 for generated."""
        return (self.labels > 0).astype(np.int64)

    @property
    def weights(self) -> np.ndarray:
        """(N,) weights of mean 1, with equal totals for real and generated, and for each generated source.

        Without them, the constant answer "generated" is right for K of K + 1 images, given K generators with
        as many images each as there are real ones.
        """
        counts = np.bincount(self.labels)
        sources = int((counts[1:] > 0).sum())
        total = np.where(np.arange(len(counts)) == 0, 1.0, 1.0 / max(sources, 1))
        weights = (total / np.maximum(counts, 1))[self.labels]
        return weights / weights.mean()


def class_names(sources: Mapping[str, Split]) -> tuple[str, ...]:
    """Class names: "real", then the generated sources in sorted order.

    Raises:
        InvalidInput: no source "real", or no generated source.
    """
    generated = sorted(set(sources) - {"real"})
    if "real" not in sources or not generated:
        raise InvalidInput(f"sources are {sorted(sources)}: need 'real' and at least one generated source")
    return ("real", *generated)


def collect(sources: Mapping[str, Split], part: Part) -> Examples:
    """Concatenate one part of all sources, in the order of `class_names`.

    Raises:
        DataError: a source has fewer than two images in this part.
        InvalidInput: images of different sizes, not square, or not (N, H, W, 3) uint8.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> from subband.forensics import collect
        >>> def source(name, n):
        ...     return Split(*[from_arrays(name, np.zeros((n, 16, 16, 3), np.uint8), Chain(16))] * 3)
        >>> train = collect({"real": source("real", 2), "GAN": source("GAN", 4)}, "train")
        >>> train.labels.tolist(), train.weights.tolist()
        ([0, 0, 1, 1, 1, 1], [1.5, 1.5, 0.75, 0.75, 0.75, 0.75])
    """
    names = class_names(sources)
    sets = [getattr(sources[name], part) for name in names]
    for name, images in zip(names, sets, strict=True):
        if len(images) < LEAST:
            raise DataError(
                f"source {name!r} has {len(images)} images for {part}: at least {LEAST} are needed; "
                "add photographs, or more crops of each"
            )
        check_pixels(images.pixels, f"images of {name!r}")
    shapes = {name: images.pixels.shape[1:3] for name, images in zip(names, sets, strict=True)}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {h}×{w}" for name, (h, w) in shapes.items())
        raise InvalidInput(f"sources have images of different sizes ({listed}): take all through one chain")
    height, width = shapes["real"]
    if height != width:
        raise InvalidInput(
            f"images are {height}×{width}: need squares; cut them with subband.data.chain.Chain"
        )
    labels = np.repeat(np.arange(len(names)), [len(images) for images in sets])
    groups = np.concatenate([images.group for images in sets])
    _, scenes = np.unique(np.stack([labels, groups]), axis=1, return_inverse=True)
    return Examples(
        np.concatenate([images.pixels for images in sets]),
        labels,
        scenes.reshape(-1),
        tuple(facts for images in sets for facts in images.delivered),
        tuple(facts for images in sets for facts in images.stored),
    )
