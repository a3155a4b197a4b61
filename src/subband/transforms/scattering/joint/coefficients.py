"""The coefficients of joint time–frequency scattering."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, final

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.container import Container, shapes
from subband.transforms.scattering.coefficients import ScatteringCoefficients
from subband.transforms.scattering.joint.paths import JointPaths

if TYPE_CHECKING:
    from subband.transforms.scattering.joint.joint_scattering import JointScattering


class RateScale(NamedTuple):
    """Strength of patterns by how they move.

    Attributes:
        plane: (*batch, 2, scales, rates) mean coefficients of order 2: falling patterns, then rising ones.
        scales: Ripples of each, in cycles an octave, falling.
        rates: In hertz or cycles a sample, falling.
    """

    plane: Array
    scales: np.ndarray
    rates: np.ndarray


@final
@pytree("array", "zeroth")
@dataclass(frozen=True, eq=False)
class JointCoefficients(Container):
    """What `JointScattering` gives.

    Attributes:
        array: Format "joint": (*batch, C, rows, frames), rows over log-frequency from high to low; "time":
            (*batch, C, frames), order 0 first. An axis that is averaged globally is left out; without an
            average, a tuple of C arrays, each of its own size.
        zeroth: (*batch, frames) the averaged signal; None in the format "time", which has it among the paths.
        spec: The transform.
        samples: Length of the signal.
    """

    noun: ClassVar[str] = "joint scattering coefficients"

    zeroth: Array | None
    spec: "JointScattering"
    samples: int

    @property
    def values(self) -> Array | tuple[Array, ...]:
        """The same as `array`."""
        return self.array

    @property
    def paths(self) -> JointPaths:
        """Which path each coefficient is of."""
        return self.spec.paths

    @property
    def frequencies(self) -> np.ndarray:
        """(rows,) centre frequency of each row of the joint format, in hertz or in cycles a sample.

        Raises:
            InvalidInput: paths without common rows.
        """
        if self.spec.format != "joint" or self.spec.average_fr is not True:
            raise InvalidInput("only the joint format with average_fr=True has common rows: see paths.table")
        step, fs = 2 ** self.paths.strides[0], 1.0 if self.spec.fs is None else float(self.spec.fs)
        return np.array([one.xi * fs for one in self.spec.time.banks[0].filters[::step]])

    @property
    def positions(self) -> np.ndarray:
        """(frames,) the sample of the signal at which each averaged frame is centred."""
        return ScatteringCoefficients(self.array, self.spec.time, (self.samples,)).positions[0]

    def rate_scale(self) -> RateScale:
        """How strong patterns of each rate, scale and direction are, over the whole signal.

        Returns:
            The means of order 2 over rows and frames, by spin, scale and rate (Chi, Ru & Shamma 2005 call
            it that of the cortical representation).

        Raises:
            InvalidInput: coefficients of the format "time", or of sizes of their own.
        """
        if self.spec.format != "joint" or isinstance(self.array, tuple):
            raise InvalidInput(
                "only averages of the joint format have a plane: give format='joint', and averages"
            )
        xp, table = namespace(self.array), self.paths.table
        rank = (self.spec.average is True) + (self.spec.average_fr is True)
        means = xp.mean(self.array, axis=tuple(range(-rank, 0))) if rank else self.array
        n2s, n_frs = (np.unique(table[column][table["order"] == 2]) for column in ("n2", "n_fr"))
        count = (len(n_frs) - 1) // 2
        # Order 2 lies by filter of order 2; over log-frequency spin 0 comes first, then +1, then −1.
        places = [
            [
                [self.paths.where(n2=n2, n_fr=k + 1 + (spin < 0) * count)[0] for n2 in n2s]
                for k in range(count)
            ]
            for spin in (-1, 1)
        ]
        place = {"device": self.array.device} if hasattr(self.array, "device") else {}
        taken = xp.take(means, xp.asarray(np.ravel(places), **place), axis=-1)
        first = table[np.asarray(places)[1]]
        plane = xp.reshape(taken, (*means.shape[:-1], 2, count, len(n2s)))
        return RateScale(plane, first["scale"][:, 0].copy(), first["rate"][0].copy())

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)

    def __repr__(self) -> str:
        return f"JointCoefficients({self.paths!r}, of {self.samples} samples, array {shapes(self.array)})"
