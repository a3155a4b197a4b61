"""Kalman filters: steady gains, time-varying gains, and constant disturbances as states."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from subband.control.conditions import check_detectable
from subband.control.matrices import of_system, weight
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem, linear_system


@dataclass(frozen=True, eq=False)
class Estimator:
    """A steady Kalman filter.

    A discrete one corrects and predicts: x̂ = x̄ + M (y − C x̄ − D u), x̄⁺ = A x̂ + B u. A continuous one is
    x̂' = A x̂ + B u + L (y − C x̂ − D u).

    Attributes:
        L: (n, p) gain of the predictor, A M; for a continuous system of the filter.
        M: (n, p) gain of the correction; None for a continuous system.
        P: (n, n) covariance of the prediction's error, or of the estimate's for a continuous system.
        poles: (n,) eigenvalues of A − L C.
    """

    L: np.ndarray
    M: np.ndarray | None
    P: np.ndarray
    poles: np.ndarray


@dataclass(frozen=True, eq=False)
class Filtered:
    """Estimates of a time-varying Kalman filter.

    Attributes:
        means: (…, T, n) E x[k] given the outputs up to k.
        covariances: (T, n, n) of the errors of the means.
        innovations: (…, T, p) outputs minus their predictions.
        log_likelihood: (…,) log density of the outputs.
    """

    means: np.ndarray
    covariances: np.ndarray
    innovations: np.ndarray
    log_likelihood: np.ndarray


def kalman(system: LinearSystem, process: Any, measurement: Any) -> Estimator:
    """The steady Kalman filter of x⁺ = A x + B u + w, y = C x + D u + v, with white w and v.

    Args:
        system: Real; discrete or continuous.
        process: (n, n), (n,) or a number: covariance of w; for a continuous system its intensity.
        measurement: (p, p), (p,) or a number, positive definite: covariance of v.

    Returns:
        An `Estimator`.

    Raises:
        InvalidInput: covariances that are not symmetric or definite, or an unstable mode that no output shows (it
            is named).

    Example:
        >>> import subband as sb
        >>> from subband.control import kalman
        >>> walk = sb.linear_system([[1.0]], [[1.0]], [[1.0]], dt=1.0)
        >>> kalman(walk, 1.0, 1.0).M.round(6).item()  # the golden ratio's inverse
        0.618034

    Source: R. E. Kalman, A New Approach to Linear Filtering and Prediction Problems, 1960; R. E. Kalman, R. S.
    Bucy, New Results in Linear Filtering and Prediction Theory, 1961.
    """
    from scipy.linalg import solve_continuous_are, solve_discrete_are

    A, _, C, _, dt = of_system(system)
    W, V = weight("process", process, len(A)), weight("measurement", measurement, len(C), definite=True)
    check_detectable(A, C, dt)
    try:
        if dt is None:
            P = solve_continuous_are(A.T, C.T, W, V)
            L = np.linalg.solve(V, C @ P).T
            return Estimator(L, None, P, np.linalg.eigvals(A - L @ C))
        P = solve_discrete_are(A.T, C.T, W, V)
    except np.linalg.LinAlgError as error:
        raise InvalidInput(
            "the Riccati equation has no stabilising solution: the process noise must reach every mode on the "
            "border "
            "of stability"
        ) from error
    M = correction_gain(P, C, V)
    return Estimator(A @ M, M, P, np.linalg.eigvals(A - A @ M @ C))


def kalman_filter(
    system: LinearSystem,
    process: Any,
    measurement: Any,
    y: np.ndarray,
    u: np.ndarray | None = None,
    *,
    mean: Any = None,
    covariance: Any = 1.0,
) -> Filtered:
    """The time-varying Kalman filter over one or several records.

    Args:
        system: Discrete and real.
        process, measurement: Covariances, as in `kalman`.
        y: (…, T, p) outputs. A step with NaN is not observed.
        u: (…, T, m) inputs; zero by default.
        mean: (n,) of the first state; zero by default.
        covariance: Of the first state.

    Returns:
        `Filtered`.

    Raises:
        InvalidInput: a continuous system, shapes that don't fit, or NaN in some records of a batch only.
    """
    A, B, C, D, dt = of_system(system)
    if dt is None:
        raise InvalidInput("kalman_filter needs a discrete system: give system.discretise(dt)")
    n, p = len(A), len(C)
    W, V = weight("process", process, n), weight("measurement", measurement, p, definite=True)
    P = weight("covariance", covariance, n)
    y = np.asarray(y, dtype=np.float64)
    if y.ndim < 2 or y.shape[-1] != p:
        raise InvalidInput(f"y of shape {y.shape} doesn't fit: give (…, T, {p})")
    u = np.zeros((y.shape[-2], B.shape[1])) if u is None else np.asarray(u, dtype=np.float64)
    if u.shape[-2:] != (y.shape[-2], B.shape[1]):
        raise InvalidInput(
            f"u of shape {u.shape} doesn't fit y of shape {y.shape}: give (…, T, {B.shape[1]})"
        )
    missing = np.asarray(np.isnan(y).any(axis=-1))
    unseen = np.asarray(missing.reshape(-1, y.shape[-2]).all(axis=0))
    if np.any(missing & ~unseen):
        raise InvalidInput("some records of the batch have NaN where others have not: filter them one by one")
    start = np.zeros(n) if mean is None else np.asarray(mean, dtype=np.float64)
    if start.shape != (n,):
        raise InvalidInput(f"mean of shape {start.shape} doesn't fit {n} states: give ({n},)")
    batch = y.shape[:-2]
    x = np.broadcast_to(start, (*batch, n))
    means, covariances, innovations = [], [], []
    likelihood = np.zeros(batch)
    for k in range(y.shape[-2]):
        seen, now = C @ P @ C.T + V, u[..., k, :]
        e = y[..., k, :] - x @ C.T - now @ D.T
        if not unseen[k]:
            M = correction_gain(P, C, V)
            x, P = x + e @ M.T, corrected(P, M, C, V)
            whitened = np.linalg.solve(np.linalg.cholesky(seen), e[..., None])[..., 0]
            determinant = np.linalg.slogdet(2 * np.pi * seen)[1]
            likelihood = likelihood - 0.5 * ((whitened**2).sum(-1) + determinant)
        means.append(x)
        covariances.append(P)
        innovations.append(e)
        x, P = x @ A.T + now @ B.T, A @ P @ A.T + W
    return Filtered(np.stack(means, -2), np.stack(covariances), np.stack(innovations, -2), likelihood)


def correction_gain(P: np.ndarray, C: np.ndarray, V: np.ndarray) -> np.ndarray:
    """(n, p) M = P Cᵀ (C P Cᵀ + V)⁻¹."""
    return np.linalg.solve(C @ P @ C.T + V, C @ P).T


def corrected(P: np.ndarray, M: np.ndarray, C: np.ndarray, V: np.ndarray) -> np.ndarray:
    """(1 − M C) P in Joseph's form, which stays symmetric and positive."""
    left = np.eye(len(P)) - M @ C
    return left @ P @ left.T + M @ V @ M.T


def kalman_horizon(
    A: np.ndarray, C: np.ndarray, process: np.ndarray, measurement: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    """Gains Mₖ of the corrections along a trajectory.

    Args:
        A: (T, n, n) state matrices of the steps.
        C: (p, n) output matrix.
        process: (n, n) covariance.
        measurement: (p, p) covariance.
        covariance: (n, n) of the first state.

    Returns:
        (T, n, p).
    """
    gains, P = [], covariance
    for step in A:
        M = correction_gain(P, C, measurement)
        gains.append(M)
        P = step @ corrected(P, M, C, measurement) @ step.T + process
    return np.stack(gains)


def with_disturbance(system: LinearSystem, E: Any) -> LinearSystem:
    """The system with constant unknown inputs as states: x⁺ = A x + B u + E d, d⁺ = d.

    A Kalman filter of it estimates d, so that a regulator can compensate what it doesn't know, such as a load;
    with a model without d the estimate, and so the position, keeps an offset.

    Args:
        system: Real; discrete or continuous.
        E: (n, q) how the disturbances drive the states.

    Returns:
        A system with n + q states.

    Raises:
        InvalidInput: E of another shape, or disturbances that no output shows.
    """
    A, B, C, D, dt = of_system(system)
    E = np.asarray(E, dtype=np.float64)
    if E.ndim != 2 or len(E) != len(A):
        raise InvalidInput(f"E of shape {E.shape} doesn't fit {len(A)} states: give ({len(A)}, q)")
    n, q = E.shape
    stays = np.zeros((q, q)) if dt is None else np.eye(q)
    A_d = np.block([[A, E], [np.zeros((q, n)), stays]])
    C_d = np.hstack([C, np.zeros((len(C), q))])
    check_detectable(A_d, C_d, dt)
    made = linear_system(A_d, np.vstack([B, np.zeros((q, B.shape[1]))]), C_d, D)
    return replace(made, dt=dt)
