"""Summary statistics of fields as modules, for texture synthesis and losses."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.transforms.scattering.statistics import Entry, SummaryStatistics


class Statistics(nn.Module):
    """Summary statistics of a batch of fields as real vectors; `+` concatenates several.

    The module has no parameters; the reference is a buffer.

    Args:
        function: `subband.wavelet_moments`, `scattering_covariance`, `wavelet_phase_harmonics`, or another
            function of fields that returns `SummaryStatistics`.
        shape: Samples along each axis of a field.
        reference: Fields whose mean power normalises the statistics, for functions with a `reference`.
        options: Further arguments of the function, such as J and L.

    Attributes:
        index: (K,) the meaning of each number.

    Raises:
        InvalidInput: as the function does.
    """

    reference: Tensor | None

    def __init__(
        self,
        function: Callable[..., SummaryStatistics],
        shape: Sequence[int],
        *,
        reference: Tensor | None = None,
        **options: Any,
    ):
        super().__init__()
        self.shape, self.function = tuple(shape), function
        self.options = {"axes": tuple(range(-len(self.shape), 0)), **options}
        self.register_buffer("reference", reference)
        self.index: tuple[Entry, ...] = self.summary(torch.zeros(self.shape)).index

    def summary(self, x: Tensor) -> SummaryStatistics:
        """The statistics by name, as the function returns them."""
        if tuple(x.shape[-len(self.shape) :]) != self.shape:
            raise InvalidInput(
                f"fields of {tuple(x.shape)} came, and {self.shape} was promised: give (…, *{self.shape})"
            )
        normalisation = {} if self.reference is None else {"reference": self.reference.to(x)}
        return self.function(x, **self.options, **normalisation)

    def forward(self, x: Tensor) -> Tensor:
        """(*batch, *shape) → (*batch, K)."""
        return self.summary(x).real_vector()

    def __add__(self, other: "Statistics | Joined") -> "Joined":
        return Joined(self, other)

    def extra_repr(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.options.items() if name != "axes")
        return f"{getattr(self.function, '__name__', self.function)}, {self.shape}, {shown}"


class Joined(nn.Module):
    """Concatenation of several `Statistics`.

    Attributes:
        index: (K,) the meaning of each number.

    Example:
        >>> import torch
        >>> import subband as sb
        >>> from subband.nn import Statistics
        >>> moments = Statistics(sb.wavelet_moments, (16, 16), J=2)
        >>> both = moments + Statistics(sb.scattering_covariance, (16, 16), J=2)
        >>> both(torch.ones(3, 16, 16)).shape[-1] == len(both.index) > len(moments.index)
        True
    """

    def __init__(self, *parts: "Statistics | Joined"):
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.index: tuple[Entry, ...] = sum((part.index for part in parts), ())

    def forward(self, x: Tensor) -> Tensor:
        """(*batch, *shape) → (*batch, K)."""
        return torch.cat([part(x) for part in self.parts], dim=-1)

    def __add__(self, other: "Statistics | Joined") -> "Joined":
        return Joined(self, other)
