"""Training: one loop on Accelerate that knows no losses, and what it needs around it."""

from subband.training.average import PowerAverage
from subband.training.batches import Batches, shuffled
from subband.training.checkpoint import Checkpoint, fill, load_checkpoint, read_config, save_checkpoint
from subband.training.loop import Fit, Moment, Progress, Trainable, fit
from subband.training.precision import Precision, fast_precision
from subband.training.randomness import generator, initialised, normal_like
from subband.training.schedule import warmup_constant, warmup_cosine

__all__ = [
    "Batches",
    "Checkpoint",
    "Fit",
    "Moment",
    "PowerAverage",
    "Precision",
    "Progress",
    "Trainable",
    "fast_precision",
    "fill",
    "fit",
    "generator",
    "initialised",
    "load_checkpoint",
    "normal_like",
    "read_config",
    "save_checkpoint",
    "shuffled",
    "warmup_constant",
    "warmup_cosine",
]
