"""A linear chirp of known frequency law in packets, STFT, CWT and synchrosqueezing."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.metrics import (
    EnergyDensity,
    bootstrap_interval,
    energy_density,
    renyi_entropy,
    ridge,
    ridge_error,
    share_near,
)
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.transforms.continuous import cwt, icwt, isynchrosqueeze, synchrosqueeze
from subband.transforms.continuous import extract_ridge as follow
from subband.transforms.fourier import istft, stft
from subband.transforms.packets import ipackets, packets

FS, SAMPLES, START, END = 150.0, 1500, 1.0, 50.0  # hertz
LEFT_OUT = 0.5  # seconds at either end, excluded from errors
NEAR = 2.5  # hertz, about the width of a packet band
PACKETS = {"wavelet": "sym16", "level": 5, "mode": "symmetric"}
PACKETS_OF_SOURCE = {"wavelet": "db3", "level": 5, "mode": "reflect"}
LOWEST, HIGHEST, COUNT = 0.05, 75.0, 338  # frequencies of the CWT: 32 voices per octave
HOP, N_FFT = 8, 512
SNR = {"no noise": math.inf, "10 dB": 10.0, "0 dB": 0.0}
SECONDS_A_SEED = 0.5

RATE = (END - START) * FS / SAMPLES
TIMES = np.arange(SAMPLES) / FS
FREQUENCY = START + RATE * TIMES
CLEAN = np.cos(2 * np.pi * (START * TIMES + RATE * TIMES**2 / 2))
INNER = (TIMES >= LEFT_OUT) & (TIMES <= SAMPLES / FS - LEFT_OUT)
LAW = (TIMES[INNER], FREQUENCY[INNER])
SETTINGS: dict[str, Any] = {
    "fs": FS,
    "samples": SAMPLES,
    "hertz": [START, END],
    "left out at either end (s)": LEFT_OUT,
    "near (Hz)": NEAR,
    "packets": PACKETS,
    "packets of the source": PACKETS_OF_SOURCE,
    "cwt": {"wavelet": "morlet", "hertz": [LOWEST, HIGHEST], "frequencies": COUNT},
    "stft": {"window": "gaussian", "hop": HOP, "n_fft": N_FFT},
}


def noisy(snr: float, rng: np.random.Generator) -> np.ndarray:
    """The chirp (power ½) with white Gaussian noise at a signal-to-noise ratio of `snr` decibels."""
    return CLEAN + math.sqrt(0.5 * 10 ** (-snr / 10)) * rng.standard_normal(len(CLEAN))


def transforms(x: np.ndarray) -> dict[str, Any]:
    """The four transforms of the signal."""
    continuous = cwt(x, "morlet", frequencies=np.geomspace(LOWEST, HIGHEST, COUNT), fs=FS)
    # The Gaussian window of best concentration for this chirp rate has standard deviation 1/√(2π rate)
    # seconds.
    window = ("gaussian", FS / math.sqrt(2 * math.pi * RATE))
    return {
        "packets": packets(x, **PACKETS),
        "STFT": stft(x, window, HOP, fs=FS, n_fft=N_FFT),
        "CWT": continuous,
        "synchrosqueezed": synchrosqueeze(continuous),
    }


def views(x: np.ndarray) -> dict[str, EnergyDensity]:
    """Energy density of the signal in each of the four transforms."""
    return densities(transforms(x))


def densities(computed: Mapping[str, Any]) -> dict[str, EnergyDensity]:
    """Energy densities of computed transforms."""
    return {name: energy_density(c, fs=FS) for name, c in computed.items()}


def read_in_order(x: np.ndarray, arguments: dict[str, Any], order: str) -> EnergyDensity:
    """Energy density of packets in the given band order, interpreted as frequency order."""
    reordered = packets(x, **arguments, order=order).array
    return energy_density(packets(x, **arguments).replace(reordered), fs=FS)


def order_figures() -> dict[str, float]:
    """(a) Monotonicity of the packet ridge, in frequency order and in natural order."""
    ours = {}
    for arguments in (PACKETS, PACKETS_OF_SOURCE):
        for order in ("frequency", "natural"):
            d = read_in_order(CLEAN, arguments, order)
            inner = (d.times >= LAW[0][0]) & (d.times <= LAW[0][-1])
            steps = np.diff(ridge(d)[inner])
            name = f"{arguments['wavelet']} packets in {order} order"
            ours[f"{name}, ridge error (Hz)"] = ridge_error(d, LAW)
            ours[f"{name}, share of steps that fall"] = float((steps < 0).mean())
            ours[f"{name}, deepest fall (Hz)"] = float(max(0, -steps.min()))
    return ours


def inverse_figures() -> dict[str, float]:
    """(d) Relative reconstruction error of each inverse, with and without the error of the mean."""
    computed = transforms(CLEAN)
    reconstructed = {
        "packets": ipackets(computed["packets"]),
        "STFT": istft(computed["STFT"]),
        "CWT": icwt(computed["CWT"]),
        "synchrosqueezed": isynchrosqueeze(computed["synchrosqueezed"], method="exact"),
    }
    ours = {}
    for name, x in reconstructed.items():
        error = x - CLEAN
        ours[f"{name}, inverse, relative error"] = _relative(error)
        ours[f"{name}, inverse, relative error but for the mean"] = _relative(error - error.mean())
    return ours


def figures_of(computed: Mapping[str, EnergyDensity]) -> dict[str, float]:
    """(b, c) Ridge error and concentration of each density, and the gain of synchrosqueezing over the CWT."""
    found = {}
    for name, d in computed.items():
        found[f"{name}, ridge error (Hz)"] = ridge_error(d, LAW)
        found[f"{name}, share within ±{NEAR} Hz"] = share_near(d, LAW, NEAR)
        found[f"{name}, Rényi entropy (bits)"] = renyi_entropy(d)
    bits = [renyi_entropy(computed[name]) for name in ("CWT", "synchrosqueezed")]
    return found | {"synchrosqueezed, how many times smaller an area than CWT": 2 ** (bits[0] - bits[1])}


def tracked_figures(computed: Mapping[str, Any]) -> dict[str, float]:
    """(b) Error of the ridge tracked by `subband.extract_ridge`."""
    return {
        f"{name}, error of the ridge followed (Hz)": float(
            np.abs(follow(computed[name]) - FREQUENCY)[INNER].mean()
        )
        for name in ("CWT", "synchrosqueezed")
    }


def _relative(error: np.ndarray) -> float:
    return float(np.linalg.norm(error) / np.linalg.norm(CLEAN))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    seeds = max(3, round(seconds / SECONDS_A_SEED))
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    with watcher.stage("chirp") as advance:
        for level, snr in SNR.items():
            rows = []
            for seed in range(seeds if math.isfinite(snr) else 1):
                computed = transforms(noisy(snr, np.random.default_rng(seed)))
                rows.append(figures_of(densities(computed)) | tracked_figures(computed))
                advance(seed + 1, seeds, level)
            for name in rows[0]:
                values = np.array([row[name] for row in rows])
                key = f"{level}: {name}"
                ours[key] = float(values.mean())
                if len(rows) > 1:
                    ours[f"{key}, std over seeds"] = float(values.std(ddof=1))
                    interval = bootstrap_interval(np.mean, values, rng=np.random.default_rng(0))
                    uncertainty[key] = (interval.low, interval.high)
    ours = order_figures() | ours | inverse_figures()
    return Outcome(ours, uncertainty, _figure(), SETTINGS | {"seeds": seeds}, 0, versions())


def _figure() -> bytes:
    computed = views(CLEAN)
    panels = {
        "Packets, frequency order": computed["packets"],
        "Packets, natural order": read_in_order(CLEAN, PACKETS, "natural"),
        "STFT": computed["STFT"],
        "CWT": computed["CWT"],
        "Synchrosqueezed CWT": computed["synchrosqueezed"],
        "Synchrosqueezed, noise at 0 dB": views(noisy(0.0, np.random.default_rng(0)))["synchrosqueezed"],
    }
    titled = {f"{name}\nridge error {ridge_error(d, LAW):.2g} Hz": d for name, d in panels.items()}
    title = "A linear chirp from 1 to 50 Hz"
    return plots.png(plots.time_frequency(titled, law=(TIMES, FREQUENCY), columns=3, title=title))


CLAIM = Claim(
    name="chirp",
    claim="Wavelet packets in frequency order show a linear chirp as an increasing line; synchrosqueezing "
    "concentrates its continuous transform on a thin ridge; every transform is invertible.",
    source="M. Wolter: examples of packet analysis in the Jax- and PyTorch-Wavelet-Toolbox; Daubechies, Lu, "
    "Wu: Synchrosqueezed Wavelet Transforms, 2011",
    published="– (figures)",
    protocol="A linear chirp of 1 to 50 Hz in 10 s, 1500 samples; packets of db3, 5 levels, mode reflect. For "
    "comparison: sym16 packets, an STFT with the Gaussian window of best concentration for this chirp, a "
    "Morlet CWT with 32 voices per octave from 0.05 to 75 Hz, and its synchrosqueezing without a threshold. "
    "White noise at SNRs of 10 and 0 dB, independent for each seed. The ridge is the cell of maximal energy at "
    "each time, without smoothing; its error is the mean absolute difference from the true frequency, "
    "excluding half a second at either end. The ridge followed is the optimal path by dynamic programming, "
    "with a jump penalty of one nat per squared cell. In natural order, bands are interpreted as if sorted by "
    "frequency. Rényi entropies are of order 3; after synchrosqueezing they are limited by the frequency "
    "resolution, since the ridge is thinner than a cell, and decrease under noise because noise is reassigned "
    "too.",
    seconds=60,
    run=_run,
    shown=(
        "sym16 packets in frequency order, ridge error (Hz)",
        "sym16 packets in natural order, ridge error (Hz)",
        "no noise: synchrosqueezed, ridge error (Hz)",
        "no noise: synchrosqueezed, how many times smaller an area than CWT",
        "0 dB: synchrosqueezed, ridge error (Hz)",
        "0 dB: synchrosqueezed, error of the ridge followed (Hz)",
    ),
)
