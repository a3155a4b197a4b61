"""What a synthesis found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from subband.arrays.namespace import Array
from subband.synthesis.statistics import Statistics
from subband.synthesis.statistics.groups import groups

if TYPE_CHECKING:
    from subband.synthesis.report import Report


class Step(NamedTuple):
    """One line of the trace.

    Attributes:
        level: Octaves left out below the full resolution.
        evaluations: Evaluations of this level so far.
        residual: ‖W(Φx − y)‖ / ‖W y‖ of each sample, or of the ensemble.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Moments, synthesise
        >>> result = synthesise(Moments(2, axes=1), like=np.random.default_rng(0).normal(size=64), seed=0)
        >>> step = result.trace[-1]
        >>> step.level, max(step.residual) < 0.1
        (0, True)
    """

    level: int
    evaluations: int
    residual: tuple[float, ...]


@dataclass(frozen=True)
class Synthesis:
    """New realisations; made by `subband.synthesise`.

    Attributes:
        samples: (n, *shape) of the example's library.
        statistics: What was matched, with all that was taken from the examples.
        target: (K,) y, and `reached` (n, K) Φ of the samples.
        reached: Statistics of the samples.
        scale: (K,) standard deviations over realisations, by which `differences` are measured.
        trace: How the residual fell.
        reason: Why the search of each sample stopped.
        residual: Last residual of each sample; of an ensemble, of all of it.
        entropy_bound: Upper bound on the differential entropy of any process with the samples' power spectrum, in
            nats per sample: ½ ⟨log 2πe P⟩, that of the Gaussian process. In excess of it nothing can be lost;
            −∞ where bands are empty.
        seconds: Time taken.
        report: Spectra, marginals and structure functions beside those of the example, each with the floor of
            real against held-out real; None for validate=().

    See also: `subband.synthesise`, `subband.synthesis.Report`.
    """

    samples: Array
    statistics: Statistics
    target: np.ndarray
    reached: np.ndarray
    scale: np.ndarray
    trace: tuple[Step, ...]
    reason: tuple[str, ...]
    residual: np.ndarray
    entropy_bound: float
    seconds: float
    report: "Report | None"

    @property
    def differences(self) -> np.ndarray:
        """(K,) (mean Φ of the samples − y) in standard deviations of one realisation."""
        return (self.reached.mean(axis=0) - self.target) / self.scale

    @property
    def residuals(self) -> dict[str, float]:
        """Statistic and scales → root mean square of (Φ − y) over samples, in standard deviations."""
        z = (self.reached - self.target) / self.scale
        return {name: float(np.sqrt(np.mean(z[:, at] ** 2))) for name, at in groups(self.statistics.index)}

    @property
    def evaluations(self) -> int:
        """Evaluations of the full resolution."""
        return max((step.evaluations for step in self.trace if step.level == 0), default=0)

    def __repr__(self) -> str:
        worst = float(np.max(self.residual))
        return (
            f"Synthesis({tuple(self.samples.shape)}, {len(self.target)} statistics, residual {worst:.2g} after "
            f"{self.evaluations} evaluations: {self.reason[int(np.argmax(self.residual))]})"
        )
