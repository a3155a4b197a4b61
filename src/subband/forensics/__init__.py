"""Forensics: real or generated, by which source, how sure, and why. Results are data; plots draw them."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.abstention.guards import unfit
    from subband.forensics.abstention.reference import Reference
    from subband.forensics.abstention.thresholds import Abstention, calibrate_abstention
    from subband.forensics.calibration.freeze import calibrated_on_crops, calibrated_on_pictures
    from subband.forensics.calibration.shift import Shift, fit_shift, recalibrated
    from subband.forensics.calibration.teach import taught
    from subband.forensics.detectors.detector import Detector, DetectorConfig
    from subband.forensics.detectors.hub import HubDetector
    from subband.forensics.detectors.ruling import Ruling
    from subband.forensics.evaluation.control import ControlResult, format_control
    from subband.forensics.evaluation.scores import Score
    from subband.forensics.evidence import joined, judge
    from subband.forensics.explanation.fingerprint import PacketStatistics, packet_statistics
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
    from subband.forensics.features.layers import log_packets
    from subband.forensics.judgement import Finding, Judgement, Opinion, Trace
    from subband.forensics.networks.registry import DETECTORS, Classifier, DetectorKind, Shape, build, studied
    from subband.forensics.networks.temperature import temperature
    from subband.forensics.packaged import packaged_detector
    from subband.forensics.studies.results import DetectorRow, Levelled, Study
    from subband.forensics.studies.run import StudySettings, compression_differs, study
    from subband.forensics.training.fit import Convergence, Recipe, fit_classifier
    from subband.forensics.training.labelled import Examples, collect
    from subband.forensics.training.rates import seconds_per_step, within

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
        "abstention.thresholds": "Abstention calibrate_abstention",
        "networks.temperature": "temperature",
        "calibration.freeze": "calibrated_on_crops calibrated_on_pictures",
        "networks.registry": "DETECTORS Classifier DetectorKind Shape build studied",
        "evaluation.control": "ControlResult format_control",
        "detectors.detector": "Detector DetectorConfig",
        "explanation.heat": "HeatMap heat_map",
        "explanation.integrated": "IntegratedGradients integrated_gradients",
        "explanation.picture": "PictureExplanation explain_picture",
        "explanation.removal": "BandAblation Removal band_ablation without_bands",
        "explanation.saliency": "Saliency gradients saliency scaled smooth_gradients",
        "explanation.spectrum": "Spectrum spectrum",
        "explanation.subject": "Subject subject_of",
        "features.layers": "log_packets",
        "explanation.fingerprint": "PacketStatistics packet_statistics",
        "training.fit": "Convergence Recipe fit_classifier",
        "abstention.guards": "unfit",
        "detectors.hub": "HubDetector",
        "evidence": "joined judge",
        "judgement": "Finding Judgement Opinion Trace",
        "training.labelled": "Examples collect",
        "packaged": "packaged_detector",
        "training.rates": "seconds_per_step within",
        "calibration.shift": "Shift fit_shift recalibrated",
        "abstention.reference": "Reference",
        "detectors.ruling": "Ruling",
        "evaluation.scores": "Score",
        "calibration.teach": "taught",
        "studies.results": "DetectorRow Levelled Study",
        "studies.run": "StudySettings compression_differs study",
    },
)
