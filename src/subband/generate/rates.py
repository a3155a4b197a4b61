"""How many training steps a budget buys.

Seconds become steps by a nominal rate, never by the clock, so that two runs with one seed end on the same
weights on any machine, busy or not. The rates are those of the reference machine: two cores of a 2.6 GHz Zen
4 server with AVX512-BF16, torch on two threads, nothing else running.
"""

import math
from dataclasses import dataclass

from subband.errors import BudgetError, InvalidInput


@dataclass(frozen=True)
class Rate:
    """Images per second of a family at one size: trained on, and drawn."""

    trained: float
    drawn: float


REFERENCE: dict[str, dict[int, Rate]] = {
    "autoencoder": {32: Rate(400, 1000), 64: Rate(120, 400)},
    "binomial": {32: Rate(460, 14), 64: Rate(370, 12)},  # by its ratio to "diffusion" in one run
    "diffae": {32: Rate(170, 80), 64: Rate(155, 75)},  # by its ratio to "diffusion" in one run
    "diffusion": {32: Rate(200, 115), 64: Rate(180, 110)},
    "gan": {32: Rate(380, 2500), 64: Rate(250, 1200)},
    "vae": {32: Rate(690, 2500), 64: Rate(530, 1500)},
}


def rate(family: str, size: int) -> Rate:
    """The reference machine's rate; sizes that are not in the table go by the nearest one that is, per pixel.

    Raises:
        InvalidInput: if the family is unknown.
    """
    if family not in REFERENCE:
        raise InvalidInput(f"no generator family {family!r}: choose one of {', '.join(sorted(REFERENCE))}")
    table = REFERENCE[family]
    nearest = min(table, key=lambda known: abs(math.log(known / size)))
    share = (nearest / size) ** 2
    return Rate(table[nearest].trained * share, table[nearest].drawn * share)


def steps_in(seconds: float, family: str, size: int, batch: int) -> int:
    """Training steps of `batch` images that the reference machine does in `seconds`.

    Raises:
        BudgetError: if that is less than one step; the message says how many seconds one takes.
    """
    least = batch / rate(family, size).trained
    if not (math.isfinite(seconds) and seconds >= least):
        raise BudgetError(
            f"can't train {family} at {size} px in {seconds:g} s: one step takes {least:.2g} s; "
            f"give at least that, and tens of seconds for images worth looking at"
        )
    return int(seconds / least + 1e-9)


def drawing_seconds(family: str, size: int, count: int) -> float:
    """Seconds that the reference machine takes to draw `count` images."""
    return count / rate(family, size).drawn
