"""Teaching a kept detector one more generator, from a few hundred pictures, without training the net again."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from subband.errors import CheckpointError, InvalidInput
from subband.forensics.abstention.reference import Reference, unusualness
from subband.forensics.abstention.thresholds import frozen
from subband.forensics.detectors.detector import Detector
from subband.forensics.detectors.head import Head, discriminant
from subband.forensics.detectors.ruling import UNKNOWN
from subband.forensics.networks.measured import Measured, measured_pictures
from subband.forensics.networks.predict import calibrated_log_odds

LEAST = 40  # pictures: half give the mean, half the thresholds
BANKED = 128  # crops of the new generator among the neighbours


def taught(detector: Detector, name: str, pictures: Iterable[np.ndarray], *, source: str = "") -> Detector:
    """A detector that knows one more generator.

    The first half of the pictures gives the generator's mean on the frozen features, the other half its scale
    and its share in the thresholds, which are frozen anew at the same stated rates. Logits, means and odds
    among the classes of before stay exactly as they were. The rates that were measured at the old thresholds
    are dropped.

    Args:
        detector: calibrated for abstention.
        name: of the generator.
        pictures: at least 40, each (H, W, 3) uint8; neighbours may resemble each other, so halves are contiguous.
        source: where they came from, for the history.

    Raises:
        CheckpointError: the detector was never calibrated for abstention.
        InvalidInput: too few pictures, one smaller than a crop, or a name that is taken.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, calibrated_on_pictures, taught
        >>> from subband.forensics.detectors.detector import config_of
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2), 1.0, {})
        >>> pixels = np.random.default_rng(0).integers(0, 256, (80, 16, 16, 3), dtype=np.uint8)
        >>> pictures = [(picture, k % 2) for k, picture in enumerate(pixels[:40])]
        >>> detector = Detector(build(config.name, config.shape, seed=0), config)
        >>> detector = calibrated_on_pictures(detector, pictures, pictures)
        >>> taught(detector, "diffusion", pixels[40:]).ruling.classes
        ('real', 'GAN', 'diffusion')
    """
    config, reference, rule = detector.config, detector.reference, detector.config.abstention
    if rule is None or reference is None:
        raise CheckpointError(
            f"{detector.title} was saved without calibration pictures, with which new ones are compared: train it "
            "again with this version, then teach it"
        )
    if not name or name in (*config.classes, *config.taught, UNKNOWN):
        raise InvalidInput(
            f"{name!r} is taken or empty: the detector knows {', '.join(detector.ruling.classes)}"
        )
    label = len(config.classes) + len(config.taught)
    found = measured_pictures(detector, ((pixels, label) for pixels in pictures))
    if (n := len(found.labels)) < LEAST:
        raise InvalidInput(f"{n} pictures are too few to teach {name!r}: give at least {LEAST}, better 300")
    u = reference.coordinates(found.features)
    points = found.mean(u)
    first = np.arange(n) < n // 2
    mean = points[first].mean(0)
    weights, offset = discriminant(
        mean, reference.means[0], points[~first], reference.points[reference.labels == 0]
    )
    head = (detector.head or Head(np.zeros((0, len(mean))), np.zeros(0))).with_one(weights, offset)
    reference = _with_pictures(reference, found, u, ~first, mean, rule.typicality, rule.unknown)
    s = calibrated_log_odds(
        head.extended(reference.logits, reference.points, config.temperature), config.temperature
    )
    # The calibration pictures are of the domain of the thresholds, the new ones of that of use.
    s += np.where(reference.labels == label, config.shift, rule.shift)
    before = {
        "highest_real": rule.highest_real, "lowest_generated": rule.lowest_generated, "errors": dict(rule.errors)
    }  # fmt: skip
    anew = frozen(s, reference.labels, false_alarms=rule.false_alarms, misses=rule.misses)
    rule = replace(
        rule,
        highest_real=anew.highest_real,
        lowest_generated=anew.lowest_generated,
        photographs=anew.photographs,
        generated=anew.generated,
        bounds=anew.bounds,
        errors={},
    )
    entry = {"what": "teach", "name": name, "pictures": n, "from": source, "before": before}
    config = replace(config, abstention=rule, taught=(*config.taught, name), history=(*config.history, entry))
    return Detector(detector.classifier, config, reference, head, detector.title)


def _with_pictures(
    reference: Reference,
    found: Measured,
    u: np.ndarray,
    chosen: np.ndarray,
    mean: np.ndarray,
    typicality: str,
    unknown: str,
) -> Reference:
    """The reference with one more class: its mean, some of its crops, and the `chosen` pictures for calibration."""
    label = len(reference.means)
    crops = u[~chosen[found.picture]][:BANKED]
    more = replace(
        reference,
        means=np.vstack([reference.means, mean]),
        bank=np.vstack([reference.bank, crops]),
        bank_labels=np.r_[reference.bank_labels, np.full(len(crops), label)],
    )
    unusual = found.mean(unusualness(more, typicality, u, found.logits))
    apart = found.mean(unusualness(more.generated(), unknown, u, found.logits[:, 1:]))
    return replace(
        more,
        logits=np.vstack([reference.logits, found.mean(found.logits)[chosen]]),
        points=np.vstack([reference.points, found.mean(u)[chosen]]),
        labels=np.r_[reference.labels, np.full(int(chosen.sum()), label)],
        unusual=np.r_[reference.unusual, unusual[chosen]],
        apart=np.r_[reference.apart, apart[chosen]],
    ).rounded()
