"""What a training leaves: settings and a network that draws images, kept in a folder."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import ModelHubMixin, snapshot_download

from subband.errors import CheckpointError, InvalidInput
from subband.generate.family import GENERATORS, Condition, Config, GeneratorFamily, ImageNetwork
from subband.generate.pixels import to_pixels
from subband.training import (
    CONFIG,
    WEIGHTS,
    Fit,
    check_finite,
    fill,
    generator,
    initialised,
    load_checkpoint,
    read_config,
    save_checkpoint,
    settings_of,
)

_SAMPLE = 4  # the place, in `training.generator`'s sense, of the stream that samples are drawn from
_AT_ONCE = 64  # images drawn together, which bounds the memory of sampling


class TrainedGenerator(
    ModelHubMixin, library_name="subband", tags=["subband", "image-generation"], license="apache-2.0"
):
    """A `Generator` of any family: its settings and its network.

    From huggingface_hub it has `save_pretrained(folder)`, `push_to_hub("user/name")` and
    `TrainedGenerator.from_pretrained("user/name" or folder)`, which keep the same two files as `save`.

    Example:
        >>> from subband.generate import GENERATORS, TrainedGenerator
        >>> from subband.training import initialised
        >>> family = GENERATORS["vae"]
        >>> config = family.configure(8)
        >>> with initialised(0):
        ...     generator = TrainedGenerator("vae", config, family.build(config))  # untrained
        >>> generator.sample(3, seed=0).shape
        (3, 8, 8, 3)
        >>> bool((generator.sample(3, seed=0) == generator.sample(3, seed=0)).all())
        True
    """

    def __init__(self, family: str, config: Config, network: ImageNetwork, history: Fit | None = None):
        self.family = family
        self.config = config
        self.network = network.eval().requires_grad_(False)
        self.history = history

    @property
    def size(self) -> int:
        return self.config.size

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        seed: int,
        labels: np.ndarray | None = None,
        progress: Callable[[int, int], None] | None = None,
        **settings: Any,
    ) -> np.ndarray:
        """Draw images, 64 at a time.

        Args:
            n: how many, 1 or more.
            seed: equal seeds give equal images, bit for bit on one machine.
            labels: the class of each image, integers (n,), indices into `config.classes`, -1 for any; if left
                out, all are -1.
            progress: told how many images are done, and of how many.
            settings: other values for settings marked `sampling`, e.g. how many steps a sampler takes.

        Returns:
            uint8, shape (n, size, size, channels).

        Raises:
            InvalidInput: if n < 1 or seed < 0, a label names no class, or a setting can't be changed any
                more.
        """
        if n < 1:
            raise InvalidInput(f"can't sample {n} images: ask for 1 or more")
        config = changed(self.config, settings)
        wish = self.condition(n, labels)
        batches = []
        for i in range(0, n, _AT_ONCE):
            part = {name: rows[i : i + _AT_ONCE] for name, rows in wish.items()}
            count = min(_AT_ONCE, n - i)
            batches.append(to_pixels(self.network.draw(count, generator(seed, _SAMPLE, i), part, config)))
            if progress is not None:
                progress(i + count, n)
        return np.concatenate(batches)

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json` to a folder, which is made if it is not there.

        Raises:
            OutputError: if it can't be written.
        """
        save_checkpoint(folder, self.family, self.config, self.network.state_dict())

    def _save_pretrained(self, save_directory: Path) -> None:
        self.save(save_directory)

    @classmethod
    def _from_pretrained(
        cls,
        *,
        model_id: str,
        revision: str | None,
        cache_dir: str | Path | None,
        force_download: bool,
        local_files_only: bool,
        token: str | bool | None,
        **_: Any,
    ) -> "TrainedGenerator":
        if Path(model_id).is_dir():
            return load_generator(model_id)
        folder = snapshot_download(
            model_id,
            revision=revision,
            cache_dir=cache_dir,
            force_download=force_download,
            local_files_only=local_files_only,
            token=token,
            allow_patterns=[CONFIG, WEIGHTS],
        )
        return load_generator(folder)

    def condition(self, n: int, labels: np.ndarray | None) -> Condition:
        """Labels (n,), or None for any class, as a condition: {} of a model without classes.

        Raises:
            InvalidInput: if a label names no class.
        """
        classes = self.config.classes
        if labels is None:
            return {"label": torch.full((n,), -1)} if classes else {}
        if not classes:
            raise InvalidInput("can't draw images of a class: this model was trained without labels")
        wanted = torch.as_tensor(np.asarray(labels)).long()
        if wanted.shape != (n,) or not -1 <= int(wanted.min()) <= int(wanted.max()) < len(classes):
            raise InvalidInput(
                f"can't draw {n} images with labels of shape {tuple(wanted.shape)} from {int(wanted.min())} to "
                f"{int(wanted.max())}: give {n} numbers, each from 0 to {len(classes) - 1}, or -1 for any class"
            )
        return {"label": wanted}


def changed(config: Any, settings: dict[str, Any]) -> Any:
    """`config` with other values for settings that only say how to draw.

    Raises:
        InvalidInput: if one is unknown, impossible, or was fixed by the training.
    """
    free = [s.name for s in settings_of(type(config)) if s.role == "sampling"]
    for name in settings:
        if name not in free:
            known = name in {f.name for f in fields(config)}
            why = "was fixed by the training" if known else "is no setting of this model"
            raise InvalidInput(f"can't sample with {name}: it {why}; free are {', '.join(free) or 'none'}")
    new = replace(config, **settings)
    check_finite(new)
    return new


def load_family(family: GeneratorFamily, folder: str | Path) -> TrainedGenerator:
    """Bring back a generator of a known family.

    Raises:
        CheckpointError: if there is none, or it is truncated, of another family, or newer, or its parts are not of
            one training.
    """
    checkpoint = load_checkpoint(folder, family.name)
    config = read_config(family.config, checkpoint.config)
    with initialised(0):
        network = family.build(config)
    fill(network, checkpoint.tensors)
    network.check_loaded()
    return TrainedGenerator(family.name, config, network)


def load_generator(folder: str | Path) -> TrainedGenerator:
    """Bring back a generator of any family from where `save` put it.

    Raises:
        CheckpointError: if there is none, it is truncated, foreign, newer, or of no known family.

    Example:
        >>> from subband.generate import GENERATORS, TrainedGenerator, load_generator
        >>> config = GENERATORS["vae"].configure(8)
        >>> TrainedGenerator("vae", config, GENERATORS["vae"].build(config)).save("model")  # untrained
        >>> generator = load_generator("model")
        >>> generator.family, generator.size
        ('vae', 8)
    """
    return load_family(_family_in(folder), folder)


def config_of(folder: str | Path) -> Config:
    """The settings of a saved generator, without its weights.

    Raises:
        CheckpointError: as `load_generator`.

    Example:
        >>> from subband.generate import GENERATORS, TrainedGenerator, config_of
        >>> config = GENERATORS["vae"].configure(8)
        >>> TrainedGenerator("vae", config, GENERATORS["vae"].build(config)).save("model")
        >>> config_of("model") == config
        True
    """
    family = _family_in(folder)
    return read_config(family.config, load_checkpoint(folder, weights=False).config)


def _family_in(folder: str | Path) -> GeneratorFamily:
    kind = load_checkpoint(folder, weights=False).kind
    if kind not in GENERATORS:
        raise CheckpointError(
            f"{folder} holds {kind!r}, not a generator: those are {', '.join(sorted(GENERATORS))}"
        )
    return GENERATORS[kind]
