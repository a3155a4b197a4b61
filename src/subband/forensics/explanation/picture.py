"""The explanation of a detector's answer to one picture."""

from dataclasses import dataclass

import numpy as np
import torch

from subband.forensics.explanation.fingerprint import PacketStatistics
from subband.forensics.explanation.heat import MOST_SQUARES, HeatMap, heat_map
from subband.forensics.explanation.removal import Removal, removal
from subband.forensics.explanation.saliency import smooth_gradients
from subband.forensics.explanation.spectrum import Spectrum, spectrum
from subband.forensics.explanation.subject import Subject
from subband.forensics.explanation.words import sentence
from subband.forensics.features.images import as_images
from subband.forensics.features.layers import log_packets
from subband.forensics.judgement import Verdict

CROPS = 16
"""Squares, spread over the picture, for which bands are removed."""


@dataclass(frozen=True, eq=False)
class PictureExplanation:
    """What the answer to a picture rests on.

    Attributes:
        sentence: In words.
        heat: Log-odds over the whole picture.
        spectrum: Of the whole picture.
        removal: The answer without each of the bands.
        square: (S, S, 3) uint8: the square that looks most like the verdict, as the net saw it.
        place: Row and column of its first pixel in the picture.
        cut: Its side in the picture, in pixels; 0 if the net looks at the whole picture, which `square` is then.
        packets: (F, F, h, w): mean over its colours of ln|c|, frequency order, nats.
        packet_saliency: (F, F, h, w): mean over its colours of |∂ logit / ∂ ln|c||, smoothed; None if the net
            has no derivative.
        pixel_saliency: (S, S): mean over its colours of |∂ logit / ∂ pixel|, smoothed; None likewise.
    """

    sentence: str
    heat: HeatMap
    spectrum: Spectrum
    removal: Removal
    square: np.ndarray
    place: tuple[int, int]
    cut: int
    packets: np.ndarray
    packet_saliency: np.ndarray | None
    pixel_saliency: np.ndarray | None


def explain_picture(
    subject: Subject,
    pixels: np.ndarray,
    verdict: Verdict | None = None,
    *,
    squares: int = MOST_SQUARES,
    reference: PacketStatistics | None = None,
) -> PictureExplanation:
    """Explain the answer to a picture.

    Args:
        subject: What answers.
        pixels: (H, W, 3) uint8, at least one square.
        verdict: The detector's verdict on the picture, which may also rest on what the explanation doesn't see; by
            default that of its thresholds.
        squares: Most squares of the heat map.
        reference: Statistics for what removed bands become; see `removal.without_bands`.

    Raises:
        UnsupportedArray, InvalidInput: not a picture, or smaller than one square.

    Example:
        >>> found = explain_picture(subject_of(detector), pixels)                       # doctest: +SKIP
        >>> found.sentence                                                              # doctest: +SKIP
        "The detector's answer rests mostly on the finest diagonal detail, in the upper left; …"
    """
    places = subject.spread(pixels, CROPS)
    cut = subject.squares(pixels, places)
    without = removal(subject, cut, reference=reference)
    verdict = subject.decide(without.log_odds) if verdict is None else verdict
    heat = heat_map(subject, pixels, squares=squares)

    towards = 1 if verdict == "generated" or (verdict == "can't tell" and without.log_odds >= 0) else -1
    chosen = int((towards * subject.log_odds(cut)).argmax())
    x = as_images(cut[chosen : chosen + 1])
    slopes = None
    if _differentiable(subject, x):
        slopes = [
            part[0].abs().mean(0).numpy()
            for part in smooth_gradients(subject.net, x, subject.level, subject.wavelet)
        ]
    several = heat.squares.size > 1
    return PictureExplanation(
        sentence(
            verdict,
            without.log_odds,
            without.groups,
            without.octaves,
            heat.log_odds if several else None,
            subject.decide(without.log_odds),
        ),
        heat,
        spectrum(pixels),
        without,
        cut[chosen],
        places[chosen],
        subject.cut,
        log_packets(x, subject.level, subject.wavelet)[0].mean(0).numpy(),
        slopes[0] if slopes else None,
        slopes[1] if slopes else None,
    )


def _differentiable(subject: Subject, x: torch.Tensor) -> bool:
    return subject.net(x.clone().requires_grad_()).requires_grad
