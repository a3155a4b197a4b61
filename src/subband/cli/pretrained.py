"""`subband sample --pretrained`: flags and sampling of pipelines of diffusers."""

import inspect
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from subband.runs.progress import counted

if TYPE_CHECKING:
    import numpy as np

_PANEL = "With --pretrained"


def draw(
    name: str,
    count: int,
    seed: int,
    label: list[str],
    *,
    prompt: Annotated[
        list[str],
        typer.Option(
            metavar="TEXT",
            help="Text prompt; may be repeated, the images use the prompts in turn.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    negative: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Negative prompt, for classifier-free guidance.", rich_help_panel=_PANEL
        ),
    ] = None,
    sampling_steps: Annotated[
        int | None,
        typer.Option(
            help="Number of steps of the scheduler. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option(
            help="Guidance weight w in u + w (c - u), with c conditional and u unconditional; 1 turns it off. "
            "(default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(
            help="Height of the images in pixels. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            help="Width of the images in pixels. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Sampler: euler, heun, ddim, dpm-solver, ancestral or dpm-solver-sde. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[
        int, typer.Option(help="Images per batch; fewer need less memory.", rich_help_panel=_PANEL)
    ] = 4,
    download: Annotated[
        bool,
        typer.Option("--download", help="Download missing files from the Hub.", rich_help_panel=_PANEL),
    ] = False,
) -> "np.ndarray":
    """Sample images from a pretrained pipeline: (count, height, width, channels) uint8."""
    from subband.generate.pretrained import Pretrained
    from subband.runs.progress import watcher

    model = Pretrained(name, download=download, scheduler=scheduler)
    labels = label or list(map(str, range(model.classes)))
    with watcher(sys.stderr).stage(f"draw by {model.kind}") as advance:
        return model.sample(
            count,
            seed=seed,
            prompts=_in_turn(prompt, count),
            negative=negative,
            labels=_in_turn(labels, count),
            steps=sampling_steps,
            guidance=guidance,
            height=height,
            width=width,
            at_once=at_once,
            progress=counted(advance, "step"),
        )


FLAGS = [p for p in inspect.signature(draw).parameters.values() if p.kind is p.KEYWORD_ONLY]


def _in_turn(words: list[str], count: int) -> list[str] | None:
    """One word per image, cycling through `words`; None if there are none."""
    return [words[k % len(words)] for k in range(count)] if words else None
