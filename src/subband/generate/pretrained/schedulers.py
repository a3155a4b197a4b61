"""Schedulers of diffusers by Subband's sampler names, and hooks on their steps."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from subband.errors import InvalidInput

SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "ddim": ("DDIMScheduler", {}),
    "dpm-solver": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "ancestral": ("DDPMScheduler", {}),
    "dpm-solver-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
}
"""Sampler name -> scheduler class of diffusers and its settings. Flow matching has euler and heun only."""

_FLOWS = {"euler": "FlowMatchEulerDiscreteScheduler", "heun": "FlowMatchHeunDiscreteScheduler"}


def make_scheduler(pipeline: Any, name: str) -> Any:
    """The diffusers scheduler of this name, with the noise schedule of the pipeline's training.

    Raises:
        InvalidInput: if there is none of this name, or the pipeline can't use it.
    """
    import diffusers

    present, kind = pipeline.scheduler, type(pipeline).__name__
    flow = type(present).__name__.startswith("FlowMatch")
    table = {key: (class_name, {}) for key, class_name in _FLOWS.items()} if flow else SCHEDULERS
    if name not in table:
        raise InvalidInput(f"no scheduler {name!r} for {kind}: choose one of {', '.join(sorted(table))}")
    class_name, settings = table[name]
    if not flow and class_name not in {other.__name__ for other in present.compatibles}:
        raise InvalidInput(f"{kind} uses {type(present).__name__}, which no other scheduler can replace")
    made = getattr(diffusers, class_name).from_config(present.config, **settings)
    if float(getattr(made, "init_noise_sigma", 1)) != 1 and not _scales_initial_noise(pipeline):
        able = [key for key in SCHEDULERS if key not in ("euler", "heun")]
        raise InvalidInput(
            f"{kind} starts from noise of variance 1, and {name!r} needs more: choose one of {', '.join(able)}"
        )
    return made


def _scales_initial_noise(pipeline: Any) -> bool:
    """Whether a pipeline scales its initial noise by `init_noise_sigma`, judged by its source code."""
    return any("init_noise_sigma" in inspect.getsource(cls) for cls in type(pipeline).__mro__[:-1])


@contextmanager
def watched_steps(
    scheduler: Any, random: list[torch.Generator], report: Callable[[int, int], None]
) -> Iterator[None]:
    """Context manager: scheduler steps draw from the images' own generators and report their progress.

    Some pipelines (DiT's) don't pass the generators on, and their noise would come from torch's global
    stream. Where guidance doubles the batch, each image's generator serves both of its rows.

    Args:
        scheduler: the scheduler, whose `step` is wrapped.
        random: one generator per image.
        report: called after each step with the steps done and their number.
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
        report(done, len(scheduler.timesteps))
        return result

    scheduler.step = watched
    try:
        yield
    finally:
        del scheduler.step
