"""Conversion between time budgets and training steps.

Seconds are converted to steps by nominal rates, not by the clock, so that runs with one seed reach the same
weights on every machine and at any load. The rates are those of a reference machine: two cores of a 2.6 GHz
Zen 4 server with AVX512-BF16, torch on two threads, otherwise idle.
"""

import math

from subband.errors import BudgetError
from subband.generate.family import GeneratorFamily, Rate


def rate(family: GeneratorFamily, size: int) -> Rate:
    """A family's rate at a size, scaled per pixel from the nearest size (in log scale) that it states."""
    nearest = min(family.rates, key=lambda known: abs(math.log(known / size)))
    share = (nearest / size) ** 2
    return Rate(family.rates[nearest].trained * share, family.rates[nearest].drawn * share)


def steps_in(seconds: float, family: GeneratorFamily, size: int, batch: int) -> int:
    """Training steps of `batch` images that the reference machine completes in `seconds`.

    Raises:
        BudgetError: if that is less than one step; the message gives the seconds that one step takes.
    """
    least = batch / rate(family, size).trained
    if not (math.isfinite(seconds) and seconds >= least):
        raise BudgetError(
            f"can't train {family.name} at {size} px in {seconds:g} s: one step takes {least:.2g} s; "
            f"give at least that, and tens of seconds for images worth looking at"
        )
    return int(seconds / least + 1e-9)


def drawing_seconds(family: GeneratorFamily, size: int, count: int) -> float:
    """Seconds that the reference machine takes to draw `count` images.

    Example:
        >>> from subband.generate import GENERATORS, drawing_seconds
        >>> vae, diffusion = (drawing_seconds(GENERATORS[name], 64, count=1000) for name in ("vae", "diffusion"))
        >>> vae < diffusion  # one pass against many
        True
    """
    return count / rate(family, size).drawn
