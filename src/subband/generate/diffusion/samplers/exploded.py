"""Denoisers in variance-exploding coordinates x_t / alpha_t, whose time is the noise level."""

import torch
from torch import Tensor

from subband.generate.diffusion.denoiser import Denoising, Prediction
from subband.generate.diffusion.paths.continuous import EdmPath
from subband.generate.diffusion.paths.path import wide


class Exploded:
    """Wrap a denoiser on any path as one of x_t / alpha_t at time sigma / alpha.

    Euler steps in these coordinates are DDIM steps, and Heun steps are those of Karras et al. 2022 for
    variance preserving models: `heun(Exploded(denoiser), ...)`. The wrapper's path is an `EdmPath` with the
    range of noise levels of the denoiser's path.

    Source: Karras et al. 2022, who sample variance-preserving models with sigma(t) = t and s(t) = 1.
    """

    def __init__(self, denoiser: Denoising):
        self.denoiser = denoiser
        ends = torch.tensor([denoiser.path.near, denoiser.path.far], dtype=torch.float64)
        least, most = denoiser.path.noise_level(ends).tolist()
        self.path = EdmPath(least, most)

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Estimate x0 and eps from x = x0 + t eps, shape (N, ...), at noise levels t, shape (N,)."""
        path = self.denoiser.path
        time = path.time_of(t.double())
        alpha = wide(path.coefficients(time)[0], x)
        prediction = self.denoiser(alpha * x, time)
        return prediction._replace(alpha=torch.ones_like(alpha), sigma=prediction.sigma / prediction.alpha)
