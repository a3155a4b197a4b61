"""Scattering: stability to translations and deformations, and energy conservation."""

from dataclasses import replace
from typing import Any

import numpy as np
from skimage import data as packaged

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.transforms.scattering import Scattering, scattering_energy

SAMPLES, WIDTH = 4096, 300.0  # standard deviation of a packet's Gaussian envelope, in samples
FREQUENCIES = (0.02, 0.05, 0.1, 0.2)  # cycles per sample
SLOPES = (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08)  # ‖∇τ‖∞ of τ(t) = st
SHIFTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SCALES = (4, 6, 8, 10)
BENT = Scattering(J=9, Q=1, normalise="tight", pad_mode="periodic")
SHIFTED = Scattering(J=10, Q=4, normalise="tight", pad_mode="periodic", oversampling=2)
DEEP = Scattering(J=8, Q=(8, 1), order=3, normalise="tight", pad_mode="periodic", oversampling=1)
FLAT = Scattering(ndim=2, J=4, L=6, order=3, normalise="tight", pad_mode="periodic", oversampling=1)
# Signal length and image side for the energy by order; halved in short runs.
LONG, WIDE = 16_384, 256
SEEDS = 20
TIME = np.arange(SAMPLES) - SAMPLES / 2


def packet(frequency: float, s: float = 0.0, width: float = WIDTH) -> np.ndarray:
    """A Gaussian wave packet x(t − τ(t)) with τ(t) = st."""
    u = (1 - s) * TIME
    return np.exp(-0.5 * (u / width) ** 2) * np.cos(2 * np.pi * frequency * u)


def distance(scattering: Scattering, x: np.ndarray, y: np.ndarray) -> float:
    """‖Sx − Sy‖, output samples weighted by their subsampling 2^stride."""
    stride = scattering.cascade(x.shape[-1]).stride
    return float(np.linalg.norm(scattering(x).array - scattering(y).array) * 2 ** (stride / 2))


def modulus_distance(x: np.ndarray, y: np.ndarray) -> float:
    """‖ |x̂| − |ŷ| ‖ of the unitary Fourier transform, which is invariant to circular shifts."""
    spectra = [np.abs(np.fft.fft(one, norm="ortho")) for one in (x, y)]
    return float(np.linalg.norm(spectra[0] - spectra[1]))


def deformations() -> dict[str, np.ndarray]:
    """(frequencies, slopes) relative changes ‖Φ(D_τ x) − Φ(x)‖ / ‖x‖ of either representation Φ."""
    scattered, fourier = np.empty((2, len(FREQUENCIES), len(SLOPES)))
    for row, frequency in enumerate(FREQUENCIES):
        x = packet(frequency)
        size = np.linalg.norm(x)
        for column, s in enumerate(SLOPES):
            y = packet(frequency, s)
            scattered[row, column] = distance(BENT, x, y) / size
            fourier[row, column] = modulus_distance(x, y) / size
    return {"scattering": scattered, "Fourier modulus": fourier}


def translations(rng: np.random.Generator, seeds: int) -> dict[str, np.ndarray]:
    """(shifts,) changes ‖Φ(x(· − c)) − Φ(x)‖ / ‖x‖ of white noise: by scale J, and for the identity Φ."""
    x = rng.standard_normal((seeds, SAMPLES))
    size = np.linalg.norm(x)
    found: dict[str, np.ndarray] = {}
    for J in SCALES:
        spec = replace(SHIFTED, J=J)
        found[f"scattering, J={J}"] = np.array(
            [distance(spec, x, np.roll(x, c, axis=-1)) / size for c in SHIFTS]
        )
    found["signal"] = np.array([np.linalg.norm(x - np.roll(x, c, axis=-1)) / size for c in SHIFTS])
    return found


def signals(rng: np.random.Generator, length: int, side: int) -> dict[str, tuple[Scattering, np.ndarray]]:
    """Zero-mean test signals for the energy by order, each with its transform."""
    t = np.arange(length) / length
    photograph = (
        packaged.camera().astype(float).reshape(side, 512 // side, side, 512 // side).mean(axis=(1, 3))
    )
    made = {
        "white noise": (DEEP, rng.standard_normal(length)),
        "chirp": (DEEP, np.cos(2 * np.pi * length * (0.01 * t + 0.1 * t**2))),
        "spikes": (DEEP, (rng.random(length) < 1e-3) * rng.standard_normal(length)),
        "noise, an image": (FLAT, rng.standard_normal((side, side))),
        "photograph": (FLAT, photograph),
    }
    return {name: (spec, x - x.mean()) for name, (spec, x) in made.items()}


def _run(seconds: float, watcher: Watcher) -> Outcome:
    seeds = max(2, round(SEEDS * min(1.0, seconds / CLAIM.seconds)))
    length, side = (LONG, WIDE) if seconds >= CLAIM.seconds else (LONG // 2, WIDE // 2)
    with watcher.stage("scattering-stability") as advance:
        advance(0, 3, "deformations")
        bent = deformations()
        advance(1, 3, "translations")
        shifted = translations(np.random.default_rng(0), seeds)
        advance(2, 3, "energy by order")
        scattered = signals(np.random.default_rng(1), length, side)
        shares = {name: scattering_energy(x, spec) for name, (spec, x) in scattered.items()}
    ours: dict[str, float] = {}
    for name, found in bent.items():
        slope = found / np.array(SLOPES)
        ours[f"{name}, largest change for each unit of slope"] = float(slope.max())
        for row, frequency in enumerate(FREQUENCIES):
            ours[f"{name}, change for each unit of slope at {frequency} cycles, least slope"] = float(
                slope[row, 0]
            )
    for name, found in shifted.items():
        ours[f"{name}, change by a shift of 16"] = float(found[SHIFTS.index(16)])
    for name, share in shares.items():
        for row in share:
            ours[f"{name}, share of energy in order {row['order']}"] = float(row["averaged"])
        ours[f"{name}, share of energy in orders 0 to 3"] = float(share["averaged"].sum())
    settings: dict[str, Any] = {
        "deformed": {"transform": repr(BENT), "width": WIDTH, "frequencies": FREQUENCIES, "slopes": SLOPES},
        "shifted": {"transform": repr(SHIFTED), "J": SCALES, "signals": seeds},
        "energy": {"signals": repr(DEEP), "samples": length, "images": repr(FLAT), "side": side},
    }  # fmt: skip
    return Outcome(ours, {}, _figure(bent, shifted, shares), settings, 0, versions())


def _figure(
    bent: dict[str, np.ndarray], shifted: dict[str, np.ndarray], shares: dict[str, np.ndarray]
) -> bytes:
    by_frequency = {
        f"{f:g} cycles/sample": {name: found[k] for name, found in bent.items()}
        for k, f in enumerate(FREQUENCIES)
    }
    averaged = {name: share["averaged"] for name, share in shares.items()}
    title = "Scattering is stable to deformations and translations, and preserves energy"
    return plots.png(plots.stability(SLOPES, by_frequency, SHIFTS, shifted, averaged, title=title))


CLAIM = Claim(
    name="scattering-stability",
    claim="Scattering is stable to deformations, where the Fourier modulus is not; its invariance to "
    "translations increases with the scale; and its first orders contain most of the energy.",
    source="S. Mallat: Group Invariant Scattering, 2012; J. Bruna, S. Mallat: Invariant Scattering Convolution "
    "Networks, 2013, table 1 (energy by order)",
    published="– (theorems, figures)",
    protocol="Tight Morlet filter banks, periodic signals. Deformations: Gaussian wave packets of four "
    "frequencies under τ(t) = st. The theorem states a bound C ‖∇τ‖∞ ‖x‖ with C independent of frequency; for "
    "the Fourier modulus the change per unit of slope increases with frequency, until the spectra of the "
    "packet and of its deformation are disjoint. Translations: white noise, mean over signals. Energy: for "
    "zero-mean signals, the share of ‖x‖² in the averaged coefficients of each order; the remainder is in "
    "paths that are not computed, of higher order or not frequency-decreasing.",
    seconds=60,
    run=_run,
    shown=(
        "scattering, largest change for each unit of slope",
        "Fourier modulus, largest change for each unit of slope",
        "photograph, share of energy in orders 0 to 3",
    ),
)
