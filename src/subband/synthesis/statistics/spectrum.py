"""Power spectrum in overlapping bands of equal width in log-frequency, and in directions."""

from dataclasses import dataclass, replace
from functools import partial
from math import pi
from typing import final

import numpy as np

from subband.arrays.arguments import integer
from subband.arrays.compilers import lazy, static
from subband.arrays.namespace import Array, namespace
from subband.synthesis.statistics.statistic import Entry, Statistics
from subband.transforms.scattering.statistics.fields import constant


@final
@dataclass(frozen=True)
class Spectrum(Statistics):
    """Variance of the field in each band, Σₖ w_b(k) |x̂(k)|² / N², with weights that sum to 1 over the bands.

    Bands are triangles in log₂ of the frequency and in the direction; the highest includes the corners of the
    plane, the lowest all below it but the mean, from all directions. The numbers don't depend on the size of the
    field.

    Attributes:
        J: Octaves below half a cycle per sample.
        Q: Bands per octave.
        L: Directions between 0 and π, for images.
        axes: Number of axes of a field, 1 or 2.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).standard_normal((64, 64))
        >>> bool(np.isclose(Spectrum(J=3)(x).sum(), x.var()))
        True
    """

    J: int
    Q: int = 4
    L: int = 4
    axes: int = 2

    def __post_init__(self) -> None:
        integer("J", self.J, 1, 30)
        integer("Q", self.Q, 1, 64)
        integer("L", self.L, 1, 64)
        integer("axes", self.axes, 1, 2)

    @property
    def ndim(self) -> int:
        return self.axes

    @lazy
    def index(self) -> tuple[Entry, ...]:
        made = []
        for band in range(self.Q * self.J + 1):
            several = self.axes == 2 and band < self.Q * self.J
            for angle in range(self.L if several else 1):
                angles = (pi * angle / self.L,) if several else ()
                made.append(Entry("spectrum", (band // self.Q,), angles, (0.5 * 2 ** (-band / self.Q),)))
        return tuple(made)

    @property
    def smallest(self) -> int:
        return 2**self.J

    @property
    def memory(self) -> int:
        return 5

    def values(self, x: Array) -> Array:
        xp, shape = namespace(x), tuple(x.shape[1:])
        spectra = xp.fft.rfftn(x, axes=tuple(range(1, x.ndim)))
        power = xp.real(spectra) ** 2 + xp.imag(spectra) ** 2
        weights = constant(_weights(shape, self.J, self.Q, self.L), x)
        return xp.reshape(power, (x.shape[0], -1)) @ weights

    def coarser(self, octaves: int) -> Statistics | None:
        return replace(self, J=self.J - octaves) if octaves < self.J else None


@partial(static, large=True)
def _weights(shape: tuple[int, ...], J: int, Q: int, L: int) -> np.ndarray:
    """(half spectrum, bands) weights of |x̂|², over N²."""
    *rows, columns = shape
    along = np.arange(columns // 2 + 1) / columns
    across = np.fft.fftfreq(rows[0])[:, None] if rows else np.zeros((1, 1))
    radius = np.hypot(across, along).ravel()
    count, last = Q * J, along == 0
    last[-1] |= columns % 2 == 0
    twice = np.broadcast_to(np.where(last, 1.0, 2.0), (len(across), len(along))).ravel()
    with np.errstate(divide="ignore"):
        place = np.clip(-Q * np.log2(2 * radius), 0, count)  # 0 at half a cycle, `count` at the lowest
    bands = np.maximum(1 - np.abs(place[:, None] - np.arange(count + 1)), 0)
    bands[radius == 0] = 0
    if rows:
        turn = (np.arctan2(np.broadcast_to(along, (len(across), len(along))), across).ravel() / pi * L) % L
        away = np.abs(turn[:, None] - np.arange(L))
        sectors = np.maximum(1 - np.minimum(away, L - away), 0) if L > 1 else np.ones((len(turn), 1))
        directed = (bands[:, :-1, None] * sectors[:, None, :]).reshape(len(turn), -1)
        bands = np.concatenate([directed, bands[:, -1:]], axis=1)
    return bands * twice[:, None] / np.prod(shape) ** 2
