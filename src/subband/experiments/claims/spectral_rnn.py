"""Mackey–Glass and electric load by spectral recurrent networks at several compressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from subband import plots
from subband.data.sequences import hourly_load, mackey_glass
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.sequence_training import train_steps
from subband.metrics import bootstrap_interval
from subband.nn.spectral_rnn import SpectralRNN
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.sequences import persistence, seasonal_naive
from subband.training import initialised

FULL = 1.5 * 3600.0
COMPRESSIONS = (1, 8, 16, 32)
HALF, WINDOW, HIDDEN, BATCH, RATE, STEPS = 2560, 128, 64, 12, 1e-3, 30_000
TESTS = 60
# Hours: fifteen days are seen, half a day is passed over, the day after is predicted and counted.
SEEN, PASSED, COUNTED = 15 * 24, 12, 24
LOAD = {"window": 24, "hop": 12, "batch": 50, "rate": 4e-3, "steps": 8000}
LOAD_COMPRESSIONS = (1, 2, 4)
HELD = 2 * 365 * 24  # the last two years are for testing


@dataclass(frozen=True, eq=False)
class Learnt:
    """Results of one training.

    Attributes:
        errors: (tests,) mean squared error of each test series.
        predicted: (horizon,) of the first.
        steps, seconds: Batches, and processor seconds of one.
        parameters: Real ones.
    """

    errors: np.ndarray
    predicted: np.ndarray
    steps: int
    seconds: float
    parameters: int


def model_of(kind: str, window: int, hop: int | None, hidden: int) -> SpectralRNN:
    """A network by name: "stft/8" or "complex/8" with their compression, "windows", "samples"."""
    word, _, c = kind.partition("/")
    match word:
        case "stft" | "complex":
            cell = "gru" if word == "stft" else "complex"
            return SpectralRNN(1, hidden, window=window, hop=hop, compression=int(c), cell=cell)
        case "windows":
            return SpectralRNN(1, hidden, window=window, transform="none")
    return SpectralRNN(1, hidden, window=1, transform="none")


def learn_chaos(kind: str, seed: int, cpu_seconds: float, steps: int) -> Learnt:
    """Mackey–Glass: the second half of a series from the first."""
    with initialised(seed):
        model = model_of(kind, WINDOW, None, HIDDEN)
    rng = np.random.default_rng(seed)

    def loss(k: int) -> Tensor:
        x = torch.from_numpy(mackey_glass(BATCH, 2 * HALF, rng).astype(np.float32))[..., None]
        return (model(x[:, :HALF], HALF) - x[:, HALF:]).square().mean()

    curve = train_steps(
        model,
        loss,
        steps=steps,
        cpu_seconds=cpu_seconds,
        rate=RATE,
        decay=lambda k: 0.9 ** (k / 1000),
        clip_value=1.0,
    )
    series = chaos()
    with torch.no_grad():
        made = model(torch.from_numpy(series[:, :HALF].astype(np.float32))[..., None], HALF)[..., 0].numpy()
    errors = np.square(made - series[:, HALF:]).mean(1)
    return Learnt(errors, made[0], len(curve.losses), curve.seconds, count(model))


def chaos() -> np.ndarray:
    """(TESTS, 2 HALF) series for testing."""
    return mackey_glass(TESTS, 2 * HALF, np.random.default_rng(10**6))


def load_pieces() -> tuple[np.ndarray, np.ndarray, float, float]:
    """Training series, (n, SEEN + PASSED + COUNTED) test pieces at midnight, mean and deviation of training, MW."""
    times, load = hourly_load()
    training, rest = load[:-HELD], load[-HELD:]
    midnight = int((-(times[-HELD] - times[-HELD].astype("datetime64[D]")).astype(int)) % 24)
    length = SEEN + PASSED + COUNTED
    # Predictions are made at noon, for the day that begins twelve hours later.
    starts = range(midnight + 12, len(rest) - length + 1, 24)
    pieces = np.stack([rest[k : k + length] for k in starts])
    return training, pieces, float(training.mean()), float(training.std())


def learn_load(kind: str, seed: int, cpu_seconds: float, steps: int) -> Learnt:
    """Electric load: a day from noon before, in squared units of the training's standard deviation."""
    training, pieces, mean, std = load_pieces()
    with initialised(seed):
        model = model_of(kind, LOAD["window"], LOAD["hop"], HIDDEN)  # type: ignore[arg-type]
    rng, scaled = np.random.default_rng(seed), torch.from_numpy(((training - mean) / std).astype(np.float32))
    length = SEEN + PASSED + COUNTED

    def loss(k: int) -> Tensor:
        starts = rng.integers(len(scaled) - length + 1, size=int(LOAD["batch"]))
        x = torch.stack([scaled[i : i + length] for i in starts])[..., None]
        return (model(x[:, :SEEN], PASSED + COUNTED) - x[:, SEEN:]).square()[:, PASSED:].mean()

    curve = train_steps(
        model, loss, steps=steps, cpu_seconds=cpu_seconds, rate=LOAD["rate"], decay=lambda k: 0.96 ** (k / 390),
        clip_value=1.0,
    )  # fmt: skip
    x = torch.from_numpy(((pieces - mean) / std).astype(np.float32))[..., None]
    with torch.no_grad():
        made = torch.cat([model(part[:, :SEEN], PASSED + COUNTED) for part in x.split(100)])[
            :, PASSED:, 0
        ].numpy()
    errors = np.square(made - x[:, SEEN + PASSED :, 0].numpy()).mean(1)
    return Learnt(errors, made[0] * std + mean, len(curve.losses), curve.seconds, count(model))


def count(model: SpectralRNN) -> int:
    """Real parameters."""
    return sum(p.numel() * (2 if p.is_complex() else 1) for p in model.parameters())


def baselines() -> dict[str, np.ndarray]:
    """Name → errors of the test series of forecasts that learn nothing."""
    series, (_, pieces, mean, std) = chaos(), load_pieces()
    z = (pieces - mean) / std
    seen, true = z[:, :SEEN], z[:, SEEN + PASSED :]
    found = {
        "Mackey–Glass: persistence": np.square(persistence(series[:, :HALF], HALF) - series[:, HALF:]).mean(1)
    }
    for name, period in (("daily persistence", 24), ("weekly persistence", 168)):
        made = seasonal_naive(seen, PASSED + COUNTED, period)[:, PASSED:]
        found[f"load: {name}"] = np.square(made - true).mean(1)
    return found


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = seconds / FULL
    seeds = 3 if share >= 0.5 else 1
    chaotic = [f"stft/{c}" for c in COMPRESSIONS] + [f"complex/{c}" for c in (1, 8)] + ["windows"]
    loads = [f"stft/{c}" for c in LOAD_COMPRESSIONS] + ["complex/1", "windows", "samples"]
    if share < 0.1:
        chaotic, loads = ["stft/1", "stft/16", "windows"], ["stft/1", "windows"]
    each = 2 * seconds / (seeds * (2 * len(chaotic) + len(loads)))
    work: list[tuple[str, Any]] = [
        (f"Mackey–Glass: {k}, seed {s}", (k, s, 2 * each, STEPS)) for k in chaotic for s in range(seeds)
    ]
    done: Mapping[str, Learnt] = in_processes(learn_chaos, work, watcher, "Mackey–Glass")
    work = [(f"load: {k}, seed {s}", (k, s, each, int(LOAD["steps"]))) for k in loads for s in range(seeds)]
    done = dict(done) | in_processes(learn_load, work, watcher, "load")
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    groups: dict[str, list[Learnt]] = {}
    for name, learnt in done.items():
        groups.setdefault(name.rpartition(", seed")[0], []).append(learnt)
    for name, many in groups.items():
        errors = np.mean([one.errors for one in many], axis=0)
        _note(ours, uncertainty, name, errors)
        ours[f"{name}: milliseconds a step"] = 1000 * float(np.mean([one.seconds for one in many]))
        ours[f"{name}: steps"] = float(np.mean([one.steps for one in many]))
        ours[f"{name}: parameters"] = float(many[0].parameters)
    for name, errors in baselines().items():
        _note(ours, uncertainty, name, errors)
    settings = {
        "Mackey–Glass": {
            "seen": HALF, "predicted": HALF, "window": WINDOW, "batch": BATCH, "rate": RATE, "tests": TESTS,
        },
        "load": LOAD | {"hours seen": SEEN, "passed over": PASSED, "counted": COUNTED},
        "states": HIDDEN, "seeds": seeds, "seconds of each training": [2 * each, each],
    }  # fmt: skip
    return Outcome(ours, uncertainty, _figure(groups), settings, 0, versions())


def _note(ours: dict, uncertainty: dict, name: str, errors: np.ndarray) -> None:
    ours[f"{name}: MSE"] = float(errors.mean())
    interval = bootstrap_interval(np.mean, errors, rng=np.random.default_rng(0))
    uncertainty[f"{name}: MSE"] = (interval.low, interval.high)


def _figure(groups: Mapping[str, list[Learnt]]) -> bytes:
    series, (_, pieces, _, _) = chaos(), load_pieces()
    panels = {
        "Mackey–Glass, second half of the series": series[0, HALF:],
        "load of a day (MW)": pieces[0, SEEN + PASSED :],
    }
    drawn = {
        title: {"true": true}
        | {n.partition(": ")[2]: many[0].predicted for n, many in groups.items() if n.startswith(key)}
        for (title, true), key in zip(panels.items(), ("Mackey", "load"), strict=True)
    }
    return plots.png(
        plots.series(drawn, title="What follows, predicted frame by frame in the frequency domain")
    )


CLAIM = Claim(
    name="spectral-rnn",
    claim="A recurrent network that steps through a short-time Fourier transform predicts long series in few "
    "steps, and keeps its accuracy when high frequencies are left out.",
    source="M. Wolter, J. Gall, A. Yao: Sequence Prediction using Spectral RNNs, ICANN 2020",
    published="– (figures)",
    protocol="Mackey–Glass (τ = 17), 5,120 samples, the second half predicted from the first; window 128, hop "
    "64, 64 states, RMSprop 1e-3 × .9 per 1,000 steps, batches of 12, gradients clipped to ±1, 30,000 steps or "
    "as many as the time allows; compressions 1, 8, 16, 32. Hourly load of Dayton, Ohio, instead of quarter "
    "hours: fifteen days seen, half a day passed over, the next day counted; window 24, hop 12, rate .004 × "
    ".96 per 390; the last two years test, errors in units of the training's variance. Frames lie within the "
    "signal, and overlap with those that are predicted. Intervals: bootstrap over test series. Compared with "
    "windows of samples, single samples (load), the complex cell, persistence of the last value, day and week.",
    seconds=FULL,
    run=_run,
    shown=(
        "Mackey–Glass: stft/1: MSE", "Mackey–Glass: stft/16: MSE", "Mackey–Glass: windows: MSE",
        "load: stft/1: MSE", "load: windows: MSE", "load: daily persistence: MSE",
    ),
)  # fmt: skip
