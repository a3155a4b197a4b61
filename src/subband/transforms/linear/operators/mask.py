"""Some samples of an array, and zeros in place of the others."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.namespace import Array, as_array, device_of, namespace
from subband.errors import InvalidInput
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.spaces import Shape, Space, View, floating


@final
@dataclass(frozen=True, eq=False)
class Mask(Operator):
    """Known samples of an array: A x = mask · x, with zeros where the mask is 0.

    Args:
        mask: The shape of the array; True or 1 where a sample is known. Other numbers weigh the samples.
        dtype: As for `linear_map`.

    Raises:
        InvalidInput: a mask without any sample, with numbers that are not finite, or without axes.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> known = np.random.default_rng(0).random((16, 16)) < 0.5
        >>> A = sb.Mask(known)
        >>> bool(np.all(A(np.ones((16, 16))) == known))
        True
    """

    mask: Any
    dtype: Any = "float64"

    def __post_init__(self) -> None:
        mask = as_array(self.mask, "mask")
        if mask.ndim == 0 or mask.dtype.kind not in "biuf":
            raise InvalidInput(
                f"mask of shape {mask.shape} and dtype {mask.dtype}: give an array of booleans"
            )
        if not np.isfinite(mask).all():
            raise InvalidInput("the mask has numbers that are not finite: give True where a sample is known")
        if not mask.any():
            raise InvalidInput(
                f"a mask of nothing: all of its {mask.size} entries are 0, and nothing would be known; give "
                "True where a "
                "sample is known (invert it with ~mask if it marks what is missing)"
            )
        object.__setattr__(self, "mask", mask.astype(np.float64))
        object.__setattr__(self, "dtype", floating(self.dtype))

    def _view(self, batch: Shape) -> View:
        space = Space((*batch, *self.mask.shape), self.dtype.kind == "c")

        def apply(x: Array) -> Array:
            return x * namespace(x).asarray(self.mask, dtype=_real(x), **device_of(x))

        return View(space, space, apply, apply, norm=float(np.abs(self.mask).max()))

    def __repr__(self) -> str:
        return f"Mask({np.count_nonzero(self.mask)} of {self.mask.shape}, dtype='{self.dtype}')"


def _real(x: Array) -> Any:
    """The real dtype of x's precision."""
    xp = namespace(x)
    return xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
