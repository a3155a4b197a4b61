"""A judgement that rests on a detector alone, without what the file says of itself and its history."""

import numpy as np

from subband.forensics.detector import Detector
from subband.forensics.judgement import Judgement, Opinion


def judged_by_detector(detector: Detector, pixels: np.ndarray) -> Judgement:
    """Judge a picture by a detector of the lab.

    Args:
        detector: As loaded.
        pixels: (H, W, 3) uint8.

    Raises:
        UnsupportedArray, InvalidInput: not a picture, or smaller than one crop; see `Detector.judge`.
    """
    found, config = detector.judge(pixels), detector.config
    verdict = "real" if found.real else "generated"
    generated = found.probability_generated
    reason = f"The detector gives it {percent(generated)} to be generated."
    opinion = Opinion(
        verdict=verdict,
        reason=reason,
        probability_generated=generated,
        source=found.source,
        sources=found.source_probabilities,
        typical=None,
        detector=config.name,
        knows=config.classes[1:],
        errors=dict(config.scores),
        crops=found.crops,
    )
    return Judgement(verdict, reason, (), (), opinion)


def percent(share: float) -> str:
    """A probability in words; never 0 or 100 %, which no finite training set can justify.

    Example:
        >>> percent(0.123), percent(0.9999), percent(1e-7)
        ('12.3 %', '>99.9 %', '<0.1 %')
    """
    if share > 0.999:
        return ">99.9 %"
    return "<0.1 %" if share < 0.001 else f"{100 * share:.1f} %"
