"""The figure of day 5: a digit found, filters learnt, and who is troubled by a shift."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.digits import digits
from course.drawing import BLUE, GREEN, ORANGE, RED, dress, sheet, show
from course.signals import noise
from course.training import train
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

INK_VALUE = (
    4.0  # digits are mostly paper; darker ink makes their mean over positions larger, and training faster
)


def draw(work: ModuleType) -> Figure:
    """Five panels, from the functions of `work`."""
    figure = sheet("Day 5 · Convolution: find, filter, learn", height=6.6)
    grid = figure.subplot_mosaic(
        [["scene"] * 2 + ["match"] * 2 + ["spectrum"] * 2, ["filters"] * 2 + ["shift"] * 4]
    )
    _scene(grid["scene"], grid["match"], work)
    _spectrum(grid["spectrum"], work)
    networks = {
        name: _trained(work, pool) for name, pool in (("max", work.max_pool), ("blur", work.blur_pool))
    }
    kernels = np.asarray(networks["max"].first)[:, 0]
    kernels = kernels / np.abs(kernels).max((1, 2), keepdims=True)
    panel = np.pad(kernels.reshape(2, 4, 3, 3), [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=np.nan)
    show(grid["filters"], panel.transpose(0, 2, 1, 3).reshape(8, 16)[:-1, :-1], "The first layer's eight kernels",
         colours="RdBu_r", vmin=-1, vmax=1)  # fmt: skip
    _shift(grid["shift"], work, networks)
    return figure


def _scene(axes, match, work: ModuleType) -> None:
    """Twelve digits in noise; the template is one of them, without noise."""
    images, labels = digits(12, seed=9)
    scene = np.zeros((64, 96))
    rng = np.random.default_rng(1)
    corners = []
    for k, image in enumerate(images):
        i, j = 21 * (k // 4) + rng.integers(0, 5), 24 * (k % 4) + rng.integers(0, 8)
        scene[i : i + 16, j : j + 16] += image
        corners.append((i, j))
    noisy = scene + 0.35 * noise(scene.shape, 2)
    heat = np.asarray(work.match_template(jnp.asarray(noisy), jnp.asarray(images[5])))
    show(axes, -noisy, f"Where is this {labels[5]}?")
    i, j = np.unravel_index(heat.argmax(), heat.shape)
    right = (int(i), int(j)) == tuple(map(int, corners[5]))
    axes.add_patch(Rectangle((j - 0.5, i - 0.5), 16, 16, fill=False, color=RED, linewidth=1.8))
    show(
        match,
        heat,
        f"Correlation with it: {heat.max():.2f} {'there' if right else 'elsewhere'}",
        colours="magma",
        vmin=-0.4,
        vmax=1,
    )


def _spectrum(axes, work: ModuleType) -> None:
    """What each sampling lets alias: the response of the blur, and of none."""
    f = np.linspace(0, 0.5, 300)
    taps = np.array([1, 3, 3, 1]) / 8
    response = np.abs(np.exp(-2j * np.pi * f[:, None] * np.arange(4)) @ taps)
    axes.axvspan(0.25, 0.5, color="#f3e4dc", linewidth=0)
    axes.plot(f, np.ones_like(f), color=ORANGE, linewidth=1.6, label="every second sample")
    axes.plot(f, response, color=BLUE, linewidth=1.8, label="blur, then every second")
    axes.text(0.375, 0.45, "aliases", ha="center", fontsize=9, color=RED)
    dress(axes, "What reaches the smaller grid", "cycles a sample", "")
    axes.legend(fontsize=7.5, frameon=False, loc="lower left")
    axes.set_ylim(0, 1.08)


def _trained(work: ModuleType, pool):
    x, labels = digits(1500, seed=1)
    framed = INK_VALUE * np.pad(x, [(0, 0), (4, 4), (4, 4)])

    def loss(network, key, images, labels):
        scores = jax.nn.log_softmax(work.logits(network, images, pool))
        return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], 1))

    start = work.init(jax.random.key(0), 8, 10)
    return train(loss, start, (framed, labels), jax.random.key(1), steps=250, batch=40, rate=2e-2)[0]


def _perceptron():
    """A network of day 4's kind, on the same images."""
    x, labels = digits(1500, seed=1)
    flat = INK_VALUE * np.pad(x, [(0, 0), (4, 4), (4, 4)]).reshape(len(x), -1)
    keys = jax.random.split(jax.random.key(2))
    start = [0.06 * jax.random.normal(keys[0], (576, 64)), 0.17 * jax.random.normal(keys[1], (64, 10))]

    def loss(network, key, images, labels):
        scores = jax.nn.log_softmax(jax.nn.relu(images @ network[0]) @ network[1])
        return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], 1))

    w, v = train(loss, start, (flat, labels), jax.random.key(3), steps=250, batch=40)[0]
    return lambda images: jax.nn.relu(images.reshape(len(images), -1) @ w) @ v


def _shift(axes, work: ModuleType, networks) -> None:
    x, labels = digits(500, seed=2)
    readers = {
        "perceptron": (_perceptron(), RED),
        "convolution, max pool": (lambda images: work.logits(networks["max"], images, work.max_pool), BLUE),
        "convolution, blur pool": (
            lambda images: work.logits(networks["blur"], images, work.blur_pool),
            GREEN,
        ),
    }
    for name, (reader, colour) in readers.items():
        accuracy = []
        for shift in range(5):
            moved = INK_VALUE * np.pad(x, [(0, 0), (4, 4), (4 + shift, 4 - shift)])
            accuracy.append(100 * np.mean(np.asarray(reader(jnp.asarray(moved)).argmax(1)) == labels))
        axes.plot(accuracy, "o-", color=colour, linewidth=1.8, markersize=4, label=name)
    axes.set(ylim=(0, 102), xticks=range(5))
    dress(axes, "New digits read, when all are moved to the right", "pixels", "%", legend=True)
