"""The detector that is kept: from an image of any size to an opinion."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
import torch

from subband.data.chain import Chain
from subband.errors import CheckpointError, InvalidInput, UnsupportedArray
from subband.forensics.abstention.reference import PREFIX, Reference
from subband.forensics.abstention.thresholds import Abstention
from subband.forensics.detectors.copies import saved_crops, scaled_crops, scaled_size
from subband.forensics.detectors.head import Head
from subband.forensics.detectors.ruling import Ruling, opinions
from subband.forensics.judgement import Opinion
from subband.forensics.networks.measured import logits_and_features
from subband.forensics.networks.registry import Classifier, Shape, build
from subband.training import fill, load_checkpoint, read_config, save_checkpoint

KIND = "detector"
CROPS = 16
"""Most crops that a verdict looks at."""


@dataclass(frozen=True)
class DetectorConfig:
    """All but the weights.

    Attributes:
        name: one of `classifiers.DETECTORS`.
        classes: "real", then the generated sources, in the order of the logits.
        chain: settings of `subband.data.chain.Chain`; its size is that of the classifier.
        level: of the packets.
        wavelet: of the packets.
        parameters: the budget that set the width of the net.
        temperature: fitted on validation images.
        threshold: probability from which an image is called generated if there is no `abstention`. Training and
            calibration weigh real and generated equally, so it is ½.
        scores: name → mean over seeds on the test images of the study that made it.
        title: name of the detector for readers; `name` if empty.
        abstention: frozen thresholds; None in checkpoints that were saved before there were any.
        shift: added to the log-odds of "generated"; see `subband.forensics.calibration.shift`.
        taught: generators that were taught later, in the order of the head.
        history: what was changed since it was trained, oldest first; JSON values.

    Example:
        >>> from dataclasses import asdict
        >>> from subband.data import Chain
        >>> from subband.forensics import DetectorConfig
        >>> chain = asdict(Chain(32))
        >>> config = DetectorConfig("linear on pixels", ("real", "GAN"), chain, 1, "haar", 60_000, temperature=1.0)
        >>> config.shape.size, config.shape.classes
        (32, 2)
    """

    name: str
    classes: tuple[str, ...]
    chain: dict[str, Any]
    level: int
    wavelet: str
    parameters: int
    temperature: float
    threshold: float = 0.5
    scores: dict[str, float] = field(default_factory=dict)
    title: str = ""
    abstention: Abstention | None = None
    shift: float = 0.0
    taught: tuple[str, ...] = ()
    history: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not 0 < self.threshold < 1:
            raise InvalidInput(
                f"temperature {self.temperature} must be above 0, threshold {self.threshold} between 0 and 1"
            )
        if len(self.classes) < 2 or self.classes[0] != "real":
            raise InvalidInput(f"classes are {self.classes}: 'real' comes first, then generated sources")

    @property
    def shape(self) -> Shape:
        """What the net is built for."""
        return Shape(self.chain["size"], len(self.classes), self.level, self.wavelet, self.parameters)


@final
class Detector:
    """A trained classifier with all that an opinion needs: chain, classes, temperature, calibration pictures.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import packaged_detector
        >>> picture = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
        >>> opinion = packaged_detector().judge(picture)
        >>> opinion.verdict
        "can't tell"
        >>> opinion.reason
        'the picture is nothing but noise: neighbouring pixels have next to nothing in common'
    """

    def __init__(
        self,
        classifier: Classifier,
        config: DetectorConfig,
        reference: Reference | None = None,
        head: Head | None = None,
        title: str | None = None,
    ):
        self.classifier, self.config = classifier.cpu().eval(), config
        self.reference, self.head = reference, head
        self.title = title or config.title or config.name
        self.chain = Chain(**config.chain)

    @property
    def ruling(self) -> Ruling:
        """What it makes of logits and features."""
        c = self.config
        return Ruling(
            self.title, (*c.classes, *c.taught), c.temperature, c.shift, c.threshold, c.abstention, self.reference,
            self.head,
        )  # fmt: skip

    def judge(
        self,
        pixels: np.ndarray,
        *,
        crops: int = CROPS,
        threshold: float | None = None,
        stable: bool = True,
        guarded: bool = True,
    ) -> Opinion:
        """Judge one image.

        Args:
            pixels: (H, W, 3) uint8, at least as large as a crop in both directions.
            crops: most squares to look at. They lie on an even grid; their logits are averaged.
            threshold: the least probability of a firm verdict, ½ … 1, in place of the frozen thresholds.
            stable: whether a firm verdict must stand for copies of the image, too (JPEG of quality 85, scaled to
                75 %).
            guarded: whether images of which no detector can say anything are refused (`guards.unfit`).

        Raises:
            UnsupportedArray: not a NumPy array.
            InvalidInput: another shape or dtype, an image smaller than a crop, crops < 1, or a threshold outside
                ½ … 1.
        """
        return self.judge_many([pixels], crops=crops, threshold=threshold, stable=stable, guarded=guarded)[0]

    def judge_many(
        self,
        images: Sequence[np.ndarray],
        *,
        crops: int = CROPS,
        threshold: float | None = None,
        stable: bool = True,
        guarded: bool = True,
    ) -> list[Opinion]:
        """Judge images, each (H, W, 3) uint8 of any size, in one batch of crops.

        Raises:
            UnsupportedArray, InvalidInput: see `judge`.
        """
        return opinions(self, images, most=crops, threshold=threshold, stable=stable, guarded=guarded)

    def crops(self, pixels: np.ndarray, most: int = CROPS) -> np.ndarray:
        """The squares that are looked at, after the chain: (m, S, S, 3) uint8.

        Raises:
            UnsupportedArray, InvalidInput: see `judge`.
        """
        if not isinstance(pixels, np.ndarray):
            raise UnsupportedArray(f"an image is a NumPy array (H, W, 3) uint8, not {type(pixels).__name__}")
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise InvalidInput(f"an image is (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
        side = self.chain.cut
        places = grid(pixels.shape[0], pixels.shape[1], side, most)
        return self._through_chain(
            [np.ascontiguousarray(pixels[y : y + side, x : x + side]) for y, x in places]
        )

    def copies(self, pixels: np.ndarray, most: int = CROPS) -> Mapping[str, np.ndarray]:
        """The squares of copies of an image: JPEG of quality 85, and scaled to 75 % if it is large enough."""
        side = self.chain.cut
        found = {
            "a JPEG copy of quality 85": saved_crops(
                pixels, grid(pixels.shape[0], pixels.shape[1], side, most), side
            )
        }
        smaller = scaled_size(pixels)
        if min(smaller) >= side:
            found["a copy scaled to 75 %"] = scaled_crops(pixels, grid(*smaller, side, most), side)
        return {name: self._through_chain(cut) for name, cut in found.items()}

    def measure(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits of the net's classes, (m, C), and features, (m, D), of crops after the chain."""
        return logits_and_features(self.classifier, crops)

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`, over an older checkpoint if there is one.

        Raises:
            OutputError: the folder can't be written.
        """
        more: dict[str, np.ndarray] = {} if self.reference is None else self.reference.tensors()
        if self.head is not None:
            more |= {"head.weights": self.head.weights, "head.offsets": self.head.offsets}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in more.items()}
        save_checkpoint(folder, KIND, self.config, self.classifier.state_dict() | tensors)

    @classmethod
    def load(cls, folder: str | Path, *, title: str | None = None) -> "Detector":
        """Read what `save` wrote; checkpoints from before there were thresholds, too.

        Args:
            folder: of the checkpoint.
            title: name for readers; by default that of the checkpoint.

        Raises:
            CheckpointError: it is missing, truncated, of another kind, or of a newer format.
        """
        checkpoint = load_checkpoint(folder, KIND)
        config = read_config(DetectorConfig, checkpoint.config)
        own = {name: t for name, t in checkpoint.tensors.items() if not name.startswith((PREFIX, "head."))}
        kept = {name: t.numpy() for name, t in checkpoint.tensors.items() if name not in own}
        try:
            classifier = build(config.name, config.shape, seed=0)
            head = Head(*(kept[f"head.{part}"].astype(np.float64) for part in ("weights", "offsets"))) if (
                config.taught
            ) else None  # fmt: skip
            reference = Reference.of(kept) if config.abstention is not None else None
            detector = cls(classifier, config, reference, head, title)
        except (InvalidInput, KeyError, TypeError) as error:
            raise CheckpointError(f"the settings in {folder} describe no detector: {error}") from error
        fill(classifier, own)
        return detector

    def _through_chain(self, squares: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        if self.chain.lossless:
            return np.stack(list(squares))
        return np.stack([self.chain(square)[0] for square in squares])


def grid(height: int, width: int, side: int, most: int) -> list[tuple[int, int]]:
    """Corners of at most `most` squares, spread evenly over an image, that overlap only to reach both edges.

    Where fewer than fit are wanted, the side of the image that has more of them per row or column gives up
    first.

    Raises:
        InvalidInput: the image is smaller than a square, or most < 1.
    """
    if most < 1:
        raise InvalidInput(f"can't judge by {most} crops: at least 1")
    if min(height, width) < side:
        raise InvalidInput(
            f"the image has {width}×{height} pixels; this detector needs at least {side}×{side}. Enlarging "
            "would hide what it looks for: use a larger original, or a detector made with a smaller --size"
        )
    rows, columns = -(-height // side), -(-width // side)
    while rows * columns > most:
        rows, columns = (rows - 1, columns) if rows >= columns else (rows, columns - 1)

    def starts(length: int, count: int) -> list[int]:
        if count == 1:
            return [(length - side) // 2]
        return [round(k * (length - side) / (count - 1)) for k in range(count)]

    return [(y, x) for y in starts(height, rows) for x in starts(width, columns)]


def config_of(
    name: str,
    classes: Sequence[str],
    chain: Chain,
    shape: Shape,
    temperature: float,
    scores: dict[str, float],
) -> DetectorConfig:
    """Put a configuration together from the parts of a study."""
    return DetectorConfig(
        name,
        tuple(classes),
        asdict(chain),
        shape.level,
        shape.wavelet,
        shape.parameters,
        temperature,
        scores=scores,
    )
