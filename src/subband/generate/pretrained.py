"""Pipelines of diffusers as generators: pretrained models that draw by a text, by a class, or by neither."""

import functools
import inspect
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from subband.errors import CheckpointError, InvalidInput, MissingDependency, SubbandWarning
from subband.nn.text import check_vocabulary
from subband.training import generator

SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "ddim": ("DDIMScheduler", {}),
    "dpm-solver": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "ancestral": ("DDPMScheduler", {}),
    "dpm-solver-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
}
"""Our names of samplers: theirs, and the settings that make it the same. Flow matching has two of them."""

_FLOWS = {"euler": "FlowMatchEulerDiscreteScheduler", "heun": "FlowMatchHeunDiscreteScheduler"}
_INDEX = "model_index.json"
_SAMPLE = 4  # the place, in `training.generator`'s sense, of the stream that samples are drawn from
_DIT_NULL = 1000  # the label for "not told" that DiTPipeline has written into its code


class Pretrained:
    """A pipeline of diffusers that draws images.

    Args:
        name: a folder with a saved `DiffusionPipeline`, or a name on the Hub, e.g.
            "stabilityai/stable-diffusion-2-1". Only safetensors are read, and no code that comes with them is run.
        download: whether files may be fetched from the Hub. If not, the folder or the Hub's cache has them all.
        scheduler: another way to go from noise to images than the saved one, a name in `SCHEDULERS`.
        device: where it works; the first GPU if there is one, else the CPU.

    Raises:
        MissingDependency: if diffusers, or what else the pipeline is made of, is not installed.
        CheckpointError: if there is no pipeline of that name, or it can't be read.
        InvalidInput: if there is no such scheduler, or this pipeline can't go by it.

    Example:
        model = Pretrained("stabilityai/stable-diffusion-2-1", download=True, scheduler="dpm-solver")
        pixels = model.sample(4, seed=0, prompts="a lighthouse in fog", steps=20, guidance=7.5)
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
        self.pipeline = _load(self.name, download)
        if scheduler is not None:
            self.pipeline.scheduler = _scheduler(self.pipeline, scheduler)
        self.pipeline.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.pipeline.set_progress_bar_config(disable=True)
        self._takes = inspect.signature(self.pipeline.__call__).parameters

    @property
    def kind(self) -> str:
        """Name of the pipeline's class."""
        return type(self.pipeline).__name__

    @property
    def classes(self) -> int:
        """How many classes it was trained on; 0 if it is asked for none."""
        told = self._network_setting("num_embeds_ada_norm") or self._network_setting("num_class_embeds")
        return int(told or 0) if "class_labels" in self._takes else 0

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
        """Draw images.

        What is left out is as the pipeline has it by default.

        Args:
            n: how many, 1 or more.
            seed: equal seeds give equal images. Image k depends on the seed and on k, not on those beside it
                (but for rounding).
            prompts: the text of each image, n of them, or one for all.
            negative: text to be guided away from: it takes the place of the empty one in u.
            labels: the class of each image, names or numbers (n,).
            steps: of the scheduler.
            guidance: w in u + w (c - u), 1 for none: what diffusers calls `guidance_scale`. It guides only above 1.
            height, width: of the images in pixels, both of them.
            at_once: images drawn together, which bounds the memory.
            progress: told after each step of the scheduler how many are done, and of how many.

        Returns:
            uint8, shape (n, height, width, channels).

        Raises:
            InvalidInput: if a number is out of range, or this pipeline takes no such argument, or needs one that
                is not given.
            CheckpointError: if it draws what is no image.

        Warns:
            SubbandWarning: if its safety checker has replaced images by black ones; says which.
        """
        if n < 1 or at_once < 1:
            raise InvalidInput(f"can't draw {n} images, {at_once} at once: ask for 1 or more")
        rows = self._wish(n, prompts, labels)
        options = self._options(steps, guidance, height, width, negative)
        if negative is not None:
            rows["negative_prompt"] = [negative] * n
        batches, black, batch_count = [], [], -(-n // at_once)
        for i in range(0, n, at_once):
            part: dict[str, Any] = {name: row[i : i + at_once] for name, row in rows.items()}
            random = [generator(seed, _SAMPLE, k) for k in range(i, min(i + at_once, n))]
            if "batch_size" in self._takes:
                part["batch_size"] = len(random)

            def told(done: int, total: int, before: int = i // at_once) -> None:
                if progress is not None:
                    progress(before * total + done, batch_count * total)

            drawn = self._draw(random, told, **part, **options)
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
        """Classes by name or number, to their numbers.

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

    def _wish(
        self, n: int, prompts: str | Sequence[str] | None, labels: Sequence[str | int] | np.ndarray | None
    ) -> dict[str, list[Any]]:
        """What each image is to show, in the pipeline's words: n rows of each."""
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
        """The settings that are given, in the pipeline's words, and checked."""
        given = {
            "num_inference_steps": steps, "guidance_scale": guidance, "height": height, "width": width,
        }  # fmt: skip
        options = {name: value for name, value in given.items() if value is not None}
        odd = [
            name for name in (*options, *(["negative_prompt"] if negative else [])) if name not in self._takes
        ]
        if odd:
            raise InvalidInput(f"{self.kind} takes no {', '.join(odd)}: leave it out")
        if min([number for name, number in options.items() if name != "guidance_scale"], default=1) < 1:
            raise InvalidInput(f"can't draw with {options}: steps, height and width are 1 or more")
        if (height is None) != (width is None):  # their pipelines would ignore the one that is given
            raise InvalidInput("can't use one of height and width: give both (--height and --width)")
        self._check_guidance(guidance, negative)
        return options

    def _check_guidance(self, guidance: float | None, negative: str | None) -> None:
        """Raise InvalidInput unless the pipeline would answer u + w (c - u)."""
        if "guidance_scale" not in self._takes:
            return
        w = self._takes["guidance_scale"].default if guidance is None else guidance
        told = guidance is not None or negative is not None
        if told and (self._network_setting("time_cond_proj_dim") or self._network_setting("guidance_embeds")):
            raise InvalidInput(
                f"{self.name} was distilled with its guidance: its network is told a number, and no u + w (c - u) "
                "is made; leave out guidance and negative"
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

    def _draw(self, random: list[torch.Generator], told: Callable[[int, int], None], **given: Any) -> Any:
        """One batch: what the pipeline returns, which has images."""
        try:
            with _watched(self.pipeline.scheduler, random, told):
                drawn = self.pipeline(**given, generator=random, output_type="np")
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"{self.kind} can't draw that: {error}") from error
        if not hasattr(drawn, "images"):
            raise InvalidInput(f"{self.kind} draws no images, but {', '.join(drawn)}")
        return drawn

    def _network_setting(self, name: str) -> Any:
        """A setting of the network that denoises; None if it has none of this name."""
        parts = self.pipeline.components
        network = parts.get("transformer") or parts.get("unet")
        return None if network is None else network.config.get(name)


def _load(name: str, download: bool) -> Any:
    """The pipeline as it was saved, from safetensors alone."""
    try:
        from diffusers.pipelines.pipeline_utils import DiffusionPipeline
    except ImportError as error:
        raise MissingDependency("pretrained pipelines need diffusers: pip install 'subband[hub]'") from error
    local = Path(name).is_dir()
    if local and not Path(name, _INDEX).is_file():
        raise CheckpointError(f"no pipeline in {name}: a saved DiffusionPipeline has a {_INDEX}")
    try:
        with _told_of_missing_weights() as missing:
            pipeline = DiffusionPipeline.from_pretrained(
                name,
                local_files_only=not download,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,  # left out, each library has its own rule, and files of float16 come out mixed
            )
    except ImportError as error:
        raise MissingDependency(f"{name} needs more: pip install 'subband[hub]' ({error})") from error
    except FileNotFoundError as error:
        if local or download:
            raise CheckpointError(_unreadable(name, error)) from error
        raise CheckpointError(
            f"no pipeline {name} on this machine: give a folder with a {_INDEX}, or --download (download=True) "
            "to fetch it from the Hub"
        ) from error
    except Exception as error:  # each kind of file and of network has its own
        raise CheckpointError(_unreadable(name, error)) from error
    if missing:
        raise CheckpointError(
            f"can't load the pipeline {name}: weights are missing from its files; {missing[0]}"
        )
    for ending in ("", "_2", "_3"):
        words, model = (getattr(pipeline, name + ending, None) for name in ("tokenizer", "text_encoder"))
        if type(words).__name__.startswith("CLIPTokenizer"):
            check_vocabulary(words, model, name)
    if getattr(pipeline, "scheduler", None) is None:
        raise CheckpointError(
            f"can't draw by {name}: a {type(pipeline).__name__} has no scheduler of its own"
        )
    return pipeline


@contextmanager
def _told_of_missing_weights() -> Iterator[list[str]]:
    """A list of what diffusers and transformers log when they fill in weights at random that a file lacks."""
    missing: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "newly initialized" in (message := record.getMessage()):
                missing.append(" ".join(message.split())[:300])

    listener, loggers = Listener(), [logging.getLogger(name) for name in ("diffusers", "transformers")]
    for logger in loggers:
        logger.addHandler(listener)
    try:
        yield missing
    finally:
        for logger in loggers:
            logger.removeHandler(listener)


def _unreadable(name: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()
    return (
        f"can't load the pipeline {name} (only safetensors are read): {reason[0] if reason else repr(error)}"
    )


def _scheduler(pipeline: Any, name: str) -> Any:
    """Their scheduler of our name, on the schedule that the pipeline was trained with."""
    import diffusers

    now, kind = pipeline.scheduler, type(pipeline).__name__
    flow = type(now).__name__.startswith("FlowMatch")
    table = {key: (theirs, {}) for key, theirs in _FLOWS.items()} if flow else SCHEDULERS
    if name not in table:
        raise InvalidInput(f"no scheduler {name!r} for {kind}: choose one of {', '.join(sorted(table))}")
    theirs, settings = table[name]
    if not flow and theirs not in {other.__name__ for other in now.compatibles}:
        raise InvalidInput(f"{kind} goes by {type(now).__name__}, which no other scheduler can replace")
    made = getattr(diffusers, theirs).from_config(now.config, **settings)
    if float(getattr(made, "init_noise_sigma", 1)) != 1 and not _starts_anywhere(pipeline):
        able = [key for key in SCHEDULERS if key not in ("euler", "heun")]
        raise InvalidInput(
            f"{kind} starts from noise of variance 1, and {name!r} needs more: choose one of {', '.join(able)}"
        )
    return made


def _starts_anywhere(pipeline: Any) -> bool:
    """Whether a pipeline scales its first noise as the scheduler asks; if not, it never names the attribute."""
    return any("init_noise_sigma" in inspect.getsource(cls) for cls in type(pipeline).__mro__[:-1])


@contextmanager
def _watched(
    scheduler: Any, random: list[torch.Generator], told: Callable[[int, int], None]
) -> Iterator[None]:
    """Within it, each step of a scheduler draws from the images' own generators, and is told of.

    Some pipelines (DiT's) don't hand the generators on, so that their noise would come from torch's global
    stream. Where a batch is doubled for guidance, each image's generator serves both of its rows.
    """
    step, signature, done = scheduler.step, inspect.signature(scheduler.step), 0

    @functools.wraps(step)
    def watched(*args: Any, **options: Any) -> Any:
        nonlocal done
        call = signature.bind(*args, **options)
        if "generator" in signature.parameters and call.arguments.get("generator") is None:
            call.arguments["generator"] = random * (len(call.arguments["sample"]) // len(random))
        result = step(*call.args, **call.kwargs)
        done += 1
        told(done, len(scheduler.timesteps))
        return result

    scheduler.step = watched
    try:
        yield
    finally:
        del scheduler.step


def _pixels(images: Any, count: int, name: str) -> UInt8[np.ndarray, "n h w channels"]:
    """Numbers in [0, 1] as 256 levels."""
    levels = np.asarray(images)
    if levels.ndim != 4 or len(levels) != count or not np.isfinite(levels).all():
        raise CheckpointError(
            f"{name} gave no {count} images, but numbers of shape {levels.shape}, or infinite ones"
        )
    return (levels * 255).round().astype(np.uint8)
