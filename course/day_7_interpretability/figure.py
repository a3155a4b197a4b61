"""The figure of day 7: four answers to "why this digit?", and the frequencies that betray an enlarged picture."""

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from course.day_7_interpretability.models import judge_of_pieces, pieces, reader_of_digits
from course.digits import digits
from course.drawing import sheet, show
from matplotlib.figure import Figure


def draw(work: ModuleType) -> Figure:
    """Three rows, from the functions of `work`."""
    figure = sheet("Day 7 · Interpretability: where did it look?", height=7.2)
    why, dreams, bands = figure.subfigures(3, 1, height_ratios=[1, 0.82, 1.15])
    reader = reader_of_digits()
    _why(why, work, reader)
    _dreams(dreams, work, reader)
    _bands(bands, work)
    return figure


def _why(figure, work: ModuleType, reader) -> None:
    images, labels = digits(40, seed=5)
    chosen = int(np.flatnonzero(labels == 5)[0])
    x, label = jnp.asarray(images[chosen]), 5

    def score(image):
        return reader(image)[label]

    panels = figure.subplots(1, 5)
    show(panels[0], -images[chosen], f"read as {int(reader(x).argmax())}")
    show(panels[1], work.saliency(score, x), "saliency", colours="magma")
    show(panels[2], work.smooth_saliency(score, x, jax.random.key(0), 0.3, 100), "smoothed", colours="magma")
    parts = np.asarray(work.integrated_gradients(score, x, jnp.zeros_like(x), 64))
    limit = np.abs(parts).max()
    gap = float(score(x) - score(jnp.zeros_like(x)))
    show(
        panels[3],
        parts,
        f"integrated: Σ = {parts.sum():.2f} of {gap:.2f}",
        colours="RdBu_r",
        vmin=-limit,
        vmax=limit,
    )
    hidden = np.asarray(work.occlusion(score, x, 2, 0.0))
    limit = np.abs(hidden).max()
    show(panels[4], hidden, "occlusion, 2 × 2", colours="RdBu_r", vmin=-limit, vmax=limit)


def _dreams(figure, work: ModuleType, reader) -> None:
    """From a 1 to any other digit, as the network sees it."""
    images, labels = digits(60, seed=5)
    x = jnp.asarray(images[int(np.flatnonzero(labels == 1)[0])])
    panels = figure.subplots(1, 10)
    for target, axes in enumerate(panels):
        changed = work.maximise_input(
            lambda image, t=target: jax.nn.log_softmax(reader(image))[t], x, 4.0, 0.1, 150
        )
        sure = float(jax.nn.softmax(reader(changed))[target])
        show(axes, -np.asarray(changed), f"{target}: {sure:.0%}", vmin=-1.2, vmax=0.4)
    figure.suptitle("A written 1, changed within distance 4 until it reads as each digit", fontsize=9.5)


def _bands(figure, work: ModuleType) -> None:
    judge = judge_of_pieces()
    images, labels = pieces(120, seed=1)
    logits = np.stack([np.asarray(judge(jnp.asarray(image))) for image in images])
    right = (logits.argmax(1) == labels).mean()

    def score(image):
        return judge(image)[1] - judge(image)[0]

    one = jax.jit(lambda image: work.band_attributions(score, image, jnp.zeros((32, 32)), 3, 16))
    maps = np.stack([np.asarray(one(jnp.asarray(image))) for image in images[1::2][:30]]).mean(0)
    panels = figure.subplots(1, 4, width_ratios=[1, 1, 1, 1.25])
    show(panels[0], images[2], "a photograph")
    show(panels[1], images[5], "an enlarged one")
    where = jnp.asarray(images[5])
    show(panels[2], work.smooth_saliency(score, where, jax.random.key(0), 0.05, 50), "its smoothed saliency",
         colours="magma")  # fmt: skip
    limit = np.abs(maps).max()
    show(panels[3], maps, "attribution to 8 × 8 packets", colours="RdBu_r", vmin=-limit, vmax=limit)
    panels[3].set_xlabel("→ horizontal frequency", fontsize=8)
    panels[3].set_ylabel("vertical frequency ←", fontsize=8)
    figure.suptitle(
        f"Enlarged or not? {right:.0%} of new pieces judged rightly, and by these bands", fontsize=9.5
    )
