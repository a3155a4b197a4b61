"""What the explanations need of a detector, apart from how it was made or where it is kept."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput, UnsupportedArray
from subband.forensics.detectors.detector import Detector, grid
from subband.forensics.detectors.hub import HubDetector
from subband.forensics.features.images import as_images
from subband.forensics.judgement import Verdict
from subband.forensics.networks.predict import generated_logit

BATCH = 64
"""Squares that go through the net at once."""

MOST_SIDE = 1024
"""Pixels along the longer side of a picture that a net looks at whole."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A detector as the explanations see it.

    Attributes:
        net: (n, 3, S, S) in 0..255 → (n, classes) logits; class 0 is "real". Where it has no derivative, there is
            no saliency, and all else is explained.
        cut: Side of the squares that are taken from a picture, in pixels.
        prepare: (cut, cut, 3) uint8 → (S, S, 3) uint8: what happens to a square before the net.
        temperature: Logits are divided by it before they count as log-probabilities.
        shift: Added to the log-odds of "generated" then.
        decide: Calibrated log-odds of a whole picture → verdict, by the detector's thresholds.
        level: Of the packets in which the answer is explained.
        wavelet: Of these.
        entire: Whether the net looks at a whole picture of any shape, which is then its only "square".
    """

    net: nn.Module
    cut: int
    prepare: Callable[[np.ndarray], np.ndarray]
    temperature: float
    decide: Callable[[float], Verdict]
    shift: float = 0.0
    level: int = 3
    wavelet: str = "haar"
    entire: bool = False

    def squares(self, pixels: np.ndarray, places: list[tuple[int, int]]) -> np.ndarray:
        """Squares of a picture (H, W, 3) uint8 as the net gets them, (n, S, S, 3) uint8."""
        cut = self.cut
        if self.entire:
            return self.prepare(pixels)[None]
        return np.stack(
            [self.prepare(np.ascontiguousarray(pixels[y : y + cut, x : x + cut])) for y, x in places]
        )

    def spread(self, pixels: np.ndarray, crops: int) -> list[tuple[int, int]]:
        """Corners of at most `crops` squares, evenly over a picture.

        Raises:
            UnsupportedArray: not a NumPy array.
            InvalidInput: not (H, W, 3) uint8, or smaller than one square.
        """
        check_picture(pixels)
        height, width = pixels.shape[:2]
        return [(0, 0)] if self.entire else grid(height, width, self.cut, crops)

    @torch.no_grad()
    def log_odds(self, squares: np.ndarray) -> Float[np.ndarray, " n"]:
        """ln P(generated) − ln P(real), calibrated, of (n, S, S, 3) uint8, one by one: (n,) float64."""
        return np.concatenate(
            [
                self.log_odds_of(self.logits(as_images(squares[start : start + BATCH]))).numpy()
                for start in range(0, len(squares), BATCH)
            ]
        )

    @torch.no_grad()
    def whole(self, x: Float[Tensor, "n 3 height width"]) -> float:
        """Calibrated log-odds of the picture whose squares are `x`: those of the mean logits."""
        logits = torch.cat([self.logits(part) for part in x.split(BATCH)])
        return float(self.log_odds_of(logits.mean(0, keepdim=True)))

    def logits(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n classes"]:
        """Logits of the net, float64."""
        parameter = next(self.net.parameters(), x)
        return self.net(x.to(parameter.dtype)).double()

    def log_odds_of(self, logits: Float[Tensor, "n classes"]) -> Float[Tensor, " n"]:
        """Calibrated log-odds of logits."""
        return generated_logit(logits / self.temperature) + self.shift


def subject_of(detector: object) -> Subject:
    """A detector, to be explained: its net's own classes, without generators that were taught later.

    A classifier of transformers looks at whole pictures, which are reduced to at most 1024 pixels a side.

    Raises:
        InvalidInput: it is neither a `Detector` nor a `HubDetector`.
    """
    if isinstance(detector, HubDetector):
        return Subject(
            _Measured(detector), 0, _reduced, detector.config.temperature, detector.ruling.decide, level=2,
            entire=True,
        )  # fmt: skip
    if not isinstance(detector, Detector):
        name = getattr(detector, "title", type(detector).__name__)
        raise InvalidInput(f"{name} can't be explained: it is no detector of this library")
    config = detector.config
    return Subject(
        detector.classifier,
        detector.chain.cut,
        lambda square: detector.chain(square)[0],
        config.temperature,
        detector.ruling.decide,
        config.shift,
        config.level,
        config.wavelet,
    )


class _Measured(nn.Module):
    """A classifier with its processor, which has no derivative: (n, 3, H, W) in 0..255 → (n, classes) logits."""

    def __init__(self, detector: HubDetector) -> None:
        super().__init__()
        self.measure = detector.measure

    def forward(self, x: Tensor) -> Tensor:
        pixels = x.detach().round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
        return torch.from_numpy(self.measure(pixels)[0])


def _reduced(pixels: np.ndarray) -> np.ndarray:
    """A picture of at most `MOST_SIDE` pixels a side."""
    from PIL import Image

    height, width = pixels.shape[:2]
    if (most := max(height, width)) <= MOST_SIDE:
        return pixels
    size = (max(1, width * MOST_SIDE // most), max(1, height * MOST_SIDE // most))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def check_picture(pixels: np.ndarray) -> None:
    """Check that `pixels` is one picture.

    Raises:
        UnsupportedArray: not a NumPy array.
        InvalidInput: not (H, W, 3) uint8, or empty.
    """
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedArray(f"a picture is a NumPy array (H, W, 3) uint8, not {type(pixels).__name__}")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise InvalidInput(f"a picture is (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
