"""Scattering of images with kymatio's arguments and layout; see `kymatio.Scattering2D`."""

from typing import Any, ClassVar

from subband.arrays.namespace import Array
from subband.compat.kymatio.transform import Transform
from subband.kernels.cascade import Cascade
from subband.transforms.scattering import Scattering


class Plane(Transform):
    """The two-dimensional transform of kymatio 0.3.0 (arguments, attributes), for any array library."""

    rank: ClassVar[int] = 2
    noun: ClassVar[str] = "tensor"
    """Term for an array in error messages."""

    def __init__(
        self,
        J: int,
        shape: tuple[int, int],
        L: int = 8,
        max_order: int = 2,
        pre_pad: bool = False,
        backend: Any = None,
        out_type: str = "array",
    ) -> None:
        super().__init__()
        self.J, self.L, self.shape = int(J), int(L), shape
        self.backend = self.choose_backend(backend)
        self.max_order, self.pre_pad, self.out_type = max_order, pre_pad, out_type
        if min(shape) < 2**self.J:
            raise RuntimeError(
                f"The smallest dimension should be larger than 2^J: {min(shape)} is not ({2**self.J})."
            )

    @property
    def spec(self) -> Scattering:
        """The equivalent Subband transform."""
        size = (int(self.shape[0]), int(self.shape[1]))
        return Scattering(
            ndim=2,
            J=self.J,
            L=self.L,
            order=2 if self.max_order >= 2 else 1,
            pad_mode="given" if self.pre_pad else "reflect",
            padded_from=size if self.pre_pad else None,
        )

    def scattering(self, input: Array) -> Any:
        """(…, M, N) → coefficients: an array (…, C, M / 2^J, N / 2^J), or a list with metadata."""
        x = self.accept(input)
        if x.ndim < 2:
            raise RuntimeError(f"Input {self.noun} must have at least two dimensions.")
        expected = self._tree.padded if self.pre_pad else tuple(self.shape)
        if tuple(x.shape[-2:]) != expected:
            whole = {"array": "NumPy array", "tensor": "Tensor"}[self.noun]
            kind = f"Padded {self.noun}" if self.pre_pad else whole
            raise RuntimeError(f"{kind} must be of spatial size ({expected[0]},{expected[1]}).")
        if self.out_type not in ("array", "list"):
            raise RuntimeError("The out_type must be one of 'array' or 'list'.")
        spec = self.spec
        values = spec(self.real(x)).array
        if self.out_type == "array":
            return values
        filters = spec.banks[0].filters
        return [
            {
                "coef": values[..., c, :, :],
                "j": tuple([filters[n].j for n in path]),
                "n": path,
                "theta": tuple([filters[n].q for n in path]),
            }
            for c, path in enumerate(spec.paths)
        ]

    @property
    def phi(self) -> dict[str, Any]:
        """The low-pass filter: its spectrum at each resolution ("levels"), and "j"."""
        return {"levels": [self._tree.at(-1, level) for level in range(self.J)], "j": self.J}

    @property
    def psi(self) -> list[dict[str, Any]]:
        """The wavelets: spectra at each resolution where they are used ("levels"), "j" and "theta"."""
        return [
            {
                "levels": [self._tree.at(n, level) for level in range(min(f.j + 1, max(self.J - 1, 1)))],
                "j": f.j,
                "theta": f.q,
            }
            for n, f in enumerate(self.spec.banks[0].filters)
        ]

    @property
    def M(self) -> int:
        """Number of rows. Deprecated, as in kymatio."""
        self.deprecated("M", "shape[0]")
        return int(self.shape[0])

    @property
    def N(self) -> int:
        """Number of columns. Deprecated, as in kymatio."""
        self.deprecated("N", "shape[1]")
        return int(self.shape[1])

    @property
    def _tree(self) -> Cascade:
        return self.spec.cascade(self.shape)
