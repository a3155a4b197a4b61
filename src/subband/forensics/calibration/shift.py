"""One-scalar recalibration: a shift of the log-odds, from a few labelled pictures of a new domain.

Detectors keep their ranking in a new domain, and lose their cut-off (Li et al. 2026, arXiv:2602.01973). So
one number is
learnt: b in P(generated) = σ(s + b), s the log-odds of before. A normal prior on b keeps few pictures from
moving it far; its width is the spread of shifts to be expected.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np

from subband.errors import InvalidInput
from subband.forensics.detectors.detector import Detector
from subband.forensics.networks.predict import calibrated_log_odds

LEAST = 5  # pictures of each class
PRIOR = 3.0  # standard deviation of b, in units of log-odds


@dataclass(frozen=True)
class Shift:
    """A fitted shift.

    Attributes:
        value: b.
        low: lower end of its 95 % interval.
        high: upper end.
        before: mean log-loss of the pictures without it, both classes weighing equally, in nats.
        after: with it.
        real: number of photographs.
        generated: number of generated pictures.
    """

    value: float
    low: float
    high: float
    before: float
    after: float
    real: int
    generated: int


def fit_shift(log_odds: np.ndarray, generated: np.ndarray, *, prior: float = PRIOR) -> Shift:
    """Maximum of the posterior of b, with its normal approximation (Laplace).

    minimise Σ_i w_i ln(1 + exp(−y_i (s_i + b))) + b² / (2 prior²), y = ±1; the weights w give both classes the same
    total, n / 2 each. The objective is strictly convex; Newton's method with halved steps finds its one minimum.

    Args:
        log_odds: (n,) s, of pictures that the detector was not trained on.
        generated: (n,) 1 for generated, 0 for real.
        prior: standard deviation of b.

    Raises:
        InvalidInput: fewer than 5 pictures of a class, or log-odds that are NaN.

    Example:
        >>> s = np.array([-9.0, -8, -7, -6, -5, -4, -3, -2, -1, 0])
        >>> round(fit_shift(s, (s > -4.5).astype(int)).value, 1)
        4.0
    """
    s, y = np.asarray(log_odds, dtype=np.float64), np.asarray(generated)
    n, made = len(s), int((y == 1).sum())
    if min(made, n - made) < LEAST:
        raise InvalidInput(
            f"{n - made} photographs and {made} generated pictures are too few to calibrate with: give at least "
            f"{LEAST} of each, better 50"
        )
    if not np.isfinite(s).all():
        raise InvalidInput(f"{int((~np.isfinite(s)).sum())} log-odds are NaN or infinite")
    w = np.where(y == 1, n / (2 * made), n / (2 * (n - made)))
    sign = np.where(y == 1, 1.0, -1.0)

    def loss(b: float) -> float:
        return float((w * np.logaddexp(0, -sign * (s + b))).sum())

    b = 0.0
    for _ in range(200):
        p = 0.5 * (1 + np.tanh((s + b) / 2))  # σ without overflow
        slope = float((w * (p - (y == 1))).sum()) + b / prior**2
        curve = float((w * p * (1 - p)).sum()) + 1 / prior**2
        step = slope / curve
        objective = loss(b) + b**2 / (2 * prior**2)
        while loss(b - step) + (b - step) ** 2 / (2 * prior**2) > objective + 1e-12 and abs(step) > 1e-12:
            step /= 2
        b -= step
        if abs(step) < 1e-10:
            break
    p = 0.5 * (1 + np.tanh((s + b) / 2))
    half = 1.96 / float(np.sqrt((w * p * (1 - p)).sum() + 1 / prior**2))
    return Shift(b, b - half, b + half, loss(0.0) / n, loss(b) / n, n - made, made)


def recalibrated(
    detector: Detector,
    real: Iterable[np.ndarray],
    generated: Iterable[np.ndarray],
    *,
    sources: tuple[str, str] = ("", ""),
    prior: float = PRIOR,
) -> tuple[Detector, Shift]:
    """A detector whose log-odds are shifted to suit a new domain; the shift of before is replaced and kept on
    record.

    The frozen thresholds stay where they are, in the shifted log-odds.

    Args:
        detector: any.
        real: photographs of the new domain, each (H, W, 3) uint8.
        generated: generated pictures of it.
        sources: where both came from, for the history.
        prior: see `fit_shift`.

    Raises:
        InvalidInput: see `fit_shift`; or a picture smaller than a crop.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, recalibrated
        >>> from subband.forensics.detectors.detector import config_of
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2), 1.0, {})
        >>> detector = Detector(build(config.name, config.shape, seed=0), config)
        >>> pictures = np.random.default_rng(0).integers(0, 256, (10, 20, 24, 3), dtype=np.uint8)
        >>> moved, shift = recalibrated(detector, pictures[:5], pictures[5:])
        >>> shift.real, shift.generated, shift.low < moved.config.shift < shift.high
        (5, 5, True)
    """
    log_odds, truth = [], []
    ruling = detector.ruling
    for label, pictures in enumerate((real, generated)):
        for pixels in pictures:
            logits, features = detector.measure(detector.crops(pixels))
            if ruling.head is not None and ruling.reference is not None:
                u = ruling.reference.coordinates(features)
                logits = ruling.head.extended(logits, u, ruling.temperature)
            log_odds.append(float(calibrated_log_odds(logits.mean(0, keepdims=True), ruling.temperature)[0]))
            truth.append(label)
    shift = fit_shift(np.array(log_odds), np.array(truth), prior=prior)
    entry = {
        "what": "calibrate", "from": {"real": sources[0], "generated": sources[1]}, "fitted": asdict(shift),
        "before": {"shift": detector.config.shift},
    }  # fmt: skip
    config = replace(detector.config, shift=shift.value, history=(*detector.config.history, entry))
    return Detector(detector.classifier, config, detector.reference, detector.head, detector.title), shift
