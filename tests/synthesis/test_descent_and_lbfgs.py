"""Solvers on problems whose answers are known."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from subband.synthesis.solvers.descent import descent
from subband.synthesis.solvers.lbfgs import CURVATURE, SUFFICIENT, Memory, lbfgs, strong_wolfe
from subband.synthesis.solvers.together import REACHED, minimise_together


def evaluate(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array([rosen(x) for x in points]), np.stack([rosen_der(x) for x in points])


def test_lbfgs_finds_the_minimum_of_rosenbrocks_function() -> None:
    memory = Memory(np.full(10, -1.2))
    (reason,) = minimise_together(lbfgs, [memory], evaluate, goal=1e-16, evaluations=400)
    assert reason == REACHED
    np.testing.assert_allclose(memory.x, 1, atol=1e-6)


def test_searches_do_not_disturb_each_other(rng) -> None:
    starts = rng.standard_normal((3, 6))
    together = [Memory(x.copy()) for x in starts]
    minimise_together(lbfgs, together, evaluate, goal=1e-12, evaluations=60)
    for x, found in zip(starts, together, strict=True):
        alone = Memory(x.copy())
        minimise_together(lbfgs, [alone], evaluate, goal=1e-12, evaluations=60)
        np.testing.assert_array_equal(alone.x, found.x)


def test_a_search_goes_on_from_its_memory(rng) -> None:
    start = rng.standard_normal(8)
    whole = Memory(start.copy())
    steps: list[int] = []
    minimise_together(
        lbfgs, [whole], evaluate, goal=0, evaluations=40, watch=lambda k, m: steps.append(m[0].count)
    )
    # Stop where a step has just been taken, so that no evaluation of a line search is lost.
    stop = next(k for k in range(20, 40) if steps[k] > steps[k - 1]) + 1
    half = Memory(start.copy())
    minimise_together(lbfgs, [half], evaluate, goal=0, evaluations=stop)
    again = Memory(half.x, half.f, half.g, half.steps, half.changes, half.count)
    minimise_together(lbfgs, [again], evaluate, goal=0, evaluations=40 - stop)
    np.testing.assert_allclose(again.x, whole.x, rtol=1e-9)


def test_quadratics_take_as_many_steps_as_they_have_axes(rng) -> None:
    scales = np.array([1.0, 7.0, 30.0, 100.0])

    def square(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (points**2 @ scales), 2 * points * scales

    memory = Memory(rng.standard_normal(4))
    minimise_together(lbfgs, [memory], square, goal=1e-18, evaluations=40)
    assert memory.f <= 1e-18


@pytest.mark.parametrize("first", [1e-3, 1.0, 50.0])
def test_steps_satisfy_the_strong_wolfe_conditions(first: float) -> None:
    x, d = np.array([-1.2, 1.0]), None
    f0, g0 = rosen(x), rosen_der(x)
    d = -g0 / np.linalg.norm(g0)
    slope0 = float(g0 @ d)
    search = strong_wolfe(x, f0, slope0, d, first)
    point = next(search)
    found = None
    while found is None:
        try:
            point = search.send((rosen(point), rosen_der(point)))
        except StopIteration as stop:
            found, f, g = stop.value
    a = float((found - x) @ d)
    assert f <= f0 + SUFFICIENT * a * slope0
    assert abs(float(g @ d)) <= CURVATURE * abs(slope0)


def test_an_overflow_shortens_the_step() -> None:
    def steep(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.where(points[:, 0] < -3, np.inf, np.exp(points[:, 0]) + points[:, 0] ** 2)
        return values, np.where(np.isfinite(values)[:, None], np.exp(points) + 2 * points, np.nan)

    memory = Memory(np.array([30.0]))
    minimise_together(lbfgs, [memory], steep, goal=0, evaluations=100)
    assert memory.x[0] == pytest.approx(-0.3517337112, abs=1e-6)


def test_descent_is_a_geometric_series_on_a_quadratic(rng) -> None:
    """x ← x − κ Jᵀ(Jx − y): of Φ = x, y = 0, x shrinks by 1 − κ in each step."""

    def norm(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (points**2).sum(-1), 2 * points

    start = rng.standard_normal(5)
    memory = Memory(start.copy())
    minimise_together(lambda m: descent(m, 0.1), [memory], norm, goal=0, evaluations=21)
    np.testing.assert_allclose(memory.x, start * 0.9**20)


def test_descent_lowers_the_energy_in_every_step() -> None:
    memory = Memory(np.array([-1.2, 1.0]))
    values: list[float] = []
    minimise_together(
        descent, [memory], evaluate, goal=1e-3, evaluations=5000, watch=lambda k, m: values.append(m[0].f)
    )
    assert (np.diff(values) <= 0).all()
    assert values[-1] < 1
