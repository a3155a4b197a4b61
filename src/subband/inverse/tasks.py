"""The usual tasks of restoration by name, as operators on images with values from 0 to 1."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, integer, number
from subband.errors import InvalidInput
from subband.inverse.problem import norm
from subband.transforms.linear import Blur, Downsample, Mask, Operator, Radon, gaussian_kernel

ENLARGED = {"x2": 2, "x3": 3, "x4": 4}
TASKS = (*ENLARGED, "tomography", "deblur", "inpaint")


@dataclass(frozen=True)
class Task:
    """A measurement to be inverted.

    Attributes:
        operator: A.
        y: The measurement, (*channels, *output_shape).
        noise: Standard deviation of its noise; None if unknown.
        truth: The true image, where the measurement was simulated.
    """

    operator: Operator
    y: np.ndarray
    noise: float | None
    truth: np.ndarray | None = None


@dataclass(frozen=True)
class TaskSettings:
    """What a task needs to know besides its image.

    Attributes:
        angles: Views of tomography, evenly spaced over 180°.
        blur: Standard deviation of the Gaussian blur of "deblur", in pixels.
        missing: For "inpaint", (rows, columns), True where pixels are missing; or the share that a simulation
            removes.
    """

    angles: int = 30
    blur: float = 1.5
    missing: Any = 0.5

    def __post_init__(self) -> None:
        integer("angles", self.angles, 1, what="a whole number of views")
        number("blur", self.blur, "a standard deviation above 0", above=0)


def task_operator(name: str, shape: tuple[int, int], settings: TaskSettings, seed: int = 0) -> Operator:
    """A for true images of this shape.

    Args:
        name: "x2", "x3" or "x4" (enlarge), "tomography", "deblur" or "inpaint".
        shape: Rows and columns of the true image.
        settings: See `TaskSettings`.
        seed: Of the pixels that a simulation of "inpaint" removes.

    Raises:
        InvalidInput: an unknown task, or settings that don't fit the shape.
    """
    choice("task", name, TASKS)
    if name in ENLARGED:
        return Downsample(shape, ENLARGED[name])
    if name == "tomography":
        return Radon(shape, angles=np.arange(settings.angles) * (180 / settings.angles))
    if name == "deblur":
        return Blur(shape, gaussian_kernel(settings.blur))
    if isinstance(settings.missing, int | float):
        share = number("missing", settings.missing, "a share from 0 to below 1", low=0, below=1)
        return Mask(np.random.default_rng(seed).random(shape) >= share)
    missing = np.asarray(settings.missing, bool)
    if missing.shape != shape:
        raise InvalidInput(f"a mask of {missing.shape} for an image of {shape}: give one of the same size")
    return Mask(~missing)


def simulated(
    name: str, image: Any, settings: TaskSettings, *, noise_db: float = 40.0, seed: int = 0
) -> Task:
    """Measure an image with noise, as a task whose truth is known.

    Args:
        name, settings, seed: As for `task_operator`; the seed is that of the noise, too.
        image: (*channels, rows, columns), values from 0 to 1.
        noise_db: Signal-to-noise ratio of the measurement in decibels, 20 log₁₀ (rms y / noise).
    """
    truth = np.asarray(image, np.float64)
    if name in ENLARGED:
        rows, columns = (n - n % ENLARGED[name] for n in truth.shape[-2:])
        truth = truth[..., :rows, :columns]
    operator = task_operator(name, truth.shape[-2:], settings, seed)
    clean = np.asarray(operator.forward(truth))
    known = operator.mask != 0 if isinstance(operator, Mask) else np.ones(operator.output_shape, bool)
    measured = known.sum() * (clean.size // known.size)
    sigma = norm(clean) / sqrt(measured) * 10 ** (-number("noise_db", noise_db) / 20)
    y = clean + sigma * known * np.random.default_rng(seed + 1).standard_normal(clean.shape)
    return Task(operator, y, sigma, truth)


def measured(
    name: str, image: Any, settings: TaskSettings, *, noise: float | None = None, size: Any = None
) -> Task:
    """An image as the measurement of a task.

    Args:
        name, settings: As for `task_operator`.
        image: (*channels, rows, columns): the small, blurred or incomplete image; for tomography the sinogram, a
            view for each row.
        noise: Its standard deviation; None to estimate it.
        size: Rows and columns of the true image of tomography; as many as detectors, divided by √2, if None.

    Raises:
        InvalidInput: as `task_operator`; "inpaint" without a mask.
    """
    choice("task", name, TASKS)
    y = np.asarray(image, np.float64)
    rows, columns = y.shape[-2:]
    if name in ENLARGED:
        shape = rows * ENLARGED[name], columns * ENLARGED[name]
        return Task(task_operator(name, shape, settings), y, noise)
    if name == "tomography":
        side = int(columns / sqrt(2))
        shape = (side, side) if size is None else tuple(size)
        angles = np.arange(rows) * (180 / rows)
        return Task(Radon(shape, angles=angles, detectors=columns), y, noise)
    if name == "inpaint" and isinstance(settings.missing, int | float):
        raise InvalidInput(
            "inpainting needs a mask of the missing pixels: give --mask FILE, white where they are missing"
        )
    operator = task_operator(name, (rows, columns), settings)
    return Task(operator, np.asarray(operator.forward(y)) if name == "inpaint" else y, noise)
