"""What the explanations need of a detector, apart from how it was made or where it is kept."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput, UnsupportedArray
from subband.forensics.detector import Detector, grid
from subband.forensics.explanation.saliency import generated_logit
from subband.forensics.features import as_images
from subband.forensics.judgement import Verdict

BATCH = 64
"""Squares that go through the net at once."""


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
    """

    net: nn.Module
    cut: int
    prepare: Callable[[np.ndarray], np.ndarray]
    temperature: float
    decide: Callable[[float], Verdict]
    shift: float = 0.0
    level: int = 3
    wavelet: str = "haar"

    def squares(self, pixels: np.ndarray, places: list[tuple[int, int]]) -> np.ndarray:
        """Squares of a picture (H, W, 3) uint8 as the net gets them, (n, S, S, 3) uint8."""
        cut = self.cut
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
        return grid(height, width, self.cut, crops)

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

    Raises:
        InvalidInput: it is no `Detector`, e.g. a classifier of transformers, which sees whole pictures only.
    """
    if not isinstance(detector, Detector):
        name = getattr(detector, "title", type(detector).__name__)
        raise InvalidInput(f"{name} can't be explained: it looks at whole pictures, not at squares of them")
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
