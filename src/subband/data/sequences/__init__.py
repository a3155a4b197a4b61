"""Sequences to learn from: memory, adding, Mackey–Glass, hourly load, human motion, moving digits."""

from subband.data.sequences.adding import ADDING_BASELINE, adding_task
from subband.data.sequences.hourly_load import hourly_load
from subband.data.sequences.mackey_glass import mackey_glass
from subband.data.sequences.memory import memory_baseline, memory_task
from subband.data.sequences.motion import Motions, euler_error, read_motions
from subband.data.sequences.moving_digits import moving_digits
from subband.data.sequences.skeleton import joint_positions, skeleton

__all__ = [
    "ADDING_BASELINE",
    "Motions",
    "adding_task",
    "euler_error",
    "hourly_load",
    "joint_positions",
    "mackey_glass",
    "memory_baseline",
    "memory_task",
    "moving_digits",
    "read_motions",
    "skeleton",
]
