"""What kymatio's transforms have in common, whatever their dimension and array library."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

from subband.arrays.namespace import Array, namespace


class Transform(ABC):
    """A scattering transform under kymatio's names. A flavour says which arrays it takes, a dimension what it computes.

    Attributes may be set after creation where kymatio allows it, so what is computed is settled at each call.
    """

    frontend_name: ClassVar[str]
    rank: ClassVar[int]
    """Axes of a signal."""

    @abstractmethod
    def scattering(self, x: Array) -> Any:
        """The scattering coefficients of (…, *shape) real signals, in the layout that `out_type` names."""

    @abstractmethod
    def accept(self, x: Any) -> Array:
        """The array, if it is of the kind that this flavour takes.

        Raises:
            TypeError: if it is not.
        """

    def signals(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """(…, *shape) → (batch, *shape), and what the axes before the signal were."""
        batch = tuple(x.shape[: x.ndim - self.rank])
        return namespace(x).reshape(x, (prod(batch), *x.shape[len(batch) :])), batch

    def real(self, x: Array) -> Array:
        """The array, if its samples are real floating numbers."""
        if not namespace(x).isdtype(x.dtype, "real floating"):
            raise TypeError(f"The input should be real and floating, got {x.dtype}.")
        return x

    def choose_backend(self, backend: Any) -> Any:
        """The name of the backend, which must begin with that of the frontend. An object with such a `name` serves.

        Raises:
            ImportError: a backend of another frontend.
        """
        backend = self.frontend_name if backend is None else backend
        name = backend if isinstance(backend, str) else getattr(backend, "name", "")
        if not name.startswith(self.frontend_name):
            raise ImportError(
                f"The backend {name} can not be called from the frontend {self.frontend_name}: Subband takes the fastest "
                f"that fits, so leave it out."
            )
        return backend


def outputs(values: Array | Sequence[Array], batch: tuple[int, ...]) -> list[Array]:
    """(batch, C, …), or a list of (batch, …), → a list of C arrays with the axes before the signal as they were."""
    each = values if isinstance(values, list | tuple) else [values[:, c, ...] for c in range(values.shape[1])]
    return [namespace(one).reshape(one, (*batch, *one.shape[1:])) for one in each]
