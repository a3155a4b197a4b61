"""Statistics of several channels: colours of an image, both sides of a stereo recording."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import final

import numpy as np

from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.synthesis.statistics.groups import MIXTURE
from subband.synthesis.statistics.statistic import Entry, Statistics
from subband.transforms.scattering.statistics.fields import constant


@final
@dataclass(frozen=True)
class Channels(Statistics):
    """Statistics of mixtures of channels: of each principal component, and of the sum of each pair of them.

    Components are uncorrelated and of variance 1, so that a faint colour counts as much as a strong one; by the
    sums of pairs, the dependence of channels on each other at all scales counts, too. (Squares of sums have the
    cross-spectra, ⟨(a + b)²⟩ = ⟨a²⟩ + ⟨b²⟩ + 2⟨ab⟩; moduli of sums, common edges.)

    Attributes:
        of: Statistics of one channel.
        count: Number of channels.
        mixtures: (D, count) rows are mixtures; of the examples, once fitted.
        centre: (count,) means of channels; of the examples, once fitted.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Channels, Moments
        >>> stereo = np.random.default_rng(0).normal(size=(2, 64))
        >>> statistics = Channels(Moments(2, axes=1), count=2).fitted(stereo[None])
        >>> (statistics(stereo).round(6) + 0.0).tolist()  # mean and variance of both components, and of their sum
        [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    """

    of: Statistics
    count: int
    mixtures: tuple[tuple[float, ...], ...] = ()
    centre: tuple[float, ...] = ()

    @property
    def ndim(self) -> int:
        return self.of.ndim + 1

    @lazy
    def index(self) -> tuple[Entry, ...]:
        return tuple(
            e._replace(statistic=f"{e.statistic}{MIXTURE} {k}")
            for k in range(self._rows)
            for e in self.of.index
        )

    @property
    def smallest(self) -> int:
        return self.of.smallest

    @property
    def multiple(self) -> int:
        return self.of.multiple

    @property
    def space(self) -> int:
        return self.of.space

    @property
    def memory(self) -> int:
        return self._rows * self.of.memory

    @property
    def _rows(self) -> int:
        return self.count * (self.count + 1) // 2

    def check(self, field: tuple[int, ...], what: str = "an example") -> None:
        if len(field) != self.ndim or field[0] != self.count:
            raise InvalidInput(
                f"{what} of shape {field} doesn't have {self.count} channels before its {self.of.ndim} axes: give "
                f"({self.count}, …) arrays, e.g. a mono sound twice for stereo"
            )
        self.of.check(field[1:], what)

    def values(self, x: Array) -> Array:
        if not self.mixtures:
            raise InvalidInput("mixtures of channels come from examples: give like=, or .fitted(examples)")
        xp = namespace(x)
        flat = xp.reshape(x, (x.shape[0], self.count, -1))
        mixing = constant(np.array(self.mixtures), x)
        mixed = mixing @ (flat - constant(np.array(self.centre)[:, None], x))
        fields = xp.reshape(mixed, (x.shape[0] * self._rows, *x.shape[2:]))
        return xp.reshape(self.of.values(fields), (x.shape[0], -1))

    def fitted(self, examples: np.ndarray) -> Statistics:
        """The mixtures of examples (b, count, *field), and what their statistics take from these."""
        samples = np.moveaxis(examples, 1, 0).reshape(self.count, -1)
        centre = samples.mean(axis=1)
        sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(samples, bias=True)))
        # Below a thousandth of the strongest component's variance, colour is noise of the camera.
        own = axes.T / np.sqrt(np.maximum(sizes, 1e-3 * max(sizes.max(), np.finfo(float).tiny)))[:, None]
        pairs = [(own[a] + own[b]) / np.sqrt(2) for a, b in combinations(range(self.count), 2)]
        mixtures = np.stack([*own, *pairs])
        made = replace(self, mixtures=tuple(map(tuple, mixtures.tolist())), centre=tuple(centre.tolist()))
        mixed = np.einsum("dc,bc...->bd...", mixtures, examples - centre.reshape(-1, *(1,) * self.of.ndim))
        return replace(made, of=self.of.fitted(mixed.reshape(-1, *examples.shape[2:])))

    def coarser(self, octaves: int) -> Statistics | None:
        left = self.of.coarser(octaves)
        return None if left is None else replace(self, of=left)
