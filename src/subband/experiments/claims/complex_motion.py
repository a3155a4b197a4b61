"""Human walking predicted by a complex gated and by a real gated network of equal size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from subband import plots
from subband.data.sequences import Motions, euler_error, joint_positions, read_motions, skeleton
from subband.data.sequences.motion import clips
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.sequence_training import Curve, train_steps
from subband.metrics import bootstrap_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.sequences import MotionModel
from subband.training import initialised

FULL = 1.5 * 3600.0
ACTION, SEEN, AHEAD = "walking", 50, 10
BATCH, RATE, DECAY, EVERY, CLIP, STEPS = 16, 5e-3, 0.95, 10_000, 5.0, 20_000
HIDDEN = {"gru": 512, "complex": 350}
"""States of about equally many real parameters (a complex one counts as two); the test checks it."""
TESTED, SHOWN = 64, 24


@dataclass(frozen=True, eq=False)
class Walked:
    """Errors of one training.

    Attributes:
        errors: (TESTED, AHEAD) Euler errors on test clips.
        shown: (SHOWN, 117) poses that follow those of `shown_clip`.
        curve: Of the training.
    """

    errors: np.ndarray
    shown: np.ndarray
    curve: Curve


def fixed_clips(motions: Motions) -> np.ndarray:
    """(TESTED, SEEN + AHEAD, 117) of the test recordings, the same for all."""
    return clips(motions.test, SEEN + AHEAD, TESTED, np.random.default_rng(1234))


def shown_clip(motions: Motions) -> np.ndarray:
    """(SEEN + SHOWN, 117) of a test recording, for the animation: longer than what is predicted in training."""
    return clips(motions.test, SEEN + SHOWN, 1, np.random.default_rng(1234))[0]


def learn(cell: str, hidden: int, seed: int, cpu_seconds: float, steps: int) -> Walked:
    """One training, and its errors."""
    motions = read_motions(ACTION)
    with initialised(seed):
        model = MotionModel(len(motions.used), hidden, cell=cell)
    rng = np.random.default_rng(seed)

    def loss(k: int) -> Tensor:
        poses = motions.normalised(clips(motions.train, SEEN + AHEAD, BATCH, rng)).astype(np.float32)
        x = torch.from_numpy(poses)
        return (model(x[:, :SEEN], AHEAD) - x[:, SEEN:]).square().mean()

    curve = train_steps(
        model, loss, steps=steps, cpu_seconds=cpu_seconds, rate=RATE, decay=lambda k: DECAY ** (k // EVERY),
        clip_norm=CLIP, optimizer=torch.optim.SGD,
    )  # fmt: skip
    poses = fixed_clips(motions)

    def predicted(seen: np.ndarray, horizon: int) -> np.ndarray:
        with torch.no_grad():
            x = torch.from_numpy(motions.normalised(seen).astype(np.float32))
            return motions.restored(model(x, horizon).numpy().astype(np.float64))

    errors = euler_error(predicted(poses[:, :SEEN], AHEAD), _without_still(motions, poses[:, SEEN:]))
    return Walked(errors, predicted(shown_clip(motions)[None, :SEEN], SHOWN)[0], curve)


def baselines(motions: Motions) -> dict[str, np.ndarray]:
    """Name → (TESTED, AHEAD) errors of the last pose, and of means of the last poses."""
    poses = fixed_clips(motions)
    true, found = _without_still(motions, poses[:, SEEN:]), {}
    for name, count in (("zero velocity", 1), ("mean of two poses", 2), ("mean of four poses", 4)):
        still = poses[:, SEEN - count : SEEN].mean(1, keepdims=True)
        still = _without_still(motions, np.repeat(still, AHEAD, axis=1))
        found[name] = euler_error(still, true)
    return found


def _without_still(motions: Motions, poses: np.ndarray) -> np.ndarray:
    """Poses whose coordinates that don't move in training are at their mean, so that they count for no one."""
    return motions.restored(motions.normalised(poses))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = seconds / FULL
    seeds, scale = (5, 1.0) if share >= 0.3 else (2, 0.125)
    hidden = {cell: max(16, int(n * scale)) for cell, n in HIDDEN.items()}
    each = 2 * seconds / (2 * seeds)
    work = [(f"{c}, seed {s}", (c, hidden[c], s, each, STEPS)) for s in range(seeds) for c in HIDDEN]
    done: Mapping[str, Walked] = in_processes(learn, work, watcher, "trainings")
    motions = read_motions(ACTION)
    errors: dict[str, np.ndarray] = {
        c: np.stack([done[f"{c}, seed {s}"].errors.mean(0) for s in range(seeds)]) for c in HIDDEN
    }
    still = {name: e.mean(0)[None] for name, e in baselines(motions).items()}
    names = {"complex": "complex gated cell", "gru": "GRU"}
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for cell, rows in errors.items():
        key = f"{names[cell]}: mean Euler error"
        ours[key] = float(rows.mean())
        interval = bootstrap_interval(np.mean, rows.mean(1), rng=np.random.default_rng(0))
        uncertainty[key] = (interval.low, interval.high)
        for k in (1, 3, 7, 9):
            ours[f"{names[cell]}: Euler error after {round(1000 * (k + 1) / 24)} ms"] = float(
                rows[:, k].mean()
            )
        ours[f"{names[cell]}: steps"] = float(
            np.mean([len(done[f"{cell}, seed {s}"].curve.losses) for s in range(seeds)])
        )
        ours[f"{names[cell]}: parameters"] = float(parameters(len(motions.used), hidden[cell], cell))
    for name, rows in still.items():
        ours[f"{name}: mean Euler error"] = float(rows.mean())
    gain = errors["gru"].mean(1) - errors["complex"].mean(1)
    ours["GRU minus complex, mean Euler error"] = float(gain.mean())
    interval = bootstrap_interval(np.mean, gain, rng=np.random.default_rng(0))
    uncertainty["GRU minus complex, mean Euler error"] = (interval.low, interval.high)
    settings: dict[str, Any] = {
        "action": ACTION, "frames seen": SEEN, "frames predicted": AHEAD, "batch": BATCH, "rate": RATE,
        "states": hidden, "seeds": seeds, "seconds of each training": each, "test clips": TESTED,
    }  # fmt: skip
    lines = {names[c]: rows for c, rows in errors.items()} | still
    figure = plots.png(
        plots.error_over_time(
            np.arange(1, AHEAD + 1) / 24 * 1000,
            lines,
            x="ms",
            y="Euler error (rad)",
            title="Walking, ten frames ahead",
        )
    )
    walkers = {names[c]: done[f"{c}, seed 0"].shown for c in HIDDEN}
    return Outcome(ours, uncertainty, figure, settings, 0, versions(), _animation(motions, walkers))


def _animation(motions: Motions, walkers: Mapping[str, np.ndarray]) -> bytes:
    """A second that all have seen, and the one after it as it was and as each predicts it."""
    clip = _without_still(motions, shown_clip(motions))
    seen, true = clip[SEEN - SHOWN : SEEN], clip[SEEN:]
    shown = {"as it was": true} | dict(walkers)
    moved = {name: joint_positions(np.concatenate([seen, after])) for name, after in shown.items()}
    return plots.gif(plots.pose_frames(moved, skeleton()[0], marks=len(seen)), rate=24)


def parameters(features: int, hidden: int, cell: str) -> int:
    """Real parameters; a complex one counts as two."""
    model = MotionModel(features, hidden, cell=cell)
    return sum(p.numel() * (2 if p.is_complex() else 1) for p in model.parameters())


CLAIM = Claim(
    name="complex-motion",
    claim="The complex gated cell predicts human walking better than a GRU of as many parameters.",
    source="M. Wolter, A. Yao: Complex Gated Recurrent Neural Networks, NeurIPS 2018; protocol of J. Martinez, "
    "M. J. Black, J. Romero, 2017",
    published="walking of H3.6M, six test sequences: 1.21 complex, 1.35 GRU (a draft of 2018)",
    protocol="Walking of the CMU database as exponential maps at 24 frames a second, 50 frames seen, ten "
    "predicted. One recurrent layer reads and goes on from its own output, with a residual: 512 states instead "
    "of 1024, so that more steps fit the time. Gradient descent with rate .005, batches of 16, clipped to norm "
    "5, 20,000 steps or as many as the time allows. 64 fixed test clips. Mean Euclidean distance of Euler "
    "angles without global position and orientation. Intervals: bootstrap over seeds. H3.6M may not be passed "
    "on, so the numbers are not comparable with the published ones, but for the sign.",
    seconds=FULL,
    run=_run,
    shown=(
        "complex gated cell: mean Euler error",
        "GRU: mean Euler error",
        "zero velocity: mean Euler error",
        "GRU minus complex, mean Euler error",
    ),
)
