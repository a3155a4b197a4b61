"""MNIST: vision transformers on pixels and on sub-bands against training size, and what they look like inside."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import call
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots, vision
from subband.experiments.claim import Claim, Outcome
from subband.experiments.claims.mnist_scattering import (
    PENALTIES,
    SPECS,
    Digits,
    Errors,
    error_key,
    features,
    load,
    summary,
)
from subband.experiments.claims.mnist_scattering import STEPS as STEPS_OF_NET
from subband.experiments.methods.classifiers import chosen, principal_axes, ridge
from subband.experiments.methods.convnet import fit_convnet
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.parts import work_folder
from subband.metrics import wilson_interval
from subband.nn.vision_transformer import (
    attention_distance,
    attention_rollout,
    filter_components,
    position_similarity,
)
from subband.runs.machine import versions
from subband.runs.progress import Watcher

SIZES = (1000, 10_000, 60_000)
STEM, PIXELS, BANDS, NET, LINEAR = METHODS = (
    "ViT, convolutional stem",
    "ViT, pixel patches",
    "ViT, sub-band tokens",
    "ConvNet",
    "scattering + linear",
)
COMMON: dict[str, Any] = {"shift": 2.0, "depth": 4, "heads": 4}
MODELS: dict[str, dict[str, Any]] = {
    STEM: COMMON | {"tokens": "convolution", "patch": 4, "width": 64},
    # 16 tokens of 49 numbers each, of equal width: equal parameters, equal work.
    PIXELS: COMMON | {"tokens": "pixels", "patch": 7, "width": 96, "rate": 3e-3},
    BANDS: COMMON | {"tokens": "bands", "patch": 7, "width": 96, "rate": 3e-3, "level": 2, "wavelet": "haar"},
}
STEPS = {  # of 128 images
    STEM: dict(zip(SIZES, (400, 1000, 2000), strict=True)),
    PIXELS: dict(zip(SIZES, (600, 1500, 3000), strict=True)),
    BANDS: dict(zip(SIZES, (600, 1500, 3000), strict=True)),
}
SHOWN = (PIXELS, BANDS)  # whose insides are drawn
SPEC, KEPT = "J=3, L=8", 500  # of scattering, and its principal axes
LOOKED_AT = 200  # test images for the distances of attention


@dataclass(frozen=True, eq=False)
class Fitted:
    """Results of one training.

    Attributes:
        predicted: classes of the test images.
        seconds: processor time of the training.
        parameters: number of weights; 0 for those that are not trained by gradients.
        insides: of a vision transformer that is shown.
    """

    predicted: np.ndarray
    seconds: float
    parameters: int = 0
    insides: "plots.Insides | None" = None


def fit_transformer(name: str, n: int, steps: int, tests: int, folder: Path, first: list[int]) -> Fitted:
    """Train one of `MODELS` on the first n digits; its state is kept in a folder.

    Args:
        name: key of `MODELS`.
        n: training images.
        steps: of training.
        tests: test images.
        folder: for the state.
        first: test images whose rollout is drawn.
    """
    digits, start = load(tests), time.process_time()
    model = vision.VisionTransformerClassifier(steps=steps, folder=folder / f"{name}, {n}", **MODELS[name])
    model.fit(digits.x_train[:n], digits.y_train[:n])
    seconds, net = time.process_time() - start, model.network_
    insides = None
    if name in SHOWN:
        components = filter_components(net)
        insides = plots.Insides(
            components.patterns, components.shares, position_similarity(net),
            attention_distance(net, model.as_input(digits.x_test[:LOOKED_AT])),
            attention_rollout(net, model.as_input(digits.x_test[first])),
        )  # fmt: skip
    parameters = sum(p.numel() for p in net.parameters())
    return Fitted(model.predict(digits.x_test), seconds, parameters, insides)


def fit_net(name: str, n: int, steps: int, tests: int, folder: Path, first: list[int]) -> Fitted:
    """The ConvNet of `mnist-scattering`."""
    digits, start = load(tests), time.process_time()
    predict = fit_convnet(digits.x_train[:n], digits.y_train[:n], classes=10, steps=steps, seed=0)
    return Fitted(predict(digits.x_test), time.process_time() - start)


def fit_linear(sizes: list[int], tests: int) -> dict[int, Fitted]:
    """Ridge regression on the principal axes of scattering coefficients, for all sizes."""
    digits: Digits = load(tests)
    start = time.process_time()
    s = features(digits.x_train[: max(sizes)], SPECS[SPEC])
    scattered = time.process_time() - start
    s_test, found = features(digits.x_test, SPECS[SPEC]), {}
    for n in sizes:
        start = time.process_time()
        axes = principal_axes(s[:n], KEPT)
        x, y = axes(s[:n]), digits.y_train[:n]
        penalty = PENALTIES[chosen(ridge, x, y, PENALTIES, classes=10)]
        predicted = ridge(x, y, (penalty,), classes=10)(axes(s_test))[0].argmax(axis=-1)
        found[n] = Fitted(predicted, scattered * n / max(sizes) + time.process_time() - start)
    return found


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    sizes = [n for n in SIZES if n <= max(SIZES[0], SIZES[-1] * share)]
    tests = max(500, int(10_000 * share))
    digits = load(tests)
    first = [int(np.flatnonzero(digits.y_test == k)[0]) for k in range(10)]
    steps = {name: {n: max(20, int(of[n] * share)) for n in sizes} for name, of in STEPS.items()}
    steps[NET] = {n: max(20, int(STEPS_OF_NET[n] * share)) for n in sizes}
    with work_folder("vit-insides") as folder:
        jobs: list[tuple[str, tuple[Any, ...]]] = [("scattering", (fit_linear, sizes, tests))]
        jobs += [
            (f"{name}, {n} images", (work, name, n, steps[name][n], tests, folder, first))
            for n in reversed(sizes)
            for name, work in (*((name, fit_transformer) for name in MODELS), (NET, fit_net))
        ]
        done: dict[str, Any] = in_processes(call, jobs, watcher, "trainings")
    fits: dict[tuple[str, int], Fitted] = {(LINEAR, n): fit for n, fit in done["scattering"].items()}
    fits |= {(name, n): done[f"{name}, {n} images"] for name in (*MODELS, NET) for n in sizes}
    ours, uncertainty = _numbers(fits, digits.y_test, sizes)
    settings = {
        "models": MODELS,
        "steps of 128 images": {name: {str(n): k for n, k in of.items()} for name, of in steps.items()},
        "scattering": SPECS[SPEC] | {"principal axes": KEPT},
        "tests": tests,
    }
    insides = {name: fits[name, sizes[-1]].insides for name in SHOWN}
    figure = _figure(ours, uncertainty, sizes, insides, digits.x_test[first])
    return Outcome(ours, uncertainty, figure, settings, 0, versions())


def _numbers(
    fits: Mapping[tuple[str, int], Fitted], labels: np.ndarray, sizes: list[int]
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    errors = Errors()
    for (name, n), fit in fits.items():
        errors.add(name, n, fit.predicted != labels)
    ours, uncertainty = summary(errors)
    for name in METHODS:
        for n in sizes:
            fit = fits[name, n]
            ours[f"{n} images: {name}, processor seconds"] = fit.seconds
            if fit.parameters:
                ours[f"{name}, parameters"] = float(fit.parameters)
        right = float(np.mean(fits[name, sizes[-1]].predicted == labels))
        ours[accuracy_key(name, sizes[-1])] = right
        uncertainty[accuracy_key(name, sizes[-1])] = wilson_interval(right, len(labels))
    return ours, uncertainty


def accuracy_key(name: str, n: int) -> str:
    """Name of an accuracy in the record."""
    return f"{n} images: {name}, accuracy"


def _figure(
    ours: Mapping[str, float],
    uncertainty: Mapping[str, tuple[float, float]],
    sizes: list[int],
    insides: "Mapping[str, plots.Insides | None]",
    images: np.ndarray,
) -> bytes:
    curves = {
        name: plots.ErrorCurve(
            np.array(sizes),
            np.array([ours[error_key(name, n)] for n in sizes]),
            np.array([uncertainty[error_key(name, n)] for n in sizes]),
        )
        for name in METHODS
    }
    shown = {name: found for name, found in insides.items() if found is not None}
    title = "Vision transformers on handwritten digits, and their insides"
    return plots.png(plots.transformer_insides(curves, shown, images, title=title))


CLAIM = Claim(
    name="vit-insides",
    claim="A vision transformer learns filters, neighbourhoods and where to look from images alone; on few "
    "images it errs more than networks with convolutions, on many about as much.",
    source="A. Dosovitskiy et al.: An Image is Worth 16x16 Words, 2021, figures 4 and 7; S. Abnar, W. "
    "Zuidema: Quantifying Attention Flow in Transformers, 2020; T. Xiao et al.: Early Convolutions Help "
    "Transformers See Better, 2021",
    published="–",
    protocol="Training sets are leading slices of one random permutation of MNIST. Vision transformers of "
    "4 blocks, AdamW, warm-up and cosine, shifts of up to 2 pixels, averaged weights, a fixed number of "
    "steps (at most ten processor minutes of one core). Pixel patches of 7×7 and sub-band tokens (each of "
    "the 16 bands of Haar packets of level 2 is one token of 7×7 coefficients) have the same transformer, "
    "equally many tokens and parameters; the convolutional stem makes 7×7 tokens. The ConvNet is that of "
    "mnist-scattering, without shifts; scattering + linear is ridge regression on 500 principal axes. "
    "Insides are of the models with most images: principal components of the filters that embed tokens, "
    "cosine similarity of position embeddings, mean attention distance of each head over 200 test digits, "
    "attention rollout to the class token. For sub-bands, rows and columns are bands by frequency. Each "
    "model is trained once; intervals are over test images.",
    seconds=1500,
    run=_run,
    shown=tuple(error_key(method, n) for n in SIZES for method in METHODS),
)
