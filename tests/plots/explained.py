"""An explanation, without a detector, and the figures of one."""

from collections.abc import Callable, Mapping

import numpy as np

from subband import plots
from subband.forensics import BandAblation, HeatMap, PictureExplanation, Removal, spectrum
from subband.forensics.judgement import Judgement, Opinion, Verdict


def explanation(rng: np.random.Generator, photo: np.ndarray, *, slopes: bool = True) -> PictureExplanation:
    tiles = rng.normal(size=(8, 8, 2, 2))
    return PictureExplanation(
        "The detector's answer rests mostly on the finest diagonal detail.",
        HeatMap(rng.normal(size=(9, 12)), rng.normal(size=(3, 4)), 16, (8.0, 8.0), photo.shape[:2]),
        spectrum(photo),
        Removal(2.0, rng.normal(size=(8, 8)), {"smooth areas": 1.0}, {"the finest detail": "real"}),
        photo[:16, :16],
        (3, 5),
        16,
        tiles,
        np.abs(tiles) if slopes else None,
        rng.random((16, 16)) if slopes else None,
    )


def judgement(verdict: Verdict = "generated", sources: Mapping[str, float] | None = None) -> Judgement:
    opinion = Opinion(
        verdict,
        "it looks like those",
        0.7,
        "gan",
        sources or {"real": 0.1, "diffusion": 0.2, "gan": 0.7},
        None,
        "CNN on packets",
        ("diffusion", "gan"),
        {"false alarms": 0.02, "misses": 0.25},
        4,
    )
    return Judgement(verdict, "The detector says so.", (), (), opinion)


def ablation() -> BandAblation:
    bands = np.full((8, 8), 0.9)
    bands[7, 7] = 0.6
    return BandAblation(
        0.92, bands, {"the finest detail": 0.55, "smooth areas": 0.92}, 0.02, (60, 60), "remove"
    )


def drawings(rng: np.random.Generator) -> dict[str, Callable[[], plots.Figure]]:
    photo = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    found = explanation(rng, photo)
    return {
        "explanation": lambda: plots.explanation(photo, found, judgement(), name="a.png"),
        "ablation": lambda: plots.ablation(ablation()),
        "panel": lambda: plots.panel("bands", found),
        "spectra": lambda: plots.spectra({"A": found.spectrum, "B": found.spectrum}),
    }


EXPECTED = {
    "explanation": (
        "a.png · picture, 64 × 48 pixels · where it looks generated · probability of “generated” · 50 %"
        " · The detector's answer rests mostly · The detector says so. · Detector: CNN on packets, 4 crops"
        " · Knows: diffusion, gan · Measured: false alarms 2 %, misses 25 % · probability (%) · 70 %"
        " · packets of the marked square · ln |coefficient| (nats) · saliency of its packets"
        " · what each band says · radial spectrum · power density (dB) · frequency (cycles per pixel)"
    ),
    "ablation": (
        "Accuracy without each band · change without one band · percentage points · balanced accuracy (%)"
        " · bands removed · the finest detail · 55.0"
    ),
    "panel": "what each band says · horizontal frequency · ← real    (nats)    generated →",
    "spectra": "radial spectrum · A · B · power law f^− · power density (dB)",
}
