"""What kymatio's transforms have in common, whatever their dimension and array library."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar
from warnings import warn

from subband.arrays.namespace import Array, namespace


class Transform(ABC):
    """A scattering transform under kymatio's names: a flavour says which arrays it takes, a dimension what is done.

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
                f"The backend {name} can not be called from the frontend {self.frontend_name}: leave it out, "
                "for Subband takes the fastest that fits."
            )
        return backend

    def deprecated(self, name: str, instead: str) -> None:
        """Warn that an attribute will go, as it does in kymatio."""
        warn(f"The attribute {name} is deprecated: read {instead}", DeprecationWarning, stacklevel=3)
