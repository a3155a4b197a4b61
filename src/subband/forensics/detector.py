"""The detector that is kept: from an image of any size to a verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from subband.data.chain import Chain
from subband.errors import CheckpointError, InvalidInput, UnsupportedArray
from subband.forensics.classifiers import Classifier, Shape, build
from subband.forensics.explanation.saliency import gradients
from subband.forensics.features import as_images, log_packets
from subband.forensics.predict import logits_of, probabilities
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
        threshold: probability from which an image is called generated. Training and calibration weigh
            real and generated equally, so it is ½.
        scores: name → mean over seeds on the test images of the study that made it.
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


@dataclass(frozen=True)
class Verdict:
    """What a detector says of one image.

    Attributes:
        real: whether it is called a photograph.
        probability_generated: calibrated, 0..1, where real and generated images are equally frequent.
        source: the most likely class; among the generated ones if the image is called generated.
        source_probabilities: class → probability; they sum to 1.
        crops: how many crops were looked at.
    """

    real: bool
    probability_generated: float
    source: str
    source_probabilities: dict[str, float]
    crops: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a verdict rests on, in the crop that looks most like the verdict.

    Attributes:
        verdict: on the whole image.
        crop: (S, S, 3) uint8, as the net saw it.
        place: row and column of its first pixel in the image.
        packets: (F, F, h, w), mean over colours of ln|c|, frequency order, nats.
        packet_saliency: (F, F, h, w), mean over colours of |∂ logit / ∂ ln|c||.
        pixel_saliency: (S, S), mean over colours of |∂ logit / ∂ pixel|.
    """

    verdict: Verdict
    crop: np.ndarray
    place: tuple[int, int]
    packets: np.ndarray
    packet_saliency: np.ndarray
    pixel_saliency: np.ndarray


@final
class Detector:
    """A trained classifier with all that a verdict needs: chain, classes, temperature."""

    def __init__(self, classifier: Classifier, config: DetectorConfig):
        self.classifier, self.config = classifier.cpu().eval(), config
        self.chain = Chain(**config.chain)

    def judge(self, pixels: np.ndarray, *, crops: int = CROPS) -> Verdict:
        """Judge one image.

        Args:
            pixels: (H, W, 3) uint8, at least as large as a crop in both directions.
            crops: most squares to look at. They lie on an even grid; their logits are averaged.

        Raises:
            UnsupportedArray: not a NumPy array.
            InvalidInput: another shape or dtype, an image smaller than a crop, or crops < 1.
        """
        return self._verdict(logits_of(self.classifier, self._cut(pixels, crops)[0]))

    def judge_many(self, images: Sequence[np.ndarray], *, crops: int = CROPS) -> list[Verdict]:
        """Judge images, each (H, W, 3) uint8 of any size, in one batch of crops.

        Raises:
            UnsupportedArray, InvalidInput: see `judge`.
        """
        if not len(images):
            return []
        cuts = [self._cut(pixels, crops)[0] for pixels in images]
        logits = logits_of(self.classifier, np.concatenate(cuts))
        ends = np.cumsum([len(cut) for cut in cuts])[:-1]
        return [self._verdict(part) for part in np.split(logits, ends)]

    def explain(self, pixels: np.ndarray, *, crops: int = CROPS) -> Explanation:
        """Judge one image and say what the verdict rests on.

        Raises:
            UnsupportedArray, InvalidInput: see `judge`.
        """
        cut, places = self._cut(pixels, crops)
        logits = logits_of(self.classifier, cut)
        verdict = self._verdict(logits)
        generated = 1 - probabilities(logits, self.config.temperature)[:, 0]
        chosen = int(generated.argmin() if verdict.real else generated.argmax())
        x = as_images(cut[chosen : chosen + 1])
        level, wavelet = self.config.level, self.config.wavelet
        by_packet, by_pixel = gradients(self.classifier, x, level, wavelet)
        return Explanation(
            verdict,
            cut[chosen],
            places[chosen],
            log_packets(x, level, wavelet)[0].mean(0).numpy(),
            by_packet[0].abs().mean(0).numpy(),
            by_pixel[0].abs().mean(0).numpy(),
        )

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`, over an older checkpoint if there is one.

        Raises:
            OutputError: the folder can't be written.
        """
        save_checkpoint(folder, KIND, self.config, self.classifier.state_dict())

    @classmethod
    def load(cls, folder: str | Path) -> "Detector":
        """Read what `save` wrote.

        Raises:
            CheckpointError: it is missing, truncated, of another kind, or of a newer format.
        """
        checkpoint = load_checkpoint(folder, KIND)
        config = read_config(DetectorConfig, checkpoint.config)
        try:
            classifier = build(config.name, config.shape, seed=0)
            detector = cls(classifier, config)
        except (InvalidInput, KeyError, TypeError) as error:
            raise CheckpointError(f"the settings in {folder} describe no detector: {error}") from error
        fill(classifier, checkpoint.tensors)
        return detector

    def _cut(self, pixels: np.ndarray, crops: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """Take squares of an image through the chain: (n, S, S, 3) and where they were."""
        if not isinstance(pixels, np.ndarray):
            raise UnsupportedArray(f"an image is a NumPy array (H, W, 3) uint8, not {type(pixels).__name__}")
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise InvalidInput(f"an image is (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
        side = self.chain.cut
        places = grid(pixels.shape[0], pixels.shape[1], side, crops)
        squares = [np.ascontiguousarray(pixels[y : y + side, x : x + side]) for y, x in places]
        return np.stack([self.chain(square)[0] for square in squares]), places

    def _verdict(self, logits: np.ndarray) -> Verdict:
        p = probabilities(logits.mean(0, keepdims=True), self.config.temperature)[0]
        generated = float(p[1:].sum())
        real = generated < self.config.threshold
        source = self.config.classes[0 if real else 1 + int(p[1:].argmax())]
        named = {name: float(q) for name, q in zip(self.config.classes, p, strict=True)}
        return Verdict(real, generated, source, named, len(logits))


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
