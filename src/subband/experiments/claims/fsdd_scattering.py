"""Spoken digits: cepstra, time scattering and joint time–frequency scattering with a linear classifier."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data.packs import unpack
from subband.data.sounds import SoundSet, spoken_digits
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.sound_study import KEPT, NET, by_group, by_take, describe, scores, study
from subband.runs.machine import versions
from subband.runs.progress import Watcher

SAMPLES = 8192  # 1.02 s; longer recordings (0.7 %) are truncated
J, Q, J_FR = 11, 8, 3
TEST_TAKES = 5
STEPS = 150  # training steps of the ConvNet, batches of 128
SPEAKERS, TAKES = "new speakers", "known speakers"
PUBLISHED = {"MFCC": 39.0, "time scattering": 27.0, "joint scattering": 20.0, NET: 26.0}


def fewer(sounds: SoundSet, share: float) -> SoundSet:
    """A fraction of the takes of either part of the official split, at least one of each."""
    tests = max(1, round(TEST_TAKES * share))
    others = max(1, round((50 - TEST_TAKES) * share))
    kept = (sounds.takes >= TEST_TAKES - tests) & (sounds.takes < TEST_TAKES + others)
    return replace(
        sounds,
        x=sounds.x[kept],
        labels=sounds.labels[kept],
        groups=sounds.groups[kept],
        takes=sounds.takes[kept],
    )


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    with tempfile.TemporaryDirectory(prefix="subband-") as folder:
        sounds = fewer(spoken_digits(unpack("fsdd.tar", Path(folder)), samples=SAMPLES), share)
    steps = max(5, round(STEPS * share))
    with watcher.stage("describing sounds") as advance:
        described = describe(sounds, J=J, Q=Q, J_fr=J_FR, report=lambda now: advance(0, 1, now))
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    with watcher.stage("fsdd-scattering") as advance:
        for title, divisions in ((SPEAKERS, by_group(sounds)), (TAKES, by_take(sounds, TEST_TAKES))):
            predicted = study(
                sounds,
                described,
                divisions,
                steps=steps,
                report=lambda now, title=title: advance(0, 1, f"{title}, {now}"),
            )
            found = scores(sounds, predicted, title, clustered=title == SPEAKERS)
            ours, uncertainty = ours | found[0], uncertainty | found[1]
    settings: dict[str, Any] = {
        "samples": SAMPLES,
        "recordings": len(sounds.labels),
        "averaged over (samples)": 2**J,
        "scattering": {"J": J, "Q": Q, "J_fr": J_FR, "T": 2**J},
        "features": {name: int(np.prod(s.shape[1:])) for name, s in described.items()},
        "principal axes": KEPT,
        "ConvNet, steps of 128 sounds": steps,
    }
    return Outcome(ours, uncertainty, _figure(ours, uncertainty), settings, 0, versions())


def _figure(ours: dict[str, float], uncertainty: dict[str, tuple[float, float]]) -> bytes:
    panels = {}
    for title in (SPEAKERS, TAKES):
        keys = {name: f"{title}: {name}, class-wise error (%)" for name in PUBLISHED}
        panels[title] = {name: (ours[key], *uncertainty[key]) for name, key in keys.items()}
    panels["UrbanSound8k, published"] = {name: (error, error, error) for name, error in PUBLISHED.items()}
    return plots.png(
        plots.error_bars(panels, title="Spoken digits: one linear classifier, three feature sets")
    )


CLAIM = Claim(
    name="fsdd-scattering",
    claim="With a linear classifier, joint time–frequency scattering has lower error on sounds than time "
    "scattering, and time scattering lower error than mel-frequency cepstra.",
    source="J. Bruna, S. Mallat, I. Dokmanić, M. de Hoop: lecture on unsupervised learning and inverse "
    "problems; J. Andén, V. Lostanlen, S. Mallat: Joint Time–Frequency Scattering, 2019",
    published="UrbanSound8k, class-wise average error: MFCC .39, time scattering .27, ConvNet .26, joint "
    "time–frequency scattering .20",
    protocol="The Free Spoken Digit Dataset, 3,000 recordings of six speakers, instead of UrbanSound8K: "
    "compare the ranking, not the values. Test sets are each speaker in turn (leave-one-speaker-out), or takes "
    "0 to 4 of all speakers (the official split). Recordings are normalised to equal power and 8,192 samples. "
    "Features are averaged over 2,048 samples (256 ms), in four frames: 20 cepstra of 40 mel bands with their "
    "time derivatives; logarithms of time scattering (J = 11, Q = 8) and of joint scattering (also J_fr = 3). "
    "Features are scaled to unit standard deviation, projected onto 400 principal axes, and classified by "
    "ridge regression; its penalty is chosen by cross-validation over training speakers (or five folds of "
    "recordings). The ConvNet is a LeNet-5 on log-mel spectrograms, trained for a fixed number of steps. "
    "Confidence intervals for new speakers resample the six speakers.",
    seconds=400,
    run=_run,
    shown=tuple(
        [f"{title}: {name}, class-wise error (%)" for title in (SPEAKERS, TAKES) for name in PUBLISHED]
    ),
)
