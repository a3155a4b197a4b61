"""Figures. The only package that imports matplotlib; it draws results and computes none.

Every function takes arrays, or a result of another package, and returns a `matplotlib.figure.Figure`; `png` and
`svg` encode it.
"""

from matplotlib.figure import Figure

from subband.plots.attribution import attribution
from subband.plots.coherence import coherence
from subband.plots.confusion import confusion
from subband.plots.contest import Contestant, contest
from subband.plots.convergence import Curve, convergence
from subband.plots.detection_race import Race, detection_race
from subband.plots.encode import png, svg
from subband.plots.error_bars import error_bars
from subband.plots.error_curves import ErrorCurve, error_curves
from subband.plots.evaluation import evaluation
from subband.plots.explanation import explanation
from subband.plots.filter_bank import filter_bank, littlewood_paley
from subband.plots.packet_curves import packet_curves
from subband.plots.packet_maps import MapRow, packet_maps
from subband.plots.packet_saliency import packet_saliency
from subband.plots.pixel_saliency import pixel_saliency
from subband.plots.rate_scale import Moving, rate_scale
from subband.plots.reliability import reliability
from subband.plots.robustness import Robustness, robustness
from subband.plots.samples import mosaic, samples
from subband.plots.stability import stability
from subband.plots.time_frequency import time_frequency

__all__ = [
    "Contestant",
    "Curve",
    "ErrorCurve",
    "Figure",
    "MapRow",
    "Moving",
    "Race",
    "Robustness",
    "attribution",
    "coherence",
    "confusion",
    "contest",
    "convergence",
    "detection_race",
    "error_bars",
    "error_curves",
    "evaluation",
    "explanation",
    "filter_bank",
    "littlewood_paley",
    "mosaic",
    "packet_curves",
    "packet_maps",
    "packet_saliency",
    "pixel_saliency",
    "png",
    "rate_scale",
    "reliability",
    "robustness",
    "samples",
    "stability",
    "svg",
    "time_frequency",
]
