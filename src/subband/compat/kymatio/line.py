"""Scattering of one-dimensional signals with kymatio's arguments and layout; see `kymatio.Scattering1D`."""

from math import floor, log2, nan, sqrt
from numbers import Integral
from typing import Any, ClassVar
from warnings import warn

import numpy as np

from subband.arrays.namespace import Array
from subband.compat.kymatio.transform import Transform
from subband.kernels.cascade import Cascade
from subband.transforms.scattering import Scattering


class Line(Transform):
    """The one-dimensional transform of kymatio 0.3.0 (arguments, attributes, errors), for any array library.

    In kymatio, filters for signals subsampled by 2ᵏ are *means* over aliased frequencies, and therefore, like
    the coefficients, too small by 2⁻ᵏ (its issue #984). This class reproduces these values;
    `subband.Scattering` uses sums.
    """

    rank: ClassVar[int] = 1
    r_psi: ClassVar[float] = sqrt(0.5)
    """Relative height at which adjacent filters cross."""
    sigma0: ClassVar[float] = 0.1
    """Bandwidth of the low-pass filter, times T."""
    alpha: ClassVar[float] = 5.0
    """Bandwidths between a filter's centre and the Nyquist frequency of its subsampled modulus."""

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
                "The average option is deprecated. Leave T=None or give T>=1 to average; give T=0 not to.",
                DeprecationWarning,
                stacklevel=2,
            )
        self.J = int(J)
        self.backend = self.choose_backend(backend)
        self.Q = checked_q(Q)
        self.shape = checked_shape(shape)
        self.T, self.average = _checked_width(T, average, self.J, self.shape[0])
        self.max_order, self.oversampling, self.out_type = max_order, oversampling, out_type
        self.log2_T = floor(log2(self.T))
        self._check_border()

    @property
    def spec(self) -> Scattering:
        """The equivalent Subband transform."""
        return Scattering(
            ndim=1,
            J=self.J,
            Q=self.Q,
            order=2 if self.max_order == 2 else 1,
            T=self.T,
            average=bool(self.average),
            oversampling=min(int(self.oversampling), 62),  # what it means to have no subsampling at all
            aliases="mean",
        )

    def scattering(self, x: Array) -> Any:
        """(…, N) → coefficients: an array (…, C, N / T), a dictionary by path, or a list with metadata."""
        self._check_runtime_args()
        spec = self.spec
        values = spec(checked_signal(self.real(self.accept(x)), self.shape[0])).array
        if self.out_type == "array":
            return values
        each = values if isinstance(values, tuple) else [values[..., c, :] for c in range(len(spec.paths))]
        if self.out_type == "dict":
            return dict(zip(spec.paths, each, strict=True))
        scales = [
            tuple([bank.filters[n].j for bank, n in zip(spec.banks, path, strict=False)])
            for path in spec.paths
        ]
        return [{"coef": c, "j": j, "n": n} for c, j, n in zip(each, scales, spec.paths, strict=True)]

    def meta(self) -> dict[str, Any]:
        """Metadata of coefficients: "order", "xi", "sigma", "j", "n" (NaN beyond a path's order), "key"."""
        paths = self.spec.paths
        beyond = paths["n"] < 0
        return {
            "order": np.array(paths["order"]),
            "xi": np.array(paths["frequency"]),
            "sigma": np.array(paths["bandwidth"]),
            "j": np.where(beyond, nan, paths["j"]),
            "n": np.where(beyond, nan, paths["n"]),
            "key": list(paths),
        }

    def output_size(self, detail: bool = False) -> Any:
        """Number of coefficients; a list of the numbers per order if `detail`."""
        sizes = np.bincount(self.spec.paths["order"]).tolist()
        return sizes if detail else sum(sizes)

    @property
    def phi_f(self) -> dict[str, Any]:
        """The low-pass filter: its spectrum at each resolution ("levels"), "xi", "sigma" and "j"."""
        deepest = min(max(f.j for bank in self._banks for f in bank.filters), self.log2_T)
        levels = [self._tree.at(-1, level) for level in range(deepest + 1)]
        return {"levels": levels, "xi": 0, "sigma": self.sigma0 / self.T, "j": self.log2_T}

    @property
    def psi1_f(self) -> list[dict[str, Any]]:
        """First-order wavelets, each with its spectrum ("levels"), "xi", "sigma" and "j"."""
        return [_described(self._tree, n, f, 0) for n, f in enumerate(self._banks[0].filters)]

    @property
    def psi2_f(self) -> list[dict[str, Any]]:
        """Second-order wavelets, each with its spectra at all resolutions where it is used."""
        first, second = self._banks
        start = 0 if first == second else len(first.filters)
        return [
            _described(self._tree, start + n, f, max((g.j for g in first.filters if g.j < f.j), default=0))
            for n, f in enumerate(second.filters)
        ]

    @property
    def pad_left(self) -> int:
        """Number of padded samples before the signal."""
        return self._tree.padding[0][0]

    @property
    def pad_right(self) -> int:
        """Number of padded samples after the signal."""
        return self._tree.padding[0][1]

    @property
    def ind_start(self) -> dict[int, int]:
        """log₂ of the subsampling → start of the unpadded signal."""
        return {k: self._tree.kept(k)[0].start for k in range(max(self.log2_T, self.J) + 1)}

    @property
    def ind_end(self) -> dict[int, int]:
        """log₂ of the subsampling → end of the unpadded signal, exclusive."""
        return {k: self._tree.kept(k)[0].stop for k in range(max(self.log2_T, self.J) + 1)}

    @property
    def J_pad(self) -> int:
        """log₂ of the padded length. Deprecated, as in kymatio."""
        self.deprecated("J_pad", "shape[0] and pad_left")
        return int(log2(self._tree.padded[0]))

    @property
    def N(self) -> int:
        """The length of the signals. Deprecated, as in kymatio."""
        self.deprecated("N", "shape[0]")
        return int(self.shape[0])

    @property
    def _tree(self) -> Cascade:
        """The cascade of both orders with average, independent of `max_order` and `average`."""
        return Scattering(ndim=1, J=self.J, Q=self.Q, T=self.T, aliases="mean").cascade(self.shape)

    @property
    def _banks(self) -> Any:
        return Scattering(ndim=1, J=self.J, Q=self.Q).banks

    def _check_border(self) -> None:
        """Warn if the low-pass filter is too long for the padding: above 10⁻³ at half the signal's length."""
        average = np.abs(np.fft.ifft(self._banks[0].lowpass(self.shape, self.T)))
        if average[self.shape[0] // 2 - 1] > 1e-3:
            warn("Signal support is too small to avoid border effects", UserWarning, stacklevel=4)

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


def _described(tree: Cascade, index: int, one: Any, deepest: int) -> dict[str, Any]:
    levels = [tree.at(index, level) for level in range(deepest + 1)]
    return {"levels": levels, "xi": one.xi, "sigma": one.sigma, "j": one.j}


def checked_signal(x: Array, samples: int) -> Array:
    """The array, after a check of the length of its last axis."""
    if x.ndim < 1:
        raise ValueError(f"Input tensor x should have at least one axis, got {x.ndim}")
    if x.shape[-1] != samples:
        raise ValueError(f"Input must have {samples} samples along its last axis, got {x.shape[-1]}")
    return x


def checked_q(Q: Any) -> tuple[int, int]:
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
    return int(Q[0]), int(Q[1]) if len(Q) == 2 else 1


def checked_shape(shape: Any) -> tuple[int]:
    if isinstance(shape, Integral):
        return (int(shape),)
    if not isinstance(shape, tuple):
        raise ValueError("shape must be an integer or a 1-tuple")
    if len(shape) != 1:
        raise ValueError("If shape is specified as a tuple, it must have exactly one element")
    return (int(shape[0]),)


def _checked_width(T: float | None, average: bool | None, J: int, samples: int) -> tuple[float, bool]:
    """Width of the low-pass filter, and whether to average."""
    if T is None:
        return 2**J, average is None or bool(average)
    if samples < T:
        raise ValueError(
            f"The temporal support T of the low-pass filter cannot exceed input length (got {T} > {samples})"
        )
    if T == 0 and average:
        raise ValueError(f"average must not be True if T=0 (got {average})")
    if T == 0:
        return 2**J, False
    if T < 1:
        raise ValueError(f"T must be ==0 or >=1 (got {T})")
    if average is not None and not average:
        raise ValueError(f"average=False is not permitted when T>=1, (got {T}). Give T=0 for no average.")
    return T, True
