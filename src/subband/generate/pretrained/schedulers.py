"""The schedulers of pipelines: theirs by our names, and watched while they work."""

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
"""Our names of samplers: theirs, and the settings that make it the same. Flow matching has two of them."""

_FLOWS = {"euler": "FlowMatchEulerDiscreteScheduler", "heun": "FlowMatchHeunDiscreteScheduler"}


def make_scheduler(pipeline: Any, name: str) -> Any:
    """Their scheduler of our name, on the schedule that the pipeline was trained with.

    Raises:
        InvalidInput: if there is none of this name, or the pipeline can't go by it.
    """
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
def watched_steps(
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
