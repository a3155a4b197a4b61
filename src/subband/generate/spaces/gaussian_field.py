"""Stationary Gaussian fields: the law of grids whose statistics are the same at every place."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

Field = Float[Tensor, "n channels height width"]


class GaussianField(nn.Module):
    """A mean for each place, and for each frequency the covariance of the channels.

    Shifting a grid around its edges leaves its likelihood unchanged but for the mean. So the Fourier transform
    makes frequencies independent, each with one small covariance: all that second moments can say of it.

    Args:
        channels: of the fields.
        height, width: of their grid.

    Source: Galerne, Gousseau and Morel 2011, "Random phase textures: theory and synthesis", section II.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, channels: int, height: int, width: int):
        super().__init__()
        identity = torch.eye(channels, dtype=torch.complex64)
        self.register_buffer("mean", torch.zeros(channels, height, width))
        self.register_buffer("factor", identity.repeat(height, width // 2 + 1, 1, 1))

    @torch.no_grad()
    def fit(self, fields: Field) -> None:
        """Take mean and covariances of fields (N, channels, height, width)."""
        self.mean.copy_(fields.mean(dim=0))
        waves = torch.fft.rfft2((fields - self.mean).double(), norm="ortho").permute(2, 3, 1, 0)
        covariance = waves @ waves.mH / len(fields)
        # Fewer fields than channels, or channels that depend on others, leave directions without variance.
        least = 1e-6 * covariance.diagonal(dim1=-2, dim2=-1).real.mean() + 1e-12
        identity = torch.eye(covariance.shape[-1], dtype=covariance.dtype, device=covariance.device)
        self.factor.copy_(torch.linalg.cholesky(covariance + least * identity))

    def forward(self, white: Field) -> Field:
        """White noise (N, channels, height, width) -> fields of this law, of the same shape."""
        waves = torch.fft.rfft2(white, norm="ortho")
        coloured = torch.einsum("hwcd,ndhw->nchw", self.factor, waves)
        return torch.fft.irfft2(coloured, s=white.shape[-2:], norm="ortho") + self.mean
