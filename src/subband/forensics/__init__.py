"""Forensics: real or generated, by which source, how sure, and why. Results are data; plots draw them."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.calibrate import temperature
    from subband.forensics.classifiers import DETECTORS, Classifier, DetectorKind, Shape, build
    from subband.forensics.control import ControlResult, format_control
    from subband.forensics.detector import Detector, DetectorConfig, Explanation, Verdict
    from subband.forensics.detector_alone import judged_by_detector
    from subband.forensics.explanation.heat import HeatMap, heat_map
    from subband.forensics.explanation.integrated import IntegratedGradients, integrated_gradients
    from subband.forensics.explanation.picture import PictureExplanation, explain_picture
    from subband.forensics.explanation.removal import BandAblation, Removal, band_ablation, without_bands
    from subband.forensics.explanation.saliency import (
        Saliency,
        gradients,
        saliency,
        scaled,
        smooth_gradients,
    )
    from subband.forensics.explanation.spectrum import Spectrum, spectrum
    from subband.forensics.explanation.subject import Subject, subject_of
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
    "BandAblation",
    "Classifier",
    "ControlResult",
    "Convergence",
    "Detector",
    "DetectorConfig",
    "DetectorKind",
    "DetectorRow",
    "Examples",
    "Explanation",
    "HeatMap",
    "IntegratedGradients",
    "PacketStatistics",
    "PictureExplanation",
    "Recipe",
    "Removal",
    "Saliency",
    "Score",
    "Shape",
    "Spectrum",
    "Study",
    "StudySettings",
    "Subject",
    "Verdict",
    "band_ablation",
    "build",
    "collect",
    "explain_picture",
    "fit_classifier",
    "format_control",
    "gradients",
    "heat_map",
    "integrated_gradients",
    "judged_by_detector",
    "log_packets",
    "packet_statistics",
    "saliency",
    "scaled",
    "seconds_per_step",
    "smooth_gradients",
    "spectrum",
    "study",
    "subject_of",
    "temperature",
    "within",
    "without_bands",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "calibrate": "temperature",
        "classifiers": "DETECTORS Classifier DetectorKind Shape build",
        "control": "ControlResult format_control",
        "detector": "Detector DetectorConfig Explanation Verdict",
        "detector_alone": "judged_by_detector",
        "explanation.heat": "HeatMap heat_map",
        "explanation.integrated": "IntegratedGradients integrated_gradients",
        "explanation.picture": "PictureExplanation explain_picture",
        "explanation.removal": "BandAblation Removal band_ablation without_bands",
        "explanation.saliency": "Saliency gradients saliency scaled smooth_gradients",
        "explanation.spectrum": "Spectrum spectrum",
        "explanation.subject": "Subject subject_of",
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
