"""The figure of day 8: a spiral made by diffusion, by memory, by a flow; and digits that were only remembered."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.digits import digits
from course.drawing import BLUE, FADED, INK, RED, dress, sheet, show
from course.signals import noise, spiral
from course.training import train
from matplotlib.figure import Figure

LIMITS = (-2.6, 2.6)


def draw(work: ModuleType) -> Figure:
    """Six panels, from the functions of `work`."""
    figure = sheet("Day 8 · Generation: from noise to a spiral, three ways", height=6.8)
    grid = figure.subplot_mosaic([["data", "paths", "learnt"], ["flow", "digits", "digits"]])
    data = spiral(2000)
    _points(grid["data"], data, INK, "2,000 points of data")
    learnt = _learnt(work, data)
    start, times = jnp.asarray(noise((1500, 2), 7)), jnp.linspace(1, 0, 61)
    path = np.asarray(work.sample(learnt, start, times))
    grid["paths"].plot(path[:, :70, 0], path[:, :70, 1], color=BLUE, linewidth=0.5, alpha=0.6)
    _points(grid["paths"], path[0, :70], FADED, "Paths of 70 samples, from noise (grey)", size=5)
    grid["paths"].plot(*path[-1, :70].T, ".", color=RED, markersize=4)
    _points(grid["learnt"], path[-1], BLUE, "1,500 samples of a learnt denoiser")
    _flow(grid["flow"], work, data)
    _remembered(grid["digits"], work)
    return figure


def _points(axes, points, colour: str, title: str, size: float = 2.0) -> None:
    axes.plot(*np.asarray(points).T, ".", color=colour, markersize=size)
    axes.set(aspect="equal", xlim=LIMITS, ylim=LIMITS)
    dress(axes, title)


def _dense(key, widths):
    keys = jax.random.split(key, len(widths) - 1)
    pairs = zip(keys, widths[:-1], widths[1:], strict=True)
    return [((1.5 / m) ** 0.5 * jax.random.normal(k, (m, n)), jnp.zeros(n)) for k, m, n in pairs]


def _net(params, x):
    for w, b in params[:-1]:
        x = jax.nn.silu(x @ w + b)
    return x @ params[-1][0] + params[-1][1]


def _learnt(work: ModuleType, data):
    """A network of points and times, trained on your loss."""

    def denoise(params, y, t):
        angles = jnp.pi * t[:, None] * jnp.array([0.5, 1.0, 2.0, 4.0])
        alpha, sigma = work.schedule(t[:, None])
        waves = [
            wave(k * y) for wave in (jnp.sin, jnp.cos) for k in (2, 4)
        ]  # day 4: else fine detail comes late
        # Near t = 0 the noisy points are the answer already; the network has only the rest to say.
        return alpha * y + sigma * _net(
            params, jnp.concatenate([y, *waves, jnp.sin(angles), jnp.cos(angles)], 1)
        )

    def loss(params, key, x):
        return work.denoising_loss(lambda y, t: denoise(params, y, t), x, key)

    start = _dense(jax.random.key(0), (18, 96, 96, 96, 2))
    params, _ = train(loss, start, (data,), jax.random.key(1), steps=2500, batch=256, rate=4e-3)
    return lambda y, t: denoise(params, y, jnp.broadcast_to(t, y.shape[:1]))


def _flow(axes, work: ModuleType, data) -> None:
    """Density of ten couplings that take turns on the two axes."""

    def forward(params, x):
        total = jnp.zeros(len(x))
        for layer in params:
            scale, shift = _net(layer, x[:, :1]).T
            x, log_determinant = work.coupling(x, jnp.tanh(scale), shift)
            total, x = total + log_determinant, x[:, ::-1]
        return x, total

    def loss(params, key, x):
        return -jnp.mean(work.flow_log_density(*forward(params, x)))

    start = [_dense(key, (1, 32, 32, 2)) for key in jax.random.split(jax.random.key(5), 10)]
    start = [[*layers, (0.1 * w, b)] for *layers, (w, b) in start]  # nearly the identity
    params, losses = train(loss, start, (data,), jax.random.key(6), steps=1500, batch=256, rate=4e-3)
    ticks = np.linspace(*LIMITS, 160)
    plane = jnp.asarray(np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2))
    density = np.exp(np.asarray(work.flow_log_density(*forward(params, plane)))).reshape(160, 160)
    axes.imshow(
        density, origin="lower", extent=(*LIMITS, *LIMITS), cmap="magma", vmax=np.quantile(density, 0.995)
    )
    dress(axes, f"Density of a flow: {losses[-50:].mean():.2f} nats")
    axes.grid(False)


def _remembered(axes, work: ModuleType) -> None:
    """The exact denoiser of 300 digits, and the nearest digit of the data to each sample."""
    images, _ = digits(300, seed=3)
    data = jnp.asarray(images.reshape(300, -1) * 2 - 1)
    start = jnp.asarray(noise((10, 256), 8))
    path = np.asarray(work.sample(work.exact_denoiser(data), start, jnp.linspace(1, 0, 61)))
    nearest = np.asarray(data)[((path[-1][:, None] - np.asarray(data)) ** 2).sum(-1).argmin(1)]
    rows = [path[k] for k in (0, 25, 40, 60)] + [nearest]
    panel = np.stack(rows).reshape(5, 10, 16, 16).transpose(0, 2, 1, 3).reshape(80, 160)
    show(
        axes,
        -panel,
        "Best denoiser of 300 digits: it only remembers. Last row: nearest in the data",
        vmin=-1,
        vmax=1,
    )
    for edge in (15.5, 31.5, 47.5, 63.5):
        axes.axhline(edge, color="white", linewidth=1.2)
