"""The figure of day 6: chaos forecast, and what a pole remembers."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.drawing import BLUE, COLOURS, FADED, INK, RED, dress, sheet
from course.signals import mackey_glass
from course.training import train
from matplotlib.figure import Figure

KNOWN, AHEAD = 80, 100


def draw(work: ModuleType) -> Figure:
    """Four panels, from the functions of `work`."""
    figure = sheet("Day 6 · Sequences: gates that remember, poles that ring", height=6.4)
    grid = figure.subplot_mosaic([["forecast", "forecast", "error"], ["poles", "rings", "rings"]])
    _forecast(grid["forecast"], grid["error"], work)
    _poles(grid["poles"], grid["rings"], work)
    return figure


def _forecast(axes, error, work: ModuleType) -> None:
    x = mackey_glass(2400)
    windows = np.lib.stride_tricks.sliding_window_view(x[:2000], 61)

    def loss(model, key, batch):
        return jnp.mean((work.predict(model, batch[:, :-1])[0][:, 10:] - batch[:, 11:]) ** 2)

    start = work.init(jax.random.key(0), 24)
    model, _ = train(loss, start, (windows,), jax.random.key(1), steps=700, batch=32, rate=1e-2)
    new = np.lib.stride_tricks.sliding_window_view(x[2000:], KNOWN + AHEAD)[::10]
    forecast = np.asarray(work.forecast(model, jnp.asarray(new[:, :KNOWN]), AHEAD))
    truth = new[0]
    axes.plot(truth, color=INK, linewidth=1.1, label="Mackey–Glass series")
    axes.plot(
        np.arange(KNOWN, KNOWN + AHEAD),
        forecast[0],
        color=BLUE,
        linewidth=1.8,
        label="forecast of 24 gated units",
    )
    axes.axvspan(0, KNOWN, color="#eef0f3", linewidth=0)
    axes.text(3, 1.75, "seen", fontsize=8.5, color=FADED)
    axes.set(xlim=(0, KNOWN + AHEAD), ylim=(-2.7, 2.1))
    dress(axes, f"{AHEAD} samples ahead, each from the one before", "time", "")
    axes.legend(fontsize=8, frameon=False, ncols=2, loc="lower center")
    spread = np.sqrt(((forecast - new[:, KNOWN:]) ** 2).mean(0))
    still = np.sqrt(((new[:, KNOWN - 1 : KNOWN] - new[:, KNOWN:]) ** 2).mean(0))
    error.semilogy(np.arange(1, AHEAD + 1), still, color=RED, linewidth=1.5, label="last value kept")
    error.semilogy(np.arange(1, AHEAD + 1), spread, color=BLUE, linewidth=1.8, label="gated units")
    dress(error, f"Root mean squared error, {len(new)} starts", "samples ahead", "", legend=True)


def _poles(plane, rings, work: ModuleType) -> None:
    poles = np.array([-0.08 + 0.25j, -0.03 + 0.9j, -0.25 + 2.0j, -0.012 + 0.0j])
    step, count = 0.5, 160
    factors = np.asarray(work.discretise(jnp.asarray(poles), step)[0])
    circle = np.exp(2j * np.pi * np.linspace(0, 1, 300))
    plane.plot(circle.real, circle.imag, color=FADED, linewidth=0.9)
    for k, (pole, factor) in enumerate(zip(poles, factors, strict=True)):
        name = f"λ = {pole.real:g} + {pole.imag:g}i"
        plane.plot(factor.real, factor.imag, "o", color=COLOURS[k], markersize=6)
        response = np.asarray(work.impulse_response(jnp.asarray([pole]), jnp.ones(1), step, count))
        rings.plot(
            np.arange(count) * step,
            response / np.abs(response).max() - 2.4 * k,
            color=COLOURS[k],
            linewidth=1.5,
        )
        rings.text(count * step * 0.995, 0.55 - 2.4 * k, name, ha="right", fontsize=8.5, color=COLOURS[k])
    plane.set(aspect="equal", xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
    dress(plane, "ā = exp(λΔ): inside the circle, it fades", "real", "imaginary")
    rings.set_yticks([])
    rings.set_xlim(0, count * step)
    dress(rings, "Impulse responses: angle is pitch, distance from the circle is forgetting", "time", "")
