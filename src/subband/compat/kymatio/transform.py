"""Base class of kymatio's transforms of all dimensions and array libraries."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar
from warnings import warn

from subband.arrays.namespace import Array, namespace


class Transform(ABC):
    """Scattering with kymatio's interface; subclasses fix the array library ("flavour") and the dimension.

    Attributes are mutable where kymatio's are, so the transform is derived from them at each call.
    """

    frontend_name: ClassVar[str]
    rank: ClassVar[int]
    """Number of axes of a signal."""

    @abstractmethod
    def scattering(self, x: Array) -> Any:
        """Scattering coefficients of (…, *shape) real signals, in the layout of `out_type`."""

    @abstractmethod
    def accept(self, x: Any) -> Array:
        """The input as an array of this flavour's library.

        Raises:
            TypeError: an unsupported array type.
        """

    def real(self, x: Array) -> Array:
        """The array, after a check of its dtype.

        Raises:
            TypeError: the dtype is not real floating.
        """
        if not namespace(x).isdtype(x.dtype, "real floating"):
            raise TypeError(f"The input should be real and floating, got {x.dtype}.")
        return x

    def choose_backend(self, backend: Any) -> Any:
        """The backend: a name that begins with that of the frontend, or an object with such a `name`.

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
        """Warn of a deprecated attribute, as kymatio does."""
        warn(f"The attribute {name} is deprecated: read {instead}", DeprecationWarning, stacklevel=3)
