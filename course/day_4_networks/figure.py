"""The figure of day 4: digits read, what the first layer looks for, and the bias towards low frequencies."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.digits import digits
from course.drawing import BLUE, FADED, INK, RED, dress, sheet, show
from course.training import train
from matplotlib.figure import Figure


def draw(work: ModuleType) -> Figure:
    """Four panels, from the functions of `work`."""
    figure = sheet("Day 4 · Networks: gradients by hand", height=6.4)
    grid = figure.subplot_mosaic([["loss", "digits", "filters"], ["bias", "bias", "error"]])
    x, labels = digits(3000, seed=1)
    x_new, labels_new = digits(1000, seed=2)
    start = work.init(jax.random.key(0), (256, 64, 10))
    flat = jnp.asarray(x.reshape(len(x), -1))
    network, losses = work.train(start, flat, jnp.asarray(labels), jax.random.key(1), 800, 50)
    found = np.asarray(work.forward(network, jnp.asarray(x_new.reshape(len(x_new), -1)))[0].argmax(1))
    grid["loss"].semilogy(losses, color="#c6cad2", linewidth=0.7)
    smooth = np.convolve(losses, np.ones(40) / 40, "valid")
    grid["loss"].semilogy(np.arange(len(smooth)) + 20, smooth, color=BLUE, linewidth=1.8)
    dress(
        grid["loss"], f"{(found == labels_new).mean():.1%} of new digits read", "step", "cross-entropy (nats)"
    )
    _digits(grid["digits"], x_new, labels_new, found)
    order = np.argsort(-np.linalg.norm(network[0].w, axis=0) * np.linalg.norm(network[1].w, axis=1))[:25]
    filters = np.asarray(network[0].w.T)[order].reshape(5, 5, 16, 16)
    filters = np.pad(filters, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=0)
    panel = filters.transpose(0, 2, 1, 3).reshape(90, 90)
    limit = np.abs(panel).max()
    show(grid["filters"], panel, "What 25 hidden units look for", colours="RdBu_r", vmin=-limit, vmax=limit)
    _bias(grid["bias"], grid["error"], work)
    return figure


def _digits(axes, images, labels, found) -> None:
    """Mistakes first, framed by a line of their own."""
    wrong = np.flatnonzero(found != labels)[:6]
    right = np.flatnonzero(found == labels)[: 36 - len(wrong)]
    chosen = np.concatenate([wrong, right])
    panel = images[chosen].reshape(6, 6, 16, 16).transpose(0, 2, 1, 3).reshape(96, 96)
    show(axes, 1 - panel, "Digits drawn by code; read wrongly: red", vmin=0, vmax=1)
    for place, k in enumerate(chosen):
        if found[k] != labels[k]:
            row, column = divmod(place, 6)
            axes.text(
                16 * column + 0.5, 16 * row + 3.5, str(found[k]), color=RED, fontsize=8, fontweight="bold"
            )


def _bias(axes, error, work: ModuleType) -> None:
    """One signal of a low and a high frequency, learnt from plain time and from Fourier features."""
    t = jnp.linspace(-1, 1, 256)
    y = jnp.sin(2 * jnp.pi * t) + 0.4 * jnp.sin(30 * jnp.pi * t)
    axes.plot(t, y, color=INK, linewidth=1.0, label="signal")
    for name, inputs, colour in (
        ("time alone", t[:, None], RED),
        ("Fourier features", work.fourier_features(t, 6), BLUE),
    ):
        start = work.init(jax.random.key(3), (inputs.shape[1], 64, 64, 1))

        def loss(network, key, inputs, y):
            return jnp.mean((work.forward(network, inputs)[0][:, 0] - y) ** 2)

        network, losses = train(loss, start, (inputs, y), jax.random.key(4), steps=600, batch=256, rate=5e-3)
        axes.plot(t, work.forward(network, inputs)[0][:, 0], color=colour, linewidth=1.5, label=name)
        error.semilogy(losses, color=colour, linewidth=1.5, label=name)
    error.axhline(0.08, color=FADED, linestyle=":", linewidth=1.2, label="power of the fast part")
    dress(axes, "600 steps: a network learns slow before fast, unless its inputs are fast", "t", "")
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="lower center")
    axes.set_ylim(-2.1, 1.6)
    dress(error, "Mean squared error", "step", "", legend=True)
