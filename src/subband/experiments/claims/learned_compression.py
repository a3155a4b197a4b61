"""Networks whose dense layers are learnt wavelets: digits, and gated recurrent cells on two synthetic tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from subband import plots
from subband.data.packs import pack
from subband.data.sequences import adding_task, memory_task
from subband.data.sequences.memory import CLASSES, COUNT
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.sequence_training import train_steps
from subband.metrics import bootstrap_interval, wilson_interval
from subband.nn.wavelet_linear import WaveletGRU, WaveletLinear, wavelet_loss
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.training import initialised

FULL = 2.5 * 3600.0
BATCH, EPOCHS, FADE, SEEDS = 64, 20, 0.8, 5
LAYERS = ("dense", "wavelet", "wavelet, free bank")
T, HIDDEN, GRU_STEPS = 150, 256, 12_000
TABLE: dict[str, tuple[str, ...]] = {
    "none": (),
    "reset": ("reset",),
    "state": ("state",),
    "update": ("update",),
    "state and reset": ("state", "reset"),
    "both gates": ("reset", "update"),
    "state and update": ("state", "update"),
    "all": ("reset", "update", "state"),
}
"""Row of the published tables → compressed recurrent matrices."""
PUBLISHED = {
    "adding": (0.992, 0.9996, 0.9945, 0.978, 0.986, 0.890, 0.557, 0.548),
    "memory": (0.99985, 0.99998, 0.991, 0.126, 0.9905, 0.129, 0.127, 0.168),
}


class DigitNet(nn.Module):
    """Two convolutions, and a dense layer of 500 or a wavelet layer of 1,024 units.

    Args:
        layer: One of `LAYERS`.
    """

    def __init__(self, layer: str) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten() )  # fmt: skip
        if layer == "dense":
            self.middle: nn.Module = nn.Linear(1024, 500)
            self.last = nn.Linear(500, 10)
        else:
            bank = "free" if "free" in layer else "lattice"
            self.middle = WaveletLinear(1024, bias=False, wavelet=bank, level=6, taps=6, start="signs")
            self.last = nn.Linear(1024, 10)
        self.dropout = nn.Dropout(0.5 if layer == "dense" else 0.2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 1, 28, 28) → (batch, 10)."""
        return self.last(self.dropout(torch.relu(self.middle(self.convolutions(x)))))


@dataclass(frozen=True)
class Read:
    """Accuracy of a digit network after each epoch, and its parameters."""

    accuracy: tuple[float, ...]
    parameters: int


def learn_digits(layer: str, seed: int, epochs: int, images: int) -> Read:
    """One training."""
    torch.set_num_threads(1)
    with np.load(pack("mnist.npz")) as archive:
        x, y, u, v = (archive[k] for k in ("x_train", "y_train", "x_test", "y_test"))
    x, u = (
        (torch.from_numpy(a[:, None].astype(np.float32)) / 255 - 0.1307) / 0.3081 for a in (x[:images], u)
    )
    y, v = torch.from_numpy(y[:images].astype(np.int64)), torch.from_numpy(v.astype(np.int64))
    with initialised(seed):
        model = DigitNet(layer)
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, FADE)
    order, found = np.random.default_rng(seed), []
    for _ in range(epochs):
        model.train()
        for rows in torch.from_numpy(order.permutation(len(x))).split(BATCH):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows]) + wavelet_loss(model)
            loss.backward()
            optimizer.step()
        schedule.step()
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(part).argmax(1) for part in u.split(500)]) == v
        found.append(float(right.float().mean()))
    return Read(tuple(found), sum(p.numel() for p in model.parameters()))


@dataclass(frozen=True)
class Solved:
    """Accuracy of a recurrent network, its parameters and steps."""

    accuracy: float
    parameters: int
    steps: int


class Recurrent(nn.Module):
    """A `WaveletGRU` and a linear map of its states."""

    def __init__(self, task: str, hidden: int, compressed: tuple[str, ...]) -> None:
        super().__init__()
        self.task = task
        options: dict[str, Any] = {"start": "signs"}
        self.rnn = WaveletGRU(CLASSES if task == "memory" else 2, hidden, compressed, **options)
        self.out = nn.Linear(hidden, CLASSES - 1 if task == "memory" else 1)

    def forward(self, x: Tensor) -> Tensor:
        """(T, batch, features) → (T, batch, outputs)."""
        return self.out(self.rnn(x)[0])


def learn_sequences(
    task: str,
    compressed: tuple[str, ...],
    seed: int,
    cpu_seconds: float,
    steps: int,
    length: int,
    hidden: int,
) -> Solved:
    """One training on memory or adding, and its accuracy on new sequences."""
    with initialised(seed):
        model = Recurrent(task, hidden, compressed)
    rng = np.random.default_rng(seed)

    def batch(count: int) -> tuple[Tensor, Tensor]:
        if task == "memory":
            x, y = (torch.from_numpy(a.T.copy()) for a in memory_task(count, length, rng))
            return nn.functional.one_hot(x, CLASSES).float(), y
        x, y = (torch.from_numpy(a) for a in adding_task(count, length, rng))
        return x.transpose(0, 1), y

    def loss(k: int) -> Tensor:
        x, y = batch(50)
        if task == "memory":
            return nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        return (model(x)[-1] - y).square().mean()

    curve = train_steps(model, loss, steps=steps, cpu_seconds=cpu_seconds, rate=1e-3, clip_norm=1.0)
    with torch.no_grad():
        x, y = batch(1000)
        made = model(x)
    right = (made[-COUNT:].argmax(-1) == y[-COUNT:]) if task == "memory" else ((made[-1] - y).abs() < 0.05)
    size = sum(p.numel() for p in model.parameters())
    return Solved(float(right.float().mean()), size, len(curve.losses))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = seconds / FULL
    seeds, epochs, images = (
        (SEEDS, EPOCHS, 60_000) if share >= 0.5 else (1, 1, 6000) if share < 0.05 else (2, 6, 60_000)
    )
    length, hidden = (T, HIDDEN) if share >= 0.05 else (20, 64)
    rows = TABLE if share >= 0.05 else {k: TABLE[k] for k in ("none", "all")}
    work: list[tuple[str, Any]] = [
        (f"digits, {layer}, seed {s}", (layer, s, epochs, images)) for layer in LAYERS for s in range(seeds)
    ]
    read: Mapping[str, Read] = in_processes(learn_digits, work, watcher, "digits")
    each = 0.7 * 2 * seconds / (2 * len(rows))
    jobs: list[tuple[str, Any]] = [
        (f"{task}, compressed: {row}", (task, gates, 0, each, GRU_STEPS, length, hidden))
        for task in PUBLISHED
        for row, gates in rows.items()
    ]
    solved: Mapping[str, Solved] = in_processes(learn_sequences, jobs, watcher, "recurrent networks")
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for layer in LAYERS:
        many = [read[f"digits, {layer}, seed {s}"] for s in range(seeds)]
        last, best = (np.array([f(one.accuracy) for one in many]) for f in (lambda a: a[-1], max))
        key = f"digits, {layer}, accuracy"
        ours[key], ours[f"digits, {layer}, best epoch on test images, accuracy"] = (
            float(last.mean()),
            float(best.mean()),
        )
        ours[f"digits, {layer}: parameters"] = float(many[0].parameters)
        if seeds > 1:
            interval = bootstrap_interval(np.mean, last, rng=np.random.default_rng(0))
            uncertainty[key] = (interval.low, interval.high)
        else:
            uncertainty[key] = tuple(wilson_interval(last[0], 10_000))  # type: ignore[assignment]
    for name, one in solved.items():
        ours[f"{name}, accuracy"] = one.accuracy
        ours[f"{name}: parameters"], ours[f"{name}: steps"] = float(one.parameters), float(one.steps)
    for task, values in PUBLISHED.items():
        for row, value in zip(TABLE, values, strict=True):
            if row in rows:
                ours[f"{task}, compressed: {row}, published"] = value
    settings = {
        "digits": {"epochs": epochs, "images": images, "batch": BATCH, "fade": FADE, "seeds": seeds},
        "recurrent": {"T": length, "states": hidden, "steps": GRU_STEPS, "seconds of each": each},
    }
    return Outcome(ours, uncertainty, _figure(read), settings, 0, versions())


def _figure(read: Mapping[str, Read]) -> bytes:
    curves = {
        f"{layer} ({one.parameters:,})": 1
        - np.stack([r.accuracy for n, r in read.items() if n.startswith(f"digits, {layer}, seed")])
        for layer in LAYERS
        for one in [read[f"digits, {layer}, seed 0"]]
    }
    epochs = np.arange(1, next(iter(curves.values())).shape[1] + 1)
    title = "Digits: networks with a dense and with a wavelet layer (parameters)"
    return plots.png(plots.error_over_time(epochs, curves, x="epoch", y="test error", title=title, log=True))


CLAIM = Claim(
    name="learned-compression",
    claim="A dense layer can be replaced by diagonals around a learnt wavelet transform with a hundredth of "
    "its weights.",
    source="M. Wolter, S. Lin, A. Yao: Neural network compression via learnable wavelet transforms, ICANN 2020",
    published="digits: 99.16 % after the last epoch, 99.26 % best, with 45,955 parameters (550,094 dense); "
    "gated cells: see the table (single runs, computed with an inverse transform that drops coefficients)",
    protocol="All 60,000 digits, two convolutions with rectifiers, then 1,024 units by S W⁻¹ G P W B with six "
    "taps and six scales, or 500 dense ones; Adadelta, rate 1 × .8 an epoch, batches of 64, 20 epochs, five "
    "seeds; no augmentation. The source has no rectifiers after the convolutions and starts the diagonals at "
    "1; here B starts with random signs. “Lattice” banks are orthonormal at each step, “free” ones are held by "
    "the product-filter losses. All coefficients take part in the inverse. Gated cells: 256 states instead of "
    "512, T = 150, RMSprop 1e-3, 12,000 steps or as many as the time allows, one run each; accuracy of sums "
    "within .05, and of the ten recalled symbols (chance .125). Intervals: bootstrap over seeds.",
    seconds=FULL,
    run=_run,
    shown=(
        *(f"digits, {layer}, accuracy" for layer in LAYERS),
        *(f"{task}, compressed: {row}, accuracy" for task in PUBLISHED for row in ("none", "all")),
    ),
)
