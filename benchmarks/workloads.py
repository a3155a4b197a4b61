"""What is timed everywhere: four kinds of work on float32 signals, in the mode "zero", which every peer has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import subband as sb


@dataclass(frozen=True)
class Workload:
    """One kind of work.

    Attributes:
        name: What the table calls it.
        shape: Shape of the signals.
        forward: Signals → our container.
        inverse: Our container → signals.
        wavelet, level, rank: What the peers need to know: the wavelet, the levels, and how many last axes.
    """

    name: str
    shape: tuple[int, ...]
    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    wavelet: str
    level: int
    rank: int

    def signals(self) -> np.ndarray:
        """Noise, the same in every process."""
        return np.random.default_rng(0).standard_normal(self.shape).astype(np.float32)


WORKLOADS = {
    work.name: work
    for work in (
        Workload(
            "1-D db4, 8 levels",
            (64, 65536),
            lambda x: sb.dwt(x, "db4", level=8, mode="zero"),
            sb.idwt,
            "db4",
            8,
            1,
        ),
        Workload(
            "2-D db4, 3 levels",
            (96, 256, 256),
            lambda x: sb.dwt(x, "db4", level=3, mode="zero", axes=(-2, -1)),
            sb.idwt,
            "db4",
            3,
            2,
        ),
        Workload(
            "3-D db2, 2 levels",
            (4, 128, 128, 128),
            lambda x: sb.dwt(x, "db2", level=2, mode="zero", axes=(-3, -2, -1)),
            sb.idwt,
            "db2",
            2,
            3,
        ),
        Workload(
            "2-D Haar packets, 3 levels",
            (96, 256, 256),
            lambda x: sb.packets(x, "haar", level=3, mode="zero", axes=(-2, -1), order="natural"),
            sb.ipackets,
            "haar",
            3,
            2,
        ),
    )
}
