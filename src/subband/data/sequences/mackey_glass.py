"""The Mackey–Glass equation, a chaotic one with a delay."""

import numpy as np

from subband.errors import InvalidInput


def mackey_glass(
    batch: int,
    samples: int,
    rng: np.random.Generator,
    *,
    tau: float = 17.0,
    beta: float = 0.2,
    gamma: float = 0.1,
    n: float = 10.0,
    dt: float = 0.1,
) -> np.ndarray:
    """x' = β x(t − τ)/(1 + x(t − τ)ⁿ) − γ x by Euler's method, from a constant past 1 + U(−0.1, 0.1).

    Args:
        batch: Sequences.
        samples: Of each, `dt` apart.
        rng: Source of the pasts.
        tau, beta, gamma, n: Of the equation.
        dt: Step.

    Returns:
        (batch, samples) float64.

    Raises:
        InvalidInput: a delay shorter than a step, or no samples.

    Source: M. C. Mackey, L. Glass, Oscillation and chaos in physiological control systems, Science 197, 1977.
    """
    delay = round(tau / dt)
    if delay < 1 or samples < 1:
        raise InvalidInput(
            f"tau={tau} with dt={dt} and {samples} samples: give a delay of a step or more, and samples"
        )
    x = np.empty((samples + delay, batch))
    x[:delay] = 1 + rng.uniform(-0.1, 0.1, batch)
    for k in range(delay - 1, samples + delay - 1):
        past = x[k - delay + 1]
        x[k + 1] = x[k] + dt * (beta * past / (1 + past**n) - gamma * x[k])
    return np.ascontiguousarray(x[delay:].T)
