"""Training: one loop on Accelerate that knows no losses, and what it needs around it."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.training.average import PowerAverage, mix, mixed
    from subband.training.batches import Batch, Batches, shuffled
    from subband.training.checkpoint import (
        CONFIG,
        WEIGHTS,
        Checkpoint,
        fill,
        load_checkpoint,
        read_config,
        save_checkpoint,
    )
    from subband.training.logs import TensorBoard
    from subband.training.loop import Fit, Hook, Keep, Look, Progress, Report, Stateful, fit
    from subband.training.precision import Precision, fast_precision
    from subband.training.randomness import generator, initialised, normal_like
    from subband.training.schedule import warmup_constant, warmup_cosine
    from subband.training.settings import (
        Setting,
        check_choices,
        check_finite,
        fitted,
        from_data,
        sampling,
        settings_of,
    )
    from subband.training.state import STATE, digest, restore_averages
    from subband.training.task import Moment, Trainable

__all__ = [
    "CONFIG",
    "STATE",
    "WEIGHTS",
    "Batch",
    "Batches",
    "Checkpoint",
    "Fit",
    "Hook",
    "Keep",
    "Look",
    "Moment",
    "PowerAverage",
    "Precision",
    "Progress",
    "Report",
    "Setting",
    "Stateful",
    "TensorBoard",
    "Trainable",
    "check_choices",
    "check_finite",
    "digest",
    "fast_precision",
    "fill",
    "fit",
    "fitted",
    "from_data",
    "generator",
    "initialised",
    "load_checkpoint",
    "mix",
    "mixed",
    "normal_like",
    "read_config",
    "restore_averages",
    "sampling",
    "save_checkpoint",
    "settings_of",
    "shuffled",
    "warmup_constant",
    "warmup_cosine",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "average": "PowerAverage mix mixed",
        "batches": "Batch Batches shuffled",
        "checkpoint": "CONFIG WEIGHTS Checkpoint fill load_checkpoint read_config save_checkpoint",
        "logs": "TensorBoard",
        "loop": "Fit Hook Keep Look Progress Report Stateful fit",
        "precision": "Precision fast_precision",
        "randomness": "generator initialised normal_like",
        "schedule": "warmup_constant warmup_cosine",
        "settings": "Setting check_choices check_finite fitted from_data sampling settings_of",
        "state": "STATE digest restore_averages",
        "task": "Moment Trainable",
    },
)
