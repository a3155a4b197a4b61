"""Sound textures drawn anew: time scattering beside joint time–frequency scattering."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data.packs import unpack
from subband.data.recordings import read_recording
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.sound_features import log_mel
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.synthesis import JointScattering, Moments, Scattering, Spectrum, Statistics, synthesise

SAMPLES, EVALUATIONS, OCTAVES, HOP = 2**16, 200, 11, 0.008


def models(J: int) -> dict[str, Statistics]:
    """The statistics that are compared; all have the spectrum, so that none loses by its coarse bands."""
    common = Spectrum(J=J, Q=8, axes=1) + Moments(4, axes=1)
    time = Scattering(J=J, Q=8, axes=1)
    first = Scattering(J=J, Q=8, order=1, axes=1)
    return {
        "spectrum": common,
        "time scattering": time + common,
        "joint scattering": first + JointScattering(J=J, J_fr=3, Q=8, F=2.0) + common,
    }


def modulations(x: np.ndarray, rate: float) -> np.ndarray:
    """(N,) → (bands,) log₂ power of the log-mel spectrogram's modulations, in octaves of rate and of scale.

    Two-dimensional Fourier transform of the log-mel spectrogram without its mean over time: rates along one axis,
    scales in cycles along the bands on the other; rising and falling patterns apart.
    """
    image = log_mel(np.atleast_2d(x), rate, hop=HOP)[0]
    image = image - image.mean(axis=-1, keepdims=True)
    window = np.hanning(image.shape[-1])
    power = np.abs(np.fft.fft2(image * window)) ** 2
    rows, frames = image.shape[-2:]
    scale = np.fft.fftfreq(rows) * rows
    speed = np.fft.fftfreq(frames)
    half = speed > 0
    row = np.where(scale == 0, 0, np.sign(scale) * (1 + np.floor(np.log2(np.maximum(np.abs(scale), 1)))))
    column = np.floor(np.log2(np.where(half, speed, 1)))
    found = []
    for r in np.unique(row):
        for c in np.unique(column[half]):
            part = power[..., row == r, :][..., half & (column == c)]
            found.append(np.log2(part.mean(axis=(-2, -1)) + 1e-12))
    return np.stack(found, axis=-1)


def modulation_error(x: np.ndarray, real: np.ndarray, rate: float) -> float:
    """Root mean square difference in octaves of power."""
    return float(np.sqrt(np.mean((modulations(x, rate) - modulations(real, rate)) ** 2)))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    samples, J = (SAMPLES, OCTAVES) if full else (2**14, 9)
    most = EVALUATIONS if full else max(10, round(EVALUATIONS * share))
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(unpack("sound_textures.tar", Path(folder)).rglob("*.wav"))
        sounds = {file.stem: read_recording(file) for file in files}
    names = list(sounds) if full else list(sounds)[:2]
    errors: dict[str, list[float]] = {name: [] for name in (*models(J), "real–real")}
    ours: dict[str, float] = {}
    with watcher.stage("sound-textures") as advance:
        for k, name in enumerate(names):
            (sound, *_), rate = sounds[name]
            real, other = sound[:samples], sound[samples : 2 * samples]
            unit = real.std()
            errors["real–real"].append(modulation_error(other[: len(real)], real[: len(other)], rate))
            for model, phi in models(J).items():
                advance(k, len(names), f"{name}: {model}")
                found = synthesise(phi, like=real / unit, n=1, evaluations=most, tol=1e-2, seed=0)
                made = np.asarray(found.samples)[0] * unit
                error = modulation_error(made, real, rate)
                errors[model].append(error)
                ours[f"{name}: {model}, modulation error (octaves of power)"] = error
    for model, found in errors.items():
        ours[f"mean: {model}, modulation error (octaves of power)"] = float(np.mean(found))
    better = np.mean(np.array(errors["joint scattering"]) < np.array(errors["time scattering"]))
    ours["share of sounds on which joint scattering is nearer than time scattering"] = float(better)
    at = np.arange(len(names)).astype(float)
    panels = {"modulation error by sound": {name: (at, np.array(e)) for name, e in errors.items()}}
    figure = plots.lines(
        panels, labels={"modulation error by sound": ("sound", "error (octaves of power)")}, columns=1,
        title="Sound textures, synthesised",
    )  # fmt: skip
    settings: dict[str, Any] = {
        "sounds": names, "samples": samples, "J": J, "evaluations": most,
        "models": {name: repr(phi) for name, phi in models(J).items()},
    }  # fmt: skip
    return Outcome(ours, {}, plots.png(figure), settings, 0, versions())


CLAIM = Claim(
    name="sound-textures",
    claim="Sounds drawn anew from time scattering lose patterns that move through several frequency bands, "
    "such as attacks; joint time–frequency scattering keeps them.",
    source="J. Andén, V. Lostanlen, S. Mallat: Joint time–frequency scattering, 2019, §V",
    published="– (sounds)",
    protocol="Textures of 3.3 s at 20 kHz. Error of spectro-temporal modulations: power of the two-dimensional "
    "Fourier transform of the log-mel spectrogram, in octaves of rate and scale, which no model matches as "
    "such; beside the next 3.3 s of the same recording.",
    seconds=3600,
    run=_run,
    shown=(
        "mean: time scattering, modulation error (octaves of power)",
        "mean: joint scattering, modulation error (octaves of power)",
        "mean: real–real, modulation error (octaves of power)",
    ),
)
