"""`subband fly`: a quadcopter through checkpoints, as a figure and an animation."""

import sys
from math import radians
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.errors import DataError, InvalidInput
from subband.runs.files import write_bytes
from subband.runs.json_text import json_text
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.control import Flown


def fly(
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Positions x,y,z in metres, one a line. (default: a course of eight)",
            show_default=False,
        ),
    ] = None,
    load: Annotated[float, typer.Option(help="Mass in kg that the controller doesn't know.")] = 0.0,
    wind: Annotated[float, typer.Option(help="Force in N along x that the controller doesn't know.")] = 0.0,
    noise: Annotated[
        bool, typer.Option("--noise/--no-noise", help="Errors of the sensors: 5 mm and 0.5°.")
    ] = True,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Share of the motors' range that is left for feedback at either end. (default: 0.05; 0.25 with a "
            "load or wind)",
            show_default=False,
        ),
    ] = None,
    tilt: Annotated[
        float | None,
        typer.Option(
            help="Largest roll and pitch of the plan, in degrees. (default: 70; 30 with a load or wind)",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the sensors' errors.")] = 0,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="Figure.")] = Path("flight.png"),
    animation: Annotated[
        Path | None, typer.Option(metavar="FILE.gif", help="Animation in real time.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the times as JSON.")] = False,
) -> None:
    """Fly a quadcopter through checkpoints as quickly as its motors allow.

    Plans the quickest flight of the nonlinear model, follows it with a
    Kalman filter and a regulator, and draws path, positions, inputs and angles.
    """
    for path, suffix in ((out, ".png"), (animation, ".gif")):
        if path is not None and path.suffix.lower() != suffix:
            raise InvalidInput(f"can't write {printable(path)}: give a name that ends in {suffix}")
    points = None if checkpoints is None else read_checkpoints(checkpoints)
    import numpy as np

    from subband import plots
    from subband.control import CHECKPOINTS, GENTLE, NOISE, STEEP, Disturbances, Quadcopter
    from subband.control import fly as fly_course
    from subband.runs.progress import counted, watcher

    if load < 0:
        raise InvalidInput(f"--load {load}: give a mass in kg, 0 or more")
    quad, watch = Quadcopter(), watcher(sys.stderr)
    unknown = Disturbances(
        np.array([load]), np.array([[wind, 0.0, 0.0]]), noise=NOISE if noise else (0.0, 0.0), seed=seed
    )
    usual = GENTLE if load or wind else STEEP
    with watch.stage("plan") as advance:
        flown = fly_course(
            CHECKPOINTS if points is None else points, quad=quad, disturbances=unknown,
            margin=usual[0] if margin is None else margin, tilt=usual[1] if tilt is None else radians(tilt),
            progress=counted(advance, "step"),
        )  # fmt: skip
    f, marks = flown.flight, flown.plan.checkpoints
    figure = plots.flight(
        f.times, f.states[0], f.inputs[0], marks, flown.arrivals[0], limits=(quad.least, quad.most),
        title=_title(flown),
    )  # fmt: skip
    write_bytes(out, plots.png(figure))
    if animation is not None:
        with watch.stage("animation") as advance:
            frames = plots.flight_frames(
                f.times,
                f.states[0],
                marks,
                flown.arrivals[0],
                arm=quad.arm,
                progress=counted(advance, "picture"),
            )
        write_bytes(animation, plots.gif(frames))
    _say(flown, out, animation, as_json)


def read_checkpoints(path: Path) -> "np.ndarray":
    """(M, 3) positions from a text file with three numbers a line, separated by commas or spaces.

    Raises:
        DataError: the file is missing, empty, or has other lines.
    """
    import numpy as np

    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"can't read {printable(path)}: give a text file with x,y,z a line") from error
    rows = []
    for number, line in enumerate(lines, 1):
        words = line.split("#")[0].replace(",", " ").split()
        try:
            row = [float(word) for word in words]
        except ValueError:
            row = []
        if words and len(row) != 3:
            raise DataError(
                f"{printable(path)}, line {number}: {line[:40]!r} is no position: give x,y,z in metres"
            )
        if row:
            rows.append(row)
    if not rows:
        raise DataError(f"{printable(path)} has no position: give x,y,z in metres, one checkpoint a line")
    return np.array(rows)


def _title(flown: "Flown") -> str:
    reached = int((flown.arrivals[0] < float("inf")).sum())
    if reached < flown.arrivals.shape[1]:
        return f"{reached} of {flown.arrivals.shape[1]} checkpoints reached"
    seconds = flown.arrivals[0, -1]
    return f"{reached} checkpoints in {seconds:.2f} s; the quickest flight takes {flown.bound.seconds:.2f} s"


def _say(flown: "Flown", out: Path, animation: Path | None, as_json: bool) -> None:
    arrivals = [float(t) if t < float("inf") else None for t in flown.arrivals[0]]
    if as_json:
        found = {
            "arrivals": arrivals,
            "quickest": flown.bound.seconds,
            "saturated": float(flown.flight.saturated[0]),
            "figure": str(out),
            "animation": None if animation is None else str(animation),
        }
        typer.echo(json_text(found))
        return
    for k, (point, seconds) in enumerate(zip(flown.plan.checkpoints, arrivals, strict=True), 1):
        when = "missed" if seconds is None else f"{seconds:6.2f} s"
        typer.echo(f"{k:>3}  ({', '.join(f'{c:g}' for c in point)}) m  {when}")
    typer.echo(_title(flown))
    typer.echo(f"\nwritten  {printable(out)}" + ("" if animation is None else f" and {printable(animation)}"))
