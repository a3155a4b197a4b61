"""Pretrained diffusers pipelines with the sampling interface of Subband's generators."""

import inspect
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from subband.errors import CheckpointError, InvalidInput, SubbandWarning
from subband.generate.pretrained.load import load_pipeline
from subband.generate.pretrained.schedulers import make_scheduler, watched_steps
from subband.training import generator

_SAMPLE = 4  # stream key, for `training.generator`, of samples
_DIT_NULL = 1000  # null label that is hard-coded in DiTPipeline


class Pretrained:
    """A pretrained image pipeline of diffusers.

    Args:
        name: a folder with a saved `DiffusionPipeline`, or a name on the Hub, e.g.
            "stabilityai/stable-diffusion-2-1". Only safetensors are read, and no remote code is run.
        download: whether files may be fetched from the Hub; otherwise the folder or the Hub's cache must have
            them.
        scheduler: name in `SCHEDULERS` of a sampler in place of the saved one.
        device: device of the pipeline; by default the first GPU if there is one, else the CPU.

    Raises:
        MissingDependency: if diffusers, transformers, or another package of the pipeline is not installed.
        CheckpointError: if there is no pipeline of that name, or it can't be read.
        InvalidInput: if there is no such scheduler, or this pipeline can't use it.

    A large one: `Pretrained("stabilityai/stable-diffusion-2-1", download=True, scheduler="dpm-solver")`, then
    `sample(4, seed=0, prompts="a lighthouse in fog", steps=20, guidance=7.5)`.

    Example:
        >>> from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
        >>> from subband.generate.pretrained import Pretrained
        >>> blocks = {"down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2}
        >>> model = UNet2DModel(8, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1, **blocks)
        >>> DDPMPipeline(model, DDPMScheduler()).save_pretrained("ddpm")  # untrained; others come from the Hub
        >>> pretrained = Pretrained("ddpm", scheduler="ddim", device="cpu")
        >>> pretrained.kind, pretrained.sample(2, seed=0, steps=2).shape
        ('DDPMPipeline', (2, 8, 8, 3))
    """

    def __init__(
        self,
        name: str | Path,
        *,
        download: bool = False,
        scheduler: str | None = None,
        device: str | torch.device | None = None,
    ):
        self.name = str(name)
        self.pipeline = load_pipeline(self.name, download)
        if scheduler is not None:
            self.pipeline.scheduler = make_scheduler(self.pipeline, scheduler)
        self.pipeline.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.pipeline.set_progress_bar_config(disable=True)
        self._takes = inspect.signature(self.pipeline.__call__).parameters

    @property
    def kind(self) -> str:
        """Class name of the pipeline."""
        return type(self.pipeline).__name__

    @property
    def classes(self) -> int:
        """Number of classes that it was trained on; 0 if it takes no class labels."""
        number = self._network_setting("num_embeds_ada_norm") or self._network_setting("num_class_embeds")
        return int(number or 0) if "class_labels" in self._takes else 0

    def sample(
        self,
        n: int,
        *,
        seed: int,
        prompts: str | Sequence[str] | None = None,
        negative: str | None = None,
        labels: Sequence[str | int] | np.ndarray | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        height: int | None = None,
        width: int | None = None,
        at_once: int = 4,
        progress: Callable[[int, int], None] | None = None,
    ) -> UInt8[np.ndarray, "n h w channels"]:
        """Sample images; omitted arguments have the pipeline's defaults.

        Args:
            n: number of images, 1 or more.
            seed: random seed. Image k depends on the seed and on k only, not on the rest of its batch (apart
                from rounding).
            prompts: the text of each image, n of them, or one for all.
            negative: negative prompt, in place of the empty text in u.
            labels: class of each image, names or numbers, shape (n,).
            steps: number of scheduler steps.
            guidance: w in u + w (c - u), diffusers' `guidance_scale`; 1 for none, values below are rejected.
            height, width: size of the images in pixels; both or neither.
            at_once: batch size, which bounds the memory.
            progress: called after each scheduler step with the steps done and their total number.

        Returns:
            uint8, shape (n, height, width, channels).

        Raises:
            InvalidInput: if a number is out of range, this pipeline takes no such argument, or a required one
                is missing.
            CheckpointError: if the pipeline's output is no valid image.

        Warns:
            SubbandWarning: if the safety checker has replaced images by black ones, with their indices.
        """
        if n < 1 or at_once < 1:
            raise InvalidInput(f"can't draw {n} images, {at_once} at once: ask for 1 or more")
        rows = self._conditions(n, prompts, labels)
        options = self._options(steps, guidance, height, width, negative)
        if negative is not None:
            rows["negative_prompt"] = [negative] * n
        batches, black, batch_count = [], [], -(-n // at_once)
        for i in range(0, n, at_once):
            part: dict[str, Any] = {name: row[i : i + at_once] for name, row in rows.items()}
            random = [generator(seed, _SAMPLE, k) for k in range(i, min(i + at_once, n))]
            if "batch_size" in self._takes:
                part["batch_size"] = len(random)

            def report(done: int, total: int, before: int = i // at_once) -> None:
                if progress is not None:
                    progress(before * total + done, batch_count * total)

            drawn = self._draw(random, report, **part, **options)
            batches.append(_pixels(drawn.images, len(random), self.name))
            black += [
                i + k for k, bad in enumerate(getattr(drawn, "nsfw_content_detected", None) or []) if bad
            ]
        if black:
            which = ", ".join(map(str, black))
            warnings.warn(
                f"the safety checker of {self.name} replaced {len(black)} of {n} images by black ones: {which}",
                SubbandWarning,
                stacklevel=2,
            )
        return np.concatenate(batches)

    def label_numbers(self, labels: Sequence[str | int] | np.ndarray) -> list[int]:
        """Class numbers of classes given by name or number.

        Raises:
            InvalidInput: if there is no such class.
        """
        names: dict[str, int] = getattr(self.pipeline, "labels", {})
        numbers = []
        for label in labels:
            if (number := names.get(str(label))) is None:
                number = int(label) if str(label).isdecimal() else -1
            if not 0 <= number < self.classes:
                some = f" and names such as {', '.join(list(names)[:3])}" if names else ""
                raise InvalidInput(
                    f"{self.kind} knows no class {label}: it has numbers from 0 to {self.classes - 1}{some}"
                )
            numbers.append(number)
        return numbers

    def _conditions(
        self, n: int, prompts: str | Sequence[str] | None, labels: Sequence[str | int] | np.ndarray | None
    ) -> dict[str, list[Any]]:
        """Keyword arguments of the pipeline for prompts and labels, n rows each."""
        rows: dict[str, list[Any]] = {}
        if prompts is not None:
            rows["prompt"] = [prompts] * n if isinstance(prompts, str) else list(prompts)
        if labels is not None:
            if not self.classes:
                raise InvalidInput(f"{self.kind} was trained without classes: leave out labels (--label)")
            rows["class_labels"] = self.label_numbers(labels)
        for name, row in rows.items():
            if len(row) != n:
                raise InvalidInput(f"can't draw {n} images by {len(row)} of {name}: give one for each")
        if prompts is not None and "prompt" not in self._takes:
            raise InvalidInput(f"{self.kind} takes no text: leave out prompts (--prompt)")
        if prompts is None and "prompt" in self._takes:
            raise InvalidInput(f"{self.kind} draws what a text says: give prompts (--prompt TEXT)")
        if labels is None and self.classes:
            raise InvalidInput(f"{self.kind} draws classes: give labels (--label NAME)")
        needed = [
            name for name, p in self._takes.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD
        ]
        if more := sorted(set(needed) - set(rows) - {"batch_size"}):
            raise InvalidInput(
                f"can't draw by {self.kind}: it needs {', '.join(more)} too, which can't be given here"
            )
        return rows

    def _options(
        self,
        steps: int | None,
        guidance: float | None,
        height: int | None,
        width: int | None,
        negative: str | None,
    ) -> dict[str, Any]:
        """Keyword arguments of the pipeline for the settings that are given, checked."""
        given = {
            "num_inference_steps": steps, "guidance_scale": guidance, "height": height, "width": width,
        }  # fmt: skip
        options = {name: value for name, value in given.items() if value is not None}
        odd = [
            name
            for name in (*options, *([] if negative is None else ["negative_prompt"]))
            if name not in self._takes
        ]
        if odd:
            raise InvalidInput(f"{self.kind} takes no {', '.join(odd)}: leave it out")
        if min([number for name, number in options.items() if name != "guidance_scale"], default=1) < 1:
            raise InvalidInput(f"can't draw with {options}: steps, height and width are 1 or more")
        if (height is None) != (width is None):  # pipelines of diffusers would ignore the one that is given
            raise InvalidInput("can't use one of height and width: give both (--height and --width)")
        self._check_guidance(guidance, negative)
        return options

    def _check_guidance(self, guidance: float | None, negative: str | None) -> None:
        """Raise InvalidInput unless the pipeline computes u + w (c - u) with the given guidance."""
        if "guidance_scale" not in self._takes:
            return
        w = self._takes["guidance_scale"].default if guidance is None else guidance
        given = guidance is not None or negative is not None
        distilled = self._network_setting("time_cond_proj_dim") or self._network_setting("guidance_embeds")
        if given and (
            distilled or "true_cfg_scale" in self._takes
        ):  # guidance as an input of the network, or two guidance scales
            raise InvalidInput(
                f"{self.kind} does not make u + w (c - u) of one number here: leave out guidance and negative"
            )
        if guidance is not None and not guidance >= 1:
            raise InvalidInput(f"can't guide by {guidance}: pipelines take 1, which is none, or more")
        if negative is not None and w <= 1:
            raise InvalidInput(
                f"a negative prompt says nothing without guidance, and it is {w}: take more than 1"
            )
        if self.kind == "DiTPipeline" and w > 1 and self.classes != _DIT_NULL:
            raise InvalidInput(
                f"DiTPipeline guides models of {_DIT_NULL} classes only, and this one has {self.classes}: "
                "take guidance 1"
            )

    def _draw(self, random: list[torch.Generator], report: Callable[[int, int], None], **given: Any) -> Any:
        """The pipeline's output for one batch, with its images under `images`."""
        try:
            with watched_steps(self.pipeline.scheduler, random, report):
                drawn = self.pipeline(**given, generator=random, output_type="np")
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"{self.kind} can't draw that: {error}") from error
        if not hasattr(drawn, "images"):
            raise InvalidInput(f"{self.kind} draws no images, but {', '.join(drawn)}")
        return drawn

    def _network_setting(self, name: str) -> Any:
        """A configuration value of the denoising network; None if there is none of this name."""
        parts = self.pipeline.components
        network = parts.get("transformer") or parts.get("unet")
        return None if network is None else network.config.get(name)


def _pixels(images: Any, count: int, name: str) -> UInt8[np.ndarray, "n h w channels"]:
    """Images with values in [0, 1] -> uint8; checks shape and finiteness."""
    levels = np.asarray(images)
    if levels.ndim != 4 or len(levels) != count or not np.isfinite(levels).all():
        raise CheckpointError(
            f"{name} gave no {count} images, but numbers of shape {levels.shape}, or infinite ones"
        )
    return (levels * 255).round().astype(np.uint8)
