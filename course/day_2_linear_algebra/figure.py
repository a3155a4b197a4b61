"""The figure of day 2: a basis, a fit, its singular values, and a photograph of low rank."""

from types import ModuleType

import jax.numpy as jnp
import numpy as np
from course.drawing import BLUE, FADED, GREEN, INK, RED, dress, sheet, show
from course.signals import noise, photograph
from matplotlib.figure import Figure

DEGREE, COUNT, SIGMA = 18, 30, 0.25


def draw(work: ModuleType) -> Figure:
    """Six panels, from the functions of `work`."""
    figure = sheet("Day 2 · Linear algebra: bases, singular values, and noise", height=6.4)
    grid = figure.subplot_mosaic(
        [["haar", "fit", "fit"], ["values", "score", "ranks"]], width_ratios=[1, 1, 1]
    )
    h = work.haar_matrix(32)
    show(grid["haar"], h, "Haar basis of 32 samples: a row each", colours="RdBu_r", vmin=-0.75, vmax=0.75)
    t = np.sort(np.random.default_rng(4).uniform(-1, 1, COUNT))
    b = _truth(t) + SIGMA * noise(COUNT, 5)
    matrix = work.vandermonde(jnp.asarray(t), DEGREE)
    weights = np.logspace(-12, 3, 61)
    scores = np.asarray(work.cross_validation(matrix, b, jnp.asarray(weights)))
    best = float(weights[scores.argmin()])
    _fit(grid["fit"], work, (t, b, matrix), best)
    _values(grid["values"], work, matrix, best)
    _score(grid["score"], work, (t, b, matrix), (weights, scores))
    _ranks(grid["ranks"], work)
    return figure


def _truth(t):
    return np.sin(3 * np.pi * t) * np.exp(-(t**2)) + 0.5 * t


def _fit(axes, work: ModuleType, data, weight: float) -> None:
    t, b, matrix = data
    fine = np.linspace(t[0], t[-1], 500)
    powers = work.vandermonde(jnp.asarray(fine), DEGREE)
    axes.plot(fine, _truth(fine), color=FADED, linewidth=1, linestyle="--", label="truth")
    axes.plot(t, b, "o", color=INK, markersize=3.5, label=f"{COUNT} noisy samples")
    axes.plot(fine, powers @ work.least_squares(matrix, b), color=RED, linewidth=1.3, label="least squares")
    axes.plot(
        fine,
        powers @ work.ridge(matrix, b, weight),
        color=BLUE,
        linewidth=1.8,
        label=f"ridge, λ = {weight:.0e}",
    )
    axes.set_ylim(-2.4, 2.4)
    kappa = float(work.condition_number(matrix))
    dress(axes, f"A polynomial of degree {DEGREE}: condition {kappa:.0e}", "t", "", legend=True)


def _values(axes, work: ModuleType, matrix, weight: float) -> None:
    s = np.linalg.svd(np.asarray(matrix), compute_uv=False)
    axes.semilogy(s, "o-", color=INK, markersize=3, linewidth=1, label="s")
    axes.semilogy(1 / s, color=RED, linewidth=1.5, label="1/s: least squares")
    axes.semilogy(s / (s**2 + weight), color=BLUE, linewidth=1.8, label="s/(s² + λ): ridge")
    dress(axes, "Singular values, and their inverses", "k", "", legend=True)


def _score(axes, work: ModuleType, data, found) -> None:
    (t, b, matrix), (weights, scores) = data, found
    error = [((matrix @ work.ridge(matrix, b, float(w)) - _truth(t)) ** 2).mean() for w in weights]
    axes.loglog(weights, scores, color=BLUE, linewidth=1.8, label="cross-validation G(λ)")
    axes.loglog(weights, error, color=GREEN, linewidth=1.5, label="true squared error")
    axes.axvline(weights[scores.argmin()], color=FADED, linewidth=0.9, linestyle=":")
    dress(axes, "Choosing λ without knowing the truth", "λ", "", legend=True)


def _ranks(axes, work: ModuleType) -> None:
    image = jnp.asarray(photograph(128))
    pieces = [work.low_rank(image, rank) for rank in (2, 8, 24)]
    panel = np.concatenate([np.asarray(p)[:, 36:100] for p in pieces], 1)
    show(axes, panel, "A photograph of rank 2, 8 and 24", vmin=0, vmax=1)
    for edge in (63.5, 127.5):
        axes.axvline(edge, color="white", linewidth=1.5)
