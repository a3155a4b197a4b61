"""Samples of the Fourier transform, as magnetic resonance and interferometry measure them."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any, final

import numpy as np

from subband.arrays.namespace import Array, as_array, device_of, namespace, widened
from subband.errors import InvalidInput
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.spaces import Shape, Space, View, floating


@final
@dataclass(frozen=True, eq=False)
class FourierSamples(Operator):
    """Some coefficients of the orthonormal Fourier transform: A x = (F x)[mask], a vector of complex numbers.

    Args:
        mask: The shape of the array; True at the frequencies that are measured, in the order of
            `numpy.fft.fftn`, with frequency 0 first (`numpy.fft.ifftshift` of a mask with frequency 0 in the
            middle).
        dtype: As for `linear_map`. For real arrays the map is linear over the real numbers.

    Raises:
        InvalidInput: a mask that is not of booleans, without any frequency, or without axes.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.FourierSamples(np.eye(8, dtype=bool), dtype="complex128")
        >>> A.output_shape, A.norm()
        ((8,), 1.0)
    """

    mask: Any
    dtype: Any = "float64"

    def __post_init__(self) -> None:
        mask = as_array(self.mask, "mask")
        if mask.ndim == 0 or mask.dtype.kind not in "biu" or not np.isin(mask, (0, 1)).all():
            raise InvalidInput(
                f"mask of shape {mask.shape} and dtype {mask.dtype}: give an array of booleans, True at the "
                "frequencies "
                "that are measured"
            )
        if not mask.any():
            raise InvalidInput(
                f"a mask of nothing: all of its {mask.size} entries are 0; give True at the frequencies that "
                "are measured"
            )
        object.__setattr__(self, "mask", mask.astype(bool))
        object.__setattr__(self, "dtype", floating(self.dtype))

    def _view(self, batch: Shape) -> View:
        shape, is_complex = self.mask.shape, self.dtype.kind == "c"
        axes = tuple(range(-len(shape), 0))
        chosen = np.flatnonzero(self.mask)
        # Each frequency's index among the chosen ones; one past the last where it is not chosen.
        places = np.where(self.mask.ravel(), np.cumsum(self.mask) - 1, len(chosen))

        def forward(x: Array) -> Array:
            xp = namespace(x)
            # Half precision has no Fourier transform.
            spectrum = xp.fft.fftn(widened(x) + 0j, axes=axes, norm="ortho")
            return xp.take(xp.reshape(spectrum, (*batch, -1)), xp.asarray(chosen, **device_of(x)), axis=-1)

        def adjoint(y: Array) -> Array:
            xp = namespace(y)
            nothing = xp.zeros((*batch, 1), dtype=y.dtype, **device_of(y))
            whole = xp.take(xp.concat([y, nothing], axis=-1), xp.asarray(places, **device_of(y)), axis=-1)
            x = xp.fft.ifftn(xp.reshape(whole, (*batch, *shape)), axes=axes, norm="ortho")
            return x if is_complex else xp.real(x)

        space = Space((*batch, *shape), is_complex)
        norm = 1.0 if is_complex or self._pairs() else sqrt(0.5)
        return View(space, Space((*batch, len(chosen)), True), forward, adjoint, norm=norm)

    def _pairs(self) -> bool:
        """Whether a measured frequency has its opposite measured, or is its own: a cosine keeps its energy."""
        opposite = np.roll(np.flip(self.mask), 1, axis=tuple(range(self.mask.ndim)))
        return bool((self.mask & opposite).any())

    def __repr__(self) -> str:
        count, total = np.count_nonzero(self.mask), prod(self.mask.shape)
        return f"FourierSamples({count} of {total} frequencies of {self.mask.shape}, dtype='{self.dtype}')"
