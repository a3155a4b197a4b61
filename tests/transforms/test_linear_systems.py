"""State-space systems against SciPy, and the laws that tie their responses together."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import torch

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray
from subband.transforms.linear_systems.scan import parallel_scan

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}


def stable(rng, n=6, m=2, p=3, dt=None):
    """A random stable system in NumPy."""
    A = rng.standard_normal((n, n))
    A = A - (np.abs(np.linalg.eigvals(A)).max() + 0.3) * np.eye(n)
    system = sb.linear_system(
        A, rng.standard_normal((n, m)), rng.standard_normal((p, n)), rng.standard_normal((p, m))
    )
    return system if dt is None else system.discretise(dt)


def modal(rng, n=5, m=2, p=3):
    """A random complex diagonal system, discrete."""
    A = rng.uniform(0.3, 0.95, n) * np.exp(1j * rng.uniform(-3, 3, n))
    parts = [rng.standard_normal(s) + 1j * rng.standard_normal(s) for s in ((n, m), (p, n), (p, m))]
    return sb.linear_system(A, *parts, dt=1.0)


def densified(s):
    return sb.linear_system(np.diag(s.A), s.B, s.C, s.D, dt=s.dt)


def as_kind(system, kind):
    return sb.linear_system(*[MAKE[kind](x) for x in (system.A, system.B, system.C, system.D)], dt=system.dt)


@pytest.mark.parametrize("T", [1, 2, 3, 7, 64, 101])
@pytest.mark.parametrize("diagonal", [True, False])
def test_the_scan_is_the_loop(T: int, diagonal: bool, rng) -> None:
    A = rng.uniform(-1, 1, 4) if diagonal else rng.standard_normal((4, 4)) / 3
    b, x, want = rng.standard_normal((2, T, 4)), np.zeros((2, 4)), []
    for k in range(T):
        x = (x * A if diagonal else x @ A.T) + b[:, k]
        want.append(x)
    np.testing.assert_allclose(parallel_scan(A, b, diagonal), np.stack(want, 1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", MAKE)
def test_simulation_is_scipys_in_every_library(kind: str, rng) -> None:
    s, u, x0 = stable(rng, dt=0.1), rng.standard_normal((50, 2)), rng.standard_normal(6)
    _, want, states = scipy.signal.dlsim((s.A, s.B, s.C, s.D, 0.1), u, x0=x0)
    made = as_kind(s, kind)
    y = made.simulate(MAKE[kind](u), MAKE[kind](x0))
    assert type(y) is type(made.A)
    np.testing.assert_allclose(np.asarray(y), want, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        np.asarray(made.states(MAKE[kind](u), MAKE[kind](x0)))[:-1], states, atol=1e-10
    )


@pytest.mark.parametrize("method", ["zoh", "tustin"])
@pytest.mark.parametrize("kind", MAKE)
def test_discretisation_is_scipys_in_every_library(kind: str, method: str, rng) -> None:
    s = stable(rng)
    want = scipy.signal.cont2discrete(
        (s.A, s.B, s.C, s.D), 0.2, method={"tustin": "bilinear"}.get(method, method)
    )
    made = as_kind(s, kind).discretise(0.2, method)
    for got, expected in zip((made.A, made.B, made.C, made.D), want, strict=False):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-9, atol=1e-12)


def test_an_integrator_is_discretised_without_a_division_by_zero() -> None:
    diagonal = sb.linear_system(np.array([0.0, -1e-9, -2.0]), np.ones((3, 1)), np.eye(3)).discretise(0.5)
    np.testing.assert_allclose(diagonal.B[:, 0], [0.5, 0.5, (1 - np.exp(-1.0)) / 2], rtol=1e-9)


@pytest.mark.parametrize("method", ["zoh", "tustin"])
def test_a_diagonal_is_what_its_matrix_is(method: str, rng) -> None:
    A = -rng.uniform(0.1, 3, 4) + 1j * rng.standard_normal(4)
    s = sb.linear_system(A, rng.standard_normal((4, 2)), rng.standard_normal((3, 4)))
    a, b = s.discretise(0.3, method), densified(s).discretise(0.3, method)
    f, u = np.linspace(0, 1, 7), rng.standard_normal((20, 2))
    np.testing.assert_allclose(a.simulate(u), b.simulate(u), atol=1e-12)
    np.testing.assert_allclose(a.impulse_response(9), b.impulse_response(9), atol=1e-12)
    np.testing.assert_allclose(a.frequency_response(f), b.frequency_response(f), atol=1e-12)
    np.testing.assert_allclose(s.frequency_response(f), densified(s).frequency_response(f), atol=1e-12)
    np.testing.assert_allclose(a.hankel_singular_values(), b.hankel_singular_values(), rtol=1e-8)


@pytest.mark.parametrize("make", [modal, lambda rng: stable(rng, dt=0.25)])
def test_the_spectrum_of_the_impulse_response_is_the_frequency_response(make, rng) -> None:
    s, N = make(rng), 4096
    h = s.impulse_response(N)
    k = np.arange(N)
    f = np.where(k < N // 2, k, k - N) / (N * s.dt)
    np.testing.assert_allclose(np.fft.fft(h, axis=0), s.frequency_response(f), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("make", [modal, lambda rng: stable(rng, dt=0.25)])
def test_outputs_are_the_convolution_with_the_impulse_response(make, rng) -> None:
    s, u = make(rng), rng.standard_normal((40, 2))
    h = s.impulse_response(40)
    want = np.stack([sum(h[j] @ u[k - j] for j in range(k + 1)) for k in range(40)])
    np.testing.assert_allclose(s.simulate(u), want, atol=1e-10)


def test_a_shift_delays_the_output_of_a_system_with_a_turning_phase(rng) -> None:
    """Turning by 2πk/N a step is a Fourier shift: a system does in time what `subband.shift` does to a spectrum."""
    N = 17
    phases = np.exp(-2j * np.pi * np.fft.fftfreq(N))
    x = rng.standard_normal(N)
    s = sb.linear_system(phases, np.zeros((N, 1)), np.eye(N), dt=1.0)
    moved = s.states(np.zeros((5, 1)), np.fft.fft(x))
    for k in range(6):
        np.testing.assert_allclose(np.fft.ifft(moved[k]).real, sb.shift(x, float(k)), atol=1e-12)


def test_simulation_goes_on_from_the_last_state(rng) -> None:
    s, u = stable(rng, dt=0.1), rng.standard_normal((3, 30, 2))
    whole = s.simulate(u)
    middle = s.states(u[:, :11])[:, -1]
    np.testing.assert_allclose(s.simulate(u[:, 11:], middle), whole[:, 11:], atol=1e-12)


@pytest.mark.parametrize("dt", [None, 0.1])
def test_gramians_are_scipys(dt, rng) -> None:
    s = stable(rng, dt=dt)
    P, Q = s.gramians()
    solve = scipy.linalg.solve_continuous_lyapunov if dt is None else scipy.linalg.solve_discrete_lyapunov
    sign = -1 if dt is None else 1
    np.testing.assert_allclose(P, solve(s.A, sign * s.B @ s.B.T), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(Q, solve(s.A.T, sign * s.C.T @ s.C), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dt", [None, 0.1])
@pytest.mark.parametrize("kind", ["numpy", "torch", pytest.param("jax", marks=pytest.mark.slow), "strict"])
def test_truncation_keeps_within_twice_the_sum_of_what_it_drops(kind: str, dt, rng) -> None:
    s = as_kind(stable(rng, n=8, dt=dt), kind)
    sigma = np.asarray(s.hankel_singular_values())
    assert np.all(np.diff(sigma) <= 1e-12)
    f = MAKE[kind](np.linspace(0, 5 if dt is None else 5.0, 201))
    want = np.asarray(s.frequency_response(f))
    for order in (1, 3, 6):
        small = s.balanced_truncation(order)
        assert small.order == order
        assert small.is_stable()
        error = np.linalg.norm(want - np.asarray(small.frequency_response(f)), ord=2, axis=(1, 2)).max()
        assert error <= 2 * sigma[order:].sum() * (1 + 1e-6)
    np.testing.assert_allclose(
        np.asarray(s.balanced_truncation(8).frequency_response(f)), want, rtol=1e-6, atol=1e-8
    )


def test_a_state_that_does_nothing_is_dropped_without_an_error(rng) -> None:
    s = sb.linear_system(np.diag([-1.0, -2.0, -3.0]), [[1.0], [1.0], [0.0]], [[1.0, 1.0, 1.0]])
    assert s.hankel_singular_values()[2] < 1e-7
    f = np.linspace(0, 2, 20)
    np.testing.assert_allclose(
        s.balanced_truncation(2).frequency_response(f), s.frequency_response(f), atol=1e-7
    )


@pytest.mark.slow
def test_gradients_agree_between_torch_and_jax(rng) -> None:
    s, u = stable(rng, n=3, dt=0.2), rng.standard_normal((9, 2))

    def loss(A, system, u, xp):
        made = sb.linear_system(A, system.B, system.C, system.D, dt=0.2)
        response = made.frequency_response(xp.asarray([0.25]))
        return (
            (made.simulate(u) ** 2).sum() + (abs(response) ** 2).sum() + (made.impulse_response(5) ** 3).sum()
        )

    there = as_kind(s, "torch")
    A = there.A.clone().requires_grad_()
    loss(A, there, torch.asarray(u), torch).backward()
    here = as_kind(s, "jax")
    gradient = jax.grad(lambda A: loss(A, here, jnp.asarray(u), jnp))(here.A)
    np.testing.assert_allclose(np.asarray(gradient), A.grad.numpy(), rtol=1e-8, atol=1e-8)
    assert torch.autograd.gradcheck(
        lambda A: sb.linear_system(A, there.B, there.C).discretise(0.1).simulate(torch.asarray(u)), A
    )


def test_a_system_goes_through_jit_and_tree_maps(rng) -> None:
    s, u = as_kind(stable(rng, dt=0.1), "jax"), jnp.asarray(rng.standard_normal((12, 2)))
    np.testing.assert_allclose(jax.jit(lambda s, u: s.simulate(u))(s, u), s.simulate(u), atol=1e-12)
    assert jax.jit(lambda s: s.balanced_truncation(2))(s).order == 2
    louder = jax.tree_util.tree_map(lambda x: 2 * x, s)
    np.testing.assert_allclose(louder.B, 2 * s.B)


def test_batches_of_systems_and_of_signals_broadcast(rng) -> None:
    A, B, C = rng.uniform(-0.9, 0.9, (3, 4)), rng.standard_normal((3, 4, 1)), rng.standard_normal((3, 1, 4))
    batch, u = sb.linear_system(A, B, C, dt=1.0), rng.standard_normal((5, 3, 20, 1))
    y = batch.simulate(u)
    for k in range(3):
        one = sb.linear_system(A[k], B[k], C[k], dt=1.0)
        np.testing.assert_allclose(y[:, k], one.simulate(u[:, k]), atol=1e-12)
        np.testing.assert_allclose(batch.impulse_response(6)[k], one.impulse_response(6), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: sb.linear_system(np.eye(3), np.ones((2, 1)), np.ones((1, 3))), "don't fit together"),
        (lambda s: sb.linear_system(np.eye(2), np.ones(2), np.ones((1, 2))), "are no system"),
        (lambda s: s.simulate(np.ones((4, 1))), "simulate needs a discrete system"),
        (lambda s: s.discretise(0.1).simulate(np.ones(4)), r"e\.g\. u\[\.\.\., None\]"),
        (lambda s: s.discretise(0.1).discretise(0.1), "the system is discrete"),
        (lambda s: s.discretise(-1.0), "a positive number of seconds"),
        (lambda s: s.discretise(0.1, "euler"), "method 'euler' is unknown"),
        (lambda s: s.balanced_truncation(5), "order=5 must be a number of states"),
        (lambda s: sb.linear_system([[0.5]], [[1]], [[1]]).gramians(), "unstable system.*pole 0.5"),
        (lambda s: sb.linear_system([[1.25]], [[1]], [[1]], dt=1.0).gramians(), "of modulus 1.25"),
        (lambda s: s.discretise(0.1).simulate(np.ones((2, 4, 1)), np.ones((3, 2))), "don't broadcast"),
    ],
)
def test_what_does_not_fit_is_explained(call, message: str) -> None:
    s = sb.linear_system([[0.0, 1.0], [-1.0, -0.5]], [[0.0], [1.0]], [[1.0, 0.0]])
    with pytest.raises(InvalidInput, match=message):
        call(s)


def test_arrays_of_two_libraries_are_refused() -> None:
    with pytest.raises(InvalidInput, match="numpy and torch"):
        sb.linear_system(torch.eye(2), np.ones((2, 1)), np.ones((1, 2)))
    with pytest.raises(UnsupportedArray):
        sb.linear_system("A", np.ones((2, 1)), np.ones((1, 2)))
