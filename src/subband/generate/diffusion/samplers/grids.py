"""Grids of decreasing times for samplers."""

from collections.abc import Callable

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.path import Path


def time_grid(
    steps: int, path: Path, *, spacing: str | None = None, shift: float = 1.0, rho: float = 7.0
) -> Tensor:
    """steps + 1 decreasing times from `path.end` to 0.

    Args:
        steps: number of intervals.
        path: the forward process.
        spacing: name in `SPACINGS`; None for the path's default.
        shift: parameter of "uniform": t = shift u / (1 + (shift - 1) u) with u uniform; above 1, more of the
            steps lie near the noise (Esser et al. 2024, "Scaling rectified flow transformers", equation 23).
        rho: exponent of "karras".

    Returns:
        float64, shape (steps + 1,). On a path in steps, times are rounded to its own and duplicates dropped,
        so that the grid may be shorter.

    Raises:
        InvalidInput: if steps < 1, shift or rho <= 0, or there is no such spacing.
    """
    if steps < 1 or not shift > 0 or not rho > 0:
        raise InvalidInput(
            f"can't sample in {steps} steps with shift {shift} and rho {rho}: take 1 step or more, others above 0"
        )
    spacing = path.spacing if spacing is None else spacing
    if spacing not in SPACINGS:
        raise InvalidInput(f"no spacing {spacing!r}: choose one of {', '.join(sorted(SPACINGS))}")
    grid = path.snap(SPACINGS[spacing](steps, path, shift, rho))
    return torch.cat([grid[:1], grid[1:][grid.diff() < 0]])


def _uniform(steps: int, path: Path, shift: float, rho: float) -> Tensor:
    u = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    return path.end * shift * u / (1 + (shift - 1) * u)


def _karras(steps: int, path: Path, shift: float, rho: float) -> Tensor:
    """Noise levels with uniform rho-th roots, then 0: Karras et al. 2022, equation 5."""
    most, least = _levels(path)
    return _times(
        path, torch.linspace(most ** (1 / rho), least ** (1 / rho), steps, dtype=torch.float64) ** rho
    )


def _log_snr(steps: int, path: Path, shift: float, rho: float) -> Tensor:
    """Geometrically spaced noise levels, then 0: Lu et al. 2022, "DPM-Solver"."""
    most, least = (torch.tensor(level, dtype=torch.float64).log() for level in _levels(path))
    return _times(path, torch.linspace(float(most), float(least), steps, dtype=torch.float64).exp())


def _levels(path: Path) -> tuple[float, float]:
    """The highest and the lowest noise level sigma / alpha of a path."""
    ends = torch.tensor([path.far, path.near], dtype=torch.float64)
    most, least = path.noise_level(ends).tolist()
    return most, least


def _times(path: Path, levels: Tensor) -> Tensor:
    """Times of noise levels, the first replaced by `path.end`, and 0 appended."""
    times = path.time_of(levels)
    return torch.cat([times.new_tensor([path.end]), times[1:], times.new_zeros(1)])


SPACINGS: dict[str, Callable[[int, Path, float, float], Tensor]] = {
    "uniform": _uniform,
    "karras": _karras,
    "log-snr": _log_snr,
}
"""Spacings of time grids by name: (steps, path, shift, rho) -> decreasing times."""
