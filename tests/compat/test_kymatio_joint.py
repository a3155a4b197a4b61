"""Joint scattering under kymatio's names: its shapes, keys and tables, and the numbers of `sb.JointScattering`."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

import subband as sb
from subband.compat import kymatio

ARGUMENTS = {"J": 6, "J_fr": 2, "Q": 4, "shape": 512}


def transform(**more):
    return kymatio.TimeFrequencyScattering(**ARGUMENTS | more)


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.standard_normal((2, 512)).astype(np.float32)


@pytest.mark.parametrize("format", ["time", "joint"])
@pytest.mark.parametrize("T", [None, 20, "global", 0])
@pytest.mark.parametrize("F", [None, "global", 0])
def test_outputs_of_all_kinds_agree(format, T, F, x) -> None:
    listed = transform(T=T, F=F, format=format, out_type="list")
    paths = listed(x)
    found = transform(T=T, F=F, format=format, out_type="dict")(x)
    assert list(found) == [path["n"] for path in paths] == listed.meta()["key"]
    for path in paths:
        assert_array_equal(found[path["n"]], path["coef"])
        assert path["coef"].ndim == 2 + (format == "joint" and path["order"] > 0)
        if T == "global":
            assert path["coef"].shape[-1] == 1
        if format == "joint" and path["order"]:
            # As many rows as a range over the filters of order 1 has steps.
            steps = len(range(0, path["n1_max"], path["n1_stride"]))
            assert path["coef"].shape[-2] == steps
    whole = transform(T=T, F=F, format=format)
    if T == 0 or (F == 0 and format == "joint"):
        with pytest.raises(ValueError, match="Cannot convert"):
            whole(x)
        return
    array = whole(x)
    skipped = int(format == "joint")  # order 0, which has no rows
    for c, path in enumerate(paths[skipped:]):
        own = array[:, c, : path["coef"].shape[-2]] if format == "joint" else array[:, c]
        assert_array_equal(own, path["coef"])
    assert len(whole.meta()["key"]) == array.shape[1]


def test_values_are_those_of_the_native_transform(x) -> None:
    native = sb.JointScattering(J=6, J_fr=2, Q=4, format="joint")
    made, found = native(x), transform(format="joint", out_type="dict")(x)
    assert_array_equal(transform(format="joint")(x), made.array)
    assert_array_equal(found[()], made.zeroth)
    place = native.paths.where(order=2, spin=-1)[3]
    path = native.paths[place]
    coefficients = found[path.n2, path.n_fr]
    assert_array_equal(coefficients, made.array[:, place, : coefficients.shape[1]])


@pytest.mark.parametrize("format", ["time", "joint"])
def test_meta(format) -> None:
    joint = transform(format=format)
    meta, spec = joint.meta(), joint.spec
    count = len(meta["key"])
    assert all(len(column) == count for column in meta.values())
    first, second = (bank.filters for bank in spec.time.banks)
    for row, key in enumerate(meta["key"]):
        if meta["order"][row] == 2:
            assert meta["xi"][row, 1] == second[key[-2]].xi
            assert meta["j"][row, 1] == second[key[-2]].j
        if format == "time" and meta["order"][row]:
            assert meta["xi"][row, 0] == first[key[0]].xi
        if meta["order"][row]:
            assert meta["n_fr"][row] == key[-1]
            assert np.sign(meta["xi_fr"][row]) == meta["spin"][row]
    assert set(meta["spin"][meta["order"] == 1]) == {0, 1}
    assert set(meta["spin"][meta["order"] == 2]) == {-1, 0, 1}
    # Wavelets over log-frequency: a low-pass, and one for each of J_fr + 1 scales and two spins, as in kymatio.
    assert set(meta["n_fr"][meta["order"] == 2]) == set(range(1 + 2 * (ARGUMENTS["J_fr"] + 1)))


def test_spins_tell_rising_from_falling() -> None:
    t = np.arange(2048) / 2048
    rising = np.cos(2 * np.pi * (40 * t + 300 * t**2))
    joint = kymatio.TimeFrequencyScattering(J=8, J_fr=3, Q=8, shape=2048, T="global", F="global")
    up, down = joint(rising), joint(rising[::-1].copy())
    spin, order = joint.meta()["spin"], joint.meta()["order"]
    energy = {s: np.square(up[(order == 2) & (spin == s)]).sum() for s in (-1, 1)}
    turned = {s: np.square(down[(order == 2) & (spin == s)]).sum() for s in (-1, 1)}
    assert max(energy.values()) > 1.5 * min(energy.values())
    assert (energy[1] > energy[-1]) != (turned[1] > turned[-1])


def test_attributes_and_flavours(x) -> None:
    joint = transform(frontend="torch", format="joint")
    assert (joint.F, joint.log2_F, joint.T, joint.log2_T) == (4, 2, 64, 6)
    assert (joint.Q, joint.Q_fr, joint.shape) == ((4, 1), (1,), (512,))
    assert (joint.average, joint.average_fr, joint.stride, joint.stride_fr) == ("local", "local", 64, 4)
    t = torch.from_numpy(x).requires_grad_()
    y = joint(t)
    y.sum().backward()
    assert t.grad.abs().max() > 0
    expected = transform(format="joint")(x)
    assert_allclose(y.detach(), expected, rtol=1e-4, atol=1e-6)
    rows = transform(frontend="sklearn", format="joint").transform(x)
    assert_array_equal(rows, expected.reshape(2, -1))


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"Q_fr": 0.9}, ValueError, "Q_fr must be >= 1"),
        ({"Q_fr": [1]}, ValueError, "Q_fr must be an integer or 1-tuple"),
        ({"Q_fr": (1, 2)}, NotImplementedError, "Q_fr must be an integer or 1-tuple"),
        ({"out_type": "doesnotexist"}, ValueError, "out_type must be one of"),
        ({"format": "doesnotexist"}, ValueError, "format must be"),
        ({"T": 513}, ValueError, "cannot exceed"),
        ({"F": 0.5}, ValueError, "F must be"),
        ({"stride": 2}, NotImplementedError, "stride=2"),
    ],
)
def test_errors(arguments, kind, says, x) -> None:
    with pytest.raises(kind, match=says):
        transform(**arguments)(x)
