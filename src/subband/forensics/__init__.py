"""Forensics: real or generated, by which source, how sure, and why. Results are data; plots draw them."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.calibrate import temperature
    from subband.forensics.classifiers import DETECTORS, Classifier, DetectorKind, Shape, build, studied
    from subband.forensics.control import ControlResult, format_control
    from subband.forensics.detector import Detector, DetectorConfig, Explanation, Verdict
    from subband.forensics.explain import Saliency, gradients, saliency, scaled
    from subband.forensics.features import log_packets
    from subband.forensics.fingerprint import PacketStatistics, packet_statistics
    from subband.forensics.fit import Convergence, Recipe, fit_classifier
    from subband.forensics.labelled import Examples, collect
    from subband.forensics.rates import seconds_per_step, within
    from subband.forensics.results import DetectorRow, Study
    from subband.forensics.run_study import StudySettings, study
    from subband.forensics.scores import Score

__all__ = [
    "DETECTORS",
    "Classifier",
    "ControlResult",
    "Convergence",
    "Detector",
    "DetectorConfig",
    "DetectorKind",
    "DetectorRow",
    "Examples",
    "Explanation",
    "PacketStatistics",
    "Recipe",
    "Saliency",
    "Score",
    "Shape",
    "Study",
    "StudySettings",
    "Verdict",
    "build",
    "collect",
    "fit_classifier",
    "format_control",
    "gradients",
    "log_packets",
    "packet_statistics",
    "saliency",
    "scaled",
    "seconds_per_step",
    "studied",
    "study",
    "temperature",
    "within",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "calibrate": "temperature",
        "classifiers": "DETECTORS Classifier DetectorKind Shape build studied",
        "control": "ControlResult format_control",
        "detector": "Detector DetectorConfig Explanation Verdict",
        "explain": "Saliency gradients saliency scaled",
        "features": "log_packets",
        "fingerprint": "PacketStatistics packet_statistics",
        "fit": "Convergence Recipe fit_classifier",
        "labelled": "Examples collect",
        "rates": "seconds_per_step within",
        "results": "DetectorRow Study",
        "scores": "Score",
        "run_study": "StudySettings study",
    },
)
