"""The probability-flow equation, solved with steps that adapt, and the likelihood that it gives."""

import math
from collections.abc import Callable

import torch
from scipy.integrate import RK45
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers import ddim, velocity

Field = Callable[[Tensor, Tensor], Tensor]
"""(t, y (N, D)) -> dy/dt (N, D)."""

_MOST_STEPS = 10_000


def integrate(field: Field, y: Tensor, start: float, stop: float, *, tolerance: float = 1e-5) -> Tensor:
    """Solve dy/dt = field(t, y) by Dormand and Prince's pair of orders 5 and 4.

    Args:
        field: the derivative.
        y: shape (N, D), at time `start`.
        start, stop: times; either may be the larger.
        tolerance: largest error of a step in any row, root mean square, absolute and relative.

    Returns:
        y at time `stop`.

    Raises:
        InvalidInput: if the tolerance is not above 0, or 10 000 steps do not reach the end.

    Source: Dormand and Prince 1980; steps as in Hairer, Norsett and Wanner, "Solving ordinary differential
    equations I", section II.4. The coefficients are SciPy's.
    """
    if not tolerance > 0:
        raise InvalidInput(f"can't solve to a tolerance of {tolerance}: it must be above 0")
    a, b, c, e = RK45.A, RK45.B, RK45.C, RK45.E
    t, h = start, (stop - start) / 100
    slopes = [field(_scalar(t), y)]
    for _ in range(_MOST_STEPS):
        if abs(h) >= abs(stop - t):
            h = stop - t
        del slopes[1:]
        for row, place in zip(a[1:], c[1:], strict=True):
            ahead = y + h * sum(w * k for w, k in zip(row, slopes, strict=False))
            slopes.append(field(_scalar(t + float(place) * h), ahead))
        new = y + h * sum(w * k for w, k in zip(b, slopes, strict=True))
        slopes.append(field(_scalar(t + h), new))
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
    """The probability-flow equation from grid[0] to grid[-1], which are all that it takes of the grid.

    Arguments and result as for `samplers.euler`, `tolerance` as for `integrate`. Between 0 and `path.near`, where
    nothing is left to solve, it takes one step of `samplers.ddim`.
    """
    shape, near = x.shape, denoiser.path.near
    start, stop = float(grid[0]), float(grid[-1])

    def field(t: Tensor, y: Tensor) -> Tensor:
        return velocity(denoiser, y.reshape(shape), t).flatten(1)

    x = integrate(field, x.flatten(1), max(start, near), max(stop, near), tolerance=tolerance).reshape(shape)
    return x if stop >= near else ddim(denoiser, x, torch.tensor([near, stop], dtype=torch.float64))


def log_likelihood(
    denoiser: Denoising,
    x: Tensor,
    *,
    tolerance: float = 1e-5,
    random: torch.Generator | None = None,
    probes: int = 1,
) -> Tensor:
    """log p(x) under the probability flow, in nats.

    log p(x) = log N(x_T; 0, sigma_T^2) + the integral over t of the divergence of the velocity.

    Args:
        denoiser: whose model it is.
        x: images, shape (N, ...), taken as they are at time `path.near`.
        tolerance: as for `integrate`.
        random: None for the exact trace, one derivative for each number in an image; with a generator the
            trace is estimated by random signs, the same ones along the whole way.
        probes: how many such estimates are averaged.

    Returns:
        Shape (N,). Without bias if estimated, with a variance that more probes make smaller.

    Source: Song et al. 2021, equation 39; Hutchinson's estimate as in Grathwohl et al. 2019, equation 7.
    """
    if probes < 1:
        raise InvalidInput(f"can't estimate a trace with {probes} probes: take 1 or more")
    path, shape = denoiser.path, x.shape
    size = x[0].numel()
    signs = None
    if random is not None:
        signs = (torch.randint(0, 2, (probes, *shape), generator=random) * 2 - 1).to(x).flatten(2)

    def field(t: Tensor, y: Tensor) -> Tensor:
        with torch.enable_grad():
            at = y[:, :size].detach().requires_grad_()
            speed = velocity(denoiser, at.reshape(shape), t).flatten(1)
            if signs is None:
                trace = torch.stack([_derivative(speed[:, i], at)[:, i] for i in range(size)]).sum(dim=0)
            else:
                trace = torch.stack([(_derivative((speed * s), at) * s).sum(dim=1) for s in signs]).mean(
                    dim=0
                )
        return torch.cat([speed.detach(), trace.detach()[:, None]], dim=1)

    begin = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], dim=1)
    final = integrate(field, begin, path.near, path.end, tolerance=tolerance)
    noise, gained = final[:, :size], final[:, size]
    variance = float(path.coefficients(_scalar(path.end))[1]) ** 2
    prior = -0.5 * (noise.square() / variance + math.log(2 * math.pi * variance)).sum(dim=1)
    return prior + gained


def bits_per_dimension(log_likelihood: Tensor, dimensions: int, *, levels: float = 127.5) -> Tensor:
    """Nats of densities of images in [-1, 1] to bits per number of 8-bit pixels, which are `levels` a unit.

    The pixels must have had uniform noise of one level's width added: then this bounds the bits that coding them
    takes (Theis et al. 2016, "A note on the evaluation of generative models", section 3.1).
    """
    return -log_likelihood / (dimensions * math.log(2)) + math.log2(levels)


def _derivative(value: Tensor, at: Tensor) -> Tensor:
    return torch.autograd.grad(value.sum(), at, retain_graph=True)[0]


def _scalar(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)
