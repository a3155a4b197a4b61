"""The scattering transform: cascades of wavelet convolutions and moduli, averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import floor, inf, log2, prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, flag, integer, lengths, number, shown
from subband.arrays.compilers import lazy, static
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.kernels.cascade import ALIASES, PADDINGS, Cascade, Node, cascade
from subband.transforms.scattering.banks import FilterBank, filter_bank
from subband.transforms.scattering.banks.bank import (
    LARGEST_SCALE,
    NORMALISATIONS,
    from_numbers,
    plain_count,
)
from subband.transforms.scattering.coefficients import ScatteringCoefficients
from subband.transforms.scattering.padding import padding_of
from subband.transforms.scattering.paths import Paths

Numbers = tuple[Any, ...]


@final
@dataclass(frozen=True)
class Scattering:
    """Scattering transform S x = (x ⋆ φ, |x ⋆ ψ₁| ⋆ φ, ||x ⋆ ψ₁| ⋆ ψ₂| ⋆ φ, …), a callable on arrays.

    Signals extend along the last `ndim` axes; other axes are a batch. The filters of each signal size are computed
    once and cached.

    Attributes:
        ndim: Number of axes of a signal, 1 or 2.
        J: log₂ of the largest scale, in samples.
        Q: Filters per octave, one number or one per order (one axis); 1 for orders without one.
        L: Number of directions over half of the plane (two axes).
        order: Maximal order, 1 to 3.
        T: Width of the average in samples, by default 2^J; any number from 1. The output is subsampled by the
            largest power of two not above T.
        average: True: convolution with φ. "global": the mean over the signal. False: no average, so the paths have
            different sizes.
        oversampling: log₂ of the oversampling factor of all paths relative to their scale.
        bank: Name of a `filter_bank`, a `FilterBank`, or one `FilterBank` per order. Banks replace J and Q, or L.
        normalise: "none", "max" or "tight" for banks given by name (see `filter_bank`); by default the family's.
        pad_mode: Boundary extension. "reflect": mirrored about the last sample, as in kymatio; "symmetric":
            mirrored about the end; "zero"; "periodic", for lengths that are multiples of the largest subsampling
            factor. "given": the array is already padded, by `cascade(shape).padding` samples around signals of
            shape `padded_from`.
        aliases: Reduction of the filters' spectra to lower resolutions, "sum", "drop" or "mean" (see `Cascade`). By
            default "drop" for two axes, as in kymatio's Scattering2D, and for tight banks, so that the frame bounds
            hold; else "sum". "mean" reproduces Scattering1D of kymatio 0.3.0, whose results are too small by 2⁻ᵏ
            wherever a signal was subsampled by 2ᵏ before a filter.
        padded_from: For "given", the size of the signals without padding.
        fs: Sampling rate, for frequencies in hertz; by default frequencies are in cycles per sample.

    Raises:
        InvalidInput: an argument of the wrong type or out of range, with the valid values.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> scattering = sb.Scattering(J=3, Q=1)
        >>> s = scattering(np.ones((2, 64)))
        >>> s.array.shape, scattering.paths
        ((2, 8, 8), Paths(1 of order 0, 4 of order 1, 3 of order 2))
        >>> sb.Scattering(ndim=2, J=2, L=4)(np.ones((16, 16))).array.shape
        (25, 4, 4)

    See also: `subband.ScatteringCoefficients`, `subband.filter_bank`, `subband.JointScattering` (time–frequency),
    `subband.HarmonicScattering` (three axes), `subband.scattering_covariance`.

    Source: S. Mallat, Group Invariant Scattering (2012); J. Bruna, S. Mallat, Invariant Scattering Convolution
    Networks (2013); J. Andén, S. Mallat, Deep Scattering Spectrum (2014).
    """

    ndim: int = 1
    J: int = 0
    Q: int | tuple[int, ...] = 8
    L: int = 8
    order: int = 2
    T: float | None = None
    average: bool | str = True
    oversampling: int = 0
    bank: str | FilterBank | tuple[FilterBank, ...] = "morlet"
    normalise: str | None = None
    pad_mode: str = "reflect"
    aliases: str | None = None
    padded_from: tuple[int, ...] | None = None
    fs: float | None = None

    def __post_init__(self) -> None:
        _check(self)

    @lazy
    def banks(self) -> tuple[FilterBank, ...]:
        """The filter bank of each order."""
        if isinstance(self.bank, FilterBank):
            return (self.bank,) * self.order
        if isinstance(self.bank, tuple):
            return self.bank
        q = (self.Q,) if isinstance(self.Q, int) else self.Q
        each = (*q, *(1,) * self.order)[: self.order]
        return tuple(
            [
                filter_bank(self.bank, J=self.J, Q=n, L=self.L, ndim=self.ndim, normalise=self.normalise)
                for n in each
            ]
        )

    @lazy
    def paths(self) -> Paths:
        """The paths, in the order of the coefficients."""
        return Paths(self.banks, 1.0 if self.fs is None else float(self.fs))

    @property
    def width(self) -> float:
        """The width T of the average, in samples."""
        return float(2**self.scale if self.T is None else self.T)

    @property
    def scale(self) -> int:
        """The maximum J over all banks."""
        return max(bank.J for bank in self.banks)

    @property
    def numbers(self) -> Numbers:
        """All parameters of a cascade, as hashable arguments of `static` functions."""
        rule = self.aliases
        if rule is None:
            tight = all(bank.normalise == "tight" for bank in self.banks)
            rule = "drop" if self.ndim == 2 or tight else "sum"
        filters = tuple([bank.numbers for bank in self.banks])
        return filters, self.width, self.average, self.oversampling, self.pad_mode, rule

    def cascade(self, shape: int | Sequence[int]) -> Cascade:
        """The cascade of convolutions and moduli for one signal size, including the filters.

        Args:
            shape: Number of samples along each of the `ndim` axes.

        Returns:
            The cascade, cached.

        Raises:
            InvalidInput: signals shorter than the largest scale or the average; periodic signals whose length is
                not a multiple of the largest subsampling factor.
        """
        size = lengths("shape", shape)
        if len(size) != self.ndim:
            raise InvalidInput(f"shape {size} does not suit a scattering transform of {self.ndim} axes")
        return _cascade(self.numbers, size)

    def __call__(self, x: Array, *, impl: str | None = None) -> ScatteringCoefficients:
        """Transform an array.

        Args:
            x: (*batch, N) or, for two axes, (*batch, M, N) real array of NumPy, PyTorch or JAX; integers become
                floating, half precision is computed in single. A NaN makes all coefficients of its signal NaN, and
                does not affect others.
            impl: "fast" (CPU), "reference" (array API), or None for the fastest available.

        Returns:
            The coefficients, of the library and device of `x`, differentiable; the gradient of a modulus at 0 is
            defined as 0.

        Raises:
            InvalidInput: complex signals, too few axes, or signals too short for J or T.
            UnsupportedArray: an array of another library or dtype.
        """
        x = widened(as_signal(x))
        xp = namespace(x)
        if xp.isdtype(x.dtype, "complex floating"):
            raise InvalidInput(
                f"can't scatter an array of dtype {x.dtype}: the filters see one sign of frequency only. Give its "
                "real and imaginary parts, e.g. as a batch"
            )
        if x.ndim < self.ndim:
            raise InvalidInput(
                f"an array of shape {tuple(x.shape)} has too few axes: signals extend along the last {self.ndim}"
            )
        batch, size = tuple(x.shape[: x.ndim - self.ndim]), tuple(x.shape[x.ndim - self.ndim :])
        shape = self._without_padding(size) if self.pad_mode == "given" else size
        tree = self.cascade(shape)
        signals = xp.reshape(x, (prod(batch), *size))
        # Moduli involve squares: scale to about 1, against overflow and underflow.
        unit = power_of_two(signals, tuple(range(1, signals.ndim)))
        out = cascade(signals / unit, tree, impl=impl)

        def restored(one: Array) -> Array:
            return xp.reshape(one * xp.reshape(unit, (-1,) + (1,) * (one.ndim - 1)), (*batch, *one.shape[1:]))

        array: Any = tuple([restored(one) for one in out]) if isinstance(out, tuple) else restored(out)
        return ScatteringCoefficients(array, self, shape)

    def _without_padding(self, size: tuple[int, ...]) -> tuple[int, ...]:
        shape = self.padded_from or ()
        expected = self.cascade(shape).padded
        if size != expected:
            raise InvalidInput(
                f"signals of {shape} with their padding are of {expected}, but the array's are of {size}: pad by "
                f"{self.cascade(shape).padding}, or give another pad_mode"
            )
        return shape

    def __repr__(self) -> str:
        shown = [f"ndim={self.ndim}, J={self.scale}"]
        if isinstance(self.bank, str):
            shown.append(f"Q={self.Q}" if self.ndim == 1 else f"L={self.L}")
        shown.append(f"order={self.order}")
        defaults = {"T": None, "average": True, "oversampling": 0, "bank": "morlet", "normalise": None}
        defaults |= {"pad_mode": "reflect", "aliases": None, "padded_from": None, "fs": None}
        shown += [
            f"{name}={value!r}" for name in defaults if (value := getattr(self, name)) != defaults[name]
        ]
        return f"Scattering({', '.join(shown)})"


@partial(static, large=True)
def _cascade(numbers: Numbers, shape: tuple[int, ...]) -> Cascade:
    filters, width, average, oversampling, pad_mode, aliases = numbers
    banks = [from_numbers(one) for one in filters]
    scale, log2_width = max(bank.J for bank in banks), floor(log2(width))
    _check_size(shape, scale, width)

    def resolution(j: int) -> int:
        """log₂ of the subsampling of a modulus: at most that of its scale, and of the output."""
        return max((min(j, log2_width) if average is True else j) - oversampling, 0)

    paths = Paths(tuple(banks))
    strides: dict[tuple[int, ...], int] = {(): 0}
    distinct = list(dict.fromkeys(filters))
    first = dict(zip(distinct, np.cumsum([0, *[len(one[2]) for one in distinct]]), strict=False))
    nodes = []
    for path in paths.tuples[1:]:
        bank = banks[len(path) - 1]
        # The resolution never increases along a path.
        strides[path] = max(resolution(bank.filters[path[-1]].j), strides[path[:-1]])
        start = int(first[filters[len(path) - 1]])
        nodes.append(Node(paths.places[path[:-1]] - 1, start + path[-1], strides[path]))
    stride = max(log2_width - oversampling, 0)
    coarsest = max(stride if average is True else 0, *strides.values())
    padding = padding_of(shape, banks[0], width, max(scale, log2_width), coarsest, pad_mode)
    padded = tuple(n + a + b for n, (a, b) in zip(shape, padding, strict=True))
    spectra = [row for one in distinct for row in from_numbers(one).spectra(padded, width)]
    # All orders share one low-pass: that of smallest gain, as banks with normalise="max" scale theirs.
    lowpass = min((bank.lowpass(padded, width) for bank in banks), key=lambda phi: float(phi.flat[0]))
    return Cascade(
        shape=shape,
        padding=padding,
        pad_mode=pad_mode,
        filters=tuple(spectra),
        lowpass=lowpass if average is True else None,
        nodes=tuple(nodes),
        stride=stride,
        aliases=aliases,
        partial=len(shape) == 1,
        pooled=average == "global",
    )


def _check_size(shape: tuple[int, ...], scale: int, width: float) -> None:
    if min(shape) < 2**scale:
        largest = floor(log2(min(shape))) if min(shape) > 0 else -inf
        hint = f"at most J={largest}" if largest >= 1 else "no J (at least 2 samples are needed)"
        raise InvalidInput(
            f"J={scale} needs signals of at least {2**scale} samples along each axis; {shape} allows {hint}"
        )
    if width > min(shape):
        raise InvalidInput(
            f"can't average over T={width:g} samples of signals of {shape}: give T of at most {min(shape)}, or "
            "average='global'"
        )


def _check(spec: Scattering) -> None:
    plain: dict[str, Any] = {
        "ndim": integer("ndim", spec.ndim, 1, 2, "1 for signals or 2 for images"),
        "order": integer("order", spec.order, 1, 3),
        "average": plain_average("average", spec.average),
        "oversampling": integer("oversampling", spec.oversampling, 0, LARGEST_SCALE),
        "pad_mode": choice("pad_mode", spec.pad_mode, PADDINGS),
        "L": plain_count("L", spec.L),
        "Q": plain_counts("Q", spec.Q, 3),
    }
    if spec.aliases is not None:
        plain["aliases"] = choice("aliases", spec.aliases, ALIASES)
    if spec.T is not None:
        plain["T"] = number("T", spec.T, "a number of samples, 1 or more", low=1)
    if spec.fs is not None:
        plain["fs"] = number("fs", spec.fs, "a positive number of samples a second", above=0)
    if spec.padded_from is not None:
        plain["padded_from"] = lengths("padded_from", spec.padded_from)
    if isinstance(spec.bank, str):
        what = "a whole number, the log₂ of the samples that the largest filter spans"
        plain["J"] = integer("J", spec.J, 1, LARGEST_SCALE, what)
        if spec.normalise is not None:
            plain["normalise"] = choice("normalise", spec.normalise, NORMALISATIONS)
    elif isinstance(spec.bank, list | tuple):
        plain["bank"] = tuple(spec.bank)
    # Plain numbers and tuples, as they are cache keys.
    for name, value in plain.items():
        object.__setattr__(spec, name, value)
    if (spec.pad_mode == "given") != (spec.padded_from is not None):
        raise InvalidInput(
            "pad_mode='given' and padded_from=(…), the size without the padding, come together"
        )
    _check_bank(spec)


def plain_average(name: str, average: Any) -> bool | str:
    """Validate an average: True, False or "global"."""
    if isinstance(average, str):
        return choice(name, average, ("global",), ", True or False")
    return flag(name, average)


def plain_counts(name: str, counts: Any, most: int) -> int | tuple[int, ...]:
    """Validate filters per octave: one number, or one per order."""
    several = counts.tolist() if hasattr(counts, "tolist") else counts
    if not isinstance(several, list | tuple):
        return plain_count(name, several)
    if not 1 <= len(several) <= most:
        raise InvalidInput(
            f"{name}={shown(counts)} must be one whole number, or one for each of at most {most} orders"
        )
    return tuple([plain_count(name, count) for count in several])


def _check_bank(spec: Scattering) -> None:
    if not isinstance(spec.bank, str):
        banks = spec.bank if isinstance(spec.bank, tuple) else (spec.bank,)
        if not all(isinstance(bank, FilterBank) for bank in banks):
            raise InvalidInput(f"bank={shown(spec.bank)}: give a name, a FilterBank, or one for each order")
        if isinstance(spec.bank, tuple) and len(spec.bank) != spec.order:
            raise InvalidInput(f"{len(spec.bank)} banks can't serve {spec.order} orders: give one for each")
        if spec.normalise is not None:
            raise InvalidInput("a bank normalises itself: give normalise to filter_bank, or bank by name")
    for bank in spec.banks:
        if bank.ndim != spec.ndim:
            raise InvalidInput(f"{bank} is of {bank.ndim} axes, the transform of {spec.ndim}")
