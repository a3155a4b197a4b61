"""`subband predict`: the next frames of a video."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.errors import InvalidInput
from subband.runs.files import write_bytes
from subband.runs.json_text import json_text
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.runs.progress import Watcher


def predict(
    video: Annotated[
        Path, typer.Argument(metavar="VIDEO", help="GIF, WebP, or with PyAV any video.", show_default=False)
    ],
    start: Annotated[
        int | None,
        typer.Option(
            help="Frame at which prediction begins. (default: as late as the truth allows)",
            show_default=False,
        ),
    ] = None,
    context: Annotated[int, typer.Option(min=2, help="Frames that are seen before.")] = 4,
    horizon: Annotated[int, typer.Option(min=1, help="Frames that are predicted.")] = 6,
    objects: Annotated[int, typer.Option(min=1, help="Parts with motions of their own.")] = 1,
    rotation: Annotated[
        bool, typer.Option("--rotation/--no-rotation", help="Whether parts may turn.")
    ] = False,
    size: Annotated[int, typer.Option(min=8, help="Longest side to which frames are scaled.")] = 128,
    gru_steps: Annotated[
        int,
        typer.Option(min=0, help="Training steps of the GRU beside it, on the frames before; 0 for none."),
    ] = 200,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Animation: .gif, or with PyAV .mp4.")] = Path(
        "predicted.gif"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the errors as JSON.")] = False,
) -> None:
    """Predict the next frames of a video, beside the truth and a GRU on pixels.

    Motion is measured by phase correlation between frames, and goes on by
    Fourier shifts, so that frames stay sharp.
    """
    if out.suffix.lower() not in (".gif", ".mp4"):
        raise InvalidInput(f"can't write {printable(out)}: give a name that ends in .gif or .mp4")
    import numpy as np

    from subband import plots
    from subband.data.video import encode_video, read_video
    from subband.runs.progress import watcher
    from subband.sequences import gradient_energy, mean_squared, predict_frames, structural_similarity

    frames, rate = read_video(video)
    grey = scaled(frames, size)
    last = len(grey) - horizon if start is None else start
    if not context <= last or last + horizon > len(grey):
        raise InvalidInput(
            f"{printable(video)} has {len(grey)} frames: with --context {context} and --horizon {horizon}, --start "
            f"must be "
            f"{context} … {len(grey) - horizon}"
        )
    seen, true = grey[last - context : last], grey[last : last + horizon]
    clips = {"truth": true, "shifts": predict_frames(seen, horizon, objects=objects, rotation=rotation)}
    if gru_steps and last >= 2 * (context + horizon):
        clips["GRU"] = _by_gru(grey[:last], context, horizon, gru_steps, watcher(sys.stderr))
    found = {
        name: {
            "mse": float(mean_squared(clip, true).mean()),
            "ssim": float(structural_similarity(clip, true).mean()),
            "sharpness": float(gradient_energy(clip).mean() / max(gradient_energy(true).mean(), 1e-30)),
        }
        for name, clip in clips.items()
        if name != "truth"
    }
    scale = max(1, 256 // max(true.shape[1:]))
    pictures = plots.beside({name: clip.astype(np.float64) for name, clip in clips.items()}, scale=scale)
    slow = min(rate, 8.0)
    write_bytes(
        out,
        plots.gif(pictures, rate=slow)
        if out.suffix.lower() == ".gif"
        else encode_video(np.stack(pictures), slow),
    )
    if as_json:
        typer.echo(json_text({"start": last, "models": found, "animation": str(out)}))
        return
    typer.echo(f"frames {last} … {last + horizon - 1} of {printable(video)}, from the {context} before")
    for name, scores in found.items():
        typer.echo(
            f"{name:<8} MSE {scores['mse']:.5f}   SSIM {scores['ssim']:.3f}   sharpness {scores['sharpness']:.2f}"
        )
    if "GRU" not in clips and gru_steps:
        typer.echo(f"no GRU: it learns from {2 * (context + horizon)} frames before --start, or more")
    typer.echo(f"\nwritten  {printable(out)}")


def scaled(frames: "np.ndarray", size: int) -> "np.ndarray":
    """(T, H, W, 3) uint8 → (T, h, w) grey in 0 … 1 with sides of at most `size`."""
    import numpy as np
    from PIL import Image

    made = []
    for frame in frames:
        picture = Image.fromarray(frame).convert("L")
        if max(picture.size) > size:
            share = size / max(picture.size)
            width, height = (max(2, round(n * share)) for n in picture.size)
            picture = picture.resize((width, height), Image.Resampling.BOX)
        made.append(np.asarray(picture, dtype=np.float64) / 255)
    return np.stack(made)


def _by_gru(past: "np.ndarray", context: int, horizon: int, steps: int, watch: "Watcher") -> "np.ndarray":
    """What a GRU on pixels predicts that has learnt from the frames before."""
    import numpy as np
    import torch

    from subband.runs.progress import counted
    from subband.sequences import GRUFrames
    from subband.training import initialised

    with initialised(0):
        model = GRUFrames((past.shape[1], past.shape[2]))
    optimizer, rng = torch.optim.Adam(model.parameters(), 1e-3), np.random.default_rng(0)
    clip = torch.from_numpy(past.astype(np.float32))
    with watch.stage("GRU") as advance:
        report = counted(advance, "step")
        for k in range(steps):
            starts = rng.integers(len(clip) - context - horizon + 1, size=16)
            batch = torch.stack([clip[i : i + context + horizon] for i in starts])
            optimizer.zero_grad()
            (model(batch[:, :context], horizon) - batch[:, context:]).square().mean().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 3.0)
            optimizer.step()
            report(k + 1, steps)
    with torch.no_grad():
        return model(clip[None, -context:], horizon)[0].numpy().astype(np.float64)
