"""`subband sample --pretrained`: what a pipeline of diffusers is told on the command line."""

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
            help="What to draw; may be repeated, the images take turns.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    negative: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What to be guided away from.", rich_help_panel=_PANEL),
    ] = None,
    sampling_steps: Annotated[
        int | None,
        typer.Option(
            help="Steps of the scheduler. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option(
            help="W in u + w (c - u), c being told the prompt or class; 1 for none. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(
            help="Of the images in pixels. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            help="Of the images in pixels. (default: the pipeline's)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Way to go from noise to an image: euler, heun, ddim, dpm-solver, ancestral or dpm-solver-sde. "
            "(default: the saved one)",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[
        int, typer.Option(help="Images drawn together, which bounds the memory.", rich_help_panel=_PANEL)
    ] = 4,
    download: Annotated[
        bool,
        typer.Option("--download", help="Fetch what is missing from the Hub.", rich_help_panel=_PANEL),
    ] = False,
) -> "np.ndarray":
    """Images of a pretrained pipeline, uint8 (count, height, width, channels)."""
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
    """One of the words for each image; None if there are none."""
    return [words[k % len(words)] for k in range(count)] if words else None
