"""Photographs of 64 pixels and images of this library's generators trained on them, for studies of detectors."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband.data import Chain, Picture, from_arrays, read
from subband.data import Examples as Pictures
from subband.data.packs import pack
from subband.experiments.methods.copies import groups_of_copies, held_out
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.forensics import Examples
from subband.runs.progress import Watcher

PACK, SIZE = "photos64_10k.tar", 64
REAL = "real"
CHAIN = Chain(SIZE, encode="jpeg:75")
"""Every image takes it, photographs too: they were stored so once, and generated images never."""

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "autoencoder": ("autoencoder", {}),
    "diffae": ("diffae", {}),
    "diffusion": ("diffusion", {}),
    "gan": ("gan", {}),
    "latent diffusion": ("diffusion", {"autoencoder": "…"}),
    "vae": ("vae", {}),
}
"""Generator → its family and settings."""

NEWER = "newer than the recorded runs, which are of six generators"
VECTORS = "gated layers of all pixels at once, of which photographs come out as blurs"
OMITTED = {
    "binomial": "makes black-and-white images only",
    "cgan": NEWER,
    "cvae": VECTORS,
    "cyclegan": "translates images, and draws none of its own",
    "dcgan": NEWER,
    "maskgit": NEWER,
    "paella": NEWER,
    "stylegan3": NEWER,
    "transgan": NEWER,
    "vampprior": VECTORS,
}
"""Family → why the studies of detectors have no images of it; newer ones join when they are run in full again."""

FIRST_STAGE = 1 / 3  # of the time of latent diffusion, for its autoencoder
PARTS = ("train", "val", "test")


@dataclass(frozen=True, eq=False)
class Sources:
    """Photographs and generated images, after the same chain.

    Attributes:
        names: "real", then the generators.
        pixels: part → source → (N, 64, 64, 3) uint8.
    """

    names: tuple[str, ...]
    pixels: Mapping[str, Mapping[str, np.ndarray]]

    def examples(self, part: str, names: Sequence[str] | None = None) -> Examples:
        """Images of some sources, labelled by their order; all by default."""
        chosen = self.names if names is None else names
        sets = [self.pixels[part][name] for name in chosen]
        labels = np.repeat(np.arange(len(sets)), [len(images) for images in sets])
        return Examples(np.concatenate(sets), labels, np.arange(len(labels)))

    def save(self, folder: Path) -> None:
        """Write one file for each part and source."""
        for part, sources in self.pixels.items():
            for k, name in enumerate(self.names):
                np.save(folder / f"{part}-{k}.npy", sources[name])

    @classmethod
    def load(cls, folder: Path, names: Sequence[str]) -> "Sources":
        """Read what `save` wrote, for processes of their own."""
        pixels = {
            part: {name: np.load(folder / f"{part}-{k}.npy") for k, name in enumerate(names)}
            for part in PARTS
        }
        return cls(tuple(names), pixels)


def photographs(counts: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training, validation and test photographs; those of the last two have no copy anywhere."""
    pixels = np.stack([found.pixels for found in read(pack(PACK)) if isinstance(found, Picture)])
    groups = groups_of_copies(pixels)
    index = held_out(groups, np.zeros(len(pixels), np.int64), counts, np.random.default_rng(0))
    train, val, test = (pixels[rows] for rows in index)
    return train, val, test


def draw(model: str, file: Path, seconds: float, count: int) -> np.ndarray:
    """Train a generator for `seconds` of processor time on the photographs in `file`, and draw `count` images."""
    family, settings = MODELS[model]
    training = Pictures(np.load(file))
    if "autoencoder" not in settings:
        return train_for(family, training, seconds, flip=True, **settings).sample(count, seed=1)
    with tempfile.TemporaryDirectory(prefix="subband-") as folder:
        # Of another seed than the generator "autoencoder": two decoders, not one.
        train_for("autoencoder", training, FIRST_STAGE * seconds, flip=True, seed=7).save(folder)
        model_of_latents = train_for(
            family, training, (1 - FIRST_STAGE) * seconds, flip=True, autoencoder=folder
        )
        return model_of_latents.sample(count, seed=1)


def sources(
    models: Sequence[str],
    watcher: Watcher,
    *,
    seconds: float,
    real: tuple[int, int, int],
    generated: tuple[int, int, int],
) -> Sources:
    """Train generators on the training photographs, draw images, and take all through the chain.

    Args:
        models: keys of `MODELS`.
        watcher: receives the progress.
        seconds: processor time of each generator's training.
        real: photographs for training, validation and test.
        generated: images of each generator for training, validation and test.
    """
    with watcher.stage("read photographs"):
        photos = photographs(real)
    with tempfile.TemporaryDirectory(prefix="subband-") as folder:
        file = Path(folder, "train.npy")
        np.save(file, photos[0])
        jobs = [(model, (model, file, seconds, sum(generated))) for model in models]
        drawn = in_processes(draw, jobs, watcher, "generators")
    with watcher.stage("encode all alike"):
        pixels: dict[str, dict[str, np.ndarray]] = {}
        ends = np.cumsum(generated)[:-1]
        cut = {model: np.split(images, ends) for model, images in drawn.items()}
        for k, part in enumerate(PARTS):
            both = {REAL: photos[k]} | {model: images[k] for model, images in cut.items()}
            pixels[part] = {name: from_arrays(name, images, CHAIN).pixels for name, images in both.items()}
    return Sources((REAL, *models), pixels)


def resaved(pixels: np.ndarray, qualities: Sequence[int] | np.ndarray) -> np.ndarray:
    """Images saved again as JPEG (4:2:0), image k with qualities[k]."""
    chains = {
        quality: Chain(pixels.shape[1], encode=f"jpeg:{quality}") for quality in set(map(int, qualities))
    }
    return np.stack(
        [chains[int(quality)](image)[0] for quality, image in zip(qualities, pixels, strict=True)]
    )
