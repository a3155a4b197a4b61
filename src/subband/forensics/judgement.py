"""What is said of one image: a verdict, and the three kinds of evidence behind it, kept apart.

*Provenance* is what the file says of itself (signed or claimed) and marks that its generator left; *traces* are
what its history left in the pixels; the *opinion* is that of a detector. Each is given even where the verdict rests
on another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["real", "generated", "can't tell"]
"""The answer. "real" means a photograph, or a picture of the kind that the detector learnt as real."""

UNSURE: Verdict = "can't tell"

Strength = Literal["signed", "claimed", "measured"]
"""How much a finding weighs: a valid signature of a trusted issuer; words in the file that any tool can write; a
mark found in the pixels, with a known rate of false alarms."""


@dataclass(frozen=True)
class Finding:
    """One thing that a file says of its origin.

    Attributes:
        kind: "content credentials", "digital source type", "generator metadata", "camera" or "watermark".
        says: What it says: "generated", "real" (taken by a camera), or "nothing" of either.
        strength: see `Strength`.
        text: One sentence for a person: who says what, and how far that can be trusted.
        details: The fields as they were found, JSON values.
    """

    kind: str
    says: Literal["generated", "real", "nothing"]
    strength: Strength
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """One thing that the history of a picture left behind. A trace is no evidence of generation.

    Attributes:
        kind: "jpeg quality", "double compression", "resampling", "size", "thumbnail", "grey", …
        text: One sentence for a person.
        limits: Whether it limits what a detector can say (too small, too compressed, scaled).
        details: The figures, JSON values.
    """

    kind: str
    text: str
    limits: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opinion:
    """What a detector says of one picture, and what is known of the detector.

    Attributes:
        verdict: "can't tell" where the probability lies between the thresholds, the picture is unlike those
            that the detector learnt from, or small changes of the picture change the answer.
        reason: Why, in one sentence.
        probability_generated: Calibrated, 0..1, where real and generated pictures are equally frequent; it holds
            for pictures like those that the detector was calibrated with.
        source: Most likely source: "real", a generator, or "unknown".
        sources: Class → probability; they sum to 1.
        typical: How usual the picture is for the detector: the share of its calibration pictures that are less
            usual, 0..1. None if the detector has no such measure.
        detector: Its name.
        knows: The generators that it learnt from.
        errors: Name → rate at the thresholds on the detector's own test pictures: "false alarms", "misses",
            "answered".
        crops: How many crops were looked at.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import packaged_detector
        >>> opinion = packaged_detector().judge(np.full((128, 128, 3), 200, np.uint8))
        >>> opinion.verdict, opinion.reason
        ("can't tell", 'the picture is of one colour')
    """

    verdict: Verdict
    reason: str
    probability_generated: float
    source: str
    sources: Mapping[str, float]
    typical: float | None
    detector: str
    knows: tuple[str, ...]
    errors: Mapping[str, float]
    crops: int


@dataclass(frozen=True)
class Judgement:
    """The answer for one image.

    Attributes:
        verdict: see `Verdict`.
        reason: Why, in one sentence.
        provenance: What the file says of itself.
        traces: What its history left.
        opinion: What the detector says; None if none was asked, or the picture can't be given to it.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> from subband.forensics import judge
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (128, 128), "teal").save(file, "PNG")
        >>> judgement = judge(file.getvalue())
        >>> judgement.verdict, judgement.reason
        ("can't tell", 'no detector was asked, and the file says nothing that decides')
    """

    verdict: Verdict
    reason: str
    provenance: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    opinion: Opinion | None
