"""Any denoiser in the coordinates where the image is left as it is and the time is the noise level."""

import torch
from torch import Tensor

from subband.generate.diffusion.denoiser import Denoising, Prediction
from subband.generate.diffusion.paths.continuous import EdmPath
from subband.generate.diffusion.paths.path import wide


class Exploded:
    """A denoiser of x_t / alpha_t, whose time is sigma / alpha: what it was trained on does not matter.

    Euler's steps in these coordinates are those of DDIM, and Heun's are those of Karras et al. 2022 on variance
    preserving models: `heun(Exploded(denoiser), ...)`. Its path is an `EdmPath` with the noise levels that the
    denoiser's own path has.

    Source: Karras et al. 2022, who sample variance-preserving models with sigma(t) = t and s(t) = 1.
    """

    def __init__(self, denoiser: Denoising):
        self.denoiser = denoiser
        ends = torch.tensor([denoiser.path.near, denoiser.path.far], dtype=torch.float64)
        least, most = denoiser.path.noise_level(ends).tolist()
        self.path = EdmPath(least, most)

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Estimate the image in x = x0 + t eps, shape (N, ...), at noise levels t, shape (N,)."""
        path = self.denoiser.path
        time = path.time_of(t.double())
        alpha = wide(path.coefficients(time)[0], x)
        answer = self.denoiser(alpha * x, time)
        return answer._replace(alpha=torch.ones_like(alpha), sigma=answer.sigma / answer.alpha)
