"""Sequences to learn from: their definitions, baselines, and the packs."""

import numpy as np
import pytest
import scipy.integrate
from scipy.spatial.transform import Rotation

from subband.data.packs import pack
from subband.data.sequences import (
    ADDING_BASELINE,
    adding_task,
    euler_error,
    hourly_load,
    joint_positions,
    mackey_glass,
    memory_baseline,
    memory_task,
    moving_digits,
    read_motions,
    skeleton,
)
from subband.data.sequences.memory import BLANK, CLASSES, MARKER
from subband.data.sequences.motion import clips, euler_angles, rotation_matrices
from subband.errors import DataError, InvalidInput
from subband.sequences import gradient_energy


def test_memory_repeats_what_came_before_the_pause(rng) -> None:
    x, y = memory_task(200, 25, rng)
    assert x.shape == y.shape == (200, 45)
    assert (y[:, -10:] == x[:, :10]).all()
    assert (y[:, :-10] == BLANK).all()
    assert (np.argmax(x == MARKER, axis=1) == 34).all()
    assert set(np.unique(x[:, :10])) == set(range(1, 9))
    assert x.max() == CLASSES - 1


def test_the_baselines_are_what_the_best_guess_gets(rng) -> None:
    assert memory_baseline(250) == pytest.approx(0.0770, abs=5e-5)
    _, sums = adding_task(200_000, 6, rng)
    assert np.square(sums - 1).mean() == pytest.approx(ADDING_BASELINE, rel=0.01)


def test_adding_marks_one_number_of_either_half(rng) -> None:
    x, y = adding_task(300, 11, rng)
    marks = x[..., 1]
    assert (marks[:, :5].sum(1) == 1).all()
    assert (marks[:, 5:].sum(1) == 1).all()
    np.testing.assert_allclose(y[:, 0], (x[..., 0] * marks).sum(1))
    assert (marks.sum(0) > 0).all()


def test_mackey_glass_solves_its_equation(rng) -> None:
    """Until the delay is over, the past is constant and the equation an ordinary one."""
    x = mackey_glass(1, 1700, np.random.default_rng(0), dt=0.01)[0]
    past = 1 + np.random.default_rng(0).uniform(-0.1, 0.1, 1)[0]
    solved = scipy.integrate.solve_ivp(
        lambda t, v: 0.2 * past / (1 + past**10) - 0.1 * v, (0, 17), [past], rtol=1e-9, dense_output=True
    )
    at = np.arange(1, 1701) * 0.01
    np.testing.assert_allclose(x, solved.sol(at)[0], atol=1e-3)


def test_mackey_glass_stays_on_its_attractor(rng) -> None:
    x = mackey_glass(4, 5120, rng)
    assert x.shape == (4, 5120)
    assert 0.2 < x[:, 1000:].min() < 0.6
    assert 1.1 < x[:, 1000:].max() < 1.5


def test_hours_are_complete_and_doubled_ones_averaged(tmp_path) -> None:
    file = tmp_path / "load.csv"
    file.write_text(
        "Datetime,MW\n2004-01-01 03:00:00,4\n2004-01-01 01:00:00,1\n2004-01-01 01:00:00,3\n2004-01-01 05:00:00,8\n"
    )
    times, load = hourly_load(file)
    assert times[0] == np.datetime64("2004-01-01T01")
    np.testing.assert_allclose(load, [2, 3, 4, 6, 8])
    file.write_text("Datetime,MW\n2004-01-01 03:00:00,four\n")
    with pytest.raises(DataError, match="line 2"):
        hourly_load(file)


def test_the_pack_of_loads(shared_data) -> None:
    times, load = hourly_load()
    assert len(times) == len(load) > 100_000
    assert np.all(np.diff(times) == np.timedelta64(1, "h"))
    assert 800 < load.min() < load.max() < 4000
    # A day resembles the day before more than half a day before.
    z = load - load.mean()
    assert (z[24:] * z[:-24]).mean() > 2 * (z[12:] * z[:-12]).mean()


def test_euler_angles_rebuild_the_rotation(rng) -> None:
    r = rng.normal(0, 1, (50, 3))
    R = rotation_matrices(r)
    np.testing.assert_allclose(R, Rotation.from_rotvec(r).as_matrix(), atol=1e-12)
    x, y, z = euler_angles(r).T

    def about(axis, angle):
        return Rotation.from_euler(axis, -angle[:, None]).as_matrix()

    np.testing.assert_allclose(
        np.einsum("nij,njk,nkl->nil", about("x", x), about("y", y), about("z", z)), R, atol=1e-9
    )
    assert np.isfinite(euler_angles(np.array([[0, np.pi / 2, 0], [0.0, 0, 0]]))).all()


def test_errors_leave_out_the_bodys_place_and_turn(rng) -> None:
    pose = rng.normal(0, 0.2, (4, 117))
    moved = pose.copy()
    moved[:, :6] += 1
    np.testing.assert_allclose(euler_error(pose, moved), 0)
    assert (euler_error(pose, pose + 0.1) > 0).all()
    with pytest.raises(InvalidInput, match="give two equal ones"):
        euler_error(pose, pose[:2])


def test_bones_keep_their_lengths_and_turn_with_the_body(rng) -> None:
    parents, offsets = skeleton()
    poses = rng.normal(0, 0.5, (5, 117))
    placed = joint_positions(poses)
    bones = np.linalg.norm(placed[:, 1:] - placed[:, parents[1:]], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(np.linalg.norm(offsets[1:], axis=-1), bones.shape))
    np.testing.assert_allclose(placed[:, 0], poses[:, :3])
    turned = poses.copy()
    turned[:, 3:6] = 0
    whole = rotation_matrices(poses[:, 3:6])
    about_root = joint_positions(turned) - turned[:, None, :3]
    np.testing.assert_allclose(placed - poses[:, None, :3], about_root @ whole, atol=1e-12)
    with pytest.raises(InvalidInput, match=r"give \(…, 117\)"):
        joint_positions(poses[:, :99])


def test_walkers_stand_upright(shared_data) -> None:
    placed = joint_positions(read_motions("walking").test[0])
    head, feet = placed[:, 19, 1], placed[:, [4, 10], 1]
    assert (head - feet.max(1) > 18).all()  # about a metre
    assert np.abs(feet.min(1) - 1).max() < 1.5  # one foot is always on the ground


def test_the_pack_of_motions(shared_data, rng) -> None:
    motions = read_motions("walking")
    assert len(motions.train) >= 5
    assert motions.test
    poses = clips(motions.train, 60, 8, rng)
    assert poses.shape == (8, 60, 117)
    still = motions.restored(motions.normalised(poses))
    np.testing.assert_allclose(still[..., motions.used], poses[..., motions.used], atol=1e-9)
    with pytest.raises(DataError, match=r"there are .*walking"):
        read_motions("swimming")
    with pytest.raises(InvalidInput, match="don't fit recordings"):
        clips(motions.test, 10**6, 1, rng)


def test_digits_move_by_exact_shifts(rng) -> None:
    digits = np.zeros((3, 28, 28), dtype=np.uint8)
    digits[:, 8:20, 10:14] = 255
    still = moving_digits(digits, 2, 3, rng, speed=(0.0, 0.0), turn=0.0)
    np.testing.assert_allclose(still[:, 0], still[:, 2])
    made = moving_digits(digits, 5, 4, rng, count=2)
    assert made.shape == (5, 4, 64, 64)
    assert made.min() >= 0
    assert made.max() <= 1
    energy = gradient_energy(made.astype(np.float64))
    np.testing.assert_allclose(energy[:, 0], energy[:, -1], rtol=0.25)
    with pytest.raises(InvalidInput, match="too small"):
        moving_digits(digits, 1, 1, rng, size=20)


def test_the_packs_are_found(shared_data) -> None:
    assert pack("mnist.npz").is_file()
