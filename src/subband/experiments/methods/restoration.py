"""Photographs restored with every kind of prior: what the claims on super-resolution and tomography share."""

import io
import pickle
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from subband.data import Examples
from subband.data.packs import pack
from subband.experiments.methods.equal_work import train_for
from subband.generate import load_generator
from subband.inverse import (
    L1,
    TV,
    BestLinear,
    DiffusionPosterior,
    Prior,
    ResidualNetwork,
    ScatteringEstimate,
    Tikhonov,
    compare,
)
from subband.inverse.tasks import TaskSettings, simulated, task_operator
from subband.metrics import bootstrap_interval
from subband.runs.files import write_bytes
from subband.transforms.scattering import Scattering

SIDE = 96
TRAIN, TEST = "photos_bsds300.tar", "kodak.tar"
NOISE_DB = 40.0
MEASURES = {"psnr": "PSNR (dB)", "ssim": "SSIM", "spectrum": "log-spectrum error (dB)",
            "scattering": "scattering distance"}  # fmt: skip
ESTIMATE = "scattering estimate"
DIFFUSION = "diffusion prior"
DRAWN = 3  # images in the figure


@dataclass(frozen=True)
class Amount:
    """How much is learnt and tested.

    Attributes:
        images: Training images of the linear estimate, the network and the diffusion model.
        few: Of them, for the scattering estimate and for tuning.
        tests: Test images.
        steps: Of the network's training.
        sampling: Steps of the diffusion sampler.
    """

    images: int = 4000
    few: int = 200
    tests: int = 48
    steps: int = 3000
    sampling: int = 50

    @classmethod
    def of(cls, share: float) -> "Amount":
        """For a share of the full run's time."""
        if share >= 1:
            return cls()
        return cls(*(max(least, round(share * full)) for least, full in
                     ((60, 4000), (10, 200), (2, 48), (20, 3000), (10, 50))))  # fmt: skip


def squares(name: str, count: int, seed: int) -> np.ndarray:
    """(count, SIDE, SIDE) random grey squares, 0 … 1, in turn from the photographs of a pack."""
    rng, photos = np.random.default_rng(seed), []
    with tarfile.open(pack(name)) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and member.name.lower().endswith((".png", ".jpg", ".jpeg")):
                photos.append(np.asarray(Image.open(io.BytesIO(content.read())).convert("L")))
    found = []
    for k in range(count):
        photo = photos[k % len(photos)]
        row, column = (int(rng.integers(n - SIDE + 1)) for n in photo.shape)
        found.append(photo[row : row + SIDE, column : column + SIDE])
    return np.stack(found) / 255.0


def fit_diffusion(amount: Amount, seconds: float, folder: Path) -> None:
    """Train a diffusion model on the quarters of the training squares, into a folder."""
    images = squares(TRAIN, amount.images, 0)
    half = SIDE // 2
    parts = [images[:, r : r + half, c : c + half] for r in (0, half) for c in (0, half)]
    pixels = np.round(255 * np.concatenate(parts))[..., None].astype(np.uint8)
    train_for("diffusion", Examples(pixels), seconds, flip=True).save(folder)


def fit_priors(task: str, amount: Amount, file: Path) -> None:
    """Fit or tune all priors but diffusion on the training squares, into a file."""
    images = squares(TRAIN, amount.images, 0)
    settings = TaskSettings()
    operator = task_operator(task, (SIDE, SIDE), settings)
    noise = float(
        np.mean([simulated(task, x, settings, noise_db=NOISE_DB).noise or 0.0 for x in images[:50]])
    )
    tuning = images[: max(4, amount.few // 25)]
    linear = BestLinear.fit(operator, images, noise)
    scattering = Scattering(ndim=2, J=3, L=8)
    priors: dict[str, Prior] = {
        "Tikhonov": Tikhonov().tuned(operator, tuning, noise),
        "best linear": linear,
        "TV": TV(bounds=(0.0, 1.0)).tuned(operator, tuning, noise),
        "wavelet ℓ1": L1().tuned(operator, tuning, noise),
        "network": ResidualNetwork.fit(
            operator, images[: 5 * amount.few], noise, linear=linear, steps=amount.steps
        ),
        ESTIMATE: ScatteringEstimate.fit(scattering, operator, images[: amount.few], noise),
    }
    write_bytes(file, pickle.dumps(priors))


@dataclass(frozen=True, eq=False)
class Restored:
    """One test image restored with every prior.

    Attributes:
        measures: Prior → keys of `MEASURES` → number.
        images: "true", "measured", then prior → estimate; empty for images that aren't drawn.
    """

    measures: Mapping[str, Mapping[str, float]]
    images: Mapping[str, np.ndarray]


def restore(
    task: str, truths: np.ndarray, first: int, file: Path, model: Path, sampling: int, drawn: bool
) -> list[Restored]:
    """Measure test images with noise, and restore them with the priors of a file and the model of a folder."""
    torch.set_num_threads(1)
    priors = pickle.loads(file.read_bytes())
    priors[DIFFUSION] = DiffusionPosterior.of(load_generator(model), steps=sampling)
    found = []
    for k, truth in enumerate(truths):
        made = simulated(task, truth, TaskSettings(), noise_db=NOISE_DB, seed=first + k)
        table = compare(made.operator, made.y, priors, made.truth, noise=made.noise, peak=1.0)
        measures = {
            row.name: {key: getattr(row, key) for key in (*MEASURES, "seconds")} for row in table.rows
        }
        images = {row.name: np.asarray(row.inversion.x) for row in table.rows} if drawn else {}
        if drawn:
            images = {"true": np.asarray(made.truth), "measured": made.y, **images}
        found.append(Restored(measures, images))
    return found


def summary(task: str, found: Sequence[Restored]) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Means over the images with intervals, and how often the scattering estimate is the best of all."""
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    names = list(found[0].measures)
    for name in names:
        for key, title in MEASURES.items():
            values = np.array([one.measures[name][key] for one in found])
            label = f"{task}, {name}: {title}"
            ours[label] = float(values.mean())
            if len(values) > 1:
                interval = bootstrap_interval(np.mean, values, rng=np.random.default_rng(0))
                uncertainty[label] = (interval.low, interval.high)
        ours[f"{task}, {name}: seconds an image"] = float(
            np.median([one.measures[name]["seconds"] for one in found])
        )
    for key in ("spectrum", "scattering"):
        best = [min(names, key=lambda name, one=one: one.measures[name][key]) for one in found]
        share = float(np.mean([name == ESTIMATE for name in best]))
        ours[
            f"{task}: images on which the scattering estimate has the least {MEASURES[key].split(' (')[0]}"
        ] = share
    return ours, uncertainty
