"""Stationary Gaussian random fields on a grid."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

Field = Float[Tensor, "n channels height width"]


class GaussianField(nn.Module):
    """A Gaussian field with one mean per position and one covariance of the channels per frequency.

    Apart from the mean, its distribution is invariant under cyclic shifts, so its Fourier coefficients are
    independent between frequencies, each with a (channels, channels) covariance.

    Args:
        channels: channels of the fields.
        height, width: size of their grid.

    Attributes:
        mean: shape (channels, height, width).
        factor: Cholesky factors of the covariances, complex, shape (height, width // 2 + 1, channels,
            channels).

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
        """Set mean and covariances to those of fields (N, channels, height, width)."""
        self.mean.copy_(fields.mean(dim=0))
        waves = torch.fft.rfft2((fields - self.mean).double(), norm="ortho").permute(2, 3, 1, 0)
        covariance = waves @ waves.mH / len(fields)
        # Regularisation: with fewer fields than channels, or dependent channels, the covariance is singular.
        least = 1e-6 * covariance.diagonal(dim1=-2, dim2=-1).real.mean() + 1e-12
        identity = torch.eye(covariance.shape[-1], dtype=covariance.dtype, device=covariance.device)
        self.factor.copy_(torch.linalg.cholesky(covariance + least * identity))

    def forward(self, white: Field) -> Field:
        """White noise (N, channels, height, width) -> samples of the field, of the same shape."""
        waves = torch.fft.rfft2(white, norm="ortho")
        coloured = torch.einsum("hwcd,ndhw->nchw", self.factor, waves)
        return torch.fft.irfft2(coloured, s=white.shape[-2:], norm="ortho") + self.mean
