"""The probability-flow ODE, solved with adaptive step sizes."""

from collections.abc import Callable

import scipy
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers.solvers import ddim, velocity

Field = Callable[[Tensor, Tensor], Tensor]
"""(t, y (N, D)) -> dy/dt (N, D)."""

_MOST_STEPS = 10_000


def integrate(field: Field, y: Tensor, start: float, stop: float, *, tolerance: float = 1e-5) -> Tensor:
    """Solve dy/dt = field(t, y) by the Dormand-Prince pair of orders 5 and 4 with adaptive steps.

    Args:
        field: the derivative dy/dt.
        y: initial value at time `start`, shape (N, D).
        start, stop: times; either may be the larger.
        tolerance: absolute and relative tolerance of the root-mean-square error of a step, in every row.

    Returns:
        y at time `stop`, shape (N, D).

    Raises:
        InvalidInput: if the tolerance is not above 0, or `stop` is not reached in 10 000 steps.

    Source: Dormand and Prince 1980; steps as in Hairer, Norsett and Wanner, "Solving ordinary differential
    equations I", section II.4. The coefficients are SciPy's.
    """
    if not tolerance > 0:
        raise InvalidInput(f"can't solve to a tolerance of {tolerance}: it must be above 0")
    RK45 = scipy.integrate.RK45
    a, b, c, e = RK45.A, RK45.B, RK45.C, RK45.E
    t, h = start, (stop - start) / 100
    slopes = [field(scalar(t), y)]
    for _ in range(_MOST_STEPS):
        if abs(h) >= abs(stop - t):
            h = stop - t
        del slopes[1:]
        for row, node in zip(a[1:], c[1:], strict=True):
            ahead = y + h * sum(w * k for w, k in zip(row, slopes, strict=False))
            slopes.append(field(scalar(t + float(node) * h), ahead))
        new = y + h * sum(w * k for w, k in zip(b, slopes, strict=True))
        slopes.append(field(scalar(t + h), new))
        scale = tolerance * (1 + torch.maximum(y.abs(), new.abs()))
        wrong = h * sum(w * k for w, k in zip(e, slopes, strict=True)) / scale
        error = float(wrong.square().mean(dim=1).sqrt().max())
        if error <= 1:
            t, y, slopes = t + h, new, slopes[-1:]
            if t == stop or h == 0:
                return y
        h *= min(10.0, max(0.2, 0.9 * max(error, 1e-10) ** -0.2))
    raise InvalidInput(f"can't solve to a tolerance of {tolerance} in {_MOST_STEPS} steps: take a larger one")


def adaptive(denoiser: Denoising, x: Tensor, grid: Tensor, *, tolerance: float = 1e-5) -> Tensor:
    """Solve the probability-flow ODE from grid[0] to grid[-1]; the grid's other times are unused.

    Arguments and result as for `samplers.euler`, `tolerance` as for `integrate`. From `path.near` to 0 it
    takes one step of `samplers.ddim`.
    """
    shape, near = x.shape, denoiser.path.near
    start, stop = float(grid[0]), float(grid[-1])

    def field(t: Tensor, y: Tensor) -> Tensor:
        return velocity(denoiser, y.reshape(shape), t).flatten(1)

    x = integrate(field, x.flatten(1), max(start, near), max(stop, near), tolerance=tolerance).reshape(shape)
    return x if stop >= near else ddim(denoiser, x, torch.tensor([near, stop], dtype=torch.float64))


def scalar(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)
