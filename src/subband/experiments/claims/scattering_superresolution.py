"""Super-resolution by a scattering estimate, beside other priors."""

from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.restoration import ESTIMATE
from subband.experiments.methods.restoration_study import run_study
from subband.runs.progress import Watcher

TASKS = ("x3", "x4")


def _run(seconds: float, watcher: Watcher) -> Outcome:
    return run_study(
        TASKS, seconds / CLAIM.seconds, watcher, title="Photographs from every third and fourth sample"
    )


CLAIM = Claim(
    name="scattering-superresolution",
    claim="An image whose scattering coefficients are estimated from few samples has the right texture, which "
    "a mean over all explanations does not.",
    source="I. Dokmanić, J. Bruna, S. Mallat, M. de Hoop: Inverse problems with invariant multiscale "
    "statistics, 2016",
    published="– (figures)",
    protocol="Grey squares of 96² from photographs (BSDS300 to learn from, Kodak to test), every third or "
    "fourth sample after a cubic anti-alias filter, 40 dB of noise. Tikhonov, TV and ℓ1 with weights tuned on "
    "training images; the best linear estimate of 4,000 images; a residual network of eight layers on it; one "
    "sample of the posterior of a diffusion model trained for 25 processor minutes; the scattering estimate (J "
    "= 3, regression on 200 images). Means over 48 squares with bootstrap intervals; the spectrum error "
    "compares radial power in decibels, the scattering distance mean coefficients up to J = 4.",
    seconds=4500,
    run=_run,
    shown=tuple(
        f"{task}, {prior}: {measure}" for task in TASKS for prior in ("TV", "network", ESTIMATE)
        for measure in ("PSNR (dB)", "log-spectrum error (dB)", "scattering distance")
    ),
)  # fmt: skip
