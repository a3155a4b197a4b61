"""Container of joint time–frequency scattering coefficients."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, final

import numpy as np

from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.container import Container, shapes
from subband.transforms.scattering.coefficients import ScatteringCoefficients
from subband.transforms.scattering.joint.paths import JointPaths

if TYPE_CHECKING:
    from subband.transforms.scattering.joint.joint_scattering import JointScattering


class RateScale(NamedTuple):
    """Mean coefficients of order 2 by direction, scale and rate.

    Attributes:
        plane: (*batch, 2, scales, rates) means: falling patterns (spin −1), then rising ones (spin +1).
        scales: (scales,) frequencies along log-frequency in cycles per octave, decreasing.
        rates: (rates,) modulation frequencies in hertz, or in cycles per sample, decreasing.
    """

    plane: Array
    scales: np.ndarray
    rates: np.ndarray


@final
@pytree("array", "zeroth")
@dataclass(frozen=True, eq=False)
class JointCoefficients(Container):
    """Coefficients of `subband.JointScattering`. For JAX and PyTorch it is a pytree of `array` and `zeroth`.

    Attributes:
        array: Format "joint": (*batch, C, rows, frames), with rows along log-frequency from high to low; format
            "time": (*batch, C, frames), with order 0 first. Globally averaged axes are absent; without averages, a
            tuple of C arrays of different sizes.
        zeroth: (*batch, frames) averaged signal, order 0; None in the format "time", where it is in `array`.
        spec: The transform.
        samples: Length of the signal.

    See also: `subband.JointScattering`, `subband.JointPaths`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.JointScattering(J=5, J_fr=2, Q=4)(np.ones(256))
        >>> c.array.shape[-2] == len(c.frequencies), c.array.shape[-1] == len(c.positions)
        (True, True)
    """

    noun: ClassVar[str] = "joint scattering coefficients"

    zeroth: Array | None
    spec: "JointScattering"
    samples: int

    @property
    def values(self) -> Array | tuple[Array, ...]:
        """Alias of `array`."""
        return self.array

    @property
    def paths(self) -> JointPaths:
        """The path of each coefficient."""
        return self.spec.paths

    @property
    def frequencies(self) -> np.ndarray:
        """(rows,) centre frequency of each row of the format "joint", in hertz or in cycles per sample.

        Raises:
            InvalidInput: the format "time", or average_fr other than True.
        """
        if self.spec.format != "joint" or self.spec.average_fr is not True:
            raise InvalidInput("only the joint format with average_fr=True has common rows: see paths.table")
        step, fs = 2 ** self.paths.strides[0], 1.0 if self.spec.fs is None else float(self.spec.fs)
        return np.array([one.xi * fs for one in self.spec.time.banks[0].filters[::step]])

    @property
    def positions(self) -> np.ndarray:
        """(frames,) the sample index of the signal at which each averaged frame is centred."""
        return ScatteringCoefficients(self.array, self.spec.time, (self.samples,)).positions[0]

    def rate_scale(self) -> RateScale:
        """Mean coefficients of order 2 over rows and frames, by spin, scale and rate.

        Returns:
            The rate–scale representation of T. Chi, P. Ru, S. A. Shamma, Multiresolution Spectrotemporal Analysis
            of Complex Sounds (2005).

        Raises:
            InvalidInput: the format "time", or coefficients without averages.
        """
        if self.spec.format != "joint" or isinstance(self.array, tuple):
            raise InvalidInput(
                "only averages of the joint format have a rate–scale plane: give format='joint', and averages"
            )
        xp, table = namespace(self.array), self.paths.table
        rank = (self.spec.average is True) + (self.spec.average_fr is True)
        means = xp.mean(self.array, axis=tuple(range(-rank, 0))) if rank else self.array
        n2s, n_frs = (np.unique(table[column][table["order"] == 2]) for column in ("n2", "n_fr"))
        count = (len(n_frs) - 1) // 2
        # Order 2 is sorted by n₂; for each, spin 0 comes first, then +1, then −1.
        indices = [
            [
                [self.paths.where(n2=n2, n_fr=k + 1 + (spin < 0) * count)[0] for n2 in n2s]
                for k in range(count)
            ]
            for spin in (-1, 1)
        ]
        device = device_of(self.array)
        taken = xp.take(means, xp.asarray(np.ravel(indices), **device), axis=-1)
        first = table[np.asarray(indices)[1]]
        plane = xp.reshape(taken, (*means.shape[:-1], 2, count, len(n2s)))
        return RateScale(plane, first["scale"][:, 0].copy(), first["rate"][0].copy())

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)

    def __repr__(self) -> str:
        return f"JointCoefficients({self.paths!r}, of {self.samples} samples, array {shapes(self.array)})"
