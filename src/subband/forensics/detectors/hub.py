"""An image classifier of `transformers` as a detector, under the same calibration, abstention and report.

The classifier sees the whole picture, as its own processor scales it. Its labels are real or generated ones
by their words; several real labels are one class. Without calibration it gives probabilities, and no firm
verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
import torch

from subband.errors import InvalidInput, MissingDependency, UnsupportedArray
from subband.forensics.abstention.reference import Reference
from subband.forensics.abstention.thresholds import FALSE_ALARMS, MISSES, Abstention, calibrate_abstention
from subband.forensics.detectors.copies import SCALE, saved, scaled_size
from subband.forensics.detectors.ruling import Ruling, opinions
from subband.forensics.judgement import Opinion
from subband.forensics.networks.measured import measured_pictures
from subband.forensics.networks.temperature import temperature
from subband.nn.whole import load_whole, reading
from subband.runs.names import printable
from subband.training import load_checkpoint, read_config, save_checkpoint

KIND = "hub detector"
REAL = ("real", "human", "natural", "photo", "authentic", "genuine", "camera", "not_ai", "not ai", "nature")
GENERATED = ("fake", "ai", "artificial", "generated", "synthetic", "deepfake", "gan", "diffusion", "machine")


@dataclass(frozen=True)
class HubConfig:
    """All but the classifier, which stays where it is.

    Attributes:
        model: its name on the hub, or its folder.
        real: its labels that mean real.
        classes: "real", then its other labels.
        temperature: fitted when it was calibrated; 1 before.
        abstention: frozen thresholds; None before it was calibrated.
        history: how it was calibrated; JSON values.
    """

    model: str
    real: tuple[str, ...]
    classes: tuple[str, ...]
    temperature: float = 1.0
    abstention: Abstention | None = None
    history: tuple[dict[str, Any], ...] = field(default_factory=tuple)


@final
class HubDetector:
    """A classifier of `transformers`, its processor, and what calibration added.

    Example:
        >>> import numpy as np
        >>> from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor
        >>> from subband.forensics import HubDetector
        >>> sizes = dict(image_size=32, patch_size=8, hidden_size=16, intermediate_size=32, num_hidden_layers=1)
        >>> labels = dict(id2label={0: "human", 1: "AI"}, label2id={"human": 0, "AI": 1})
        >>> net = ViTForImageClassification(ViTConfig(num_attention_heads=2, **sizes, **labels))  # untrained
        >>> net.save_pretrained("vit")
        >>> _ = ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained("vit")
        >>> detector = HubDetector.of("vit")
        >>> detector.config.real, detector.config.classes, detector.config.abstention
        (('human',), ('real', 'AI'), None)
    """

    def __init__(self, model: Any, processor: Any, config: HubConfig, reference: Reference | None = None):
        self.model, self.processor = model.eval(), processor
        self.config, self.reference = config, reference
        self.title = f"hf:{printable(config.model)}"

    @classmethod
    def of(cls, name: str, *, real: str | None = None) -> "HubDetector":
        """An uncalibrated detector.

        Args:
            name: on the hub, or a folder; weights as safetensors, and no code of the model's own.
            real: the label that means real, where its words don't say so.

        Raises:
            MissingDependency: transformers is not installed.
            CheckpointError: it can't be loaded.
            InvalidInput: the labels don't say which one is real.
        """
        model, processor = _loaded(name)
        labels = [str(model.config.id2label[k]) for k in range(model.config.num_labels)]
        photographs = real_labels(labels, real)
        classes = ("real", *(label for label in labels if label not in photographs))
        return cls(model, processor, HubConfig(name, photographs, classes))

    @property
    def ruling(self) -> Ruling:
        """What it makes of logits and features."""
        c = self.config
        return Ruling(
            self.title,
            c.classes,
            c.temperature,
            threshold=None,
            abstention=c.abstention,
            reference=self.reference,
        )

    def judge(self, pixels: np.ndarray, *, threshold: float | None = None, stable: bool = True) -> Opinion:
        """Judge one image, (H, W, 3) uint8; see `Detector.judge`.

        Raises:
            UnsupportedArray, InvalidInput: no image, or a threshold outside ½ … 1.
        """
        return self.judge_many([pixels], threshold=threshold, stable=stable)[0]

    def judge_many(
        self, images: Sequence[np.ndarray], *, threshold: float | None = None, stable: bool = True
    ) -> list[Opinion]:
        """Judge images, each (H, W, 3) uint8.

        Raises:
            UnsupportedArray, InvalidInput: see `judge`.
        """
        return opinions(self, images, most=1, threshold=threshold, stable=stable)

    def crops(self, pixels: np.ndarray, most: int = 1) -> np.ndarray:
        """The whole picture, (1, H, W, 3).

        Raises:
            UnsupportedArray, InvalidInput: no image.
        """
        if not isinstance(pixels, np.ndarray):
            raise UnsupportedArray(f"an image is a NumPy array (H, W, 3) uint8, not {type(pixels).__name__}")
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise InvalidInput(f"an image is (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
        return pixels[None]

    def copies(self, pixels: np.ndarray, most: int = 1) -> Mapping[str, np.ndarray]:
        """The whole picture saved as JPEG of quality 85, and scaled to 75 %."""
        from PIL import Image

        height, width = scaled_size(pixels)
        smaller = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
        return {
            "a JPEG copy of quality 85": saved(pixels)[None],
            f"a copy scaled to {SCALE:.0%}".replace("%", " %"): np.asarray(smaller)[None],
        }

    @torch.no_grad()
    def measure(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits of `config.classes`, (m, C), and the mean of the last hidden layer, (m, D)."""
        inputs = self.processor(images=list(crops), return_tensors="pt")
        out = self.model(**inputs, output_hidden_states=True)
        raw = out.logits.double().numpy()
        labels = [str(self.model.config.id2label[k]) for k in range(raw.shape[1])]
        photographs = [k for k, label in enumerate(labels) if label in self.config.real]
        others = [labels.index(label) for label in self.config.classes[1:]]
        real = np.logaddexp.reduce(raw[:, photographs], axis=1, keepdims=True)
        hidden = getattr(out, "hidden_states", None)
        features = _pooled(hidden[-1]) if hidden else out.logits
        return np.concatenate([real, raw[:, others]], axis=1), features.float().numpy()

    def calibrated(
        self,
        pictures: Iterable[tuple[np.ndarray, int]],
        *,
        false_alarms: float = FALSE_ALARMS,
        misses: float = MISSES,
        source: Mapping[str, str] | None = None,
    ) -> "HubDetector":
        """The detector with temperature and thresholds fitted to labelled pictures.

        Every second picture fits the temperature and the coordinates of features, the others freeze the thresholds.

        Args:
            pictures: (H, W, 3) uint8 and 0 for real, 1 for generated.
            false_alarms: stated rate on photographs.
            misses: stated rate on generated pictures.
            source: where they came from, for the history.

        Raises:
            InvalidInput: too few pictures.
        """
        found = measured_pictures(self, pictures)
        even = np.arange(len(found.labels)) % 2 == 0
        fitting, calibration = found.part(even), found.part(~even)
        two = np.stack([fitting.logits[:, 0], np.logaddexp.reduce(fitting.logits[:, 1:], axis=1)], axis=1)
        weights = 0.5 / np.maximum(np.bincount(fitting.labels, minlength=2), 1)[fitting.labels]
        t = temperature(two, fitting.labels, weights * len(two))
        rule, reference = calibrate_abstention(
            fitting, calibration, t, false_alarms=false_alarms, misses=misses
        )
        entry = {
            "what": "calibrate", "from": dict(source or {}), "real": int((found.labels == 0).sum()),
            "generated": int((found.labels > 0).sum()),
        }  # fmt: skip
        config = replace(self.config, temperature=t, abstention=rule, history=(*self.config.history, entry))
        return HubDetector(self.model, self.processor, config, reference)

    def save(self, folder: str | Path) -> None:
        """Write `config.json` and the calibration, not the classifier.

        Raises:
            OutputError: the folder can't be written.
        """
        arrays = {} if self.reference is None else self.reference.tensors()
        save_checkpoint(
            folder,
            KIND,
            self.config,
            {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in arrays.items()},
        )

    @classmethod
    def load(cls, folder: str | Path) -> "HubDetector":
        """Read what `save` wrote, and the classifier that it names.

        Raises:
            CheckpointError, MissingDependency: see `of`.
        """
        checkpoint = load_checkpoint(folder, KIND)
        config = read_config(HubConfig, checkpoint.config)
        kept = {name: tensor.numpy() for name, tensor in checkpoint.tensors.items()}
        reference = Reference.of(kept) if config.abstention is not None else None
        return cls(*_loaded(config.model), config, reference)


def real_labels(labels: Sequence[str], real: str | None = None) -> tuple[str, ...]:
    """The labels of a classifier that mean real.

    Raises:
        InvalidInput: `real` is none of them; or their words don't say, or all are of one kind.

    Example:
        >>> real_labels(["artificial", "human"])
        ('human',)
    """
    if real is not None:
        if real not in labels or len(labels) < 2:
            raise InvalidInput(
                f"the classifier has the labels {', '.join(labels)}; --real-label is one of them"
            )
        return (real,)
    found = tuple(label for label in labels if _means(label, REAL))
    made = [label for label in labels if label not in found and _means(label, GENERATED)]
    if not found or len(found) + len(made) != len(labels) or not made:
        raise InvalidInput(
            f"the labels {', '.join(labels)} don't say which one is real: name it with --real-label LABEL"
        )
    return found


def _means(label: str, words: Sequence[str]) -> bool:
    parts = "".join(c if c.isalnum() else " " for c in label.lower()).split()
    return any(word in parts or (len(word) > 3 and word in label.lower()) for word in words)


def _pooled(hidden: torch.Tensor) -> torch.Tensor:
    """Mean over tokens (n, t, d) or positions (n, d, h, w)."""
    return hidden.mean(1) if hidden.ndim == 3 else hidden.flatten(2).mean(2) if hidden.ndim == 4 else hidden


def _loaded(name: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoImageProcessor, AutoModelForImageClassification
    except ImportError as error:
        raise MissingDependency('hf: needs transformers: pip install "subband[hub]"') from error
    called = f"the classifier hf:{printable(name)}"
    with reading(called):
        processor = AutoImageProcessor.from_pretrained(name)
    return load_whole(AutoModelForImageClassification, name, called=called), processor
