"""Human motion of the CMU database as exponential maps of joints, and errors of predictions in Euler angles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from subband.data.packs import pack
from subband.errors import DataError, InvalidInput

FILE = "cmu_mocap.npz"
EVERY = 5
"""Of 120 frames in a second: 24 are left."""

MOVING = 1e-4
"""Standard deviation below which a coordinate is constant and left out."""

GLOBAL = 6
"""First coordinates: position and orientation of the whole body, which errors leave out."""


@dataclass(frozen=True, eq=False)
class Motions:
    """Recordings of one action, and the scale of their coordinates.

    Attributes:
        train, test: Recordings (frames, 117), in radians and, for the first three coordinates, units of length.
        mean, std: (117,) over the training recordings.
        used: (d,) coordinates that move.

    Example:
        >>> import numpy as np
        >>> from subband.data.sequences import Motions
        >>> x = np.random.default_rng(0).normal(2.0, 0.5, (10, 117))
        >>> motions = Motions((x,), (x,), x.mean(0), x.std(0), used=np.arange(6, 117))
        >>> z = motions.normalised(x)
        >>> z.shape, bool(np.allclose(motions.restored(z)[:, 6:], x[:, 6:]))
        ((10, 111), True)
    """

    train: tuple[np.ndarray, ...]
    test: tuple[np.ndarray, ...]
    mean: np.ndarray
    std: np.ndarray
    used: np.ndarray

    def normalised(self, x: np.ndarray) -> np.ndarray:
        """(…, 117) → (…, d) with mean 0 and deviation 1 over the training recordings."""
        return ((x - self.mean) / self.std)[..., self.used]

    def restored(self, z: np.ndarray) -> np.ndarray:
        """(…, d) → (…, 117); what doesn't move is at its mean."""
        x = np.broadcast_to(self.mean, (*z.shape[:-1], len(self.mean))).copy()
        x[..., self.used] = z * self.std[self.used] + self.mean[self.used]
        return x


def read_motions(action: str, *, every: int = EVERY, file: Path | None = None) -> Motions:
    """The recordings of an action from the pack.

    Args:
        action: E.g. "walking".
        every: Frames from one that is kept to the next.
        file: Arrays (frames, 117) by the names "train_ACTION_K" and "test_ACTION_K"; by default the pack.

    Raises:
        DataError: no file, or no such action in it.
        InvalidInput: every below 1.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from subband.data.sequences import read_motions
        >>> x = np.random.default_rng(0).normal(size=(2, 20, 117))
        >>> np.savez("motions.npz", train_walking_1=x[0], test_walking_1=x[1])
        >>> motions = read_motions("walking", every=2, file=Path("motions.npz"))
        >>> motions.train[0].shape, len(motions.used)
        ((10, 117), 117)
    """
    if every < 1:
        raise InvalidInput(f"every={every}: give 1 or more")
    with np.load(file or pack(FILE)) as archive:
        names = list(archive)
        actions = sorted({name.split("_", 1)[1].rsplit("_", 1)[0] for name in names})
        if action not in actions:
            raise DataError(f"no recordings of {action!r}: there are {', '.join(actions)}")
        train, test = (
            tuple(
                archive[n][::every].astype(np.float64)
                for n in names
                if n.rsplit("_", 1)[0] == f"{split}_{action}"
            )
            for split in ("train", "test")
        )
    frames = np.concatenate(train)
    mean, std = frames.mean(0), frames.std(0)
    used = np.flatnonzero(std > MOVING)
    return Motions(train, test, mean, np.where(std > MOVING, std, 1.0), used)


def euler_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distance of poses in Euler angles of the joints, without the body's position and orientation.

    Args:
        predicted, true: (…, 117) exponential maps, three for each joint, after position and orientation.

    Returns:
        (…,) Euclidean distances in radians.

    Raises:
        InvalidInput: poses of different shapes.

    Source: J. Martinez, M. J. Black, J. Romero, On human motion prediction using recurrent neural networks, 2017,
    §4.1.

    Example:
        >>> import numpy as np
        >>> from subband.data.sequences import euler_error
        >>> pose = np.zeros(117)
        >>> other = pose.copy()
        >>> other[8] = 0.5  # the first joint turns by half a radian about z
        >>> float(euler_error(other, pose).round(6))
        0.5
    """
    if predicted.shape != true.shape or predicted.shape[-1] % 3:
        raise InvalidInput(
            f"poses of shapes {predicted.shape} and {true.shape}: give two equal ones, (…, 3 J)"
        )
    a, b = (euler_angles(x[..., GLOBAL:].reshape(*x.shape[:-1], -1, 3)) for x in (predicted, true))
    return np.sqrt(np.square(a - b).sum((-2, -1)))


def euler_angles(r: np.ndarray) -> np.ndarray:
    """(…, 3) exponential maps → (…, 3) angles about z, y and x of R = R_z R_y R_x."""
    R = rotation_matrices(r)
    sine = np.clip(R[..., 0, 2], -1, 1)
    locked = np.abs(sine) > 1 - 1e-9
    y = -np.arcsin(sine)
    c = np.where(locked, 1.0, np.cos(y))
    x = np.where(
        locked,
        np.arctan2(R[..., 0, 1], R[..., 1, 1]) * np.sign(-sine),
        np.arctan2(R[..., 1, 2] / c, R[..., 2, 2] / c),
    )
    z = np.where(locked, 0.0, np.arctan2(R[..., 0, 1] / c, R[..., 0, 0] / c))
    return np.stack([x, y, z], axis=-1)


def rotation_matrices(r: np.ndarray) -> np.ndarray:
    """(…, 3) axis times angle → (…, 3, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(r, axis=-1)[..., None, None]
    axis = r / np.maximum(angle[..., 0], 1e-12)
    K = np.zeros((*r.shape[:-1], 3, 3))
    for (i, j), value in (((0, 1), -axis[..., 2]), ((0, 2), axis[..., 1]), ((1, 2), -axis[..., 0])):
        K[..., i, j], K[..., j, i] = value, -value
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * (K @ K)


def clips(recordings: Sequence[np.ndarray], length: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, length, 117) random pieces of recordings, longer ones more often.

    Raises:
        InvalidInput: all recordings are shorter.
    """
    room = np.array([len(x) - length + 1 for x in recordings])
    if room.max(initial=0) < 1:
        longest = max((len(x) for x in recordings), default=0)
        raise InvalidInput(f"clips of {length} frames don't fit recordings of at most {longest}: give fewer")
    room = np.maximum(room, 0)
    chosen = rng.choice(len(room), count, p=room / room.sum())
    return np.stack([recordings[i][(k := int(rng.integers(room[i]))) : k + length] for i in chosen])
