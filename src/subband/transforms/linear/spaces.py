"""Vector spaces, and linear maps between them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array, namespace, widened
from subband.errors import InvalidInput

Shape = tuple[int, ...]
Call = Callable[[Any], Any]


class Space(NamedTuple):
    """Domain or codomain of a map.

    Attributes:
        shape: Shape of a vector's array.
        is_complex: Whether vectors are complex.
        container: Container type of the vectors; None for plain arrays.
        wrap: array → vector.
        static: vector → its static metadata, compared with ==.
    """

    shape: Shape
    is_complex: bool
    container: type | None = None
    wrap: Callable[[Array], Any] = lambda array: array
    static: Call = lambda container: container.spec

    @property
    def words(self) -> str:
        """The space in a message."""
        return f"{'complex' if self.is_complex else 'real'} arrays of shape {self.shape}"


class View(NamedTuple):
    """A transform of arrays of one shape as a linear map.

    Attributes:
        input, output: Domain and codomain.
        forward, adjoint: vector → vector.
        inverse: vector → vector; None if there is none.
        norm: The largest singular value, if given by a formula.
        cyclic_axes: d, if the map commutes with cyclic shifts along the last d axes of the coefficients; else 0.
    """

    input: Space
    output: Space
    forward: Call
    adjoint: Call
    inverse: Call | None = None
    norm: float | None = None
    cyclic_axes: int = 0

    @property
    def reversed(self) -> "View":
        """The adjoint as a map."""
        return View(self.output, self.input, self.adjoint, self.forward, None, self.norm, self.cyclic_axes)


def plain(vector: Any) -> Array:
    """The array of a vector."""
    return getattr(vector, "array", vector)


def without_container(space: Space) -> Space:
    """The space of the arrays of a space's vectors."""
    return Space(space.shape, space.is_complex)


def apply_plain(view: View, array: Array) -> Array:
    """The map of an array to an array; a real array becomes complex where the map takes complex ones.

    A complex array keeps its real part where the map takes real ones: only adjoints meet this.
    """
    xp = namespace(array)
    is_complex = xp.isdtype(array.dtype, "complex floating")
    if is_complex and not view.input.is_complex:
        array = xp.real(array)
    elif view.input.is_complex and not is_complex:
        array = widened(array) + 0j
    return plain(view.forward(view.input.wrap(array)))


def draw(space: Space, precision: int, rng: np.random.Generator) -> np.ndarray:
    """A standard normal array of a space, of real numbers with so many bytes."""
    x = rng.standard_normal(space.shape).astype(f"f{precision}")
    return x + 1j * rng.standard_normal(space.shape).astype(f"f{precision}") if space.is_complex else x


def inner(a: Array, b: Array) -> float:
    """Re Σ a b*, in double precision."""
    return float(np.vdot(np.asarray(b, "c16"), np.asarray(a, "c16")).real)


def size(a: Array) -> float:
    """√ Σ |a|², in double precision."""
    return float(np.linalg.norm(np.asarray(a, "c16").ravel()))


def columns(
    columns: np.ndarray, *, apply: Callable[[Any], Any], source: Space, paired: bool, dtype: np.dtype
) -> np.ndarray:
    """A map applied to the columns of a matrix, or to one vector."""
    rows = np.asarray(columns, dtype).reshape(len(columns), -1).T
    if paired and source.is_complex:
        half = rows.shape[1] // 2
        rows = rows[:, :half] + 1j * rows[:, half:]
    result = apply(np.ascontiguousarray(rows).reshape(-1, *source.shape))
    flat: Any = np.asarray(getattr(result, "array", result)).reshape(len(rows), -1)
    if paired and not source.is_complex:
        flat = np.concat([flat.real, flat.imag], axis=1)
    return flat.T.reshape(-1) if columns.ndim == 1 else flat.T


def floating(dtype: Any) -> np.dtype:
    """A real or complex dtype of single or double precision, of NumPy's, PyTorch's, or by name.

    Raises:
        InvalidInput: another dtype.
    """
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        name = str(dtype).rpartition(".")[2]  # of PyTorch: torch.float32
        found = np.dtype(name) if name in np.sctypeDict else np.dtype(object)
    if found.kind not in "fc" or bytes_of(found) not in (4, 8):
        raise InvalidInput(f"dtype={shown(dtype)}: give 'float32', 'float64', 'complex64' or 'complex128'")
    return found


def bytes_of(dtype: np.dtype) -> int:
    """Bytes of a real number of this precision."""
    return dtype.itemsize // (2 if dtype.kind == "c" else 1)


def double(dtype: np.dtype) -> np.dtype:
    """The dtype in double precision."""
    return np.dtype(complex if dtype.kind == "c" else float)
