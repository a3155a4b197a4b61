"""From scores and the final network to the detector in the package: temperature, thresholds, reference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from subband.experiments.packaged_detector.folds import LARGEST, VIEWS, Scores, view_of
from subband.experiments.packaged_detector.verdicts import (
    FALSE_ALARMS,
    MISSES,
    NEVER,
    Figures,
    Thresholds,
    frozen,
    says_real,
)
from subband.forensics.abstention.conformal import exceedance_bound
from subband.forensics.abstention.odd import KINDS, odd_pictures
from subband.forensics.abstention.thresholds import calibrate_abstention
from subband.forensics.detectors.detector import Detector
from subband.forensics.networks.measured import Measured, measured_pictures
from subband.forensics.packaged import NAME
from subband.forensics.training.material import Item

ODD_SEED, ODD_TEST_SEED = 100, 200
ODD, ODD_TEST = 64, 64


def tempered(scores: Scores) -> Scores:
    """The scores at the temperature and the shift of least log loss, both classes and all views weighing alike.

    Without the shift, eleven classes of generated pictures against one of photographs would make photographs look
    generated.
    """
    generated = np.repeat(scores.generated[:, None], len(VIEWS), 1)
    weights = np.where(generated, 1 / generated.mean(), 1 / (1 - generated.mean()))

    def loss(of: np.ndarray) -> float:
        odds = replace(scores, temperature=float(np.exp(of[0])), shift=float(of[1])).odds
        return float((weights * np.logaddexp(0, np.where(generated, -odds, odds))).mean())

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7}).x
    return replace(scores, temperature=float(np.exp(found[0])), shift=float(found[1]))


def packaged(
    detector: Detector, fitting: Measured, calibration: Measured, scores: Scores, found: Figures
) -> tuple[Detector, Thresholds]:
    """The network with everything that an opinion needs.

    Thresholds are those of the out-of-fold scores, frozen for the worst source, generator and view. What is
    usual is learnt from the other two.

    Args:
        detector: the final network.
        fitting: treated crops, for the means and the covariance of the features.
        calibration: pictures, for the ranks of what is usual.
        scores: out of fold, tempered.
        found: figures of these.
    """
    config = replace(
        detector.config, temperature=scores.temperature, shift=scores.shift, title=f"{NAME} (packaged)"
    )
    detector = Detector(detector.classifier, config)
    odd = odd_pictures(ODD, LARGEST, seed=ODD_SEED)
    abstention, reference = calibrate_abstention(
        fitting,
        calibration,
        scores.temperature,
        odd=measured_pictures(detector, ((pixels, 0) for pixels in odd)),
    )
    thresholds = frozen(scores)
    if not says_real(scores):
        thresholds = replace(thresholds, low=NEVER)
    least = {
        made: min(rows[name].pictures for name in rows)
        for made, rows in ((False, found.photographs), (True, found.generators))
    }
    abstention = replace(
        abstention,
        false_alarms=FALSE_ALARMS,
        misses=MISSES,
        highest_real=thresholds.high,
        lowest_generated=thresholds.low,
        photographs=int((~scores.generated).sum()),
        generated=int(scores.generated.sum()),
        bounds={
            "false alarms": exceedance_bound(least[False], FALSE_ALARMS),
            "misses": exceedance_bound(least[True], MISSES),
        },
        errors=errors_of(found),
    )
    return Detector(detector.classifier, replace(config, abstention=abstention), reference), thresholds


def errors_of(found: Figures) -> dict[str, float]:
    """Rates at the thresholds, out of fold: sources weigh alike, and so do generators."""
    photographs, generators = found.photographs.values(), found.generators.values()
    answered = [np.mean([row.answered for row in rows]) for rows in (photographs, generators)]
    return {
        "false alarms": float(np.mean([row.generated for row in photographs])),
        "misses": float(np.mean([row.real for row in generators])),
        "found": float(np.mean([row.generated for row in generators])),
        "answered": float(np.mean(answered)),
    }


@dataclass(frozen=True)
class Check:
    """What the finished detector, with all its guards, says of pictures that it has not seen.

    Attributes:
        name: of the pictures.
        pictures: number.
        said: verdict → number.
    """

    name: str
    pictures: int
    said: dict[str, int]

    @property
    def unsure(self) -> int:
        """How many get no firm verdict."""
        return self.pictures - self.said["real"] - self.said["generated"]


def checks(detector: Detector, kodak: Sequence[Item]) -> list[Check]:
    """Verdicts on the Kodak photographs, which no fold has seen, and on pictures that are neither."""
    groups: dict[str, list[np.ndarray]] = {
        "Kodak photographs, q75": [view_of(item.pixels, "q75") for item in kodak],
        "Kodak photographs, as they are": [item.pixels for item in kodak],
        f"neither: {', '.join(KINDS)}": odd_pictures(ODD_TEST, LARGEST, seed=ODD_TEST_SEED),
    }
    found = []
    for name, pictures in groups.items():
        said = [detector.judge(pixels).verdict for pixels in pictures]
        found.append(Check(name, len(said), {v: said.count(v) for v in ("real", "generated", "can't tell")}))
    return found
