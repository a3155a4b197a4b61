"""A trained diffusion model as a prior: samples of the posterior, and its denoiser for plug and play.

Any denoiser of `subband.generate.diffusion` serves: an object with a `path`, called with (x_t, t), that returns
estimates of x0 and eps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, Self, final

import numpy as np

from subband.arrays.arguments import integer
from subband.arrays.namespace import Array
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Prior
from subband.inverse.problem import Problem, Progress, Solution
from subband.inverse.solvers.least_squares import conjugate_gradients
from subband.inverse.torch_arrays import in_torch, like, torch_module


class DiffusionDenoiser(Protocol):
    """What is used of `subband.generate.diffusion.denoiser.Denoising`."""

    @property
    def path(self) -> Any: ...

    def __call__(self, x: Any, t: Any) -> Any: ...


def _same(x: Any) -> Any:
    return x


@final
@dataclass(frozen=True, eq=False)
class DiffusionPosterior(Prior):
    """A sample of p(x | y): the model's reverse process, its score moved by that of the likelihood.

    ∇ log p(y | x_t) ≈ (∂x̂₀/∂x_t)ᵀ Aᵀ (r² A Aᵀ + noise²)⁻¹ (y − A x̂₀), with x̂₀ the denoised x_t and r² the
    variance of x₀ given x_t. Other seeds give other samples; their mean has a smaller error and less texture.

    Args:
        denoiser: A trained denoiser of images in [−1, 1], or of another space.
        encode, decode: From images in [−1, 1], (1, channels, rows, columns), to the denoiser's space and back.
        values: What −1 and 1 stand for in x.
        steps: Steps of the sampler (DDIM).
        seed: Of the first noise.

    Raises:
        InvalidInput: steps < 2, or values that don't increase.

    Source: J. Song, A. Vahdat, M. Mardani, J. Kautz, "Pseudoinverse-guided diffusion models for inverse
    problems" (ICLR 2023), algorithm 1; H. Chung et al., "Diffusion posterior sampling for general noisy inverse
    problems" (ICLR 2023).
    """

    denoiser: DiffusionDenoiser
    encode: Callable[[Any], Any] = _same
    decode: Callable[[Any], Any] = _same
    values: tuple[float, float] = (0.0, 1.0)
    steps: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        integer("steps", self.steps, 2)
        if not (len(self.values) == 2 and self.values[0] < self.values[1]):
            raise InvalidInput(f"values={self.values!r}: give what −1 and 1 stand for, e.g. (0, 1)")
        if not hasattr(self.denoiser, "path") or not callable(self.denoiser):
            raise InvalidInput(
                f"{type(self.denoiser).__name__} is no diffusion denoiser: give that of a trained model, "
                "load_generator(folder).network.denoiser"
            )

    @classmethod
    def of(cls, generator: Any, **options: Any) -> Self:
        """The prior of a trained diffusion model, `subband.generate.load_generator(folder)`.

        Raises:
            InvalidInput: a generator of another family.
        """
        network: Any = getattr(generator, "network", None)
        if not hasattr(network, "denoiser") or not hasattr(network, "space"):
            family = getattr(generator, "family", type(generator).__name__)
            raise InvalidInput(
                f"a {family} has no denoiser: give a trained diffusion model (subband train diffusion)"
            )
        return cls(network.denoiser, network.space.encode, network.space.decode, **options)

    @property
    def name(self) -> str:
        return "diffusion posterior"

    def images(self, z: Any, shape: tuple[int, ...]) -> Any:
        """From the denoiser's space to x."""
        low, high = self.values
        return low + (self.decode(z).reshape(shape) + 1) / 2 * (high - low)

    def _there_and_back(self, v: Any, z: Any) -> Any:
        """L Lᵀ v for the linear part L of `images`: the covariance of x for coefficients of variance 1."""
        torch = torch_module()
        point = torch.zeros_like(z).requires_grad_()
        flat = self.images(point, tuple(v.shape))
        (back,) = torch.autograd.grad(flat, point, v)
        return (self.images(back, tuple(v.shape)) - flat).detach()

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        here, torch = in_torch(problem), torch_module()
        shape = (
            *here.y.shape[: here.y.ndim - len(problem.operator.output_shape)],
            *problem.operator.input_shape,
        )
        y, path = (
            here.y.float() if not here.y.is_complex() else here.y.to(torch.complex64),
            self.denoiser.path,
        )
        pixels = torch.zeros(1, prod(shape[:-2]), *shape[-2:], device=y.device)
        random = torch.Generator().manual_seed(self.seed)
        z = torch.randn(self.encode(pixels).shape, generator=random).to(y.device)
        noise = max(problem.noise, problem.expected_misfit / max(1, problem.count) ** 0.5)
        times = path.snap(torch.linspace(path.far, path.near, self.steps + 1, dtype=torch.float64)).float()
        z = z * path.coefficients(times[:1])[1].to(z)
        for k in range(self.steps):
            t, following = times[k : k + 1].to(z.device), times[k + 1 : k + 2].to(z.device)
            z = z.detach().requires_grad_()
            found = self.denoiser(z, t)
            variance = float((found.sigma**2 / (found.alpha**2 + found.sigma**2)).reshape(-1)[0])
            x0 = self.images(found.x0, shape)

            def covariance(v: Any, variance: float = variance, z: Any = z) -> Any:
                return variance * self._there_and_back(v, z)

            pulled = _likelihood_pull(problem.operator, y, x0.detach(), covariance, noise)
            (score,) = torch.autograd.grad((x0 * pulled).sum(), z)
            found = found.moved(score.detach())
            a, s = (c.to(z).reshape(-1, *[1] * (z.ndim - 1)) for c in path.coefficients(following))
            z = a * found.x0.detach() + s * found.eps.detach()
            if progress is not None:
                progress(k + 1, self.steps)
        x = self.images(z.detach() / a, shape)
        return Solution(like(x.to(here.y.abs().dtype), problem.y), self.steps, "all steps done")


def _likelihood_pull(operator: Any, y: Any, x0: Any, covariance: Callable[[Any], Any], noise: float) -> Any:
    """Aᵀ (A C Aᵀ + noise²)⁻¹ (y − A x0), with C the covariance of x given x_t."""

    def normal(w: Array) -> Array:
        return operator.forward(covariance(operator.adjoint(w))) + noise**2 * w

    residual = y - operator.forward(x0)
    return operator.adjoint(conjugate_gradients(normal, residual, residual * 0, 50, 1e-4)[0])


def diffusion_denoiser(
    denoiser: DiffusionDenoiser,
    *,
    encode: Callable[[Any], Any] = _same,
    decode: Callable[[Any], Any] = _same,
    values: tuple[float, float] = (0.0, 1.0),
) -> Callable[[Array, float], Array]:
    """A diffusion model's denoiser as (x, σ) → x, for `PlugAndPlay`: evaluated where its path has this noise level.

    Args:
        denoiser, encode, decode, values: As for `DiffusionPosterior`; the space must scale noise as it does
            images, as orthonormal ones do.

    Returns:
        A function of arrays of NumPy or PyTorch (*channels, rows, columns) and σ in the unit of x.

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from subband.generate.diffusion import ExplodingPath, GaussianMixture
        >>> from subband.inverse import diffusion_denoiser
        >>> grey = GaussianMixture(ExplodingPath(), torch.zeros(1, 1, 8, 8), torch.tensor([0.5]))
        >>> denoise = diffusion_denoiser(grey, values=(-1.0, 1.0))
        >>> denoise(np.ones((1, 8, 8)), 0.5).round(2)[0, 0, :2].tolist()  # half: noise as strong as images
        [0.5, 0.5]
    """
    low, high = values

    def denoise(x: Array, sigma: float) -> Array:
        torch = torch_module()
        tensor = x if isinstance(x, torch.Tensor) else torch.asarray(np.array(x))
        signal = (tensor.float() - low) / (high - low) * 2 - 1
        z = encode(signal.reshape(1, -1, *signal.shape[-2:]))
        level = torch.tensor([2 * sigma / (high - low)]).double() * _gain(encode, signal)
        t = denoiser.path.snap(denoiser.path.time_of(level)).to(z)
        with torch.no_grad():
            alpha = denoiser.path.coefficients(t)[0].to(z).reshape(-1, *[1] * (z.ndim - 1))
            found = decode(denoiser(alpha * z, t).x0)
        found = (low + (found.reshape(signal.shape) + 1) / 2 * (high - low)).to(tensor.dtype)
        return found if isinstance(x, torch.Tensor) else found.numpy()

    return denoise


def _gain(encode: Callable[[Any], Any], signal: Any) -> float:
    """How much a space stretches white noise: the geometric mean over its channels."""
    torch = torch_module()
    noise = torch.randn(
        1, *signal.reshape(1, -1, *signal.shape[-2:]).shape[1:], generator=torch.Generator().manual_seed(0)
    )
    stretched = encode(noise) - encode(noise * 0)
    return float(
        stretched.flatten(2).std(dim=2).log().mean().exp() / noise.flatten(2).std(dim=2).log().mean().exp()
    )
