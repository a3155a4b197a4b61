"""Learning-rate schedules."""

import math


def warmup_cosine(k: int, steps: int, *, warmup: float = 0.05, floor: float = 0.0) -> float:
    """Factor on the learning rate at step k of `steps`: linear warmup from 0, then half a cosine.

    Args:
        k: step, 0 <= k < steps.
        steps: steps of the whole run.
        warmup: length of the warmup as a fraction of `steps`.
        floor: final value of the cosine.

    Returns:
        A number in (0, 1].
    """
    ramp = max(round(warmup * steps), 1)
    if k < ramp:
        return (k + 1) / ramp
    done = (k - ramp + 1) / (steps - ramp + 1)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))


def warmup_constant(k: int, steps: int, *, warmup: float = 0.05) -> float:
    """Factor on the learning rate at step k of `steps`: linear over the fraction `warmup`, then 1."""
    return min((k + 1) / max(round(warmup * steps), 1), 1.0)
