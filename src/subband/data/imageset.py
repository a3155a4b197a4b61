"""Sets of crops of one size: gathered from a source, made from arrays, split by scene."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from subband.data.chain import SMALLEST, Chain
from subband.data.copies import Fingerprint
from subband.data.decode import FileFacts, Picture, Skipped
from subband.data.scenes import SceneRegister, pixel_digest
from subband.data.skipped import summary
from subband.data.spread import Spread
from subband.errors import DataError, InvalidInput, UnsupportedArray


@dataclass(frozen=True, eq=False)
class ImageSet:
    """N crops of one source.

    Attributes:
        source: name of the source; "real" for photographs.
        pixels: (N, size, size, 3) uint8, after the chain.
        group: (N,) int64, scene number of each crop; preserved by `subset`, so comparable across splits.
        names: scene names, indexed by group number.
        delivered: metadata of the original file of each crop, N.
        stored: metadata of the file encoded by the chain, N.
        skipped: unusable images of the source.
        duplicates: number of pictures identical to an earlier one, whose scenes are merged.
        prints: of the whole pictures that the crops are from, to find copies in other sources; empty for
        images that never were files.
    """

    source: str
    pixels: np.ndarray
    group: np.ndarray
    names: tuple[str, ...]
    delivered: tuple[FileFacts, ...]
    stored: tuple[FileFacts, ...]
    skipped: tuple[Skipped, ...] = ()
    duplicates: int = 0
    prints: tuple[Fingerprint, ...] = ()

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Side of a crop, in pixels."""
        return self.pixels.shape[1]

    @property
    def scenes(self) -> int:
        """Number of distinct scenes."""
        return len(np.unique(self.group))

    def subset(self, index: np.ndarray | Sequence[int] | slice) -> "ImageSet":
        """The crops at `index` (integers, a boolean mask or a slice), in that order."""
        if not isinstance(index, slice):
            index = np.asarray(index, dtype=None if len(np.atleast_1d(index)) else np.int64)
            if index.ndim != 1:
                raise InvalidInput(f"subset takes a 1-D index, not one of shape {index.shape}")
        chosen = np.arange(len(self))[index]
        return replace(
            self,
            pixels=self.pixels[chosen],
            group=self.group[chosen],
            delivered=tuple(self.delivered[i] for i in chosen),
            stored=tuple(self.stored[i] for i in chosen),
        )


@dataclass(frozen=True, eq=False)
class Split:
    """Training, validation and test sets without common scenes.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> images = from_arrays("GAN", np.zeros((10, 16, 16, 3), np.uint8), Chain(16))
        >>> split = Split(images.subset(slice(0, 6)), images.subset(slice(6, 8)), images.subset(slice(8, 10)))
        >>> len(split.train), len(split.val), len(split.test)
        (6, 2, 2)
    """

    train: ImageSet
    val: ImageSet
    test: ImageSet


def gather(
    source: str,
    pictures: Iterable[Picture | Skipped],
    chain: Chain,
    *,
    per_picture: int,
    limit: int | None = None,
    enough: int | None = None,
    rng: np.random.Generator,
    progress: Callable[[int, int], None] | None = None,
) -> ImageSet:
    """Crop pictures and pass the crops through the chain. Only crops are kept in memory.

    Pictures with identical pixels become one scene, so that a split never separates a picture from its copy.

    Args:
        source: name of the source in results.
        pictures: e.g. `read("photos/")`; `Skipped` items are collected.
        chain: preprocessing, the same for every class.
        per_picture: maximal number of crops of one picture.
        limit: maximal number of crops in total, distributed over the pictures as evenly as possible. Of more
            than `limit` pictures only the first ones are used: for a fair sample read in random order,
            `read(spec, rng)`.
        enough: stop once `limit` crops come from this many pictures, e.g. to limit downloads; `limit` by
            default.
        rng: generator of crop positions.
        progress: called after each picture with the numbers of pictures read and of crops kept.

    Raises:
        DataError: no usable picture.
        InvalidInput: `per_picture` or `limit` is below 1.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from PIL import Image
        >>> from subband.data import Chain, gather, read
        >>> Path("photos").mkdir()
        >>> for k in range(3):
        ...     Image.new("RGB", (64, 48), (k, 0, 0)).save(f"photos/{k}.png")
        >>> images = gather("real", read("photos"), Chain(16), per_picture=2, rng=np.random.default_rng(0))
        >>> images.pixels.shape, images.scenes
        ((6, 16, 16, 3), 3)
    """
    if per_picture < 1 or (limit is not None and limit < 1):
        raise InvalidInput(f"per_picture and limit must be at least 1, not {per_picture} and {limit}")
    kept: Spread[_Kept] = Spread(limit, per_picture)
    skipped: list[Skipped] = []
    scenes, prints = SceneRegister(), []
    largest = 0  # maximum of the shorter sides of the pictures that were too small
    for seen, picture in enumerate(pictures, start=1):
        if isinstance(picture, Skipped):
            skipped.append(picture)
        elif (side := min(picture.pixels.shape[:2])) < chain.cut:
            height, width = picture.pixels.shape[:2]
            reason = f"smaller than a crop of {chain.cut}×{chain.cut} ({width}×{height} pixels)"
            skipped.append(Skipped(picture.name, reason))
            largest = max(largest, side)
        else:
            scenes.add(picture.scene, picture.pixels)
            prints.append(Fingerprint.of(picture.pixels))
            encoded = (chain(crop.pixels) for crop in chain.crops(picture, kept.longest, rng))
            kept.add([_Kept(pixels, picture.scene, picture.facts, facts) for pixels, facts in encoded])
        if progress is not None:
            progress(seen, kept.count if limit is None else min(kept.count, limit))
        if limit is not None and kept.count >= limit and len(kept.lists) >= (enough or limit):
            break
    kept.trim()
    crops = [crop for of_picture in kept.lists for crop in of_picture]
    if not crops:
        raise DataError(_no_crops_message(source, skipped, chain, largest))
    group, names = scenes.number([crop.scene for crop in crops])
    return ImageSet(
        source,
        np.stack([crop.pixels for crop in crops]),
        group,
        names,
        tuple(crop.delivered for crop in crops),
        tuple(crop.stored for crop in crops),
        tuple(skipped),
        scenes.duplicates,
        tuple(found for found, crops_of in zip(prints, kept.lists, strict=True) if crops_of),
    )


@dataclass(frozen=True, eq=False)
class _Kept:
    """A crop after the chain, with its scene and the metadata of both files."""

    pixels: np.ndarray
    scene: str
    delivered: FileFacts
    stored: FileFacts


def from_arrays(
    source: str, pixels: np.ndarray, chain: Chain, *, group: Sequence[int] | None = None
) -> ImageSet:
    """Pass generated images through the chain of the photographs.

    Images of the chain's output size are only encoded and decoded, since their generator was trained on
    resized images. Larger images are centre-cropped and resized.

    Args:
        source: name of the source in results.
        pixels: (N, H, W, 3) uint8.
        chain: preprocessing, the same for every class.
        group: N scene numbers; by default each image is its own scene, identical images share one.

    Raises:
        UnsupportedArray: not a NumPy array.
        InvalidInput: another dtype or shape.
        DataError: no images, or images smaller than a crop.

    Example:
        >>> images = from_arrays("gan", np.zeros((2, 64, 64, 3), np.uint8), Chain(64))
        >>> len(images), images.scenes, images.duplicates
        (2, 1, 1)
    """
    _check_images(source, pixels, chain)
    n, height, width = pixels.shape[:3]
    if group is not None and (np.shape(group) != (n,) or np.asarray(group).dtype.kind not in "iu"):
        raise InvalidInput(
            f"group must be {n} integers, one per image, not shape {np.shape(group)}: {group!r:.60}"
        )

    side = chain.size if (height, width) == (chain.size, chain.size) else chain.cut
    top, left = (height - side) // 2, (width - side) // 2
    encoded = [chain(np.ascontiguousarray(image[top : top + side, left : left + side])) for image in pixels]
    labels = [f"{source} {i:06d}" if group is None else f"{source} scene {group[i]}" for i in range(n)]
    scenes = SceneRegister()
    for label, image in zip(labels, pixels, strict=True):
        scenes.add(label, image)
    numbers, names = scenes.number(labels)
    return ImageSet(
        source,
        pixels=np.stack([image for image, _ in encoded]),
        group=numbers,
        names=names,
        delivered=(FileFacts(height * width * 3, width, height, "array"),) * n,
        stored=tuple(facts for _, facts in encoded),
        duplicates=scenes.duplicates,
    )


def concatenate(sets: Sequence[ImageSet], source: str | None = None) -> ImageSet:
    """Concatenate sets with crops of one size. Scenes of different sets remain distinct.

    Args:
        sets: at least one.
        source: name of the result; the names of the sets joined with "+" by default.

    Raises:
        InvalidInput: no sets, or sets of different sizes.
    """
    if not sets or len({images.size for images in sets}) != 1:
        sizes = sorted({images.size for images in sets})
        raise InvalidInput(f"can't concatenate sets with crops of sizes {sizes}: give sets of one size")
    offsets = np.cumsum([0, *(len(images.names) for images in sets[:-1])])
    return ImageSet(
        source if source is not None else "+".join(dict.fromkeys(images.source for images in sets)),
        pixels=np.concatenate([images.pixels for images in sets]),
        group=np.concatenate([images.group + offset for images, offset in zip(sets, offsets, strict=True)]),
        names=tuple(name for images in sets for name in images.names),
        delivered=tuple(facts for images in sets for facts in images.delivered),
        stored=tuple(facts for images in sets for facts in images.stored),
        skipped=tuple(skipped for images in sets for skipped in images.skipped),
        duplicates=sum(images.duplicates for images in sets),
        prints=tuple(found for images in sets for found in images.prints),
    )


def split(
    images: ImageSet, fractions: Sequence[float] = (0.6, 0.15, 0.25), *, rng: np.random.Generator
) -> Split:
    """Split into training, validation and test sets by scene, so that no scene is in two parts.

    Scenes are assigned greedily, in order of decreasing size (ties at random), to the part with the largest
    deficit of crops. No part is empty.

    Args:
        images: the set, of at least three scenes.
        fractions: of the crops in each part; approximate, since scenes are kept whole.
        rng: generator of the order of ties.

    Raises:
        DataError: fewer than three scenes.
        InvalidInput: `fractions` are not three positive numbers with sum 1.
    """
    wanted = np.asarray(fractions, dtype=np.float64)
    if wanted.shape != (3,) or not (wanted > 0).all() or not np.isclose(wanted.sum(), 1):
        allowed = "three positive numbers with sum 1, e.g. (0.6, 0.15, 0.25)"
        raise InvalidInput(f"can't split into fractions {tuple(fractions)}: give {allowed}")
    scenes, scene_of_crop, counts = np.unique(images.group, return_inverse=True, return_counts=True)
    if len(scenes) < 3:
        raise DataError(
            f"{images.source!r} has {len(images)} crops of only {len(scenes)} different photograph"
            f"{'s' if len(scenes) > 1 else ''}; training, validation and test sets "
            "need different ones, so at least 3: add photographs"
        )
    order = rng.permutation(len(scenes))
    order = order[np.argsort(-counts[order], kind="stable")]
    deficit = wanted * len(images)
    part = np.empty(len(scenes), dtype=np.int64)
    empty = {0, 1, 2}
    for assigned, scene in enumerate(order):
        must_fill = len(scenes) - assigned == len(empty)
        part[scene] = max(empty if must_fill else (0, 1, 2), key=lambda k: deficit[k])
        deficit[part[scene]] -= counts[scene]
        empty.discard(int(part[scene]))
    part_of_crop = part[scene_of_crop]
    return Split(*(images.subset(np.flatnonzero(part_of_crop == k)) for k in range(3)))


def count_shared(first: ImageSet, second: ImageSet) -> int:
    """Number of crops of `second` with exactly the pixels of a crop of `first`.

    A positive number between a real and a generated source means that one contains copies of the other;
    between a training and a test set it means leakage.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, count_shared, from_arrays
        >>> pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        >>> photographs, made = from_arrays("real", pixels, Chain(16)), from_arrays("GAN", pixels[2:], Chain(16))
        >>> count_shared(photographs, made)  # both "generated" images are photographs
        2
    """
    known = {pixel_digest(image) for image in first.pixels}
    return sum(pixel_digest(image) in known for image in second.pixels)


def _check_images(source: str, pixels: np.ndarray, chain: Chain) -> None:
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedArray(
            f"{source}: give images as a NumPy array, not {type(pixels).__module__}.{type(pixels).__name__}"
        )
    if pixels.dtype != np.uint8:
        bad = (
            ""
            if pixels.dtype.kind != "f" or (n := int((~np.isfinite(pixels)).sum())) == 0
            else f" with {n} NaN/inf"
        )
        raise InvalidInput(
            f"{source}: images must be uint8 from 0 to 255, not {pixels.dtype}{bad}; "
            "from [-1, 1]: ((x + 1) * 127.5).round().clip(0, 255).astype('uint8')"
        )
    if pixels.ndim != 4 or pixels.shape[-1] != 3:
        channels_first = pixels.ndim == 4 and pixels.shape[1] == 3
        advice = "; move the channels last with x.transpose(0, 2, 3, 1)" if channels_first else ""
        raise InvalidInput(f"{source}: images must have shape (N, H, W, 3), not {pixels.shape}{advice}")
    n, height, width = pixels.shape[:3]
    if n == 0:
        raise DataError(f"{source}: no images")
    if (height, width) != (chain.size, chain.size) and min(height, width) < chain.cut:
        crop = f"{chain.cut}×{chain.cut}"
        raise DataError(f"{source}: images of {width}×{height} pixels are smaller than a crop of {crop}")


def _no_crops_message(source: str, skipped: Sequence[Skipped], chain: Chain, largest: int) -> str:
    if not skipped:
        return f"{source!r} has no pictures"
    fitting = largest // SMALLEST * SMALLEST
    advice = f"; use smaller crops: --size {fitting}" if fitting else ""
    crop = f"{chain.cut}×{chain.cut}"
    return f"no picture of {source!r} can be used with crops of {crop}: {summary(skipped)}{advice}"
