"""Responses of brains to pictures: published data sets, and a synthetic brain whose answers are known."""

from subband.data.brain.bold5000 import read_bold5000
from subband.data.brain.encoding import EncodingModel, encoding_model, haemodynamic_response
from subband.data.brain.god import read_god
from subband.data.brain.recording import (
    BrainRecording,
    check_voxels,
    noise_ceiling,
    pad_voxels,
    stack_subjects,
)

__all__ = [
    "BrainRecording",
    "EncodingModel",
    "check_voxels",
    "encoding_model",
    "haemodynamic_response",
    "noise_ceiling",
    "pad_voxels",
    "read_bold5000",
    "read_god",
    "stack_subjects",
]
