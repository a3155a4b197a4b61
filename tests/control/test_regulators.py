"""Regulators, filters and compensators against python-control, closed forms, and simulations."""

import numpy as np
import pytest

import control as peer
import subband as sb
from subband.control import (
    kalman,
    kalman_filter,
    lqg,
    lqi,
    lqr,
    lqr_horizon,
    uncontrollable_modes,
    unobservable_modes,
    with_disturbance,
)
from subband.errors import InvalidInput


def plant(rng, dt=None, n=5, m=2, p=3):
    """A random controllable and observable plant with unstable poles, without a direct term."""
    s = sb.linear_system(
        rng.standard_normal((n, n)), rng.standard_normal((n, m)), rng.standard_normal((p, n))
    )
    return s if dt is None else s.discretise(dt)


def theirs(s):
    return peer.ss(s.A, s.B, s.C, s.D, *(() if s.dt is None else (s.dt,)))


def weights(rng, *sizes):
    return [(lambda X: X @ X.T + 0.1 * np.eye(n))(rng.standard_normal((n, n))) for n in sizes]


@pytest.mark.parametrize("dt", [None, 0.1])
def test_gains_are_python_controls(dt, rng) -> None:
    s = plant(rng, dt)
    Q, R = weights(rng, 5, 2)
    K, P, poles = (peer.lqr if dt is None else peer.dlqr)(theirs(s), Q, R)
    made = lqr(s, Q, R)
    np.testing.assert_allclose(made.K, K, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(made.P, P, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(np.sort_complex(made.poles), np.sort_complex(poles), rtol=1e-6)
    W, V = weights(rng, 5, 3)
    estimate = peer.lqe if dt is None else peer.dlqe
    L, P, _ = estimate(s.A, np.eye(5), s.C, W, V)
    ours = kalman(s, W, V)
    np.testing.assert_allclose(ours.L, L, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ours.P, P, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dt", [None, 0.1])
def test_integral_gains_are_python_controls(dt, rng) -> None:
    s = plant(rng, dt)
    track = (0, 2)
    Q, R = weights(rng, 7, 2)
    rows = np.eye(3)[list(track)] @ s.C
    made = lqi(s, Q, R, track)
    if dt is None:
        # Their integrators have the sign of y − r.
        turned = np.diag([1.0] * 5 + [-1.0] * 2)
        K, *_ = peer.lqr(theirs(s), turned @ Q @ turned, R, integral_action=rows)
        np.testing.assert_allclose(made.K_x, K[:, :5], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(made.K_z, -K[:, 5:], rtol=1e-6, atol=1e-8)
    assert np.all(made.poles.real < 0 if dt is None else np.abs(made.poles) < 1)


def test_the_cost_to_go_is_the_cost_of_a_simulation(rng) -> None:
    s = plant(rng, 0.1)
    Q, R = weights(rng, 5, 2)
    made, x0 = lqr(s, Q, R), rng.standard_normal(5)
    closed = sb.linear_system(s.A - s.B @ made.K, s.B, np.eye(5), dt=0.1)
    x = closed.states(np.zeros((3000, 2)), x0)
    u = -x @ made.K.T
    cost = np.einsum("ti,ij,tj->", x, Q, x) + np.einsum("ti,ij,tj->", u, R, u)
    np.testing.assert_allclose(cost, x0 @ made.P @ x0, rtol=1e-8)


def test_a_long_horizon_has_the_gain_of_an_endless_one(rng) -> None:
    s = plant(rng, 0.1)
    Q, R = weights(rng, 5, 2)
    gains = lqr_horizon(np.tile(s.A, (600, 1, 1)), np.tile(s.B, (600, 1, 1)), Q, R, Q)
    np.testing.assert_allclose(gains[0], lqr(s, Q, R).K, rtol=1e-8)
    # The last gain minimises one step and what comes after: the normal equations.
    np.testing.assert_allclose(gains[-1], np.linalg.solve(R + s.B.T @ Q @ s.B, s.B.T @ Q @ s.A))


def test_integrators_leave_no_offset(rng) -> None:
    s = plant(rng, 0.1)
    made = lqi(s, 1.0, 1.0, (0, 1))
    x, z, r = np.zeros(5), np.zeros(2), np.array([1.0, -0.5])
    for _ in range(4000):
        u = -made.K_x @ x - made.K_z @ z
        z = z + 0.1 * (r - (s.C @ x)[:2])
        x = s.A @ x + s.B @ (u + np.array([0.3, -0.2]))  # a constant disturbance that nobody knows
    np.testing.assert_allclose((s.C @ x)[:2], r, atol=1e-8)


def test_the_time_varying_filter_ends_at_the_steady_one(rng) -> None:
    s = plant(rng, 0.1)
    W, V = weights(rng, 5, 3)
    y = rng.standard_normal((4, 400, 3))
    filtered, steady = kalman_filter(s, W, V, y), kalman(s, W, V)
    left = np.eye(5) - steady.M @ s.C
    np.testing.assert_allclose(filtered.covariances[-1], left @ steady.P, rtol=1e-6, atol=1e-8)


def test_the_filter_is_the_regression_on_all_outputs(rng) -> None:
    """Means and covariances of the joint Gaussian of states and outputs, conditioned at once."""
    A, C = np.array([[1.0, 0.3], [0.0, 0.9]]), np.array([[1.0, 0.5]])
    s = sb.linear_system(A, [[0.0], [1.0]], C, dt=1.0)
    W, V, P0, T = np.diag([0.2, 0.5]), np.array([[0.7]]), np.diag([2.0, 1.0]), 6
    u, y = rng.standard_normal((T, 1)), rng.standard_normal((T, 1))
    powers = [np.linalg.matrix_power(A, k) for k in range(T)]
    mean, x = [], np.array([0.4, -1.0])
    for k in range(T):
        mean.append(x)
        x = A @ x + np.array([0.0, 1.0]) * u[k]

    def between(i, j):
        k = min(i, j)
        common = powers[k] @ P0 @ powers[k].T + sum(
            (powers[r] @ W @ powers[r].T for r in range(k)), np.zeros((2, 2))
        )
        return powers[i - k] @ common @ powers[j - k].T

    cov = np.block([[between(i, j) for j in range(T)] for i in range(T)])
    seen = np.kron(np.eye(T), C)
    S = seen @ cov @ seen.T + np.kron(np.eye(T), V)
    e = (y - np.array(mean) @ C.T)[:, 0]
    last = cov[-2:] @ seen.T @ np.linalg.solve(S, e) + mean[-1]
    filtered = kalman_filter(s, W, V, y, u, mean=[0.4, -1.0], covariance=P0)
    np.testing.assert_allclose(filtered.means[-1], last, rtol=1e-10)
    np.testing.assert_allclose(
        filtered.covariances[-1], cov[-2:, -2:] - cov[-2:] @ seen.T @ np.linalg.solve(S, seen @ cov[:, -2:])
    )
    log = -0.5 * (e @ np.linalg.solve(S, e) + np.linalg.slogdet(2 * np.pi * S)[1])
    np.testing.assert_allclose(filtered.log_likelihood, log, rtol=1e-10)


def test_steps_without_an_output_are_predicted(rng) -> None:
    s = sb.linear_system([[0.9]], [[1.0]], [[1.0]], dt=1.0)
    y = rng.standard_normal((10, 1))
    y[4] = np.nan
    filtered = kalman_filter(s, 0.1, 0.2, y)
    np.testing.assert_allclose(filtered.means[4], 0.9 * filtered.means[3])
    np.testing.assert_allclose(filtered.covariances[4], 0.81 * filtered.covariances[3] + 0.1)


def test_a_filter_follows_a_turning_phase_as_phase_correlation_does(rng) -> None:
    """A moving signal is a state whose Fourier coefficients turn: the filter predicts the next frame."""
    N, speed = 15, 1.25
    a = rng.standard_normal(N)
    frames = np.stack([sb.shift(a, speed * k) for k in range(30)])
    found = sb.phase_correlation(frames[0], frames[1], axes=-1).shift
    np.testing.assert_allclose(found, speed, atol=1e-6)
    step = np.stack([sb.shift(row, float(found)) for row in np.eye(N)], axis=1)
    s = sb.linear_system(step, np.zeros((N, 1)), np.eye(N), dt=1.0)
    noisy = frames + 0.3 * rng.standard_normal(frames.shape)
    filtered = kalman_filter(s, 1e-6, 0.09, noisy)
    error = np.abs(filtered.means[-1] - frames[-1]).mean()
    assert error < 0.4 * np.abs(noisy[-1] - frames[-1]).mean()


@pytest.mark.parametrize("disturbed", [False, True])
def test_the_compensator_stabilises_and_only_knows_of_disturbances_it_was_told(disturbed: bool, rng) -> None:
    s = plant(rng, 0.1, m=3)
    E = s.B[:, :1]
    made = lqg(s, 1.0, 1.0, 0.01, 0.01, disturbance=E if disturbed else None, drift=0.1)
    c = made.controller
    closed = np.block([[s.A + s.B @ c.D @ s.C, s.B @ c.C], [c.B @ s.C, c.A]])
    moduli = np.sort(np.abs(np.linalg.eigvals(closed)))
    assert np.all(moduli < 1)
    x, state, offset = np.zeros(5), np.zeros(c.order), None
    for _ in range(3000):
        y = s.C @ x
        u = c.C @ state + c.D @ y
        state = c.A @ state + c.B @ y
        x = s.A @ x + s.B @ u + E @ [0.5]
        offset = y
    assert (np.abs(offset).max() < 1e-7) == disturbed


def test_the_separation_principle(rng) -> None:
    s = plant(rng, 0.1)
    made = lqg(s, 1.0, 1.0, 0.1, 0.1)
    c = made.controller
    closed = np.block([[s.A + s.B @ c.D @ s.C, s.B @ c.C], [c.B @ s.C, c.A]])
    want = np.concatenate([made.regulator.poles, made.estimator.poles])
    np.testing.assert_allclose(np.sort(np.abs(np.linalg.eigvals(closed))), np.sort(np.abs(want)), rtol=1e-6)


def test_modes_that_nothing_reaches_are_named() -> None:
    A = np.diag([2.0, 0.5, -0.3])
    s = sb.linear_system(A, [[0.0], [1.0], [0.0]], [[0.0, 1.0, 1.0]], dt=1.0)
    assert sorted(m.real for m in uncontrollable_modes(s)) == pytest.approx([-0.3, 2.0])
    assert [m.real for m in unobservable_modes(s)] == pytest.approx([2.0])
    with pytest.raises(InvalidInput, match="unstable mode 2, mostly state 0, is moved by no input"):
        lqr(s, 1.0, 1.0)
    with pytest.raises(InvalidInput, match="unstable mode 2, mostly state 0, appears in no output"):
        kalman(s, 1.0, 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: lqr(s, np.ones((2, 3)), 1.0), "Q of shape"),
        (lambda s: lqr(s, -1.0, 1.0), "Q has the eigenvalue -1"),
        (lambda s: lqr(s, 1.0, 0.0), "R has the eigenvalue 0"),
        (lambda s: lqr(s, [[1.0, 2.0], [0.0, 1.0]], 1.0), "not symmetric"),
        (lambda s: lqr("plant", 1.0, 1.0), "is no system"),
        (lambda s: lqi(s, 1.0, 1.0, (0, 1)), "2 outputs can't be held by 1 inputs"),
        (lambda s: lqi(s, 1.0, 1.0, (7,)), "give outputs among"),
        (lambda s: lqg(s, 1.0, 1.0, 1.0, 1.0), "lqg needs a discrete system"),
        (lambda s: kalman_filter(s, 1.0, 1.0, np.ones((3, 2))), "needs a discrete system"),
        (lambda s: kalman_filter(s.discretise(0.1), 1.0, 1.0, np.ones((3, 5))), "y of shape"),
        (lambda s: with_disturbance(s, np.ones((3, 1))), "E of shape"),
        (lambda s: lqr(sb.linear_system(s.A * np.nan, s.B, s.C), 1.0, 1.0), "NaN"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str) -> None:
    s = sb.linear_system([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], np.eye(2))
    with pytest.raises(InvalidInput, match=message):
        call(s)
