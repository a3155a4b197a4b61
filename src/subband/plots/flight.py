"""A flight through checkpoints: path, positions, inputs and angles, as a figure and as frames of an animation."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, dress, legend, sheet


def flight(
    times: np.ndarray,
    states: np.ndarray,
    inputs: np.ndarray,
    checkpoints: np.ndarray,
    arrivals: np.ndarray,
    *,
    limits: tuple[float, float],
    title: str = "",
) -> Figure:
    """Draw the path with its checkpoints, and position, inputs and angles against time.

    Args:
        times: (T,) s.
        states: (T, 12) position (m), velocity, angles (rad), angular velocity.
        inputs: (K, 4) of the motors, each for an equal part of the time.
        checkpoints: (M, 3) m.
        arrivals: (M,) s, ∞ where missed.
        limits: Of the inputs, drawn as lines.
        title: Of the figure.

    Raises:
        InvalidInput: states and times of different lengths.
    """
    if len(times) != len(states):
        raise InvalidInput(f"{len(times)} times don't fit {len(states)} states")
    figure = sheet(height=6.0, title=title or None)
    grid = figure.add_gridspec(3, 2, width_ratios=(1.15, 1))
    _path(figure.add_subplot(grid[:, 0], projection="3d"), states, checkpoints)
    position, motors, angles = (figure.add_subplot(grid[k, 1]) for k in range(3))
    for k, name in enumerate("xyz"):
        position.plot(times, states[:, k], color=PALETTE[k], lw=1.3, label=name)
        position.plot(arrivals, checkpoints[:, k], "o", color=PALETTE[k], ms=3.5)
    for seconds in arrivals[np.isfinite(arrivals)]:
        position.axvline(seconds, color=FADED, lw=0.5, ls=":")
    dress(position, title="position in metres, and the checkpoints")
    edges = np.linspace(times[0], times[-1], len(inputs) + 1)
    for k in range(4):
        motors.stairs(inputs[:, k], edges, color=PALETTE[k], lw=0.9, baseline=None, label=f"motor {k + 1}")
    for limit in limits:
        motors.axhline(limit, color=FADED, lw=0.8, ls="--")
    dress(motors, title="inputs of the motors, and their limits")
    for k, name in enumerate(("roll", "pitch", "yaw")):
        angles.plot(times, np.degrees(states[:, 6 + k]), color=PALETTE[k], lw=1.3, label=name)
    dress(angles, title="angles in degrees", x="s")
    for axes in (position, motors, angles):
        legend(axes, loc="upper right", ncols=4, fontsize=TICK - 1.5, handlelength=1.2)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.25 * (high - low))
    return figure


def flight_frames(
    times: np.ndarray,
    states: np.ndarray,
    checkpoints: np.ndarray,
    arrivals: np.ndarray,
    *,
    arm: float = 0.25,
    rate: float = 20.0,
    progress: Callable[[int, int], None] | None = None,
) -> list[np.ndarray]:
    """Pictures of the flight in real time: the quadcopter three times its size, its path so far, the checkpoints.

    Args:
        times, states, checkpoints, arrivals: As in `flight`.
        arm: Length of an arm, m.
        rate: Pictures for each second.
        progress: Called with (done, total).

    Returns:
        (H, W, 3) uint8 pictures.

    Example:
        >>> import numpy as np
        >>> from subband.plots import flight_frames
        >>> times, states = np.linspace(0, 0.1, 3), np.zeros((3, 12))
        >>> states[:, 0] = [0.0, 0.1, 0.4]
        >>> frames = flight_frames(times, states, np.array([[0.4, 0.0, 0.0]]), np.array([0.1]), rate=20)
        >>> len(frames), frames[0].dtype, frames[0].ndim
        (2, dtype('uint8'), 3)
    """
    figure = sheet(width=5.6, height=5.0)
    canvas = FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot(projection="3d")
    dots = _path(axes, states, checkpoints, trail=False)
    (trail,) = axes.plot([], [], [], color=PALETTE[0], lw=1.2)
    arms = [axes.plot([], [], [], color=INK, lw=2.2)[0] for _ in range(2)]
    clock = axes.text2D(0.02, 0.95, "", transform=axes.transAxes, fontsize=TICK + 1, color=INK)
    shown, frames = np.arange(times[0], times[-1], 1 / rate), []
    for count, now in enumerate(shown):
        k = int(np.searchsorted(times, now))
        trail.set_data_3d(*states[: k + 1, :3].T)
        ends = _arms(states[k], 3 * arm)
        for line, pair in zip(arms, ends, strict=True):
            line.set_data_3d(*pair.T)
        reached = arrivals <= now
        dots.set_facecolor([PALETTE[2] if is_reached else PALETTE[1] for is_reached in reached])
        clock.set_text(f"{now:4.1f} s   {int(reached.sum())} of {len(reached)}")
        canvas.draw()
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        if progress is not None:
            progress(count + 1, len(shown))
    return frames


def _path(axes: Any, states: np.ndarray, checkpoints: np.ndarray, trail: bool = True) -> Any:
    """Path and numbered checkpoints in space, with equal scales."""
    if trail:
        axes.plot(*states[:, :3].T, color=PALETTE[0], lw=1.3)
    dots = axes.scatter(*checkpoints.T, color=[PALETTE[1]] * len(checkpoints), s=26, depthshade=False)
    for k, point in enumerate(checkpoints):
        axes.text(*point, f" {k + 1}", fontsize=TICK, color=INK)
    every = np.vstack([states[:, :3], checkpoints])
    low, high = every.min(0), every.max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, 0.5)
    _equal(axes, middle, half)
    return dots


def _equal(axes: Any, middle: np.ndarray, half: float) -> None:
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
    axes.set_zlim(middle[2] - half, middle[2] + half)
    axes.set_box_aspect((1, 1, 1), zoom=0.92)  # room for the labels
    for name, label in (("x", "x (m)"), ("y", "y (m)"), ("z", "z (m)")):
        getattr(axes, f"set_{name}label")(label, fontsize=TICK, color=INK, labelpad=1)
        axes.tick_params(axis=name, labelsize=TICK - 1, colors=FADED)


def _arms(state: np.ndarray, length: float) -> Sequence[np.ndarray]:
    """(2, 3) end points of both arms, along the body's x and y axes."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(state[6:9]), np.cos(state[6:9])
    along_x = np.array([cz * cy, sz * cy, -sy])
    along_y = np.array([cz * sy * sx - sz * cx, sz * sy * sx + cz * cx, cy * sx])
    return [np.stack([state[:3] - length * a, state[:3] + length * a]) for a in (along_x, along_y)]
