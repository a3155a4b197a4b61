"""Several linear maps of the same array as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.spaces import Shape, Space, View, apply_plain, without_container


def stack_maps(operators: Sequence[Operator]) -> "Stack":
    """The map x → (A x, B x, …), flattened and joined in one vector: several measurements of one array.

    Args:
        operators: Maps of arrays of one shape; all with real results, or all with complex ones.

    Returns:
        The map; its `split` gives the results apart.

    Raises:
        InvalidInput: no operators, or operators of arrays of different shapes.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A, B = sb.Downsample((8, 8), 2), sb.Mask(np.eye(8))
        >>> both = sb.stack_maps([A, B])
        >>> a, b = both.split(both(np.ones((8, 8))))
        >>> a.shape, b.shape
        ((4, 4), (8, 8))

    See also: `Operator`.
    """
    if not isinstance(operators, list | tuple):
        raise InvalidInput(
            f"operators={shown(operators)}: give several in a list, e.g. sb.stack_maps([A, B])"
        )
    return Stack(tuple(operators))


@final
@dataclass(frozen=True, eq=False)
class Stack(Operator):
    """x → (A x, B x, …) as one vector; made by `stack_maps`."""

    parts: tuple[Operator, ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            if not isinstance(part, Operator):
                raise InvalidInput(f"can't stack {shown(part)}: give operators, e.g. sb.Mask(mask)")
        if not self.parts:
            raise InvalidInput("can't stack no operators: give one or more, e.g. sb.stack_maps([A, B])")
        first = self.parts[0]._single
        for part in self.parts[1:]:
            found = part._single
            if (found.input.shape, found.input.is_complex, found.output.is_complex) != (
                first.input.shape,
                first.input.is_complex,
                first.output.is_complex,
            ):
                raise InvalidInput(
                    f"can't stack {self.parts[0]!r}, from {first.input.words} to {first.output.words}, and "
                    f"{part!r}, "
                    f"from {found.input.words} to {found.output.words}: they must take the same arrays, and "
                    "all give real "
                    "or all complex numbers"
                )

    @property
    def dtype(self) -> np.dtype:
        return self.parts[0].dtype

    def split(self, y: Any) -> tuple[Array, ...]:
        """The results of the operators, (*batch, *output_shape) each, from the joint vector (*batch, total)."""
        shapes = [part.output_shape for part in self.parts]
        y = as_signal(y, "y")
        if y.shape[-1] != sum(map(prod, shapes)):
            raise InvalidInput(
                f"an array of shape {tuple(y.shape)} is no output of {self!r}: its last axis must have "
                f"{sum(map(prod, shapes))} numbers"
            )
        return tuple(_split(y, shapes))

    def _view(self, batch: Shape) -> View:
        views = [part._view(batch) for part in self.parts]
        shapes = [part.output_shape for part in self.parts]

        def forward(x: Array) -> Array:
            xp = namespace(x)
            flat = [xp.reshape(apply_plain(view, x), (*batch, -1)) for view in views]
            return xp.concat(flat, axis=-1)

        def adjoint(y: Array) -> Array:
            total = None
            for view, part in zip(views, _split(y, shapes), strict=True):
                back = apply_plain(view.reversed, part)
                total = back if total is None else total + back
            return total

        target = Space((*batch, sum(map(prod, shapes))), views[0].output.is_complex)
        return View(without_container(views[0].input), target, forward, adjoint)

    def __repr__(self) -> str:
        return f"stack_maps([{', '.join(map(repr, self.parts))}])"


def _split(y: Array, shapes: list[Shape]) -> list[Array]:
    xp, start, found = namespace(y), 0, []
    for shape in shapes:
        part = y[..., start : start + prod(shape)]
        found.append(xp.reshape(part, (*y.shape[:-1], *shape)))
        start += prod(shape)
    return found
