"""Tomography of few views by a scattering estimate, beside other priors."""

import numpy as np
import skimage

from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.restoration import ESTIMATE, SIDE
from subband.experiments.methods.restoration_study import run_study
from subband.runs.progress import Watcher


def phantom() -> np.ndarray:
    """(1, SIDE, SIDE) the head of Shepp and Logan, 0 … 1."""
    large = skimage.data.shepp_logan_phantom()
    return np.clip(np.asarray(skimage.transform.resize(large, (SIDE, SIDE), anti_aliasing=True)), 0, 1)[None]


def _run(seconds: float, watcher: Watcher) -> Outcome:
    title = "Photographs and a phantom from 30 views"
    return run_study(("tomography",), seconds / CLAIM.seconds, watcher, extra=phantom(), title=title)


CLAIM = Claim(
    name="scattering-tomography",
    claim="Tomography of few views recovers texture where it estimates in the scattering domain.",
    source="I. Dokmanić, J. Bruna, S. Mallat, M. de Hoop: Inverse problems with invariant multiscale "
    "statistics, 2016",
    published="– (figures)",
    protocol="As scattering-superresolution, with 30 views over 180° and 40 dB of noise; and the phantom of "
    "Shepp and Logan at 96², which is no photograph, with the same priors.",
    seconds=4500,
    run=_run,
    shown=tuple(
        f"tomography, {prior}: {measure}" for prior in ("TV", "network", ESTIMATE)
        for measure in ("PSNR (dB)", "log-spectrum error (dB)", "scattering distance")
    ),
)  # fmt: skip
