"""How good a generator is: how near its images are to real ones, and whether they show what was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from subband.data import Examples
from subband.errors import DataError, InvalidInput
from subband.generate.family import Reconstructing
from subband.generate.judge import Judge, JudgeConfig
from subband.generate.pixels import to_pixels, to_signal
from subband.generate.trained import TrainedGenerator
from subband.metrics import frechet_distance, kernel_distance, overlap

FEWEST = 50  # images that a distance is measured on
_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured.

    Attributes:
        numbers: a flat table; `kid`, `frechet`, `precision`, `recall`, `density`, `coverage` and, with
            classes, `accuracy`; the same with `floor_` before them of real images against other real ones;
            `count`, how many images of each; `judge_accuracy`. Of families that reconstruct images too,
            `psnr` (dB, the mean over images) and `reconstruction_kid`, `reconstruction_frechet`.
        generated: the images, uint8 (N, size, size, C).
        labels: what they were asked to show, (N,), or None.
        real: those they were compared with.
        reconstructed: what the network makes of the real ones, of families that do.
    """

    numbers: dict[str, float]
    generated: np.ndarray
    labels: np.ndarray | None
    real: Examples
    reconstructed: np.ndarray | None = None


def evaluate(
    generator: TrainedGenerator,
    real: Examples,
    judge: Judge,
    *,
    count: int = 2000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> Evaluation:
    """Compare a generator's images with real ones, and real ones with other real ones: the floor.

    The real images are shuffled and cut into two halves; `count` of the first stand against `count` generated
    ones and against `count` of the second. Fréchet distances fall with the number of images and KID does not,
    so numbers are comparable where judge and count are the same.

    Args:
        generator: what is judged. One with classes is asked for all of them in turn.
        real: images that the judge has not learnt from.
        judge: of `train_judge`, for images of this kind.
        count: images of each set; at most half of the real ones are taken.
        seed: of the images and of the choice.
        progress: told how many images are drawn, and of how many.
        settings: of the generator's sampler.

    Raises:
        DataError: fewer than 100 real images.
        InvalidInput: count below 50, seed below 0, or images that differ in size or channels.

    Example:
        >>> import numpy as np
        >>> from subband.data import Examples
        >>> from subband.generate import GENERATORS, Judge, TrainedGenerator, evaluate
        >>> from subband.generate.judge import TURNS, JudgeConfig
        >>> from subband.training import initialised
        >>> config = GENERATORS["vae"].configure(8, widths=(8,))
        >>> with initialised(0):  # both are untrained
        ...     generator = TrainedGenerator("vae", config, GENERATORS["vae"].build(config))
        ...     judge = Judge(JudgeConfig(8, 3, TURNS, "turns", width=4)).eval()
        >>> real = Examples(np.random.default_rng(0).integers(0, 256, (100, 8, 8, 3), dtype=np.uint8))
        >>> found = evaluate(generator, real, judge, count=50)
        >>> found.generated.shape, found.numbers["kid"] > found.numbers["floor_kid"]
        ((50, 8, 8, 3), True)
    """
    check_evaluation(generator, real, count=count, seed=seed, judge=judge.config)
    count = min(count, len(real) // 2)
    random = np.random.default_rng(seed)
    order = random.permutation(len(real))
    first, second = real.take(order[:count]), real.take(order[len(real) // 2 :][:count])
    classes = generator.config.classes
    labels = np.arange(count) % len(classes) if classes else None
    generated = generator.sample(count, seed=seed, labels=labels, progress=progress, **settings)
    (x, _), (y, seen), (z, other) = (judge.look(p) for p in (first.pixels, generated, second.pixels))
    numbers: dict[str, float] = {"count": float(count)}
    for prefix, features in (("", y), ("floor_", z)):
        near = kernel_distance(x, features, rng=random)
        numbers |= {f"{prefix}kid": near.value, f"{prefix}kid_deviation": near.deviation}
        numbers[f"{prefix}frechet"] = frechet_distance(x, features)
        numbers |= {f"{prefix}{name}": value for name, value in overlap(x, features)._asdict().items()}
    if labels is not None and judge.config.task == "classes":
        numbers["accuracy"] = _right(seen, labels, classes, judge.config.classes)
    if judge.config.task == "turns" or real.classes == judge.config.classes:
        numbers["judge_accuracy"] = judge.accuracy(real)
    if second.labels is not None and judge.config.task == "classes":
        numbers["floor_accuracy"] = _right(other, second.labels, real.classes, judge.config.classes)
    remade = None
    if isinstance(generator.network, Reconstructing):
        remade = reconstructed(generator.network, first.pixels)
        left, _ = judge.look(remade)
        numbers["psnr"] = _psnr(remade, first.pixels)
        numbers["reconstruction_kid"] = kernel_distance(x, left, rng=random).value
        numbers["reconstruction_frechet"] = frechet_distance(x, left)
    return Evaluation(numbers, generated, labels, first, remade)


def check_evaluation(
    generator: TrainedGenerator, real: Examples, *, count: int, seed: int, judge: JudgeConfig | None = None
) -> None:
    """Raise at once what `evaluate` would find amiss, before anything long is done.

    Args:
        generator: what is judged.
        real: images to compare with.
        count: images of each set.
        seed: of the images.
        judge: settings of a judge that is there already.

    Raises:
        DataError: fewer than 100 real images.
        InvalidInput: count below 50, seed below 0, or images, generator and judge differ in size or channels.

    Example:
        >>> import numpy as np
        >>> from subband.data import Examples
        >>> from subband.errors import DataError
        >>> from subband.generate import GENERATORS, TrainedGenerator, check_evaluation
        >>> config = GENERATORS["vae"].configure(8)
        >>> generator = TrainedGenerator("vae", config, GENERATORS["vae"].build(config))
        >>> try:
        ...     check_evaluation(generator, Examples(np.zeros((20, 8, 8, 3), np.uint8)), count=50, seed=0)
        ... except DataError as error:
        ...     print(error)
        can't evaluate with 20 real images: 100 are the least
    """
    if len(real) < 2 * FEWEST:
        raise DataError(f"can't evaluate with {len(real)} real images: {2 * FEWEST} are the least")
    if count < FEWEST:
        raise InvalidInput(f"can't evaluate on {count} images: {FEWEST} are the least")
    if seed < 0:
        raise InvalidInput(f"can't evaluate with seed={seed}: it must be 0 or more")
    shape = (generator.size, generator.config.channels)
    others = {"the real images": (real.size, real.channels)}
    if judge is not None:
        others["the judge"] = (judge.size, judge.channels)
    for name, (size, channels) in others.items():
        if (size, channels) != shape:
            raise InvalidInput(
                f"can't evaluate images of {shape[0]} px and {shape[1]} channels with {name}, of {size} px and "
                f"{channels} channels: they must agree"
            )


@torch.no_grad()
def reconstructed(network: Reconstructing, pixels: np.ndarray) -> np.ndarray:
    """What a network leaves of images: uint8 (N, size, size, C), the same shape.

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, reconstructed
        >>> network = GENERATORS["vae"].build(GENERATORS["vae"].configure(8)).eval()  # untrained
        >>> reconstructed(network, np.zeros((5, 8, 8, 3), np.uint8)).shape
        (5, 8, 8, 3)
    """
    images = to_signal(torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))))
    return np.concatenate([to_pixels(network.reconstruct(part)) for part in images.split(_AT_ONCE)])


def _psnr(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Mean over images of 10 log10(255^2 / mean squared error), in dB; exact ones count as 1 / 12."""
    errors = np.square(ours.astype(float) - theirs).mean(axis=(1, 2, 3))
    return float(np.mean(10 * np.log10(255**2 / np.maximum(errors, 1 / 12))))


def _right(told: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], known: tuple[str, ...]) -> float:
    """Share of images, told (N, classes) apart by the judge, in which it sees the class of their label, by
    name."""
    named = zip(told.argmax(axis=1), labels, strict=True)
    return float(np.mean([known[seen] == classes[label] for seen, label in named]))
