"""MinD-Vis on a synthetic brain that looks at numbers: identification among 50, ablations, ridge regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import call
from pathlib import Path
from typing import Any

import numpy as np
import torch

from subband import plots, vision
from subband.data import Examples
from subband.data.brain import encoding_model
from subband.data.packs import pack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.numbers import NUMBERS, SIDE, number_images
from subband.experiments.parts import work_folder
from subband.generate import load_generator, train_generator
from subband.generate.brain import (
    BrainEncoderConfig,
    MindVisConfig,
    RidgeDecoder,
    new_encoder,
    train_encoder,
    train_mindvis,
)
from subband.generate.families.diffusion_settings import DiffusionConfig
from subband.metrics import bootstrap_interval, n_way_accuracy
from subband.runs.machine import versions
from subband.runs.progress import Watcher

VOXELS = (704, 912, 610)  # of the subject that is decoded, and of two others
NOISE, REPEATS, WAYS = 1.0, 3, 50
GUIDANCE = 2.0
# Pictures that the generator learns from, that each subject sees, and of the test.
DRAWN, SEEN, TESTS = 20_000, 4000, 300
STEPS = {
    "judge": 1200,
    "autoencoder": 3000,
    "diffusion": 5000,
    "encoder": 2000,
    "subject": 400,
    "tuning": 3000,
}
ENCODER = BrainEncoderConfig(patch=16, width=192, depth=2, heads=6, decoder_width=96, decoder_depth=2)
FULL, NO_A, SINGLE, RIDGE = METHODS = (
    "MinD-Vis",
    "without stage A",
    "without double conditioning",
    "ridge regression to latents",
)

ORIGINALS = "what was seen"


@dataclass(frozen=True, eq=False)
class SyntheticData:
    """Pictures, and the responses of synthetic brains to them: the same in every process.

    Attributes:
        images, numbers: for the generator and the judge.
        seen: (SEEN, side, side) pictures that the subject saw.
        voxels: responses of each subject, (n, V); the first belong to `seen`.
        tests, answers: pictures of the test and their numbers.
        test_voxels: means over repetitions of the subject.
        ceiling: mean noise ceiling of its voxels, single and of the test's means.
    """

    images: np.ndarray
    numbers: np.ndarray
    seen: np.ndarray
    voxels: list[np.ndarray]
    tests: np.ndarray
    answers: np.ndarray
    test_voxels: np.ndarray
    ceiling: tuple[float, float]


def synthetic_data(counts: Mapping[str, int]) -> SyntheticData:
    """Numbers of MNIST's digits seen by three subjects; digits of the test are MNIST's test digits."""
    random = np.random.default_rng(0)
    with np.load(pack("mnist.npz")) as file:
        train, test = (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
    half = len(train[0]) // 2  # what the brains see is drawn with other digits than what the generator learnt
    images, numbers = number_images(train[0][:half], train[1][:half], counts["drawn"], random)
    voxels: list[np.ndarray] = []
    shown: list[np.ndarray] = []
    models = []
    for count in VOXELS:
        seen, _ = number_images(train[0][half:], train[1][half:], counts["seen"], random)
        model = encoding_model(seen, count, random, noise=NOISE)
        voxels.append(model.measure(seen, random)[0])
        shown.append(seen)
        models.append(model)
    tests, answers = number_images(*test, counts["tests"], random)
    measured = models[0].measure(tests, random, repeats=REPEATS).mean(axis=0)
    ceiling = float(models[0].ceiling().mean()), float(models[0].ceiling(REPEATS).mean())
    return SyntheticData(images, numbers, shown[0], voxels, tests, answers, measured, ceiling)


def make_judge(folder: Path, counts: Mapping[str, int], steps: Mapping[str, int]) -> np.ndarray:
    """A vision transformer that tells the numbers apart, saved; its probabilities of the test pictures."""
    data = synthetic_data(counts)
    model = vision.VisionTransformerClassifier(
        tokens="convolution",
        patch=4,
        width=64,
        steps=steps["judge"],
        shift=1.0,
        folder=folder / "judge-state",
    ).fit(data.images, data.numbers)
    model.save(folder / "judge")
    return model.predict_proba(data.tests)


def make_base(folder: Path, counts: Mapping[str, int], steps: Mapping[str, int]) -> None:
    """Autoencoder, and diffusion of its latents with the number as class, saved."""
    data = synthetic_data(counts)
    examples = Examples(data.images[..., None], data.numbers, NUMBERS)
    train_generator("autoencoder", examples, steps=steps["autoencoder"], flip=False, critic=0.0).save(
        folder / "autoencoder"
    )
    train_generator(
        "diffusion", examples, steps=steps["diffusion"], flip=False, batch=64,
        autoencoder=str(folder / "autoencoder"),
    ).save(folder / "base")  # fmt: skip


def make_encoders(folder: Path, counts: Mapping[str, int], steps: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Stage A: weights of an encoder that learnt from all subjects, then from the one that is decoded."""
    data = synthetic_data(counts)
    encoder = train_encoder(data.voxels, ENCODER, steps=steps["encoder"], folder=folder / "encoder")
    encoder = train_encoder(
        data.voxels[0], ENCODER, steps=steps["subject"], start=encoder, folder=folder / "subject"
    )
    # Arrays, as tensors would lie in memory that ends with the process that made them.
    return {name: value.numpy().copy() for name, value in encoder.state_dict().items()}


def decode(
    name: str,
    folder: Path,
    counts: Mapping[str, int],
    steps: Mapping[str, int],
    weights: dict[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """One method: pictures of the test's responses, and the judge's probabilities of them."""
    data, base = synthetic_data(counts), load_generator(folder / "base")
    judge = vision.VisionTransformerClassifier.load(folder / "judge")
    if name == RIDGE:
        drawn = RidgeDecoder(base).fit(data.voxels[0], data.seen[..., None]).sample(data.test_voxels)
    else:
        encoder = new_encoder(ENCODER, 0)
        if name != NO_A:
            encoder.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
        assert isinstance(base.config, DiffusionConfig)
        config = MindVisConfig(VOXELS[0], base.config, ENCODER, double=name != SINGLE)
        model = train_mindvis(
            base,
            encoder,
            data.voxels[0],
            data.seen[..., None],
            config,
            steps=steps["tuning"],
            folder=folder / name,
        )
        drawn = model.sample(data.test_voxels, seed=0, guidance=GUIDANCE)
    return drawn, judge.predict_proba(drawn)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    counts = {
        "drawn": max(400, int(DRAWN * share)),
        "seen": max(200, int(SEEN * share)),
        "tests": max(50, int(TESTS * share)),
    }
    steps = {name: max(4, int(n * share)) for name, n in STEPS.items()}
    with work_folder("mindvis-mini") as folder:
        parts = {"judge": make_judge, "encoder": make_encoders, "generator": make_base}
        jobs = [(name, (work, folder, counts, steps)) for name, work in reversed(parts.items())]
        made: dict[str, Any] = in_processes(call, jobs, watcher, "parts")
        tasks = [(name, (decode, name, folder, counts, steps, made["encoder"])) for name in METHODS]
        found: dict[str, Any] = in_processes(call, tasks, watcher, "decoders")
    data = synthetic_data(counts)
    ours, uncertainty = _numbers(
        {ORIGINALS: made["judge"]} | {name: p for name, (_, p) in found.items()}, data.answers
    )
    ours["noise ceiling of a voxel, one response"], ours["noise ceiling of a voxel, test"] = data.ceiling
    shown = {ORIGINALS: data.tests[..., None]} | {name: drawn for name, (drawn, _) in found.items()}
    figure = _figure(ours, uncertainty, shown)
    settings = {
        "steps": steps,
        "pictures": counts,
        "voxels": list(VOXELS),
        "noise of a volume": NOISE,
        "repetitions of a test picture": REPEATS,
        "encoder": repr(ENCODER),
        "guidance": GUIDANCE,
        "side": SIDE,
    }
    return Outcome(ours, uncertainty, figure, settings, 0, versions())


def _numbers(
    probabilities: Mapping[str, np.ndarray], answers: np.ndarray
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {f"{WAYS}-way accuracy, chance": 1 / WAYS}
    uncertainty: dict[str, tuple[float, float]] = {}
    rng = np.random.default_rng(0)
    each = {name: n_way_accuracy(p, answers, WAYS) for name, p in probabilities.items()}
    for name, right in each.items():
        key = way_key(name)
        ours[key] = float(right.mean())
        interval = bootstrap_interval(np.mean, right, rng=rng)
        uncertainty[key] = (interval.low, interval.high)
        ours[f"{name}, share named right of 100"] = float(
            np.mean(probabilities[name].argmax(axis=1) == answers)
        )
        if name not in (ORIGINALS, FULL):  # of the same pictures
            gain = bootstrap_interval(np.mean, each[FULL] - right, rng=rng)
            ours[f"{FULL} above {name}"] = float((each[FULL] - right).mean())
            uncertainty[f"{FULL} above {name}"] = (gain.low, gain.high)
    return ours, uncertainty


def way_key(name: str) -> str:
    """Name of an accuracy in the record."""
    return f"{name}, {WAYS}-way accuracy"


def _figure(
    ours: Mapping[str, float],
    uncertainty: Mapping[str, tuple[float, float]],
    drawn: Mapping[str, np.ndarray],
) -> bytes:
    rows = {}
    for name, pictures in drawn.items():
        low, high = uncertainty[way_key(name)]
        rows[name] = plots.Contestant(100 * ours[way_key(name)], 50 * (high - low), pictures[:10])
    heading = f"{WAYS}-way identification, chance {100 / WAYS:.0f} %"
    title = "Numbers that a synthetic brain saw, drawn from its voxels"
    return plots.png(plots.contest({heading: rows}, measure=f"{WAYS}-way accuracy (%)", title=title))


CLAIM = Claim(
    name="mindvis-mini",
    claim="Masked pretraining on voxels and double conditioning let a latent diffusion model draw what a "
    "brain saw, better than linear regression to the latents does.",
    source="Z. Chen et al.: Seeing Beyond the Brain: Conditional Diffusion Model with Sparse Masked "
    "Modeling for Vision Decoding, CVPR 2023",
    published="–",
    protocol="A brain whose answers are known (subband.data.brain.encoding_model) in place of a scanner: "
    "energies of dual-tree wavelets, receptive fields, compression, haemodynamic blur, noise; three "
    "subjects with 704, 912 and 610 voxels. Pictures are two-digit numbers of handwritten digits, a "
    "hundred classes, at 32×32. Autoencoder and latent diffusion, with the number as class, learn from "
    "other digits than those that the brains see; the test's are MNIST's test digits. Stage A: masked "
    "modelling on 4,000 responses of each subject, then on the first alone. Stage B: encoder, heads, "
    "cross-attention and time embedding are tuned on the first subject's 4,000 single responses; 300 test "
    "pictures have the mean of three. Without stage A the encoder starts at random; without double "
    "conditioning only cross-attention sees the voxels; all have equally many steps. Ridge regression "
    "predicts the latents from the same responses. A vision transformer judges the pictures, and what was "
    "seen itself; 50-way accuracy is the probability that the true number is its first among itself and 49 "
    "others drawn at random, in closed form. The paper's numbers, of real brains and photographs, are not "
    "comparable. Each model is trained once; intervals are over test pictures.",
    seconds=2700,
    run=_run,
    shown=tuple(way_key(name) for name in (ORIGINALS, *METHODS)),
)
