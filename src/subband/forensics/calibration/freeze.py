"""Calibrating a trained detector for abstention, on crops of a study or on whole pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np

from subband.forensics.abstention.coordinates import ROWS
from subband.forensics.abstention.odd import odd_pictures
from subband.forensics.abstention.thresholds import (
    FALSE_ALARMS,
    MISSES,
    calibrate_abstention,
    measured_errors,
)
from subband.forensics.calibration.shift import fit_shift
from subband.forensics.detectors.detector import Detector
from subband.forensics.detectors.ruling import Ruling
from subband.forensics.networks.measured import Measured, measured_crops, measured_pictures
from subband.forensics.networks.predict import calibrated_log_odds
from subband.forensics.training.labelled import Examples

ODD = 64  # pictures that are neither, to choose the score of how usual a picture is


def calibrated_on_crops(
    detector: Detector,
    train: Examples,
    val: Examples,
    test: Examples | None = None,
    *,
    false_alarms: float = FALSE_ALARMS,
    misses: float = MISSES,
) -> Detector:
    """A detector with thresholds frozen on the validation crops of a study.

    The crops of one scene count as one picture.

    Args:
        detector: after training.
        train: crops that it was trained on.
        val: other crops, not seen in training; the temperature may have been fitted on them.
        test: crops that the rates at the thresholds are measured on.
        false_alarms: stated rate on photographs.
        misses: stated rate on each generator.

    Raises:
        InvalidInput: see `calibrate_abstention`.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Examples, Shape, build, calibrated_on_crops
        >>> from subband.forensics.detectors.detector import config_of
        >>> shape, labels = Shape(16, 2), np.arange(60) % 2
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), shape, 1.0, {})
        >>> pixels = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 3), dtype=np.uint8)
        >>> crops = Examples(pixels, labels, scenes=np.arange(60))
        >>> detector = Detector(build(config.name, shape, seed=0), config)
        >>> rule = calibrated_on_crops(detector, crops, crops, false_alarms=0.1, misses=0.1).config.abstention
        >>> rule.photographs, rule.false_alarms
        (30, 0.1)
    """
    few = np.linspace(0, len(train) - 1, min(ROWS, len(train))).round().astype(int)
    fitting = measured_crops(detector, train.pixels[few], train.labels[few], train.scenes[few])
    calibration = measured_crops(detector, val.pixels, val.labels, val.scenes)
    last = None if test is None else measured_crops(detector, test.pixels, test.labels, test.scenes)
    return _calibrated(detector, fitting, calibration, last, false_alarms, misses)


def calibrated_on_pictures(
    detector: Detector,
    train: Iterable[tuple[np.ndarray, int]],
    val: Iterable[tuple[np.ndarray, int]],
    test: Iterable[tuple[np.ndarray, int]] | None = None,
    *,
    false_alarms: float = FALSE_ALARMS,
    misses: float = MISSES,
) -> Detector:
    """A detector with thresholds frozen on whole pictures, (H, W, 3) uint8, each with its class.

    Calibrate on pictures of the size and compression that will be judged: the guarantee holds for such.

    Args:
        detector: see `calibrated_on_crops`.
        train: see `calibrated_on_crops`.
        val: see `calibrated_on_crops`.
        test: see `calibrated_on_crops`.
        false_alarms: see `calibrated_on_crops`.
        misses: see `calibrated_on_crops`.

    Raises:
        InvalidInput: see `calibrate_abstention`.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, calibrated_on_pictures
        >>> from subband.forensics.detectors.detector import config_of
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2), 1.0, {})
        >>> detector = Detector(build(config.name, config.shape, seed=0), config)
        >>> pixels = np.random.default_rng(0).integers(0, 256, (40, 20, 24, 3), dtype=np.uint8)
        >>> pictures = [(picture, k % 2) for k, picture in enumerate(pixels)]
        >>> calibrated_on_pictures(detector, pictures, pictures).config.abstention.too_few()
        '20 photographs (49 needed)'
    """
    last = None if test is None else measured_pictures(detector, test)
    return _calibrated(
        detector,
        measured_pictures(detector, train),
        measured_pictures(detector, val),
        last,
        false_alarms,
        misses,
    )


def frozen_anew(
    detector: Detector,
    pictures: Iterable[tuple[np.ndarray, int]],
    *,
    false_alarms: float = FALSE_ALARMS,
    misses: float = MISSES,
    source: Mapping[str, str] | None = None,
) -> Detector:
    """A detector with thresholds frozen on pictures of a new domain, whose generators need not be known.

    Every second picture fits the shift and the coordinates of features, the others freeze the thresholds.
    Rates that were measured at the old thresholds, and generators that were taught, are dropped.

    Args:
        detector: any.
        pictures: (H, W, 3) uint8 and 0 for real, 1 for generated.
        false_alarms: see `calibrated_on_crops`.
        misses: see `calibrated_on_crops`.
        source: where the pictures came from, for the history.

    Raises:
        InvalidInput: too few pictures.
    """
    found = measured_pictures(detector, pictures)
    even = np.arange(len(found.labels)) % 2 == 0
    fitting, calibration = found.part(even), found.part(~even)
    t = detector.config.temperature
    shift = fit_shift(calibrated_log_odds(fitting.mean(fitting.logits), t), fitting.labels)
    rule, reference = calibrate_abstention(
        fitting, calibration, t, shift=shift.value, false_alarms=false_alarms, misses=misses
    )
    entry = {
        "what": "freeze", "from": dict(source or {}), "fitted": asdict(shift),
        "before": {
            "shift": detector.config.shift,
            "abstention": None if detector.config.abstention is None else asdict(detector.config.abstention),
            "taught": list(detector.config.taught),
        },
    }  # fmt: skip
    config = replace(
        detector.config,
        shift=shift.value,
        abstention=rule,
        taught=(),
        history=(*detector.config.history, entry),
    )
    return Detector(detector.classifier, config, reference, title=detector.title)


def verdicts_of(ruling: Ruling, measured: Measured) -> list[str]:
    """Verdicts on measured pictures, without guards and copies."""
    order = np.argsort(measured.picture, kind="stable")
    starts = np.searchsorted(measured.picture[order], np.arange(1, len(measured.labels)))
    parts: Sequence[np.ndarray] = np.split(order, starts)
    return [ruling.opinion(measured.logits[part], measured.features[part]).verdict for part in parts]


def _calibrated(
    detector: Detector,
    train: Measured,
    val: Measured,
    test: Measured | None,
    false_alarms: float,
    misses: float,
) -> Detector:
    config = detector.config
    odd = measured_pictures(
        detector, ((pixels, 0) for pixels in odd_pictures(ODD, max(2 * detector.chain.cut, 128), seed=0))
    )
    abstention, reference = calibrate_abstention(
        train, val, config.temperature, false_alarms=false_alarms, misses=misses, odd=odd
    )
    found = Detector(
        detector.classifier, replace(config, abstention=abstention), reference, title=detector.title
    )
    if test is None:
        return found
    errors = measured_errors(verdicts_of(found.ruling, test), test.labels, dict(enumerate(config.classes)))
    abstention = replace(abstention, errors=errors)
    return Detector(
        detector.classifier, replace(config, abstention=abstention), reference, title=detector.title
    )
