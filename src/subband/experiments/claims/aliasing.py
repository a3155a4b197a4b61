"""Aliasing of non-linearities and of changes of rate, and what a low-pass filter does about it."""

from collections.abc import Callable

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.transforms.resample import aliasing, downsample, filtered_nonlinearity, lowpass, upsample

SAMPLES, FINE = 128, 8
CUTOFF = 0.25  # of the map whose spectrum is shown, cycles a sample
PHASES = 65  # odd, so that no folded harmonic of 128 samples is taken for another
BINS = (1, 63, 2)  # of 128, the frequencies that are fed


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0)."""
    return np.maximum(x, 0)


def ideal_relu(x: np.ndarray, factor: int = 4) -> np.ndarray:
    """ReLU on a finer grid, between ideal filters by FFT."""
    return filtered_nonlinearity(x, relu, factor=factor, filter="ideal")


LAYERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ReLU": relu,
    "ReLU, then low-pass at 1/4": lambda x: lowpass(relu(x), 0.25),
    "filtered ReLU, 2 times finer": lambda x: filtered_nonlinearity(x, relu, factor=2),
    "filtered ReLU, 4 times finer": lambda x: filtered_nonlinearity(x, relu, factor=4),
    "FFT ReLU, 4 times finer": ideal_relu,
    "stride 2": lambda x: x[..., ::2],
    "[1 2 1], stride 2": lambda x: ((np.roll(x, 1, -1) + np.roll(x, -1, -1)) / 4 + x / 2)[..., ::2],
    "low-pass, stride 2": downsample,
    "repeated twice": lambda x: np.repeat(x, 2, axis=-1),
    "interpolated twice": upsample,
}
"""What is measured, each a function of signals along the last axis."""


def level(x: np.ndarray) -> np.ndarray:
    """Amplitudes of the spectrum in dB below the largest."""
    spectrum = np.abs(np.fft.rfft(x))
    return 20 * np.log10(spectrum / spectrum.max() + 1e-12)


def spectra(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of a band-limited map on a grid that stands for the continuum: before and after ReLU, and low-passed."""
    x = lowpass(np.random.default_rng(seed).standard_normal(SAMPLES), CUTOFF)
    continuous = upsample(x, FINE, filter="ideal")
    curved = relu(continuous)
    kept = lowpass(curved, 0.5 / FINE)
    frequency = np.arange(SAMPLES * FINE // 2 + 1) / SAMPLES
    shown = frequency <= 2
    made = {"band-limited map": continuous, "its ReLU": curved, "low-passed ReLU": kept}
    return {name: (frequency[shown], level(y)[shown]) for name, y in made.items()}


def _run(seconds: float, watcher: Watcher) -> Outcome:
    fraction = min(seconds / CLAIM.seconds, 1.0)
    first, last, step = BINS
    frequencies = np.arange(first, last, max(round(step / max(fraction, 0.1)), step)) / SAMPLES
    ours: dict[str, float] = {}
    shares: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    with watcher.stage("aliasing") as advance:
        for k, (name, layer) in enumerate(LAYERS.items()):
            advance(k, len(LAYERS), name)
            found = aliasing(layer, frequencies, shape=SAMPLES, phases=PHASES)
            shares[name] = frequencies, 10 * np.log10(np.maximum(found.aliased / 0.5, 1e-30))
            total = found.aliased.sum() / (found.aliased + found.signal).sum()
            ours[f"{name}, aliased energy in dB"] = float(10 * np.log10(max(total, 1e-30)))
            low = frequencies < CUTOFF / 2
            part = found.aliased[low].sum() / (found.aliased + found.signal)[low].sum()
            ours[f"{name}, aliased energy in dB below 1/8"] = float(10 * np.log10(max(part, 1e-30)))
    shown = spectra(0)
    for name, (frequency, decibels) in shown.items():
        power = 10 ** (decibels / 10)
        beyond = power[frequency > 0.5].sum() / power[frequency > 0].sum()
        ours[f"{name}, energy beyond the Nyquist frequency in dB"] = float(10 * np.log10(max(beyond, 1e-30)))
    title = "ReLU makes frequencies beyond the band; a low-pass takes them out"
    figure = plots.png(plots.aliasing(shown, shares, title=title))
    settings = {"samples": SAMPLES, "phases": PHASES, "frequencies": frequencies.tolist(), "cutoff": CUTOFF}
    return Outcome(ours, {}, figure, settings, 0, versions())


CLAIM = Claim(
    name="aliasing",
    claim="A ReLU makes frequencies above the band limit, which a low-pass filter after it, on a finer "
    "grid, takes out; down-sampling needs a low-pass filter, and up-sampling one to interpolate.",
    source="T. Karras et al.: Alias-Free Generative Adversarial Networks, 2021, section 2",
    published="– (figure)",
    protocol="Waves of 32 frequencies on 128 samples in 65 phases; the energy of each harmonic that is not "
    "at its own frequency, or beyond the Nyquist frequency of the output, is aliased (subband.aliasing). "
    "Spectra: a map of white noise below 1/4 cycle a sample, on a grid 8 times finer that stands for the "
    "continuous signal.",
    seconds=60,
    run=_run,
    shown=tuple(f"{name}, aliased energy in dB" for name in LAYERS),
)
