"""When a detector answers: frozen thresholds, how usual a picture must be, and what that was measured to give.

Class-conditional split conformal prediction. Of a picture's log-odds s (generated against real), "real" is excluded
where at most a share α of the calibration photographs have such a large s, "generated" where at most a share
β of the calibration pictures of every generator have such a small one. Exactly one class left is a firm
verdict; both or none are "can't tell". So of new photographs at most α are called generated, and of new
pictures of each known generator at most β are called real, on average over calibration sets, whatever the
detector is worth. This holds for pictures like those of the calibration; for others the measure of how usual
a picture is must speak up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from subband.errors import InvalidInput
from subband.forensics.abstention.conformal import clopper_pearson, exceedance_bound, needed, threshold
from subband.forensics.abstention.reference import SCORES, Reference, fit_reference, unusualness
from subband.forensics.networks.measured import Measured
from subband.forensics.networks.predict import calibrated_log_odds

FALSE_ALARMS = 0.02
MISSES = 0.05
LEAST_TYPICAL = 0.02
LEAST_KNOWN = 0.05


@dataclass(frozen=True)
class Abstention:
    """Frozen thresholds of a detector.

    Attributes:
        false_alarms: α, the stated rate of photographs that are called generated.
        misses: β, the stated rate of pictures of each known generator that are called real.
        highest_real: log-odds above which "real" is excluded; None if there were too few photographs to say.
        lowest_generated: log-odds below which "generated" is excluded; None if too few generated pictures.
        photographs: number of calibration photographs.
        generated: number of generated calibration pictures.
        bounds: "false alarms" and "misses": what the rates stay below with 95 % confidence, given this calibration
            set.
        typicality: the score of how usual a picture is, of `reference.SCORES`.
        least_typical: share of calibration pictures that must be less usual for a firm verdict.
        unknown: the score of how little a picture resembles any known generator, of `reference.SCORES`.
        least_known: share of generated calibration pictures that must resemble them less for a source to be named.
        compared: score → AUROC between calibration pictures and pictures that are neither, where it was measured.
        errors: what was measured on the detector's own test pictures at these thresholds: "false alarms"
            (photographs called generated), "misses" (generated pictures called real), "found" (generated
            pictures called generated), "answered" (share of firm verdicts, both classes weighing equally);
            rates.
        shift: what was added to the log-odds of the calibration pictures when the thresholds were frozen.

    Example:
        >>> from subband.forensics import Abstention
        >>> rule = Abstention(0.02, 0.05, 1.5, -0.5, photographs=500, generated=500, bounds={})
        >>> rule.answers(3.0)
        frozenset({'generated'})
        >>> sorted(rule.answers(0.0))  # both are possible: can't tell
        ['generated', 'real']
    """

    false_alarms: float
    misses: float
    highest_real: float | None
    lowest_generated: float | None
    photographs: int
    generated: int
    bounds: dict[str, float]
    typicality: str = "mahalanobis"
    least_typical: float = LEAST_TYPICAL
    unknown: str = "relative"
    least_known: float = LEAST_KNOWN
    compared: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    shift: float = 0.0

    def __post_init__(self) -> None:
        for name in (self.typicality, self.unknown):
            if name not in SCORES:
                raise InvalidInput(f"no score {name!r}: use one of {', '.join(SCORES)}")

    def answers(self, log_odds: float) -> frozenset[str]:
        """The classes that are not excluded: a subset of {"real", "generated"}."""
        real = self.highest_real is None or log_odds <= self.highest_real
        made = self.lowest_generated is None or log_odds >= self.lowest_generated
        return frozenset(name for name, kept in (("real", real), ("generated", made)) if kept)

    def too_few(self) -> str | None:
        """What the calibration lacks for firm verdicts; None if it lacks nothing."""
        lacks = []
        if self.highest_real is None:
            lacks.append(f"{self.photographs} photographs ({needed(self.false_alarms)} needed)")
        if self.lowest_generated is None:
            lacks.append(f"{self.generated} generated pictures ({needed(self.misses)} needed)")
        return " and ".join(lacks) or None


def frozen(
    log_odds: np.ndarray, labels: np.ndarray, *, false_alarms: float = FALSE_ALARMS, misses: float = MISSES
) -> Abstention:
    """Freeze the thresholds on calibration pictures.

    Generators with too few pictures for a threshold of their own are taken together.

    Args:
        log_odds: (n,) calibrated ln P(generated) / P(real).
        labels: (n,) classes; 0 is real.
        false_alarms: α, between 0 and 1.
        misses: β, between 0 and 1.

    Raises:
        InvalidInput: rates outside (0, 1), or log-odds that are NaN.
    """
    real, made = log_odds[labels == 0], log_odds[labels > 0]
    counts = np.bincount(labels[labels > 0], minlength=2)
    own = counts >= needed(misses)
    groups = [made[labels[labels > 0] == k] for k in np.flatnonzero(own)]
    rest = made[~own[labels[labels > 0]]]
    if len(rest) >= needed(misses) or not groups:
        groups.append(rest)
    upper = threshold(real, false_alarms)
    lowest = [t for group in groups if (t := threshold(-group, misses)) is not None]
    smallest = min((len(group) for group in groups), default=0)
    return Abstention(
        false_alarms,
        misses,
        upper,
        min(-t for t in lowest) if lowest else None,
        len(real),
        len(made),
        {
            "false alarms": exceedance_bound(len(real), false_alarms),
            "misses": exceedance_bound(smallest, misses),
        },
    )


def calibrate_abstention(
    fitting: Measured,
    calibration: Measured,
    temperature: float,
    *,
    shift: float = 0.0,
    false_alarms: float = FALSE_ALARMS,
    misses: float = MISSES,
    typicality: str = "mahalanobis",
    unknown: str = "relative",
    odd: Measured | None = None,
) -> tuple[Abstention, Reference]:
    """Freeze thresholds, and keep what is needed to judge how usual a picture is.

    Args:
        fitting: pictures that the detector was trained on, for class means and covariance.
        calibration: other pictures, of both classes; each counts once, however many crops it has.
        temperature: of the probabilities.
        shift: of the log-odds.
        false_alarms: see `Abstention`.
        misses: see `Abstention`.
        typicality: see `Abstention`; with `odd` the score is chosen instead.
        unknown: see `Abstention`.
        odd: pictures that are neither photographs nor generated; their labels don't matter. The score with the
            largest AUROC between them and the calibration pictures is taken.

    Raises:
        InvalidInput: see `frozen` and `fit_coordinates`.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import calibrate_abstention
        >>> from subband.forensics.networks.measured import Measured
        >>> rng, labels = np.random.default_rng(0), np.arange(200) % 2
        >>> def measured():  # log-odds of −2 ± 1 for photographs, 2 ± 1 for generated pictures
        ...     s = 4 * labels - 2 + rng.standard_normal(200)
        ...     return Measured(np.stack([0 * s, s], 1), rng.standard_normal((200, 3)), np.arange(200), labels)
        >>> rule, reference = calibrate_abstention(measured(), measured(), temperature=1.0)
        >>> rule.answers(5.0), reference.labels.shape
        (frozenset({'generated'}), (200,))
    """
    classes = calibration.logits.shape[1]
    reference = fit_reference(fitting.features, fitting.crop_labels, classes)
    u = reference.coordinates(calibration.features)
    logits = calibration.mean(calibration.logits)
    compared = {} if odd is None else compare(reference, calibration, odd)
    if compared:
        typicality = max(compared, key=lambda name: compared[name])
    usual = unusualness(reference, typicality, u, calibration.logits)
    made = reference.generated()
    apart = unusualness(made, unknown, u, calibration.logits[:, 1:])
    reference = replace(
        reference,
        logits=logits,
        points=calibration.mean(u),
        labels=calibration.labels.astype(np.int64),
        unusual=calibration.mean(usual),
        apart=calibration.mean(apart),
    )
    thresholds = frozen(
        calibrated_log_odds(logits, temperature, shift),
        calibration.labels,
        false_alarms=false_alarms,
        misses=misses,
    )
    more = {"typicality": typicality, "unknown": unknown, "compared": compared, "shift": shift}
    return replace(thresholds, **more), reference.rounded()


def compare(reference: Reference, usual: Measured, odd: Measured) -> dict[str, float]:
    """AUROC of each score of unusualness between usual and odd pictures."""
    from subband.metrics import auroc

    truth = np.concatenate(
        [np.zeros(len(usual.labels), dtype=np.int64), np.ones(len(odd.labels), dtype=np.int64)]
    )
    found = {}
    for name in SCORES:
        parts = [
            group.mean(unusualness(reference, name, reference.coordinates(group.features), group.logits))
            for group in (usual, odd)
        ]
        found[name] = float(auroc(truth, np.concatenate(parts)))
    return found


def measured_errors(verdicts: list[str], labels: np.ndarray, names: Mapping[int, str]) -> dict[str, float]:
    """Rates of firm verdicts on test pictures; see `Abstention.errors`.

    Args:
        verdicts: "real", "generated" or "can't tell", of each picture.
        labels: (n,) classes; 0 is real.
        names: class → generator; for each the rate at which it was found, as "found NAME".
    """
    said, real = np.array(verdicts), labels == 0
    if not real.any() or real.all():
        raise InvalidInput("errors need test pictures of both classes")
    firm = said != "can't tell"
    alarms, missed = said[real] == "generated", said[~real] == "real"
    rates = {
        "false alarms": float(alarms.mean()),
        "false alarms at most": clopper_pearson(int(alarms.sum()), len(alarms))[1],
        "misses": float(missed.mean()),
        "misses at most": clopper_pearson(int(missed.sum()), len(missed))[1],
        "found": float((said[~real] == "generated").mean()),
        "answered": float((firm[real].mean() + firm[~real].mean()) / 2),
    }
    return rates | {
        f"found {name}": float((said[labels == k] == "generated").mean())
        for k, name in names.items()
        if k > 0 and (labels == k).any()
    }
