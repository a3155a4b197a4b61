"""Scattering of images with kymatio's arguments, padding and layout; see `kymatio.Scattering2D`."""

from functools import lru_cache
from typing import Any, ClassVar
from warnings import warn

from subband.arrays.namespace import Array, namespace
from subband.compat.kymatio.transform import Transform, outputs
from subband.kernels.cascade import Cascade, Node, cascade
from subband.transforms.scattering.banks import FilterBank, Morlet2D, directions

Pads = tuple[tuple[int, int], tuple[int, int]]


class Plane(Transform):
    """The transform of two axes, without its array library. Arguments, attributes and errors are those of kymatio 0.3.0."""

    rank: ClassVar[int] = 2
    noun: ClassVar[str] = "tensor"
    """What an error message calls an array."""

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
        height, width = shape
        if 2**self.J > min(height, width):
            raise RuntimeError(f"The smallest dimension should be larger than 2^J: {min(shape)} is less than {2**self.J}.")
        self._M_padded, self._N_padded = (((n + 2**self.J) // 2**self.J + 1) * 2**self.J for n in shape)

    def scattering(self, input: Array) -> Any:  # noqa: A002 - kymatio's name
        """(…, M, N) → the coefficients: an array (…, C, M / 2^J, N / 2^J), or a list with their descriptions."""
        x = self.accept(input)
        if x.ndim < 2:
            raise RuntimeError(f"Input {self.noun} must have at least two dimensions.")
        expected = (self._M_padded, self._N_padded) if self.pre_pad else tuple(self.shape)
        if tuple(x.shape[-2:]) != expected:
            kind = f"Padded {self.noun}" if self.pre_pad else self.noun[0].upper() + self.noun[1:]
            raise RuntimeError(f"{kind} must be of spatial size ({expected[0]},{expected[1]}).")
        if self.out_type not in ("array", "list"):
            raise RuntimeError("The out_type must be one of 'array' or 'list'.")
        x, batch = self.signals(self.real(x))
        values = cascade(x, self._tree)
        if self.out_type == "array":
            return namespace(values).reshape(values, (*batch, *values.shape[1:]))
        bank = _bank(self.J, self.L).filters
        return [
            {
                "coef": coefficients,
                "j": tuple([bank[n].j for n in path]),
                "n": path,
                "theta": tuple([bank[n].q for n in path]),
            }
            for path, coefficients in zip(paths(self.J, self.L, self.max_order), outputs(values, batch), strict=True)
        ]

    @property
    def phi(self) -> dict[str, Any]:
        """The average: its spectrum at each resolution ("levels"), and "j"."""
        return {"levels": [self._tree.at(-1, level) for level in range(self.J)], "j": self.J}

    @property
    def psi(self) -> list[dict[str, Any]]:
        """The wavelets: spectra at each resolution that they meet ("levels"), "j" and "theta"."""
        return [
            {
                "levels": [self._tree.at(n, level) for level in range(min(f.j + 1, max(self.J - 1, 1)))],
                "j": f.j,
                "theta": f.q,
            }
            for n, f in enumerate(_bank(self.J, self.L).filters)
        ]

    @property
    def M(self) -> int:
        """Rows of an image. Deprecated, as in kymatio."""
        _deprecated("M", "shape[0]")
        return int(self.shape[0])

    @property
    def N(self) -> int:
        """Columns of an image. Deprecated, as in kymatio."""
        _deprecated("N", "shape[1]")
        return int(self.shape[1])

    @property
    def _tree(self) -> Cascade:
        shape = (int(self.shape[0]), int(self.shape[1]))
        return tree(shape, self.J, self.L, self.max_order, bool(self.pre_pad))


@lru_cache(maxsize=64)
def _bank(J: int, L: int) -> FilterBank:
    return FilterBank(Morlet2D(4 / L), directions(J, L), J)


@lru_cache(maxsize=64)
def paths(J: int, L: int, max_order: int) -> tuple[tuple[int, ...], ...]:
    """The filters of all coefficients: (), (n₁,), then (n₁, n₂) with j₁ < j₂."""
    count = J * L
    pairs = [(n1, n2) for n1 in range(count) for n2 in range(count) if n1 // L < n2 // L]
    return ((), *((n,) for n in range(count)), *(pairs if max_order == 2 else ()))


@lru_cache(maxsize=16)
def tree(shape: tuple[int, int], J: int, L: int, max_order: int, pre_pad: bool) -> Cascade:
    """The cascade that kymatio computes, on images that it pads or that come with their padding."""
    bank = _bank(J, L)
    padded = tuple([((n + 2**J) // 2**J + 1) * 2**J for n in shape])
    added = [wide - n for wide, n in zip(padded, shape, strict=True)]
    nodes = [Node(-1, n, f.j) for n, f in enumerate(bank.filters)]
    for n1, n2 in [path for path in paths(J, L, max_order) if len(path) == 2]:
        nodes.append(Node(n1, n2, bank.filters[n2].j))
    return Cascade(
        shape=shape,
        padding=tuple([(more // 2, more - more // 2) for more in added]),
        pad_mode="given" if pre_pad else "reflect",
        filters=tuple(bank.spectra(padded)),
        lowpass=bank.lowpass(padded),
        nodes=tuple(nodes),
        stride=J,
        aliases="drop",
        partial=False,
    )


def _deprecated(name: str, instead: str) -> None:
    warn(f"The attribute {name} is deprecated: read {instead}", DeprecationWarning, stacklevel=3)
