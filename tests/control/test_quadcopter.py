"""The quadcopter: published linear model, balances of the nonlinear one, loads, plans and flights."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.control import (
    GENTLE,
    Disturbances,
    Plan,
    Quadcopter,
    fly,
    linearise,
    lqr,
    minimum_time,
    uncontrollable_modes,
)
from subband.control import unobservable_modes as unobservable
from subband.errors import InvalidInput
from subband.experiments.claims import quadcopter as claim

QUAD = Quadcopter()
UP = Plan(
    np.zeros((13, 12)), np.zeros((12, 4)), np.ones(12), np.array([12]), np.array([[0.0, 0.0, 3.0]]), 0.0
)


def test_the_linear_model_is_the_exercises() -> None:
    s = QUAD.at_hover()
    np.testing.assert_allclose(QUAD.hover, 40.875)
    A, B = np.zeros((12, 12)), np.zeros((12, 4))
    A[:3, 3:6] = A[6:9, 9:12] = np.eye(3)
    A[3:6, 3:6] = -0.5 * np.eye(3)
    A[3, 7], A[4, 6] = 9.81, -9.81
    B[5] = 0.06
    B[9, [0, 2]], B[10, [1, 3]] = [1.5, -1.5], [1.5, -1.5]
    B[11] = [0.1, -0.1, 0.1, -0.1]
    np.testing.assert_allclose(s.A, A, atol=1e-9)
    np.testing.assert_allclose(s.B, B, atol=1e-9)
    assert uncontrollable_modes(s) == []
    assert unobservable(s) == []


def test_the_jacobian_is_that_of_difference_quotients(rng) -> None:
    x, u = 0.3 * rng.standard_normal(12), QUAD.hover + rng.standard_normal(4)
    s = linearise(QUAD.derivative, x, u)

    def f(x, u):
        return QUAD.derivative(torch.as_tensor(x), torch.as_tensor(u)).numpy()

    for k, step in enumerate(1e-6 * np.eye(12)):
        np.testing.assert_allclose(s.A[:, k], (f(x + step, u) - f(x - step, u)) / 2e-6, atol=1e-6)


def test_without_friction_energy_is_the_work_of_the_motors(rng) -> None:
    """Kinetic and potential energy change by the power of thrusts and torques; gravity and spin do no work."""
    quad = Quadcopter(friction=0.0)
    x, u = (
        torch.as_tensor(0.4 * rng.standard_normal(12)),
        torch.as_tensor(QUAD.hover + 10 * rng.standard_normal(4)),
    )
    inertia = torch.tensor(quad.inertia, dtype=torch.double)

    def energy(x):
        turning = 0.5 * (inertia * x[9:12] ** 2).sum()
        return 0.5 * quad.mass * (x[3:6] ** 2).sum() + turning + quad.mass * quad.gravity * x[2]

    rate = torch.func.grad(energy)(x) @ quad.derivative(x, u)
    still = quad.derivative(torch.cat([torch.zeros(6, dtype=torch.double), x[6:9], torch.zeros(3)]), u)
    lifted = quad.mass * (still[3:6] + torch.tensor([0, 0, quad.gravity], dtype=torch.double))
    torch.testing.assert_close(rate, lifted @ x[3:6] + (inertia * still[9:12]) @ x[9:12])


def test_symbols_have_the_same_dynamics(rng) -> None:
    casadi = pytest.importorskip("casadi")
    X, U = rng.standard_normal((5, 12)), QUAD.hover + rng.standard_normal((5, 4))
    x, u = casadi.SX.sym("x", 12), casadi.SX.sym("u", 4)
    rates = casadi.vertcat(*QUAD.motion(casadi.vertsplit(x), casadi.vertsplit(u), casadi))
    found = np.array(casadi.Function("f", [x, u], [rates]).map(5)(X.T, U.T)).T
    np.testing.assert_allclose(found, QUAD.derivative(torch.as_tensor(X), torch.as_tensor(U)), rtol=1e-12)


def test_steps_converge_with_the_fourth_order(rng) -> None:
    x, u = (
        torch.as_tensor(0.3 * rng.standard_normal(12)),
        torch.as_tensor(QUAD.hover + rng.standard_normal(4)),
    )
    exact = QUAD.step(x, u, 0.4, substeps=256)[-1]
    coarse, fine = (float((QUAD.step(x, u, 0.4, substeps=n)[-1] - exact).abs().max()) for n in (8, 16))
    assert 10 < coarse / fine < 24


@pytest.mark.slow
def test_a_load_makes_it_sag_as_the_formula_says_unless_there_are_integrators() -> None:
    hover = claim.hovering(QUAD, 15.0)
    without, integral, ignorant, knowing = hover.found.values()
    assert without == pytest.approx(-0.4516, abs=1e-3)
    assert without == pytest.approx(-hover.formula, abs=1e-3)
    assert abs(integral) < 1e-4
    assert abs(ignorant) > 0.01
    assert abs(knowing) < 5e-3


def test_one_leg_up_is_not_faster_than_its_closed_form() -> None:
    """Straight up and down to rest, without friction: bang–bang with accelerations F/m − g and −g, one axis."""
    quad = Quadcopter(friction=1e-9)
    plan = minimum_time(quad, [(0.0, 0.0, 3.0)], within=1e-3, nodes=12)
    up = 4 * quad.lift * quad.motor * quad.most / quad.mass - quad.gravity
    down = quad.gravity
    best = np.sqrt(2 * 3.0 * (up + down) / (up * down))
    assert best * 0.999 < plan.seconds < 1.04 * best
    assert plan.defect < 1e-5


@pytest.fixture(scope="module")
def flown():
    return fly([(0.0, 0.0, 2.0), (3.0, 0.0, 2.0)], disturbances=Disturbances.none(5, (5e-3, 8.7e-3)))


@pytest.mark.slow
def test_checkpoints_are_flown_through_nearly_as_quickly_as_possible(flown) -> None:
    assert np.isfinite(flown.arrivals).all()
    assert flown.legs.max() <= 2.9
    assert flown.over_bound.max() < 0.1
    assert flown.plan.inputs.min() >= 5 - 1e-6
    assert flown.plan.inputs.max() <= 95 + 1e-6
    np.testing.assert_allclose(flown.plan.steps, 0.05)


@pytest.mark.slow
def test_disturbed_flights_all_arrive(flown) -> None:
    course = [(0.0, 0.0, 2.0), (3.0, 0.0, 2.0)]
    share, tilt = GENTLE
    many = fly(
        course, disturbances=Disturbances.drawn(200), margin=share, tilt=tilt, hold=3.0, bound=flown.bound
    )
    assert not claim.lost(many).any()
    assert np.linalg.norm(many.flight.states[:, -1, :3] - course[-1], axis=1).max() < 0.15


def test_arrivals_are_in_order_and_where_the_path_passes() -> None:
    from subband.control import Flight

    states = np.zeros((1, 101, 12))
    states[0, :, 0] = np.linspace(0, 10, 101)
    flight = Flight(0.5, states, np.zeros((1, 20, 4)), np.zeros(1))
    found = flight.arrivals(np.array([[5.02, 0.05, 0], [2.0, 0, 0]]))
    assert found[0, 0] == pytest.approx(5.0, abs=0.11)
    assert found[0, 1] == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: minimum_time(QUAD, [(0.0, 1.0)]), r"give finite positions, \(M, 3\)"),
        (lambda: minimum_time(QUAD, [(0.0, 1.0, np.nan)]), "finite"),
        (lambda: minimum_time(QUAD, [(0.0, 0.0, 1.0)], nodes=2), "nodes=2"),
        (lambda: minimum_time(QUAD, [(0.0, 0.0, 1.0)], limits=(0.0, 40.0)), "can't carry the weight"),
        (lambda: minimum_time(QUAD, [(0.0, 0.0, 1.0)], tilt=2.0), "tilt=2"),
        (
            lambda: minimum_time(QUAD, [(0.0, 0.0, 1.0)], nodes=8, start=UP),
            r"steps \[12\], this flight at \[8\]",
        ),
        (lambda: minimum_time(QUAD, [(0.0, 0.0, 1.0)], iterations=1), "no flight through these checkpoints"),
        (lambda: fly(margin=0.7), "margin=0.7"),
        (lambda: linearise(lambda x, u: x / 0, np.ones(2), np.ones(1)), "not finite"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.slow
def test_the_command_draws_a_figure_and_an_animation(tmp_path) -> None:
    (tmp_path / "course.csv").write_text("# x, y, z\n0, 0, 1\n1 0 1\n")
    words = ["fly", "--checkpoints", str(tmp_path / "course.csv"), "--out", str(tmp_path / "f.png"), "--json"]
    done = CliRunner().invoke(app, [*words, "--animation", str(tmp_path / "f.gif")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert len(found["arrivals"]) == 2
    assert found["arrivals"][1] > found["arrivals"][0] > 0
    assert Image.open(tmp_path / "f.png").width > 1000
    assert Image.open(tmp_path / "f.gif").n_frames > 10


@pytest.mark.parametrize(
    ("text", "message"), [("1,2\n", "line 1: '1,2' is no position"), ("# none\n", "has no position")]
)
def test_files_that_are_no_checkpoints_are_explained(text: str, message: str, tmp_path) -> None:
    (tmp_path / "course.csv").write_text(text)
    done = CliRunner().invoke(app, ["fly", "--checkpoints", str(tmp_path / "course.csv")])
    assert done.exit_code == 2
    assert message in done.output


def test_regulated_poles_of_the_model_are_stable() -> None:
    model = QUAD.at_hover().discretise(0.05)
    assert np.abs(lqr(model, claim.Q, claim.R).poles).max() < 1


def test_a_flight_has_settled_when_it_is_near_for_good() -> None:
    from subband.control import Flight

    states = np.zeros((3, 101, 12))
    states[0, :50, 0] = 1.0  # arrives
    states[1, 90:, 0] = 1.0  # leaves again
    flight = Flight(0.5, states, np.zeros((3, 20, 4)), np.zeros(3))
    np.testing.assert_allclose(flight.settled(np.zeros(3)), [50 * 0.5 / flight.substeps, np.inf, 0.0])
