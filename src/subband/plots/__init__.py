"""Figures. The only package that imports matplotlib; it draws results and computes none.

Every function takes arrays, or a result of another package, and returns a `matplotlib.figure.Figure`; `png` and
`svg` encode it.
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.plots.ablation import ablation
    from subband.plots.aliasing import aliasing
    from subband.plots.animation import gif
    from subband.plots.as_pixels import overlay, tinted
    from subband.plots.attribution import attribution
    from subband.plots.coherence import coherence
    from subband.plots.complex_surfaces import complex_surfaces
    from subband.plots.confusion import confusion
    from subband.plots.contest import Contestant, contest
    from subband.plots.convergence import Curve, convergence
    from subband.plots.dark import darkened
    from subband.plots.detection_race import Race, detection_race
    from subband.plots.encode import Figure, png, svg
    from subband.plots.error_bars import error_bars
    from subband.plots.error_curves import ErrorCurve, error_curves
    from subband.plots.error_over_time import error_over_time
    from subband.plots.evaluation import evaluation
    from subband.plots.explanation import explanation, panel, spectra
    from subband.plots.fields import fields, lines, measures
    from subband.plots.filter_bank import filter_bank, littlewood_paley
    from subband.plots.flight import flight, flight_frames
    from subband.plots.frame_rows import beside, frame_rows
    from subband.plots.latent_regularity import LatentPaths, latent_regularity
    from subband.plots.latent_units import latent_units
    from subband.plots.loss_curves import loss_curves
    from subband.plots.packet_curves import packet_curves
    from subband.plots.packet_maps import MapRow, packet_maps
    from subband.plots.packet_saliency import packet_saliency
    from subband.plots.pixel_saliency import pixel_saliency
    from subband.plots.poses import pose_frames
    from subband.plots.rate_distortion import rate_distortion
    from subband.plots.rate_scale import Moving, rate_scale
    from subband.plots.reliability import reliability
    from subband.plots.restorations import restorations
    from subband.plots.risk_coverage import risk_coverage
    from subband.plots.robustness import Robustness, robustness
    from subband.plots.roc import roc
    from subband.plots.samples import mosaic, samples
    from subband.plots.score_shift import score_shift
    from subband.plots.score_spread import score_spread
    from subband.plots.score_table import score_table
    from subband.plots.self_similar import self_similar
    from subband.plots.series import series
    from subband.plots.stability import stability
    from subband.plots.sticking import sticking
    from subband.plots.time_frequency import time_frequency
    from subband.plots.transformer_insides import (
        Insides,
        attention_rollout,
        filter_components,
        position_similarity,
        transformer_insides,
    )
    from subband.plots.treated_accuracy import Treated, treated_accuracy

__all__ = [
    "Contestant",
    "Curve",
    "ErrorCurve",
    "Figure",
    "Insides",
    "LatentPaths",
    "MapRow",
    "Moving",
    "Race",
    "Robustness",
    "Treated",
    "ablation",
    "aliasing",
    "attention_rollout",
    "attribution",
    "beside",
    "coherence",
    "complex_surfaces",
    "confusion",
    "contest",
    "convergence",
    "darkened",
    "detection_race",
    "error_bars",
    "error_curves",
    "error_over_time",
    "evaluation",
    "explanation",
    "fields",
    "filter_bank",
    "filter_components",
    "flight",
    "flight_frames",
    "frame_rows",
    "gif",
    "latent_regularity",
    "latent_units",
    "lines",
    "littlewood_paley",
    "loss_curves",
    "measures",
    "mosaic",
    "overlay",
    "packet_curves",
    "packet_maps",
    "packet_saliency",
    "panel",
    "pixel_saliency",
    "png",
    "pose_frames",
    "position_similarity",
    "rate_distortion",
    "rate_scale",
    "reliability",
    "restorations",
    "risk_coverage",
    "robustness",
    "roc",
    "samples",
    "score_shift",
    "score_spread",
    "score_table",
    "self_similar",
    "series",
    "spectra",
    "stability",
    "sticking",
    "svg",
    "time_frequency",
    "tinted",
    "transformer_insides",
    "treated_accuracy",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "ablation": "ablation",
        "aliasing": "aliasing",
        "animation": "gif",
        "as_pixels": "overlay tinted",
        "attribution": "attribution",
        "coherence": "coherence",
        "complex_surfaces": "complex_surfaces",
        "confusion": "confusion",
        "contest": "Contestant contest",
        "convergence": "Curve convergence",
        "dark": "darkened",
        "detection_race": "Race detection_race",
        "encode": "Figure png svg",
        "error_bars": "error_bars",
        "error_curves": "ErrorCurve error_curves",
        "error_over_time": "error_over_time",
        "evaluation": "evaluation",
        "explanation": "explanation panel spectra",
        "fields": "fields lines measures",
        "filter_bank": "filter_bank littlewood_paley",
        "flight": "flight flight_frames",
        "frame_rows": "beside frame_rows",
        "latent_regularity": "LatentPaths latent_regularity",
        "latent_units": "latent_units",
        "loss_curves": "loss_curves",
        "packet_curves": "packet_curves",
        "packet_maps": "MapRow packet_maps",
        "packet_saliency": "packet_saliency",
        "pixel_saliency": "pixel_saliency",
        "poses": "pose_frames",
        "rate_distortion": "rate_distortion",
        "rate_scale": "Moving rate_scale",
        "reliability": "reliability",
        "restorations": "restorations",
        "risk_coverage": "risk_coverage",
        "robustness": "Robustness robustness",
        "roc": "roc",
        "samples": "mosaic samples",
        "score_shift": "score_shift",
        "score_spread": "score_spread",
        "score_table": "score_table",
        "self_similar": "self_similar",
        "series": "series",
        "stability": "stability",
        "sticking": "sticking",
        "time_frequency": "time_frequency",
        "transformer_insides": (
            "Insides attention_rollout filter_components position_similarity transformer_insides"
        ),
        "treated_accuracy": "Treated treated_accuracy",
    },
)
