"""The joint time–frequency scattering transform: scattering of the scalogram along time and log-frequency."""

from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor, log2, prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, number
from subband.arrays.compilers import lazy, static
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.kernels.cascade import Cascade, Node
from subband.kernels.joint import Joint, joint
from subband.transforms.scattering.banks import FilterBank, filter_bank
from subband.transforms.scattering.banks.bank import plain_count, plain_scale
from subband.transforms.scattering.joint.coefficients import JointCoefficients
from subband.transforms.scattering.joint.paths import JointPaths
from subband.transforms.scattering.scattering import Scattering, plain_average, plain_counts

FORMATS = ("joint", "time")
ANTIALIASING = 4.0
"""Standard deviations of a filter over log-frequency below the Nyquist frequency of its subsampled modulus; the
worst aliasing is e⁻⁸ of its maximum."""
REACH = 8
"""Padding after the log-frequency axis, in widths of the widest average: five standard deviations."""


@final
@dataclass(frozen=True)
class JointScattering:
    """Joint time–frequency scattering, a callable on arrays.

    The scalogram U₁(t, λ) = |x ⋆ ψ_λ| is filtered along time and log-frequency,

        S₂(t, λ, n₂, n_fr) = |U₁ ⋆_t ψ_n₂ ⋆_λ ψ_nfr| ⋆ φ_T ⋆ φ_F,

    with filters ψ_fr of both signs of frequency: spin +1 for patterns of rising pitch, −1 for falling ones, which
    time scattering does not distinguish, and 0 for the low-pass over λ. Order 1 is |U₁ ⋆_t φ_T ⋆_λ ψ_nfr| ⋆_λ φ_F,
    with spins 0 and +1 only, as U₁ ⋆ φ_T is real.

    Signals extend along the last axis; other axes are a batch. The filters of each signal length are computed once
    and cached.

    Attributes:
        J: log₂ of the largest scale in samples.
        J_fr: log₂ of the largest scale over log-frequency, in filters: 2^J_fr / Q octaves.
        Q: Filters per octave of order 1, or of both orders, e.g. (8, 2).
        Q_fr: Filters per octave over log-frequency.
        T: Width of the average over time in samples, by default 2^J.
        F: Width of the average over log-frequency in filters of order 1, by default 2^J_fr; coefficients are nearly
            invariant to transpositions by less than F/Q octaves. Any number from 1. The output is subsampled by the
            largest power of two not above F.
        average: Average over time. True: convolution with φ_T. "global": the mean over the signal. False: none,
            except for order 1.
        average_fr: Average over log-frequency, likewise, with φ_F. Spin 0 is already an average over 2^J_fr filters
            and is averaged again only for a larger F.
        format: "joint": paths (n₂, n_fr) with an axis over log-frequency. "time": a path for each row, as in time
            scattering.
        pad_mode: Boundary extension in time, as in `Scattering`.
        fs: Sampling rate, for frequencies and rates in hertz; by default they are in cycles per sample.

    Raises:
        InvalidInput: an argument of the wrong type or out of range, with the valid values.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> s = sb.JointScattering(J=5, J_fr=2, Q=4)(np.ones(256))
        >>> s.array.shape, s.zeroth.shape, s.paths
        ((25, 5, 8), (8,), JointPaths(4 of order 1, 21 of order 2))

    See also: `subband.JointCoefficients`, `subband.JointPaths`, `subband.Scattering`.

    Source: J. Andén, V. Lostanlen, S. Mallat, Joint Time–Frequency Scattering (2019), eqs. 12–16; layout of
    kymatio's development version, where order 0 is separate in the format "joint".
    """

    J: int
    J_fr: int = 3
    Q: int | tuple[int, ...] = 8
    Q_fr: int = 1
    T: float | None = None
    F: float | None = None
    average: bool | str = True
    average_fr: bool | str = True
    format: str = "joint"
    pad_mode: str = "reflect"
    fs: float | None = None

    def __post_init__(self) -> None:
        _check(self)

    @lazy
    def time(self) -> Scattering:
        """The time scattering transform of both orders."""
        return Scattering(J=self.J, Q=self.Q, T=self.T, pad_mode=self.pad_mode, fs=self.fs)

    @lazy
    def bank_fr(self) -> FilterBank:
        """The filters over log-frequency, of spin +1."""
        bank = filter_bank(J=self.J_fr, Q=self.Q_fr)
        return replace(
            bank, filters=tuple([replace(one, j=_dyadic(one.xi, one.sigma)) for one in bank.filters])
        )

    @property
    def width_fr(self) -> float:
        """The width F of the average over log-frequency, in filters."""
        return float(2**self.J_fr if self.F is None else self.F)

    @lazy
    def paths(self) -> JointPaths:
        """The paths, in the order of the coefficients."""
        return JointPaths(self)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """All parameters of a plan, as hashable arguments of `static` functions."""
        return (
            self.J, self.J_fr, self.Q, self.Q_fr, self.T, self.F, self.average, self.average_fr, self.pad_mode,
        )  # fmt: skip

    def plan(self, samples: int) -> Joint:
        """The convolutions and moduli for one signal length, including the filters; cached.

        Raises:
            InvalidInput: signals shorter than the largest scale or than the average.
        """
        return _plan(self.numbers, integer("samples", samples, 1, LONGEST))

    def __call__(self, x: Array, *, impl: str | None = None) -> JointCoefficients:
        """Transform an array.

        Args:
            x: (*batch, N) real array of NumPy, PyTorch or JAX; integers become floating, half precision is
                computed in single.
            impl: "fast" (CPU), "reference" (array API), or None for the fastest available.

        Returns:
            The coefficients, of the library and device of `x`, differentiable; the gradient of a modulus at 0 is
            defined as 0.

        Raises:
            InvalidInput: complex signals, or signals too short for J or T.
            UnsupportedArray: an array of another library or dtype.
        """
        x = widened(as_signal(x))
        xp = namespace(x)
        if xp.isdtype(x.dtype, "complex floating"):
            raise InvalidInput(
                f"can't scatter an array of dtype {x.dtype}: the filters see one sign of frequency only. Give its "
                "real and imaginary parts, e.g. as a batch"
            )
        batch, samples = tuple(x.shape[:-1]), int(x.shape[-1])
        if samples == 0:
            raise InvalidInput(f"x of shape {tuple(x.shape)} has no samples along its last axis")
        signals = xp.reshape(x, (prod(batch), samples))
        # Moduli involve squares: scale to about 1, against overflow and underflow.
        unit = power_of_two(signals, (1,))
        zeroth, paths = joint(signals / unit, self.plan(samples), impl=impl)
        cropped = [
            one[:, :rows, :] * unit[:, :, None] for one, rows in zip(paths, self.paths.rows, strict=True)
        ]
        restored = [xp.reshape(one, (*batch, *one.shape[1:])) for one in [zeroth * unit, *cropped]]
        array, zeroth = _joined(restored, self)
        return JointCoefficients(array, zeroth, self, samples)


def _joined(made: list[Array], spec: JointScattering) -> tuple[Any, Array | None]:
    """Order 0 and the paths (*batch, rows, frames) → coefficients in the format, and order 0 if separate."""
    zeroth, *paths = made
    xp = namespace(zeroth)
    if spec.average == "global":
        zeroth, paths = zeroth[..., 0], [one[..., 0] for one in paths]
    rank = 0 if spec.average == "global" else 1
    if spec.format == "joint":
        if spec.average_fr == "global":
            paths = [one[(..., 0, *(slice(None),) * rank)] for one in paths]
        if spec.average and spec.average_fr:
            return xp.stack(paths, axis=-1 - rank - (spec.average_fr is True)), zeroth
        return tuple(paths), zeroth
    if spec.average:
        return xp.concat([xp.expand_dims(zeroth, axis=-1 - rank), *paths], axis=-1 - rank), None
    rows = [one[..., row, :] for one in paths for row in range(one.shape[-2])]
    return (zeroth, *rows), None


@partial(static, large=True)
def _plan(numbers: tuple[Any, ...], samples: int) -> Joint:
    *others, pad_mode = numbers
    spec = JointScattering(*others, pad_mode=pad_mode)
    time = spec.time.cascade(samples)
    count = len(spec.time.banks[0].filters)
    if spec.width_fr > count:
        raise InvalidInput(
            f"can't average over F={spec.width_fr:g} of {count} filters: give F of at most {count}, or "
            "average_fr='global'"
        )
    log2_width = floor(log2(spec.width_fr))
    size = _padded(count + ceil(REACH * max(spec.width_fr, 2**spec.J_fr)), 2 ** max(spec.J_fr, log2_width))
    rising = spec.bank_fr.spectra(size, 2**spec.J_fr)
    falling = np.roll(np.flip(rising, axis=1), 1, axis=1)
    low = spec.bank_fr.lowpass(size, 2**spec.J_fr)
    strides = [spec.J_fr, *[one.j for one in spec.bank_fr.filters] * 2]
    if spec.average_fr is True:
        strides = [min(j, log2_width) for j in strides]
    frequency = Cascade(
        shape=(size,),
        padding=((0, 0),),
        pad_mode="periodic",
        filters=(low, *rising, *falling),
        lowpass=spec.bank_fr.lowpass(size, spec.width_fr),
        nodes=tuple([Node(-1, k, stride) for k, stride in enumerate(strides)]),
        stride=log2_width,
    )
    spins = (0, *(1,) * len(rising), *(-1,) * len(falling))
    return Joint(time, frequency, spins, spec.average, spec.average_fr)


def _padded(least: int, step: int) -> int:
    """The smallest multiple of `step` that is at least `least` and has no prime factor above 5."""
    size = ceil(least / step) * step
    while _rough(size):
        size += step
    return size


def _rough(n: int) -> bool:
    for prime in (2, 3, 5):
        while n % prime == 0:
            n //= prime
    return n > 1


def _dyadic(xi: float, sigma: float) -> int:
    """log₂ of the largest subsampling factor of a modulus over log-frequency."""
    return floor(-log2(min(xi + ANTIALIASING * sigma, 0.5))) - 1


def _check(spec: JointScattering) -> None:
    plain: dict[str, Any] = {
        "J": plain_scale("J", spec.J),
        "J_fr": plain_scale("J_fr", spec.J_fr),
        "Q": plain_counts("Q", spec.Q, 2),
        "Q_fr": plain_count("Q_fr", spec.Q_fr),
        "average": plain_average("average", spec.average),
        "average_fr": plain_average("average_fr", spec.average_fr),
        "format": choice("format", spec.format, FORMATS),
    }
    if spec.T is not None:
        plain["T"] = number("T", spec.T, "a number of samples, 1 or more", low=1)
    if spec.F is not None:
        plain["F"] = number("F", spec.F, "a number of filters, 1 or more", low=1)
    if spec.fs is not None:
        plain["fs"] = number("fs", spec.fs, "a positive number of samples a second", above=0)
    for name, value in plain.items():
        object.__setattr__(spec, name, value)
    if isinstance(spec.pad_mode, str) and spec.pad_mode == "given":
        raise InvalidInput("joint scattering pads by itself: give another pad_mode than 'given'")
    spec.time  # noqa: B018 - validates the shared arguments
