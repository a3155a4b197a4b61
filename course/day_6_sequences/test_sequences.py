"""Tests of day 6, one for each function, against loops of NumPy, closed forms and a chaotic series."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.signals import mackey_glass, noise
from course.training import train
from scipy.linalg import expm


@pytest.fixture
def model(work):
    cell = work.Cell(*(jnp.asarray(noise(shape, k)) for k, shape in enumerate([(1, 12), (4, 12), (12,)])))
    return work.Model(cell, jnp.asarray(noise(4, 3)), jnp.asarray(0.3))


def one_step(cell, h, x):
    """The cell by loops over its units."""
    w, u, b = map(np.asarray, cell)
    s = len(h)
    gates = 1 / (1 + np.exp(-(x @ w[:, : 2 * s] + h @ u[:, : 2 * s] + b[: 2 * s])))
    r, z = gates[:s], gates[s:]
    c = np.tanh([x @ w[:, 2 * s + k] + (r * h) @ u[:, 2 * s + k] + b[2 * s + k] for k in range(s)])
    return z * h + (1 - z) * c


def run(model, x, count=0):
    """Predictions of one series, and `count` more by feeding them back."""
    h, out = np.zeros(4), []
    for n in range(len(x) + count):
        sample = x[n] if n < len(x) else out[-1]
        h = one_step(model.cell, h, np.array([sample]))
        out.append(sample + h @ np.asarray(model.out) + 0.3)
    return np.array(out), h


def test_1_gru_cell(work):
    cell = work.Cell(*(jnp.asarray(noise(shape, k)) for k, shape in enumerate([(3, 12), (4, 12), (12,)])))
    h, x = noise((5, 4), 7), noise((5, 3), 8)
    expected = [one_step(cell, a, b) for a, b in zip(h, x, strict=True)]
    np.testing.assert_allclose(work.gru_cell(cell, jnp.asarray(h), jnp.asarray(x)), expected, rtol=1e-10)


def test_2_init(work):
    model = work.init(jax.random.key(0), 50)
    assert [a.shape for a in model.cell] == [(1, 150), (50, 150), (150,)]
    assert model.cell.b.tolist() == [0] * 50 + [1] * 50 + [0] * 50
    assert float(model.cell.u.var()) == pytest.approx(1 / 50, rel=0.1)
    assert float(model.cell.w.var()) == pytest.approx(1, rel=0.5)
    assert (model.out.shape, float(model.bias)) == ((50,), 0)


def test_3_predict(work, model):
    x = noise((2, 9), 5)
    predictions, last = work.predict(model, jnp.asarray(x))
    for k in range(2):
        expected, h = run(model, x[k])
        np.testing.assert_allclose(predictions[k], expected, rtol=1e-9)
        np.testing.assert_allclose(last[k], h, rtol=1e-9)


def test_4_forecast(work, model):
    x = noise((2, 9), 5)
    ours = work.forecast(model, jnp.asarray(x), 5)
    for k in range(2):
        np.testing.assert_allclose(ours[k], run(model, x[k], 4)[0][8:], rtol=1e-8)


def test_4_a_trained_model_forecasts_chaos(work):
    x = mackey_glass(1200)
    windows = np.lib.stride_tricks.sliding_window_view(x[:1000], 41)

    def loss(model, key, batch):
        return jnp.mean((work.predict(model, batch[:, :-1])[0][:, 8:] - batch[:, 9:]) ** 2)

    model, losses = train(
        loss, work.init(jax.random.key(0), 12), (windows,), jax.random.key(1), steps=250, batch=32, rate=1e-2
    )
    assert losses[-20:].mean() < 2e-3
    new = np.lib.stride_tricks.sliding_window_view(x[1000:], 70)[::13]
    forecast = np.asarray(work.forecast(model, jnp.asarray(new[:, :60]), 10))
    still = np.broadcast_to(new[:, 59:60], forecast.shape)
    error = [((one - new[:, 60:]) ** 2).mean() for one in (forecast, still)]
    assert error[0] < 0.25 * error[1]


@pytest.fixture
def factors():
    rng = np.random.default_rng(0)
    a = rng.uniform(0.2, 1.0, (33, 3)) * np.exp(1j * rng.uniform(-3, 3, (33, 3)))
    return a, rng.standard_normal((33, 3))


def by_hand(a, b):
    h, states = np.zeros(3), []
    for n in range(len(a)):
        h = a[n] * h + b[n]
        states.append(h)
    return np.array(states)


def test_5_linear_recurrence(work, factors):
    np.testing.assert_allclose(
        work.linear_recurrence(*map(jnp.asarray, factors)), by_hand(*factors), atol=1e-12
    )


def test_6_parallel_recurrence(work, factors):
    np.testing.assert_allclose(
        work.parallel_recurrence(*map(jnp.asarray, factors)), by_hand(*factors), atol=1e-12
    )


def test_6_parallel_recurrence_has_no_loop_over_time(work):
    a = jnp.ones((256, 1))
    program = str(jax.make_jaxpr(work.parallel_recurrence)(a, a))
    assert "scan[" not in program
    assert "while[" not in program


def test_7_discretise_is_exact_for_a_step(work):
    poles = np.array([-0.5 + 2j, -1 - 1j, -0.1 + 0j])
    factor, gain = work.discretise(jnp.asarray(poles), 0.3)
    for pole, a, b in zip(poles, np.asarray(factor), np.asarray(gain), strict=True):
        both = expm(0.3 * np.array([[pole, 1], [0, 0]]))  # of the state and its constant input
        assert a == pytest.approx(complex(both[0, 0]))
        assert b == pytest.approx(complex(both[0, 1]))


def test_8_impulse_response_of_a_damped_oscillation(work):
    poles, mix = jnp.array([-0.2 + 1.5j]), jnp.array([0.7 - 0.4j])
    ours = np.asarray(work.impulse_response(poles, mix, 0.1, 50))
    a = np.exp((-0.2 + 1.5j) * 0.1)
    expected = [((0.7 - 0.4j) * a**n * (a - 1) / (-0.2 + 1.5j)).real for n in range(50)]
    assert ours.dtype == np.float64
    np.testing.assert_allclose(ours, expected, atol=1e-13)


def test_9_state_space_is_a_convolution(work):
    poles, mix = np.array([-0.2 + 1.5j, -0.5 + 0.2j]), np.array([0.7 - 0.4j, 1.0])
    u = noise(64)
    a = np.exp(poles * 0.1)
    kernel = ((mix * (a - 1) / poles) * a ** np.arange(64)[:, None]).sum(1).real
    ours = work.state_space(jnp.asarray(poles), jnp.asarray(mix), 0.1, jnp.asarray(u))
    np.testing.assert_allclose(ours, np.convolve(u, kernel)[:64], atol=1e-12)
