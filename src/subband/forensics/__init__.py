"""Forensics: real or generated, by which source, how sure, and why. Results are data; plots draw them."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.abstention import Abstention, calibrate_abstention
    from subband.forensics.calibrate import temperature
    from subband.forensics.calibration import calibrated_on_crops, calibrated_on_pictures
    from subband.forensics.classifiers import DETECTORS, Classifier, DetectorKind, Shape, build, studied
    from subband.forensics.control import ControlResult, format_control
    from subband.forensics.detector import Detector, DetectorConfig
    from subband.forensics.evidence import joined, judge
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
    from subband.forensics.guards import unfit
    from subband.forensics.hub_detector import HubDetector
    from subband.forensics.judgement import Finding, Judgement, Opinion, Trace
    from subband.forensics.labelled import Examples, collect
    from subband.forensics.packaged import packaged_detector
    from subband.forensics.rates import seconds_per_step, within
    from subband.forensics.recalibrate import Shift, fit_shift, recalibrated
    from subband.forensics.reference import Reference
    from subband.forensics.results import DetectorRow, Levelled, Study
    from subband.forensics.ruling import Ruling
    from subband.forensics.run_study import StudySettings, compression_differs, study
    from subband.forensics.scores import Score
    from subband.forensics.teaching import taught

__all__ = [
    "DETECTORS",
    "Abstention",
    "BandAblation",
    "Classifier",
    "ControlResult",
    "Convergence",
    "Detector",
    "DetectorConfig",
    "DetectorKind",
    "DetectorRow",
    "Examples",
    "Finding",
    "HeatMap",
    "HubDetector",
    "IntegratedGradients",
    "Judgement",
    "Levelled",
    "Opinion",
    "PacketStatistics",
    "PictureExplanation",
    "Recipe",
    "Reference",
    "Removal",
    "Ruling",
    "Saliency",
    "Score",
    "Shape",
    "Shift",
    "Spectrum",
    "Study",
    "StudySettings",
    "Subject",
    "Trace",
    "band_ablation",
    "build",
    "calibrate_abstention",
    "calibrated_on_crops",
    "calibrated_on_pictures",
    "collect",
    "compression_differs",
    "explain_picture",
    "fit_classifier",
    "fit_shift",
    "format_control",
    "gradients",
    "heat_map",
    "integrated_gradients",
    "joined",
    "judge",
    "log_packets",
    "packaged_detector",
    "packet_statistics",
    "recalibrated",
    "saliency",
    "scaled",
    "seconds_per_step",
    "smooth_gradients",
    "spectrum",
    "studied",
    "study",
    "subject_of",
    "taught",
    "temperature",
    "unfit",
    "within",
    "without_bands",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "abstention": "Abstention calibrate_abstention",
        "calibrate": "temperature",
        "calibration": "calibrated_on_crops calibrated_on_pictures",
        "classifiers": "DETECTORS Classifier DetectorKind Shape build studied",
        "control": "ControlResult format_control",
        "detector": "Detector DetectorConfig",
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
        "guards": "unfit",
        "hub_detector": "HubDetector",
        "evidence": "joined judge",
        "judgement": "Finding Judgement Opinion Trace",
        "labelled": "Examples collect",
        "packaged": "packaged_detector",
        "rates": "seconds_per_step within",
        "recalibrate": "Shift fit_shift recalibrated",
        "reference": "Reference",
        "ruling": "Ruling",
        "scores": "Score",
        "teaching": "taught",
        "results": "DetectorRow Levelled Study",
        "run_study": "StudySettings compression_differs study",
    },
)
