"""How good a generator is: how near its images are to real ones, and whether they show what was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from subband.data import Examples
from subband.errors import DataError, InvalidInput
from subband.generate.family import GENERATORS, Condition, Reconstructing
from subband.generate.judge import Judge, JudgeConfig
from subband.generate.measures import Encoding, Tokenizing, Weighing
from subband.generate.pixels import to_pixels, to_signal
from subband.generate.rates import drawing_seconds
from subband.generate.trained import TrainedGenerator
from subband.generate.variational.units import ACTIVE, traverse, units
from subband.metrics import frechet_distance, kernel_distance, overlap

FEWEST = 50  # images that a distance is measured on
_AT_ONCE = 64
_WEIGHED, _WEIGHING = 1000, 60.0  # images whose likelihood is estimated, at most, and seconds for it
_TRAVERSED = 8  # units that are shown


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured.

    Attributes:
        numbers: a flat table; `kid`, `frechet`, `precision`, `recall`, `density`, `coverage` and, with
            classes, `accuracy`; the same with `floor_` before them of real images against other real ones;
            `count`, how many images of each; `judge_accuracy`. Of families that reconstruct images too,
            `psnr` (dB, the mean over images) and `reconstruction_kid`, `reconstruction_frechet`. Of variational
            ones, those of `LogLikelihood.numbers` and `active_units` of `units`; of those with tokens, `codes_used`
            (share) and `perplexity` of the tokens of the real images.
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
    codes: "Codes | None" = None


@dataclass(frozen=True, eq=False)
class Codes:
    """What the units of the codes of a variational autoencoder hold.

    Attributes:
        activity, divergence: of each unit, see `subband.generate.variational.units`, (units,).
        shown: units in order of their activity, the most active first, (m,).
        values: what each of these is set to, (m, k).
        traversals: images with one of these units changed at a time, uint8 (m, k, size, size, C).

    Example:
        >>> images = np.zeros((1, 3, 8, 8, 1), np.uint8)
        >>> codes = Codes(np.array([0.8, 0.001]), np.array([2.0, 0.0]), np.array([0]), np.ones((1, 3)), images)
        >>> codes.active.tolist()
        [True, False]
    """

    activity: np.ndarray
    divergence: np.ndarray
    shown: np.ndarray
    values: np.ndarray
    traversals: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Whether each unit is active, bool (units,)."""
        return self.activity > ACTIVE


def evaluate(
    generator: TrainedGenerator,
    real: Examples,
    judge: Judge,
    *,
    count: int = 2000,
    seed: int = 0,
    importance_samples: int = 500,
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
        importance_samples: codes that the likelihood of each image is estimated from, of variational families, on
            as many as the reference machine weighs in a minute, at most 1000; 0 leaves it out.
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
    codes = _of_codes(generator, first, numbers, importance_samples, seed)
    return Evaluation(numbers, generated, labels, first, remade, codes)


@torch.no_grad()
def _of_codes(
    generator: TrainedGenerator, real: Examples, numbers: dict[str, float], samples: int, seed: int
) -> Codes | None:
    """Add what is measured of codes, likelihoods and tokens to the numbers."""
    network, condition = generator.network, _condition(generator, real)
    images = to_signal(torch.from_numpy(np.ascontiguousarray(real.pixels.transpose(0, 3, 1, 2))))
    if isinstance(network, Tokenizing) and (use := network.code_use(images)) is not None:
        numbers |= {"codes_used": use.used, "perplexity": use.perplexity, "codes": float(use.codes)}
    if condition is None:
        return None
    if isinstance(network, Weighing) and samples:
        weighed = min(
            _WEIGHED, int(_WEIGHING / drawing_seconds(GENERATORS[generator.family], real.size, samples))
        )
        part = {name: rows[: max(weighed, 2)] for name, rows in condition.items()}
        found = network.log_likelihood(images[: max(weighed, 2)], part, samples=samples, seed=seed)
        numbers |= found.numbers()
    if not isinstance(network, Encoding):
        return None
    posterior = network.posterior(images, condition)
    report = units(posterior)
    numbers |= {"units": float(len(report.activity)), "active_units": float(report.active)}
    shown = report.order[:_TRAVERSED]
    spread = (posterior.mean.var(dim=0) + posterior.log_variance.exp().mean(dim=0)).sqrt()[shown]
    values = posterior.mean.mean(dim=0)[shown, None] + spread[:, None] * torch.linspace(-2.5, 2.5, 9).to(
        spread
    )
    only = {name: rows[:1].expand(values.numel()) for name, rows in condition.items()}
    drawn = traverse(lambda codes: network.decode(codes, only), posterior.mean[0], shown, values)
    pixels = to_pixels(drawn.flatten(0, 1)).reshape(*values.shape, *real.pixels.shape[1:])
    tables = (report.activity, report.divergence, shown, values)
    return Codes(*(table.cpu().numpy() for table in tables), traversals=pixels)


def _condition(generator: TrainedGenerator, real: Examples) -> Condition | None:
    """The classes of real images as the generator numbers them; None if it needs some that the images lack."""
    classes = generator.config.classes
    if not classes:
        return {}
    if real.labels is None or not set(real.classes) <= set(classes):
        return None
    numbers = np.array([classes.index(name) for name in real.classes])
    return {"label": torch.from_numpy(numbers[real.labels])}


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
