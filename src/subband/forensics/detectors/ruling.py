"""From the logits and features of a picture's crops to an `Opinion`, firm or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from subband.errors import InvalidInput
from subband.forensics.abstention.guards import unfit
from subband.forensics.abstention.reference import Reference, unusualness
from subband.forensics.abstention.thresholds import Abstention
from subband.forensics.detectors.head import Head
from subband.forensics.judgement import UNSURE, Opinion, Verdict
from subband.forensics.networks.predict import calibrated_log_odds, shifted_probabilities

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Ruling:
    """All that a detector's opinion needs beside the net.

    Attributes:
        title: name of the detector.
        classes: "real", then generators, in the order of the logits; those of `head` last.
        temperature: of the probabilities.
        shift: added to the log-odds of "generated"; see `recalibrate`.
        threshold: probability from which a picture is called generated where there is no `abstention`; None for no
            firm verdicts then.
        abstention: frozen thresholds; None for a detector that was never calibrated for it.
        reference: its calibration pictures; None likewise.
        head: generators that were taught later.
        notes: what else a reader must know, e.g. a recalibration.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Ruling
        >>> ruling = Ruling("mine", ("real", "GAN", "diffusion"))
        >>> opinion = ruling.opinion(logits=np.array([[0.0, 1.0, 4.0]]), features=np.zeros((1, 8)))
        >>> opinion.verdict, opinion.source, round(opinion.probability_generated, 2)
        ('generated', 'diffusion', 0.98)
    """

    title: str
    classes: tuple[str, ...]
    temperature: float = 1.0
    shift: float = 0.0
    threshold: float | None = 0.5
    abstention: Abstention | None = None
    reference: Reference | None = None
    head: Head | None = None
    notes: tuple[str, ...] = ()

    def opinion(
        self,
        logits: np.ndarray,
        features: np.ndarray,
        *,
        against: str | None = None,
        threshold: float | None = None,
    ) -> Opinion:
        """Form an opinion on one picture; copies of it are not considered, see `opinions`.

        Args:
            logits: (m, C) of its crops.
            features: (m, D) of its crops.
            against: why the picture can't be judged, from `guards.unfit`.
            threshold: the caller's own probability, ½ … 1, from which either verdict is given, in place of
                the frozen thresholds.
        """
        u = None if self.reference is None else self.reference.coordinates(features)
        if self.head is not None and u is not None:
            logits = self.head.extended(logits, u, self.temperature)
        mean = logits.mean(0, keepdims=True)
        p = shifted_probabilities(mean, self.temperature, self.shift)[0]
        s = float(calibrated_log_odds(mean, self.temperature, self.shift)[0])
        typical = self._typical(u, logits)
        verdict, reason = self._verdict(s, typical, against, threshold)
        return Opinion(
            verdict,
            reason,
            float(1.0 - p[0]),
            self._source(verdict, p, u, logits),
            {name: float(q) for name, q in zip(self.classes, p, strict=True)},
            typical,
            self.title,
            self.classes[1:],
            {} if self.abstention is None else dict(self.abstention.errors),
            len(logits),
        )

    def decide(self, log_odds: float) -> Verdict:
        """The verdict at the frozen thresholds, by the calibrated log-odds alone."""
        if self.abstention is None:
            if self.threshold is None:
                return UNSURE
            return "generated" if log_odds >= np.log(self.threshold / (1 - self.threshold)) else "real"
        left = self.abstention.answers(log_odds)
        return "generated" if left == {"generated"} else "real" if left == {"real"} else UNSURE

    def _typical(self, u: np.ndarray | None, logits: np.ndarray) -> float | None:
        if u is None or self.reference is None or self.abstention is None:
            return None
        own = logits[:, : self.reference.logits.shape[1]]
        return self.reference.typical(
            float(unusualness(self.reference, self.abstention.typicality, u, own).mean())
        )

    def _verdict(
        self, s: float, typical: float | None, against: str | None, threshold: float | None
    ) -> tuple[Verdict, str]:
        p = float(1 / (1 + np.exp(-np.clip(s, -700, 700))))
        says = f"{self.title} gives {percent(p)} for generated"
        if against is not None:
            return UNSURE, f"the picture {against}"
        rule = self.abstention
        if rule is not None and typical is not None and typical < rule.least_typical:
            return UNSURE, (
                f"the picture is unlike those that {self.title} knows: only {percent(typical)} of its calibration "
                "pictures are less usual"
            )
        if threshold is not None:
            sure = max(p, 1 - p) >= threshold
            verdict: Verdict = UNSURE if not sure else "generated" if p > 0.5 else "real"
            return verdict, f"{says}; the threshold {threshold:g} is the caller's, its error is unknown"
        if rule is None:
            if self.threshold is None:
                return UNSURE, f"{says}, but it was never calibrated: how often that is wrong is unknown"
            return (
                "generated" if p >= self.threshold else "real",
                f"{says}; it was saved without calibration, so how often it errs and how usual the picture is for "
                "it are unknown",
            )
        left = rule.answers(s)
        if left == {"generated"}:
            return "generated", f"{says}; at most {percent(rule.false_alarms)} of photographs get that much"
        if left == {"real"}:
            return "real", (
                f"{says}; at most {percent(rule.misses)} of the pictures of each generator it knows get that little"
            )
        if not left:
            return UNSURE, f"{says}, which fits neither photographs nor the generators it knows"
        if lacks := rule.too_few():
            return UNSURE, f"{says}, but it was calibrated with {lacks} only"
        return UNSURE, f"{says}, which photographs and generated pictures both get"

    def _source(self, verdict: Verdict, p: np.ndarray, u: np.ndarray | None, logits: np.ndarray) -> str:
        """The most likely class; "unknown" for a generated picture that resembles no known generator."""
        if verdict == "real" or (verdict == UNSURE and p.argmax() == 0):
            return self.classes[0]
        if u is not None and self.reference is not None and self.abstention is not None:
            own = logits[:, 1 : self.reference.logits.shape[1]]
            apart = unusualness(self.reference.generated(), self.abstention.unknown, u, own).mean()
            if self.reference.stranger(float(apart)) < self.abstention.least_known:
                return UNKNOWN
        return self.classes[1 + int(p[1:].argmax())]


@runtime_checkable
class Views(Protocol):
    """A detector, as `opinions` uses it."""

    @property
    def ruling(self) -> Ruling:
        """What it makes of logits and features."""
        ...

    def crops(self, pixels: np.ndarray, most: int) -> np.ndarray:
        """What it looks at: (m, S, S, 3) uint8."""
        ...

    def copies(self, pixels: np.ndarray, most: int) -> Mapping[str, np.ndarray]:
        """What it would look at in copies of the picture: name of the copy → crops."""
        ...

    def measure(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits (m, C) and features (m, D)."""
        ...


def opinions(
    views: Views,
    images: Sequence[np.ndarray],
    *,
    most: int,
    threshold: float | None = None,
    stable: bool = True,
    guarded: bool = True,
) -> list[Opinion]:
    """Opinions on pictures; those of crops in one batch.

    A firm verdict stands only if no copy of the picture (saved as JPEG of quality 85, scaled to 75 %) would get the
    other firm verdict.

    Args:
        views: the detector.
        images: each (H, W, 3) uint8.
        most: most crops of a picture.
        threshold: see `Ruling.opinion`.
        stable: whether copies are judged too; it takes up to three times as long.
        guarded: whether `guards.unfit` is asked.

    Raises:
        InvalidInput: a threshold outside ½ … 1, or what `Views.crops` raises.
    """
    check_threshold(threshold)
    if not len(images):
        return []
    rule = views.ruling
    found = []
    for logits, features, pixels in _measured(
        views, [views.crops(pixels, most) for pixels in images], images
    ):
        against = unfit(pixels) if guarded else None
        opinion = rule.opinion(logits, features, against=against, threshold=threshold)
        if stable and opinion.verdict != UNSURE:
            opinion = _if_stable(views, opinion, pixels, most, threshold)
        found.append(opinion)
    return found


def check_threshold(threshold: float | None) -> None:
    """Refuse a threshold of the caller that is none.

    Raises:
        InvalidInput: outside ½ … 1.
    """
    if threshold is not None and not 0.5 <= threshold < 1:
        raise InvalidInput(
            f"a threshold is the least probability of a verdict, from 0.5 to below 1, not {threshold:g}"
        )


def percent(p: float) -> str:
    """A rate or probability in words; never 0 % or 100 %, which no finite sample supports.

    Example:
        >>> percent(0.9999), percent(0.02), percent(0.123), percent(0.0)
        ('>99.9 %', '2 %', '12.3 %', '<0.1 %')
    """
    if p > 0.999:
        return ">99.9 %"
    return "<0.1 %" if p < 0.001 else f"{100 * p:.1f}".removesuffix(".0") + " %"


def _measured(
    views: Views, crops: list[np.ndarray], images: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Logits and features of each picture, from one batch of crops."""
    logits, features = views.measure(np.concatenate(crops))
    ends = np.cumsum([len(cut) for cut in crops])[:-1]
    return zip(np.split(logits, ends), np.split(features, ends), images, strict=True)


def _if_stable(
    views: Views, opinion: Opinion, pixels: np.ndarray, most: int, threshold: float | None
) -> Opinion:
    for name, crops in views.copies(pixels, most).items():
        other = views.ruling.opinion(*views.measure(crops), threshold=threshold)
        if other.verdict not in (opinion.verdict, UNSURE):
            why = f"the detector calls it {opinion.verdict}, but {name} {other.verdict}"
            return replace(opinion, verdict=UNSURE, reason=why)
    return opinion
