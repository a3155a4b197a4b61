"""Scattering as a layer of a network."""

from typing import Any, final

from torch import Tensor, nn

from subband.transforms import scattering


@final
class Scattering(nn.Module):
    """A scattering transform as a module without parameters; filters take the input's device and precision.

        nn.Sequential(Scattering(sb.Scattering(ndim=2, J=3)), nn.Flatten(), nn.Linear(217 * 16, 10))

    Args:
        transform: A `subband.Scattering`, `subband.JointScattering` or `subband.HarmonicScattering`.
    """

    def __init__(
        self, transform: scattering.Scattering | scattering.JointScattering | scattering.HarmonicScattering
    ) -> None:
        super().__init__()
        self.transform = transform

    @property
    def paths(self) -> Any:
        """The paths along the axis of coefficients."""
        return self.transform.paths

    def forward(self, x: Tensor, *more: Any) -> Any:
        """(*batch, *signal) → the transform's `array`: (*batch, C, *out), or a tuple without averaging."""
        return self.transform(x, *more).array

    def extra_repr(self) -> str:
        return repr(self.transform)
