"""Systems that predict sequences: series by spectral networks, frames by motion.

forecaster     fit and predict series, with intervals
baselines      persistence, seasonal repetition
motion_model   the next pose of a body
frames         the next frames of a video, by phase correlation and Fourier shifts
frame_nets     GRU and ConvGRU, for comparison
frame_scores   error, structural similarity, sharpness
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.sequences.baselines import persistence, seasonal_naive
    from subband.sequences.forecaster import Forecast, SpectralForecaster
    from subband.sequences.frame_nets import ConvGRUFrames, GRUFrames
    from subband.sequences.frame_scores import gradient_energy, mean_squared, structural_similarity
    from subband.sequences.frames import predict_frames
    from subband.sequences.motion_model import MotionModel
    from subband.sequences.segments import SegmentMotion

__all__ = [
    "ConvGRUFrames",
    "Forecast",
    "GRUFrames",
    "MotionModel",
    "SegmentMotion",
    "SpectralForecaster",
    "gradient_energy",
    "mean_squared",
    "persistence",
    "predict_frames",
    "seasonal_naive",
    "structural_similarity",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "baselines": "persistence seasonal_naive",
        "forecaster": "Forecast SpectralForecaster",
        "frame_nets": "ConvGRUFrames GRUFrames",
        "frame_scores": "gradient_energy mean_squared structural_similarity",
        "frames": "predict_frames",
        "motion_model": "MotionModel",
        "segments": "SegmentMotion",
    },
)
