"""Lines through latent spaces, decoded and judged, beside the errors of gradient estimators."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.samples import mosaic
from subband.plots.style import INK, LABEL, PALETTE, WIDTH, dress, legend, sheet


@dataclass(frozen=True, eq=False)
class LatentPaths:
    """Straight lines between codes of images.

    Attributes:
        images: decoded images of some of the lines, uint8 (lines, points, H, W, 3 or 1).
        points: positions on the line, from 0 to 1, (points,).
        confidence: of a classifier, of all lines, (n, points).

    Example:
        >>> LatentPaths(np.zeros((1, 3, 8, 8, 1), np.uint8), np.linspace(0, 1, 3), np.ones((5, 3))).points.tolist()
        [0.0, 0.5, 1.0]
    """

    images: np.ndarray
    points: np.ndarray
    confidence: np.ndarray


def latent_regularity(
    paths: Mapping[str, LatentPaths], errors: Mapping[str, float], *, title: str = ""
) -> Figure:
    """Draw decoded lines, a classifier's confidence along them, and errors of gradients against samples.

    Args:
        paths: Model → its lines.
        errors: Estimator → standard error of the gradient from one sample, relative to its length.
        title: Title of the figure.

    Raises:
        InvalidInput: no model, or no estimator.

    Example:
        >>> path = LatentPaths(np.zeros((1, 3, 8, 8, 1), np.uint8), np.linspace(0, 1, 3), np.ones((5, 3)))
        >>> figure = latent_regularity({"autoencoder": path}, {"score function": 10.0}, title="Regular")
        >>> len(figure.axes)
        3
    """
    if not paths or not errors:
        raise InvalidInput(
            "nothing to draw: give the lines of one model and the error of one estimator at least"
        )
    figure = sheet(WIDTH, 1.2 + 1.9 * max(len(paths), 2), title=title or None)
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1), squeeze=False)[0]
    for axes, (name, path) in zip(
        left.subplots(len(paths), 1, squeeze=False)[:, 0], paths.items(), strict=True
    ):
        picture = mosaic(path.images.reshape(-1, *path.images.shape[2:]), columns=len(path.points))
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        axes.set_title(name, fontsize=LABEL, color=INK)
    upper, lower = right.subplots(2, 1)
    for k, (name, path) in enumerate(paths.items()):
        mean = path.confidence.mean(axis=0)
        error = 1.96 * path.confidence.std(axis=0) / len(path.confidence) ** 0.5
        upper.plot(path.points, mean, color=PALETTE[k % len(PALETTE)], lw=1.5, label=name)
        upper.fill_between(
            path.points, mean - error, mean + error, color=PALETTE[k % len(PALETTE)], alpha=0.2, lw=0
        )
    dress(upper, title="confidence of a classifier", x="position between two codes", y="mean probability")
    legend(upper, loc="best")
    samples = np.geomspace(1, 1e6, 13)
    for k, (name, error) in enumerate(errors.items()):
        colour = PALETTE[(len(paths) + k) % len(PALETTE)]
        lower.loglog(samples, error / samples**0.5, color=colour, lw=1.5, label=name)
    dress(lower, title="gradient of the decoder's fidelity", x="samples", y="relative error")
    legend(lower, loc="lower left")
    return figure
