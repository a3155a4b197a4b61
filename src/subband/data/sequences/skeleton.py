"""The skeleton of the CMU recordings, and where its joints are in a pose."""

from functools import cache
from importlib.resources import files

import numpy as np

from subband.data.sequences.motion import rotation_matrices
from subband.errors import InvalidInput


@cache
def skeleton() -> tuple[np.ndarray, np.ndarray]:
    """(38,) parents of the joints, −1 of the root, and (38, 3) their offsets in the parents' frames.

    Offsets are in the unit of the recordings' positions, about 5.6 cm. Parents come before their children.

    Example:
        >>> from subband.data.sequences import skeleton
        >>> parents, offsets = skeleton()
        >>> parents[:3].tolist(), offsets.shape
        ([-1, 0, 1], (38, 3))
    """
    text = (files("subband.data.sequences") / "cmu_skeleton.csv").read_text("utf-8")
    rows = np.array([line.split(",") for line in text.splitlines()[1:]], dtype=float)
    return rows[:, 0].astype(int), rows[:, 1:]


def joint_positions(poses: np.ndarray) -> np.ndarray:
    """Positions of the joints, by forward kinematics.

        p_j = p_parent + R_parentᵀ o_j,   R_j = R(r_j) R_parent

    Args:
        poses: (…, 117) the root's position and then an exponential map for each joint.

    Returns:
        (…, 38, 3) with y upwards.

    Raises:
        InvalidInput: poses of another size.

    Example:
        >>> import numpy as np
        >>> from subband.data.sequences import joint_positions
        >>> joint_positions(np.zeros(117)).shape
        (38, 3)
    """
    parents, offsets = skeleton()
    if poses.shape[-1] != 3 * (1 + len(parents)):
        raise InvalidInput(
            f"poses of shape {poses.shape}: give (…, {3 * (1 + len(parents))}), position and exponential maps"
        )
    local = rotation_matrices(poses[..., 3:].reshape(*poses.shape[:-1], -1, 3))
    placed = np.empty((*poses.shape[:-1], len(parents), 3))
    turned = np.empty_like(local)
    placed[..., 0, :], turned[..., 0, :, :] = poses[..., :3], local[..., 0, :, :]
    for j, parent in enumerate(parents[1:], 1):
        placed[..., j, :] = placed[..., parent, :] + offsets[j] @ turned[..., parent, :, :]
        turned[..., j, :, :] = local[..., j, :, :] @ turned[..., parent, :, :]
    return placed
