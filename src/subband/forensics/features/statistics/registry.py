"""Representations of images, by name: what a linear detector looks at. One entry adds one, to the tests as well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from subband.errors import InvalidInput
from subband.forensics.features.statistics.dct import dct_statistics
from subband.forensics.features.statistics.neighbours import neighbour_statistics
from subband.forensics.features.statistics.packets import packet_statistics
from subband.forensics.features.statistics.residuals import residual_statistics
from subband.forensics.features.statistics.scattering import scattering_statistics
from subband.forensics.features.statistics.spectra import full_spectrum, radial_spectrum


@dataclass(frozen=True)
class Representation:
    """A function from images of any size to numbers whose count does not depend on the size.

    Attributes:
        name: key in `REPRESENTATIONS`.
        of: (N, 3, H, W) in 0..255, with the options → (N, d).
        options: keyword arguments of `of` and their defaults.
        least: smallest side of an image in pixels, with the default options.
    """

    name: str
    of: Callable[..., Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    least: int = 16

    def __call__(self, x: Tensor, **options: Any) -> Tensor:
        """Numbers of images, float64.

        Raises:
            InvalidInput: an unknown option.
        """
        if unknown := sorted(set(options) - set(self.options)):
            raise InvalidInput(
                f"{self.name} has no option {unknown[0]!r}: it has {', '.join(self.options) or 'none'}"
            )
        return self.of(x, **{**self.options, **options}).double()


REPRESENTATIONS: dict[str, Representation] = {
    entry.name: entry
    for entry in (
        Representation("packets", packet_statistics, {"wavelet": "haar", "level": 3}),
        Representation("scattering", scattering_statistics, {"J": 3, "L": 4}),
        Representation("radial spectrum", radial_spectrum, {"tile": 64, "bins": 45}, least=64),
        Representation("full spectrum", full_spectrum, {"tile": 32}, least=32),
        Representation("DCT", dct_statistics, {"block": 8}),
        Representation("noise residual", residual_statistics, {"kind": "both", "wavelet": "sym4"}),
        Representation("neighbours", neighbour_statistics, {"steps": (1.0, 3.0)}),
    )
}
"""Representations by name."""


def representation(name: str) -> Representation:
    """An entry of `REPRESENTATIONS`.

    Raises:
        InvalidInput: no such name.
    """
    if name not in REPRESENTATIONS:
        raise InvalidInput(f"no representation {name!r}: use one of {', '.join(map(repr, REPRESENTATIONS))}")
    return REPRESENTATIONS[name]
