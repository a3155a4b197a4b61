"""What changes without a band: in one picture's answer, and in the accuracy on a data set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.forensics.explanation.fingerprint import PacketStatistics
from subband.forensics.explanation.groups import groups, octaves
from subband.forensics.explanation.subject import BATCH, Subject
from subband.forensics.features.images import as_images, check_pixels
from subband.forensics.features.layers import GREY_LEVEL_FLOOR
from subband.forensics.judgement import Verdict
from subband.metrics import balanced_accuracy
from subband.transforms.packets import ipackets, packets

FEW = 8  # squares of a picture from which single bands are removed

ROUNDING = 12**-0.5
"""Standard deviation of the error of rounding to whole grey levels."""

How = Literal["remove", "replace"]


def without_bands(
    x: Float[Tensor, "n 3 height width"],
    bands: np.ndarray,
    level: int = 3,
    wavelet: str = "haar",
    *,
    reference: PacketStatistics | None = None,
) -> Float[Tensor, "n 3 height width"]:
    """Images without what is special in some of their packets.

    Without a reference, only as much stays in the packets as rounding to 8 bits leaves in those of any file: noise
    of variance 1/12, the same in every call; those of the lowest band become their mean. With a reference, they
    keep their signs and their order of size, but ln|c| gets its mean and standard deviation in each band,

        z′ = μ_ref + σ_ref (z − μ) / σ        z = ln(|c| + ½)

    So the image stays like others, and its fingerprint in the band is that of the reference. The images are not
    rounded again: the error would be a multiple of the pattern that was taken out of each pixel.

    Args:
        x: (N, 3, H, W), 0..255.
        bands: (F, F) bool, frequency order.
        level: of the packets.
        wavelet: of the packets.
        reference: Statistics of, say, photographs, at the same level, wavelet, and `floor=GREY_LEVEL_FLOOR`.

    Raises:
        InvalidInput: bands or a reference of another shape.

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from subband.forensics import without_bands
        >>> stripes = 100.0 + 50 * torch.tensor([1.0, -1.0]).repeat(8).expand(1, 3, 16, 16)  # the highest frequency
        >>> finest = np.array([[False, True], [False, False]])  # of vertical lines
        >>> round(float(stripes.std())), round(float(without_bands(stripes, finest, level=1).std()), 1)
        (50, 0.2)
    """
    count = 2**level
    if bands.shape != (count, count) or (reference is not None and reference.mean.shape != bands.shape):
        raise InvalidInput(f"bands are (F, F) bool with F = {count} at level {level}, not {bands.shape}")
    p = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
    chosen = torch.from_numpy(np.ascontiguousarray(bands))[..., None, None]
    if reference is None:
        noise = torch.Generator().manual_seed(0)
        other = ROUNDING * torch.randn(p.array.shape, generator=noise, dtype=x.dtype)
        other[:, :, 0, 0] = p.array[:, :, 0, 0].mean((-2, -1), keepdim=True)
    else:
        z = torch.log(p.array.abs() + GREY_LEVEL_FLOOR)
        deviation, mean = torch.std_mean(z, (-2, -1), keepdim=True, correction=0)
        normal = (z - mean) / torch.where(deviation > 1e-6, deviation, 1.0)
        to = [torch.from_numpy(part).to(x.dtype)[..., None, None] for part in (reference.mean, reference.std)]
        other = torch.sign(p.array) * (torch.exp(to[0] + to[1] * normal) - GREY_LEVEL_FLOOR).clamp_min(0)
    change = torch.where(chosen, other - p.array, 0.0)
    return (x + ipackets(p.replace(change))).clamp(0, 255)


@dataclass(frozen=True, eq=False)
class Removal:
    """What the answer to one picture would be without some of its bands.

    Attributes:
        log_odds: Of the picture as it is.
        effects: (F, F): how much each band speaks for "generated", in nats: what its removal takes from the
            log-odds. There are many bands, so this is measured on at most 8 squares.
        groups: Name of a group of bands → log-odds without it; see `groups.groups`.
        octaves: Name of an octave → verdict without it; see `groups.octaves`.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, subject_of
        >>> from subband.forensics.detectors.detector import config_of
        >>> from subband.forensics.explanation.removal import removal
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2, level=1), 1.0, {})
        >>> subject = subject_of(Detector(build(config.name, config.shape, seed=0), config))
        >>> found = removal(subject, np.full((1, 16, 16, 3), 90, np.uint8))
        >>> found.effects.shape, list(found.octaves)
        ((2, 2), ['the finest detail', 'smooth areas'])
    """

    log_odds: float
    effects: np.ndarray
    groups: Mapping[str, float]
    octaves: Mapping[str, Verdict]


def removal(subject: Subject, squares: np.ndarray, *, reference: PacketStatistics | None = None) -> Removal:
    """Ask again without each band, each group, and each octave of a picture.

    Args:
        subject: What answers.
        squares: (n, S, S, 3) uint8: the picture, as the net gets it.
        reference: see `without_bands`.
    """
    x, level = as_images(squares), subject.level

    few = x[:: -(-len(x) // FEW)]

    def without(bands: np.ndarray, x: Tensor = x) -> float:
        return subject.whole(without_bands(x, bands, level, subject.wavelet, reference=reference))

    by_band = np.reshape([without(mask, few) for mask in single_bands(level)], (2**level, 2**level))
    by_group = {name: without(mask) for name, mask in groups(level).items()}
    by_octave: dict[str, Verdict] = {
        name: subject.decide(without(mask)) for name, mask in octaves(level).items()
    }
    return Removal(subject.whole(x), subject.whole(few) - by_band, by_group, by_octave)


def single_bands(level: int) -> list[np.ndarray]:
    """Masks of the F² bands, one each, row by row."""
    count = 2**level
    return [np.arange(count * count).reshape(count, count) == k for k in range(count * count)]


@dataclass(frozen=True, eq=False)
class BandAblation:
    """Balanced accuracy that survives on a data set without each of its bands.

    Attributes:
        accuracy: With all bands, 0..1.
        bands: (F, F): without each band.
        groups: Name of a group or an octave → without it.
        error: Standard error of `accuracy` as of a share of these images; differences below it say little.
        images: Real and generated images.
        how: "remove" or "replace"; see `without_bands`.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import BandAblation
        >>> groups = {"the finest detail": 0.55, "smooth areas": 0.9}
        >>> found = BandAblation(0.92, np.full((2, 2), 0.9), groups, error=0.02, images=(100, 100), how="remove")
        >>> name, accuracy, change = found.table()[0]
        >>> name, accuracy, round(change, 2)
        ('the finest detail', 0.55, -0.37)
    """

    accuracy: float
    bands: np.ndarray
    groups: Mapping[str, float]
    error: float
    images: tuple[int, int]
    how: How

    def table(self) -> list[tuple[str, float, float]]:
        """(name, accuracy without it, change), the most harmful removal first."""
        rows = [(name, value, value - self.accuracy) for name, value in self.groups.items()]
        return sorted(rows, key=lambda row: row[1])

    def to_json(self) -> dict[str, Any]:
        """All numbers as JSON values."""
        return {
            "accuracy": self.accuracy,
            "error": self.error,
            "without_band": self.bands.tolist(),
            "without": dict(self.groups),
            "images": {"real": self.images[0], "generated": self.images[1]},
            "how": self.how,
        }


def band_ablation(
    subject: Subject,
    pixels: np.ndarray,
    generated: np.ndarray,
    *,
    reference: PacketStatistics | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> BandAblation:
    """Which accuracy of a detector survives without each band, each group and each octave.

    Args:
        subject: The detector.
        pixels: (N, S, S, 3) uint8, of the size of its net, as they come from its chain.
        generated: (N,) bool, both kinds at least once.
        reference: Statistics that replace those of the band (see `without_bands`), e.g. of photographs of the
            training set; None to remove the band.
        progress: Gets the share that is done, 0..1.

    Raises:
        InvalidInput: no image of one kind, or shapes that don't fit.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, band_ablation, build, subject_of
        >>> from subband.forensics.detectors.detector import config_of
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2, level=1), 1.0, {})
        >>> subject = subject_of(Detector(build(config.name, config.shape, seed=0), config))
        >>> pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
        >>> found = band_ablation(subject, pixels, generated=np.arange(8) % 2 == 1)
        >>> found.bands.shape, found.images, found.how
        ((2, 2), (4, 4), 'remove')
    """
    check_pixels(pixels)
    generated = np.asarray(generated, bool)
    if generated.shape != (len(pixels),) or generated.all() or not generated.any():
        raise InvalidInput(f"give {len(pixels)} labels, some real and some generated")
    named = octaves(subject.level) | groups(subject.level)
    masks = [np.zeros_like(next(iter(named.values()))), *single_bands(subject.level), *named.values()]
    said = np.empty((len(masks), len(pixels)), bool)
    with torch.no_grad():
        for start in range(0, len(pixels), BATCH):
            x = as_images(pixels[start : start + BATCH])
            for k, mask in enumerate(masks):
                changed = (
                    without_bands(x, mask, subject.level, subject.wavelet, reference=reference)
                    if mask.any()
                    else x
                )
                said[k, start : start + len(x)] = subject.log_odds_of(subject.logits(changed)).numpy() >= 0
            progress(min(1.0, (start + BATCH) / len(pixels)))
    scores = [float(balanced_accuracy(generated.astype(int), row.astype(int))) for row in said]
    count = 4**subject.level
    shares = [np.mean(said[0][kind] == generated[kind]) for kind in (~generated, generated)]
    sizes = (int((~generated).sum()), int(generated.sum()))
    variance = sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)) / 4
    return BandAblation(
        scores[0],
        np.reshape(scores[1 : 1 + count], (2**subject.level,) * 2),
        dict(zip(named, scores[1 + count :], strict=True)),
        float(np.sqrt(variance)),
        sizes,
        "remove" if reference is None else "replace",
    )
