"""Signals, images and sounds from their scattering coefficients."""

import io
import tarfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from skimage import data as packaged

from subband import plots
from subband.data.packs import pack
from subband.errors import DataError
from subband.experiments.claim import Claim, Outcome
from subband.metrics import psnr, ssim
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.synthesis import Scattering as ScatteringMoments
from subband.synthesis import invert_scattering, synthesise
from subband.transforms.scattering import Scattering

LINE = 1024
TRIES, LINE_EVALUATIONS = 8, 1500
SIDE, EVALUATIONS = 256, 400
SMALL, SMALL_EVALUATIONS = 128, 100
STARTS = 3  # seeds of the noise that a search starts with
SCALES = (4, 5, 6, 7)
RATIOS = (1.4, 0.5)
SMALL_SETTINGS = ((2, 1), (2, 2), (3, 1), (3, 2), (4, 2))


def shapes(n: int) -> dict[str, np.ndarray]:
    """Sparse signals of n samples, mean 0 and standard deviation 1."""
    t = np.arange(n)
    diracs = np.zeros(n)
    diracs[[n // 5, n // 2 + 7]] = 1.0, -0.6
    steps = np.where((t > n // 4) & (t < 5 * n // 8), 1.0, 0.0)
    tones = np.cos(2 * np.pi * 37 * t / n) + 0.5 * np.cos(2 * np.pi * 150 * t / n + 1)
    made = {"Diracs": diracs, "edges": steps, "sinusoids": tones}
    return {name: (x - x.mean()) / x.std() for name, x in made.items()}


def error_up_to_shift(x: np.ndarray, truth: np.ndarray) -> float:
    """min over shifts and sign of ‖x(· − c) ∓ truth‖ / ‖truth‖."""
    cross = np.fft.irfft(np.fft.rfft(truth) * np.conj(np.fft.rfft(x)), len(x))
    square = float(x @ x + truth @ truth) - 2 * float(np.abs(cross).max())
    return float(np.sqrt(max(square, 0.0) / (truth @ truth)))


def from_moments(x: np.ndarray, order: int, tries: int, evaluations: int) -> tuple[np.ndarray, float, int]:
    """A signal from its mean scattering coefficients: the best by residual of some tries, and their number."""
    phi = ScatteringMoments(J=int(np.log2(len(x))) - 1, Q=1, order=order, axes=1)
    y = np.asarray(phi(x[None]))[0]
    found = synthesise(
        phi, target=y, shape=len(x), n=tries, weights=1 / np.maximum(np.abs(y), 1e-3 * np.abs(y).max()),
        tol=1e-5, evaluations=evaluations, seed=0,
    )  # fmt: skip
    best = int(np.argmin(found.residual))
    return np.asarray(found.samples)[best], float(found.residual[best]), len(y)


@dataclass(frozen=True)
class Setting:
    """A transform with about so many coefficients for each pixel."""

    transform: Scattering
    ratio: float


def setting(J: int, side: int, ratio: float) -> Setting:
    """Directions and oversampling that give the number of coefficients nearest to ratio · side²."""
    found = []
    for L in range(3, 13):
        for more in range(J):
            transform = Scattering(ndim=2, J=J, L=L, order=2, oversampling=more, pad_mode="symmetric")
            count = (1 + L * J + L * L * J * (J - 1) // 2) * (side >> (J - more)) ** 2 / side**2
            found.append(Setting(transform, count))
    return min(found, key=lambda s: abs(np.log(s.ratio / ratio)))


def picture(side: int) -> np.ndarray:
    """A photograph (side, side), 0 … 1: Kodak's lighthouse where the pack is, else the packaged cameraman."""
    try:
        from PIL import Image

        with tarfile.open(pack("kodak.tar")) as archive:
            name = next(n for n in sorted(archive.getnames()) if n.endswith("19.png"))
            content = archive.extractfile(name)
            assert content is not None
            grey = Image.open(io.BytesIO(content.read())).convert("L")
        short = min(grey.size)
        x = np.asarray(grey.crop((0, grey.size[1] - short, short, grey.size[1])).resize((512, 512)), float)
    except (DataError, StopIteration):
        x = packaged.camera().astype(float)
    step = 512 // side
    return x.reshape(side, step, side, step).mean(axis=(1, 3)) / 255


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    strips: dict[str, np.ndarray] = {}
    n, tries, most = (LINE, TRIES, LINE_EVALUATIONS) if full else (256, 2, max(50, round(400 * share)))
    with watcher.stage("inverse-scattering") as advance:
        for name, x in shapes(n).items():
            for order in (1, 2):
                advance(0, 4, f"{name}, order {order}")
                made, residual, count = from_moments(x, order, tries, most)
                key = f"{name}, {n} samples from {count} coefficients of order ≤ {order}"
                ours[f"{key}: error up to shift"] = error_up_to_shift(made, x)
                ours[f"{key}: residual"] = residual
        side = SMALL if full else 64
        x = (
            packaged.camera().astype(float).reshape(side, 512 // side, side, 512 // side).mean(axis=(1, 3))
            / 255
        )
        for J, order in SMALL_SETTINGS:
            advance(1, 4, f"{side}², J = {J}, order {order}")
            s = Scattering(ndim=2, J=J, L=8, order=order)(x)
            found = [
                invert_scattering(s, evaluations=SMALL_EVALUATIONS, tol=1e-6, seed=seed)
                for seed in range(STARTS)
            ]
            near = [psnr(np.asarray(one.samples)[0], x, 1.0) for one in found]
            key = f"cameraman {side}², J = {J}, order {order}, {SMALL_EVALUATIONS} evaluations"
            ours[f"{key}: PSNR (dB)"] = float(np.mean(near))
            uncertainty[f"{key}: PSNR (dB)"] = (min(near), max(near))
            ours[f"{key}: seconds"] = float(np.median([one.seconds for one in found]))
        side = SIDE if full else 128
        x, scales = picture(side), SCALES if full else SCALES[:1]
        for ratio in RATIOS:
            images = [x]
            for J in scales:
                advance(2, 4, f"{side}², 2^J = {2**J}, {ratio:g} N²")
                chosen = setting(J, side, ratio)
                found = invert_scattering(
                    chosen.transform(x), evaluations=EVALUATIONS if full else max(20, round(EVALUATIONS * share)),
                    tol=1e-6,
                )  # fmt: skip
                made = np.asarray(found.samples)[0]
                images.append(made)
                key = f"photograph {side}², 2^J = {2**J}, {chosen.ratio:.2f} N² coefficients"
                ours[f"{key}: PSNR (dB)"] = psnr(made, x, 1.0)
                ours[f"{key}: SSIM"] = ssim(made, x, 1.0)
                ours[f"{key}: residual"] = float(found.residual[0])
            strips[f"original, and from about {ratio:g} N² coefficients"] = np.stack(images)
        advance(3, 4, "sound")
        ours |= _sound(2**15 if full else 2**12, 400 if full else 40)
    settings: dict[str, Any] = {
        "line": {"samples": n, "tries": tries, "evaluations": most}, "small": SMALL_SETTINGS, "side": side,
        "transforms": [repr(setting(J, side, r).transform) for r in RATIOS for J in scales],
    }  # fmt: skip
    figure = plots.fields(strips, columns=1 + len(scales), title="Images from scattering coefficients")
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


def _sound(samples: int, evaluations: int) -> dict[str, float]:
    """Two chirps with an echo, from coefficients averaged over 2^6 and 2^9 samples."""
    t = np.arange(samples) / samples
    x = np.sin(2 * np.pi * samples * (0.02 * t + 0.1 * t**2)) * np.exp(-8 * (t - 0.3) ** 2)
    x += 0.5 * np.roll(x[::-1], samples // 7)
    found: dict[str, float] = {}
    for J in (6, 9):
        s = Scattering(J=J, Q=8)(x)
        made = np.asarray(invert_scattering(s, evaluations=evaluations, tol=1e-6).samples)[0]
        # A sound averaged over 2^J samples is known up to phases; what is heard are its moduli.
        again = np.asarray(Scattering(J=J, Q=8)(made).array)
        level = 20 * np.log10(np.linalg.norm(s.array) / np.linalg.norm(again - s.array))
        found[f"sound, averaged over 2^{J} samples: signal to error of coefficients (dB)"] = float(level)
    return found


CLAIM = Claim(
    name="inverse-scattering",
    claim="Sparse signals are recovered from O(log² N) scattering coefficients up to a shift, and images from "
    "1.4 N² and 0.5 N² coefficients averaged over 16 to 128 pixels.",
    source="J. Bruna, S. Mallat: Invariant scattering convolution networks, 2013; I. Dokmanić, J. Bruna, S. "
    "Mallat, M. de Hoop: Inverse problems with invariant multiscale statistics, 2016",
    published="– (figures). Lena 128² by kymatio's recipe: J = 2, order 2: 23.9 dB; J = 3: 21.2 dB",
    protocol="L-BFGS from the interpolated average of order 0. Signals: mean coefficients only, from white "
    "noise, the best of eight tries by its residual. Images: the directions and oversampling whose number of "
    "coefficients is nearest to the stated one. Cameraman: mean, least and greatest of three starts.",
    seconds=1500,
    run=_run,
    shown=(
        "cameraman 128², J = 2, order 2, 100 evaluations: PSNR (dB)",
        "cameraman 128², J = 3, order 2, 100 evaluations: PSNR (dB)",
    ),
)
