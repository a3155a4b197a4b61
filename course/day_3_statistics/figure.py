"""The figure of day 3: an ocean's memory, and the heavy tails of a photograph's details."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.drawing import BLUE, FADED, RED, dress, sheet
from course.signals import el_nino, noise, photograph
from matplotlib.figure import Figure

import subband as sb


def draw(work: ModuleType) -> Figure:
    """Five panels, from the functions of `work`."""
    figure = sheet("Day 3 · Statistics: an ocean's memory, and the tails of a photograph", height=6.8)
    grid = figure.subplot_mosaic([["series"] * 6, ["lags"] * 3 + ["power"] * 3, ["tails"] * 3 + ["shrink"] * 3],
                                 height_ratios=[0.62, 1, 1])  # fmt: skip
    years, degrees = el_nino()
    x = jnp.asarray(degrees)
    grid["series"].fill_between(
        years, degrees, 0, where=degrees > 0, color=RED, linewidth=0, interpolate=True
    )
    grid["series"].fill_between(
        years, degrees, 0, where=degrees < 0, color=BLUE, linewidth=0, interpolate=True
    )
    grid["series"].set_xlim(years[0], years[-1])
    dress(grid["series"], "Temperature of the eastern Pacific", "", "°C above the season")
    _lags(grid["lags"], work, x)
    _power(grid["power"], work, x)
    _details(grid["tails"], grid["shrink"], work)
    return figure


def _lags(axes, work: ModuleType, x) -> None:
    lags = np.arange(41)
    a, _ = work.fit_ar1(x)
    half = 1.96 / len(x) ** 0.5
    axes.axhspan(-half, half, color="#e8eaee", linewidth=0, label="95 % if it had no memory")
    axes.vlines(lags / 4, 0, np.asarray(work.autocorrelation(x, 40)), color=BLUE, linewidth=2)
    axes.plot(
        lags / 4, float(a) ** lags, color=RED, linewidth=1.6, label=f"first-order process, a = {float(a):.2f}"
    )
    dress(axes, "Autocorrelation", "lag (years)", "", legend=True)


def _power(axes, work: ModuleType, x) -> None:
    power = np.asarray(work.periodogram(x))[1:]
    frequencies = np.arange(1, len(power) + 1) / len(x)
    red = np.asarray(work.ar1_spectrum(*work.fit_ar1(x), jnp.asarray(frequencies)))
    axes.loglog(4 * frequencies, power, color=BLUE, linewidth=1.1, label="periodogram")
    axes.loglog(4 * frequencies, red, color=RED, linewidth=1.6, label="expected of the process")
    # A periodogram is its expectation times half a χ² of two degrees of freedom.
    axes.loglog(4 * frequencies, red * -np.log(0.05), "--", color=RED, linewidth=1, label="exceeded by 5 %")
    axes.set_ylim(
        2e-3, 30
    )  # where the mean season was taken off, once and twice a year, there is nothing left
    dress(axes, "Power", "cycles a year", "", legend=True)


def _details(tails, shrink, work: ModuleType) -> None:
    details = np.ravel(sb.dwt(photograph(256), "haar", level=1, axes=(0, 1))[1]["da"])
    details = jnp.asarray(details / details.std())
    start = work.Mixture(jnp.ones(3) / 3, jnp.zeros(3), jnp.array([0.01, 0.2, 4.0]))
    fitted = jax.lax.fori_loop(0, 200, lambda _, m: work.em_step(details, m), start)
    grid = np.linspace(-7, 7, 400)
    gauss = work.Mixture(jnp.ones(1), jnp.zeros(1), jnp.ones(1))
    tails.hist(np.asarray(details), bins=np.linspace(-7, 7, 90), density=True, color="#d9dce2")
    for name, mixture, colour in (("one Gaussian", gauss, RED), ("three, by EM", fitted, BLUE)):
        density = np.exp(jax.nn.logsumexp(work.log_joint(jnp.asarray(grid), mixture), axis=1))
        tails.semilogy(grid, density, color=colour, linewidth=1.7, label=name)
    tails.set(ylim=(2e-4, 6), xlim=(-7, 7), yscale="log")
    dress(tails, "Haar details of a photograph: density", "coefficient / standard deviation", "", legend=True)
    variance = 0.3
    y = details + variance**0.5 * jnp.asarray(noise(len(details), 1))
    shrink.plot(grid, grid, ":", color=FADED, linewidth=1)
    for name, mixture, colour in (
        ("one Gaussian: Wiener", gauss, RED),
        ("three: small ones are noise", fitted, BLUE),
    ):
        error = float(jnp.mean((work.posterior_mean(y, mixture, variance) - details) ** 2))
        curve = work.posterior_mean(jnp.asarray(grid), mixture, variance)
        shrink.plot(grid, curve, color=colour, linewidth=1.8, label=f"{name}, error {error:.3f}")
    shrink.set(xlim=(-4, 4), ylim=(-4, 4))
    shrink.plot([], [], " ", label=f"unchanged, error {variance:.3f}")
    dress(shrink, "Best estimate of a detail, given it with noise", "noisy", "estimate", legend=True)
