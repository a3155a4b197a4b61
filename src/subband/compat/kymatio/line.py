"""Scattering of signals of one axis with kymatio's arguments, padding and layout; see `kymatio.Scattering1D`."""

from functools import lru_cache
from math import ceil, floor, log2, nan, sqrt
from numbers import Integral
from typing import Any, ClassVar
from warnings import warn

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.compat.kymatio.transform import Transform, outputs
from subband.kernels.cascade import Cascade, Node, cascade
from subband.transforms.scattering.banks import FilterBank, Morlet, octaves

SIGMA_0 = 0.1
ALPHA = 5.0
R_PSI = sqrt(0.5)


class Line(Transform):
    """The transform of one axis, without its array library. Arguments, attributes and errors are those of kymatio 0.3.0."""

    rank: ClassVar[int] = 1
    r_psi, sigma0, alpha = R_PSI, SIGMA_0, ALPHA

    def __init__(
        self,
        J: int,
        shape: Any,
        Q: Any = 1,
        T: float | None = None,
        max_order: int = 2,
        average: bool | None = None,
        oversampling: int = 0,
        out_type: str = "array",
        backend: Any = None,
    ) -> None:
        super().__init__()
        if average is not None:
            warn(
                "The average option is deprecated. For average=True, leave T=None, or give T>=1; for average=False, T=0.",
                DeprecationWarning,
                stacklevel=2,
            )
        self.J = int(J)
        self.backend = self.choose_backend(backend)
        self.Q = _checked_q(Q)
        self.shape = _checked_shape(shape)
        self.T, self.average = _checked_width(T, average, self.J, self.shape[0])
        self.max_order, self.oversampling, self.out_type = max_order, oversampling, out_type
        self.log2_T = floor(log2(self.T))
        self.pad_left, self.pad_right = padding(self.shape[0], self.T)
        self.ind_start, self.ind_end = (
            {k: -(-edge // 2**k) for k in range(max(self.log2_T, self.J) + 1)}
            for edge in (self.pad_left, self.pad_left + self.shape[0])
        )

    def scattering(self, x: Array) -> Any:
        """(…, N) → the coefficients: an array (…, C, N / T), a dictionary by filters, or a list with their descriptions."""
        self._check_runtime_args()
        x = self.accept(x)
        if x.ndim < 1:
            raise ValueError(f"Input tensor x should have at least one axis, got {x.ndim}")
        x, batch = self.signals(self.real(x))
        if x.shape[-1] != self.shape[0]:
            raise ValueError(f"Input must have {self.shape[0]} samples along its last axis, got {x.shape[-1]}")
        each = outputs(cascade(x, self._tree), batch)
        paths = self._paths
        if self.out_type == "array":
            return namespace(x).stack(each, axis=-2)
        if self.out_type == "dict":
            return {n: coefficients for n, coefficients in zip(paths, each, strict=True)}
        return [
            {"coef": coefficients, "j": self._scales(n), "n": n} for n, coefficients in zip(paths, each, strict=True)
        ]

    def meta(self) -> dict[str, Any]:
        """What each coefficient is, row by row: "order", "xi", "sigma", "j", "n" (NaN beyond a path's order), "key"."""

        def column(field: str) -> np.ndarray:
            rows = [[getattr(bank.filters[n], field) for bank, n in zip(self._banks, path, strict=False)] for path in paths]
            return _padded(rows, self.max_order)

        paths = self._paths
        return {
            "order": np.array([len(path) for path in paths]),
            "xi": column("xi"),
            "sigma": column("sigma"),
            "j": column("j"),
            "n": _padded(paths, self.max_order),
            "key": list(paths),
        }

    def output_size(self, detail: bool = False) -> Any:
        """The number of coefficients; a list of one number for each order if `detail`."""
        orders = [len(path) for path in self._paths]
        sizes = [orders.count(order) for order in range(min(self.max_order, 2) + 1)]
        return sizes if detail else sum(sizes)

    @property
    def phi_f(self) -> dict[str, Any]:
        """The average: its spectrum ("levels") at each resolution, "xi", "sigma" and "j"."""
        deepest = min(max(f.j for bank in self._banks for f in bank.filters), self.log2_T)
        levels = [self._tree_of_all.at(-1, level) for level in range(deepest + 1)]
        return {"levels": levels, "xi": 0, "sigma": SIGMA_0 / self.T, "j": self.log2_T}

    @property
    def psi1_f(self) -> list[dict[str, Any]]:
        """The wavelets of the first order, each with its spectrum ("levels"), "xi", "sigma" and "j"."""
        return [
            {"levels": [self._tree_of_all.at(n, 0)], "xi": f.xi, "sigma": f.sigma, "j": f.j}
            for n, f in enumerate(self._banks[0].filters)
        ]

    @property
    def psi2_f(self) -> list[dict[str, Any]]:
        """The wavelets of the second order, each at all resolutions that it meets."""
        first, second = self._banks
        found = []
        for n, f in enumerate(second.filters):
            deepest = max((g.j for g in first.filters if g.j < f.j), default=0)
            levels = [self._tree_of_all.at(len(first.filters) + n, level) for level in range(deepest + 1)]
            found.append({"levels": levels, "xi": f.xi, "sigma": f.sigma, "j": f.j})
        return found

    @property
    def J_pad(self) -> int:
        """log₂ of the padded length. Deprecated, as in kymatio."""
        _deprecated("J_pad", "shape[0] and pad_left")
        return int(log2(self._N_padded))

    @property
    def N(self) -> int:
        """The length of the signals. Deprecated, as in kymatio."""
        _deprecated("N", "shape[0]")
        return int(self.shape[0])

    @property
    def _N_padded(self) -> int:
        return self.pad_left + self.shape[0] + self.pad_right

    @property
    def _banks(self) -> tuple[FilterBank, FilterBank]:
        return _bank(self.J, self.Q[0]), _bank(self.J, self.Q[1])

    @property
    def _paths(self) -> tuple[tuple[int, ...], ...]:
        return paths(self.J, self.Q, self.max_order)

    @property
    def _tree(self) -> Cascade:
        width = self.T if self.average else None
        pads = (self.pad_left, self.pad_right)
        return tree(self.shape[0], pads, self.J, self.Q, width, self.log2_T, self.max_order, self.oversampling)

    @property
    def _tree_of_all(self) -> Cascade:
        pads = (self.pad_left, self.pad_right)
        return tree(self.shape[0], pads, self.J, self.Q, self.T, self.log2_T, 2, 0)

    def _scales(self, n: tuple[int, ...]) -> tuple[int, ...]:
        return tuple([bank.filters[k].j for bank, k in zip(self._banks, n, strict=False)])

    def _check_runtime_args(self) -> None:
        if self.out_type not in ("array", "dict", "list"):
            raise ValueError(f"The out_type must be one of 'array', 'dict', or 'list'. Got: {self.out_type}")
        if not self.average and self.out_type == "array":
            raise ValueError(
                "Cannot convert to out_type='array' with average=False. Please set out_type to 'dict' or 'list'."
            )
        if self.oversampling < 0:
            raise ValueError(f"oversampling must be nonnegative. Got: {self.oversampling}")
        if not isinstance(self.oversampling, Integral):
            raise ValueError(f"oversampling must be integer. Got: {self.oversampling}")


def padding(samples: int, width: float) -> tuple[int, int]:
    """Samples put before and behind: three times the support of the average, up to a power of two below 3N − 1.

    The support is where all but 10⁻³ of the average's ℓ1 norm lies, on N samples.
    """
    spectrum = Morlet().lowpass(width, (samples,))
    half = np.abs(np.fft.ifft(spectrum))[: samples // 2]
    small = np.flatnonzero(np.cumsum(half[::-1])[::-1] <= 1e-3)
    if not len(small):
        warn("Signal support is too small to avoid border effects", UserWarning, stacklevel=4)
    support = small[0] + 1 if len(small) else samples // 2
    padded = 2 ** min(ceil(log2(samples + 6 * support)), floor(log2(3 * samples - 2)))
    before, after = (padded - samples) // 2, padded - samples - (padded - samples) // 2
    if after >= samples:
        raise ValueError(f"Too large padding value ({after} for {samples} samples), will lead to NaN errors")
    return before, after


@lru_cache(maxsize=64)
def _bank(J: int, Q: int) -> FilterBank:
    return FilterBank(Morlet(), octaves(J, Q, R_PSI), J)


@lru_cache(maxsize=64)
def paths(J: int, Q: tuple[int, int], max_order: int) -> tuple[tuple[int, ...], ...]:
    """The filters of all coefficients: (), (n₁,), then (n₁, n₂) with j₁ < j₂."""
    first, second = (_bank(J, q).filters for q in Q)
    pairs = [(n1, n2) for n1, f in enumerate(first) for n2, g in enumerate(second) if g.j > f.j]
    return ((), *((n,) for n in range(len(first))), *(pairs if max_order == 2 else ()))


@lru_cache(maxsize=16)
def tree(
    samples: int,
    pads: tuple[int, int],
    J: int,
    Q: tuple[int, int],
    width: float | None,
    log2_T: int,
    max_order: int,
    oversampling: int,
) -> Cascade:
    """The cascade that kymatio computes; a `width` of None leaves the average out.

    Its subsampled filters are *means* of the frequencies that coincide, so they lose a factor of 2ᵏ in height, and
    second orders with it (kymatio's issue #984). Values here are its values; `subband.Scattering` sums.
    """
    first, second = (_bank(J, q) for q in Q)
    padded = pads[0] + samples + pads[1]

    def resolution(scale: int, least: int) -> int:
        bearable = scale if width is None else min(scale, log2_T)
        return least + max(bearable - least - oversampling, 0)

    nodes = [Node(-1, n, resolution(f.j, 0)) for n, f in enumerate(first.filters)]
    count = len(nodes)
    for n1, n2 in [path for path in paths(J, Q, max_order) if len(path) == 2]:
        nodes.append(Node(n1, count + n2, resolution(second.filters[n2].j, nodes[n1].stride)))
    return Cascade(
        shape=(samples,),
        padding=(pads,),
        pad_mode="reflect",
        filters=(*first.spectra(padded), *second.spectra(padded)),
        lowpass=None if width is None else Morlet().lowpass(width, (padded,)),
        nodes=tuple(nodes),
        stride=max(log2_T - oversampling, 0),
        aliases="mean",
    )


def _checked_q(Q: Any) -> tuple[int, int]:
    if np.any(np.array(Q) < 1):
        raise ValueError(f"Q should always be >= 1, got {Q}")
    if isinstance(Q, Integral):
        return int(Q), 1
    if not isinstance(Q, tuple):
        raise ValueError("Q must be an integer or a tuple")
    if not 1 <= len(Q) <= 2:
        raise NotImplementedError(
            "Q should be an integer, 1-tuple or 2-tuple. Scattering transforms beyond order 2 are not implemented."
        )
    return (*Q, 1)[:2]


def _checked_shape(shape: Any) -> tuple[int]:
    if isinstance(shape, Integral):
        return (int(shape),)
    if not isinstance(shape, tuple):
        raise ValueError("shape must be an integer or a 1-tuple")
    if len(shape) != 1:
        raise ValueError("If shape is specified as a tuple, it must have exactly one element")
    return (int(shape[0]),)


def _checked_width(T: float | None, average: bool | None, J: int, samples: int) -> tuple[float, bool]:
    """The width of the average, and whether there is to be one."""
    if T is None:
        return 2**J, average is None or average
    if T > samples:
        raise ValueError(
            f"The temporal support T of the low-pass filter cannot exceed input length (got {T} > {samples})"
        )
    if T == 0 and average:
        raise ValueError(f"average must not be True if T=0 (got {average})")
    if T == 0:
        return 2**J, False
    if T < 1:
        raise ValueError(f"T must be ==0 or >=1 (got {T})")
    if average is False:
        raise ValueError(f"average=False is not permitted when T>=1, (got {T}). Give T=0 for no average.")
    return T, True


def _padded(rows: Any, length: int) -> np.ndarray:
    return np.array([(*row, *(nan,) * (length - len(row))) for row in rows])


def _deprecated(name: str, instead: str) -> None:
    warn(f"The attribute {name} is deprecated: read {instead}", DeprecationWarning, stacklevel=3)
