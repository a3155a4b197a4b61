"""Synthesis beside kymatio 0.3.0 with PyTorch's L-BFGS, and inversion beside kymatio's published recipe.

    python benchmarks/synthesis.py [threads] [iterations] [to_tolerance] [inversion]

1. Seconds for an evaluation of the energy and its gradient, and for an iteration of L-BFGS (strong Wolfe, history
20):
   kymatio's Scattering2D and torch.optim.LBFGS in float32, ours in float64, turn by turn on one 256² texture.
2. A 256² texture, order 2 and spectrum, to the tolerance; peak memory.
3. Images of 128² from their coefficients: 100 evaluations of ours, kymatio's recipe (Adam, rate 1, 50 steps) and
its
   scattering under PyTorch's L-BFGS with 100 evaluations.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from itertools import product
from typing import Any

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = [
    *sys.argv,
    "2",
][1]

import numpy as np
import scipy.special
import torch
from skimage import data as packaged

import subband as sb
from subband.metrics import psnr
from subband.synthesis import Scattering, Spectrum, invert_scattering, synthesise

torch.set_num_threads(int(os.environ["SUBBAND_THREADS"]))
ROUNDS, STEPS = 3, 10
TOLERANCE = 1e-2


def kymatio() -> Any:
    """`kymatio.torch`, which asks for a function that SciPy 1.17 has dropped."""
    if not hasattr(scipy.special, "sph_harm"):
        setattr(  # noqa: B010 - a name that the module doesn't have
            scipy.special, "sph_harm", lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)
        )
    return import_module("kymatio.torch")


def texture(side: int) -> np.ndarray:
    """A crop of the packaged brick wall, mean 0 and standard deviation 1."""
    x = packaged.brick()[:side, :side].astype(float)
    return (x - x.mean()) / x.std()


def torch_lbfgs(
    loss: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, evaluations: int
) -> tuple[torch.Tensor, int]:
    """PyTorch's own, with strong Wolfe; the iterations done."""
    point = x.clone().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [point], max_iter=evaluations, max_eval=evaluations, history_size=20, line_search_fn="strong_wolfe",
        tolerance_grad=0, tolerance_change=0,
    )  # fmt: skip

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(point)
        value.backward()
        return value

    optimiser.step(closure)
    return point.detach(), optimiser.state[optimiser._params[0]]["n_iter"]


def iterations() -> None:
    """Seconds for an iteration: kymatio and ours, turn by turn."""
    x, J, L = texture(256), 5, 8
    theirs = kymatio().Scattering2D(J=J, shape=(256, 256), L=L)
    phi = Scattering(J=J, L=L)
    y = np.asarray(phi(x[None]))[0]
    target = theirs(torch.from_numpy(x).float()).mean((-2, -1))
    weights = 1 / target.abs()

    def loss(point: torch.Tensor) -> torch.Tensor:
        return ((theirs(point).mean((-2, -1)) - target) * weights).square().sum()

    start = np.random.default_rng(0).standard_normal((1, 256, 256))
    seconds: dict[str, list[float]] = {"kymatio": [], "subband": []}
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        _, steps = torch_lbfgs(loss, torch.from_numpy(start[0]).float(), STEPS)
        seconds["kymatio"].append((time.perf_counter() - begun) / max(steps, 1))
        begun = time.perf_counter()
        found = synthesise(
            phi, target=y, shape=(256, 256), n=1, init=start, weights=1 / np.abs(y), evaluations=STEPS
        )
        seconds["subband"].append((time.perf_counter() - begun) / max(found.evaluations - 1, 1))
    k, s = (float(np.median(seconds[name])) for name in ("kymatio", "subband"))
    print(
        f"one iteration, 256², J = 5, L = 8, order 2: kymatio {k:.2f} s, subband {s:.3f} s (float64): {k / s:.1f} ×"
    )


def to_tolerance() -> None:
    """A texture to the tolerance."""
    x = texture(256)
    found = synthesise(Scattering(J=5, L=8) + Spectrum(J=5), like=x, n=1, tol=TOLERANCE, evaluations=1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"256² texture, order 2 + spectrum, tol {TOLERANCE:g}: {found!r}, {found.seconds:.1f} s; peak {peak:.2f} "
        f"GiB"
    )


def pictures() -> dict[str, np.ndarray]:
    """Two photographs (128, 128), 0 … 1."""
    grey = {"cameraman": packaged.camera() / 255, "astronaut": packaged.astronaut().mean(-1) / 255}
    return {name: x.reshape(128, 4, 128, 4).mean(axis=(1, 3)) for name, x in grey.items()}


def inversion() -> None:
    """Images from their coefficients."""
    for (name, x), (J, order) in product(pictures().items(), ((2, 2), (3, 2))):
        theirs = kymatio().Scattering2D(J=J, shape=(128, 128), L=8, max_order=order)
        s = theirs(torch.from_numpy(x).float())
        begun = time.perf_counter()
        recipe = adam(theirs, s)
        adam_seconds, adam_psnr = time.perf_counter() - begun, psnr(recipe, x, 1.0)
        begun = time.perf_counter()
        point, _ = torch_lbfgs(lambda p: (theirs(p) - s).square().sum(), torch.rand(128, 128), 100)  # noqa: B023
        theirs_seconds, theirs_psnr = time.perf_counter() - begun, psnr(point.double().numpy(), x, 1.0)
        begun = time.perf_counter()
        found = invert_scattering(sb.Scattering(ndim=2, J=J, L=8, order=order)(x), evaluations=100, tol=1e-7)
        seconds = time.perf_counter() - begun
        print(
            f"{name} 128², J = {J}, order {order}: recipe {adam_psnr:.1f} dB in {adam_seconds:.1f} s; kymatio with "
            f"L-BFGS {theirs_psnr:.1f} dB in {theirs_seconds:.1f} s; subband {psnr(found.samples[0], x, 1.0):.1f} "
            f"dB in {seconds:.1f} s ({theirs_seconds / seconds:.1f} × for as many evaluations)",
            flush=True,
        )


def adam(scattering: Any, s: torch.Tensor) -> np.ndarray:
    """kymatio's example: Adam of rate 1, 50 steps from uniform noise."""
    torch.manual_seed(0)
    point = torch.rand(128, 128).requires_grad_()
    optimiser = torch.optim.Adam([point], lr=1.0)
    for _ in range(50):
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(scattering(point), s)
        loss.backward()
        optimiser.step()
    return point.detach().double().numpy()


if __name__ == "__main__":
    for part in sys.argv[2:] or ("iterations", "to_tolerance", "inversion"):
        globals()[part]()
