"""Solid harmonic scattering of three-dimensional densities, invariant to translations and rotations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from subband.arrays.arguments import choice, flag, integer, number, shown
from subband.arrays.namespace import (
    Array,
    as_signal,
    device_of,
    library,
    namespace,
    on_cpu,
    precision,
    widened,
)
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.kernels.fourier.dispatch import irfftn, rfftn
from subband.kernels.threads import share
from subband.transforms.container import Container
from subband.transforms.fourier.inputs import constant
from subband.transforms.scattering.solid_harmonics import SolidHarmonics, edge_matters, parity_parts

METHODS = ("integral", "standard", "local")
IN_CACHE, IN_MEMORY = 1 << 18, 1 << 25
"""Samples per chunk of signals on a CPU, and on other devices."""


class HarmonicPath(NamedTuple):
    """One coefficient of solid harmonic scattering.

    Attributes:
        order: 1 or 2.
        j: Scale of each wavelet, of width 2^j σ₀.
        l: Degree of all wavelets of the path.
        power: Exponent of the modulus.

    Example:
        >>> import subband as sb
        >>> path = sb.HarmonicScattering(J=1, L=1).paths[-1]
        >>> path.order, path.j, path.l
        (2, (0, 1), 1)
    """

    order: int
    j: tuple[int, ...]
    l: int  # noqa: E741 - the degree's name
    power: float


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class HarmonicCoefficients(Container):
    """Coefficients of `subband.HarmonicScattering`. For JAX and PyTorch it is a pytree whose leaf is `array`.

    Attributes:
        array: Coefficients of the C `paths`: (*batch, C) with method "integral", else (*batch, C, *out).
        spec: The transform.

    See also: `subband.HarmonicScattering`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.HarmonicScattering(J=1, L=1)(np.ones((8, 8, 8)))
        >>> len(c), c.array.shape
        (18, (18,))
    """

    noun: ClassVar[str] = "solid harmonic scattering coefficients"

    spec: "HarmonicScattering"

    @property
    def values(self) -> Array:
        """Alias of `array`."""
        return self.array

    @property
    def paths(self) -> tuple[HarmonicPath, ...]:
        """The path of each coefficient."""
        return self.spec.paths

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)


@final
@dataclass(frozen=True)
class HarmonicScattering:
    """Solid harmonic scattering, a callable on arrays: sums of powers of U[j,l] x = (Σ_m |x ∗ ψ_{j,l,m}|²)^{1/2},

        S[(j₁), l, q] = Σ_u (U[j₁,l] x)(u)^q,    S[(j₁, j₂), l, q] = Σ_u (U[j₂,l] U[j₁,l] x)(u)^q for j₁ < j₂.

    The norm over m is invariant to rotations of the signal, the sum over u to translations.

    Args:
        J: Largest scale; the wavelets have widths σ₀, 2σ₀, …, 2^J σ₀ samples.
        L: Highest degree.
        sigma_0: Width σ₀ of the smallest wavelet in samples.
        order: Maximal order, 1 or 2.
        powers: Exponents q; by default ½, 1 and 2 for "integral", else 1.
        method: "integral": the sums above. "standard": U^q ∗ φ_J at every 2^J-th voxel, as in `subband.Scattering`.
            "local": U^q ∗ φ_{j+1} at given points, with j the last scale of the path.
        covariant: Whether to take the norm over m. If not, U is the modulus of x ∗ ψ_{j,l,−l} with the complex
            wavelet, which is not invariant to rotations.

    Raises:
        InvalidInput: an argument of the wrong type or out of range.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> scattering = sb.HarmonicScattering(J=2, L=2)
        >>> scattering(np.ones((16, 16, 16))).array.shape
        (54,)
        >>> scattering.paths[0]
        HarmonicPath(order=1, j=(0,), l=0, power=0.5)

    See also: `subband.SolidHarmonics`, the wavelets; `subband.Scattering`, for one and two axes.

    Source: M. Eickenberg, G. Exarchakis, M. Hirn, S. Mallat, L. Thiry, Solid harmonic wavelet scattering for
    predictions of molecule properties (J. Chem. Phys. 148, 2018).
    """

    J: int
    L: int = 3
    sigma_0: float = 1.0
    order: int = 2
    powers: tuple[float, ...] | None = None
    method: str = "integral"
    covariant: bool = True

    def __post_init__(self) -> None:
        bank = self.bank
        plain: dict[str, Any] = {"J": bank.J, "L": bank.L, "sigma_0": bank.sigma_0}
        plain["method"] = choice("method", self.method, METHODS)
        plain["order"] = integer("order", self.order, 1, 2)
        plain["covariant"] = flag("covariant", self.covariant)
        if self.powers is not None:
            powers: Any = self.powers.tolist() if isinstance(self.powers, np.ndarray) else self.powers
            if not isinstance(powers, list | tuple) or not powers:
                raise InvalidInput(
                    f"powers={shown(powers)} must be one positive number or more, as (0.5, 1, 2)"
                )
            plain["powers"] = tuple([number("powers", q, "positive numbers", above=0) for q in powers])
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    @property
    def bank(self) -> SolidHarmonics:
        """The wavelets."""
        return SolidHarmonics(self.J, self.L, self.sigma_0)

    @property
    def exponents(self) -> tuple[float, ...]:
        """The exponents q, with defaults filled in."""
        return self.powers or ((0.5, 1.0, 2.0) if self.method == "integral" else (1.0,))

    @property
    def scales(self) -> tuple[tuple[int, ...], ...]:
        """Scales of the paths of one degree: order 1, then order 2."""
        second = [(j1, j2) for j1 in range(self.J + 1) for j2 in range(j1 + 1, self.J + 1)]
        return (*((j,) for j in range(self.J + 1)), *(second if self.order == 2 else ()))

    @property
    def paths(self) -> tuple[HarmonicPath, ...]:
        """The paths in the order of the coefficients: by scales, then degree, then power."""
        return tuple(
            HarmonicPath(len(j), j, degree, q)
            for j in self.scales
            for degree in range(self.L + 1)
            for q in self.exponents
        )

    def __call__(self, x: Array, points: Any = None) -> HarmonicCoefficients:
        """Transform real signals.

        Args:
            x: (…, M, N, O) real array of NumPy, PyTorch or JAX. Convolutions are periodic, so the density should
                be surrounded by zeros, about three widths of the largest wavelet.
            points: (…, P, 3) integers, the voxels at which method "local" evaluates the averages; leading axes are
                those of `x` or broadcast to them.

        Returns:
            The coefficients in the order of `paths`: (…, C), for "standard" (…, C, ⌈M/2^J⌉, ⌈N/2^J⌉, ⌈O/2^J⌉), for
            "local" (…, C, P); of the library and device of `x`, differentiable. The gradient of a modulus at 0 is
            defined as 0.

        Raises:
            InvalidInput: a complex array, fewer than three axes, a widest wavelet wider than an axis; points that
                are missing, given for another method, or outside of the grid.
        """
        x = widened(as_signal(x))
        shape, indices = self._checked(x, points)
        xp, batch = namespace(x), tuple(x.shape[:-3])
        signals = xp.reshape(x, (prod(batch), *shape))
        # Moduli involve squares: scale to about 1, against overflow and underflow.
        unit = power_of_two(signals, (1, 2, 3))
        values = _each_chunk(self, signals / unit, indices)
        values = values * _to_powers(unit, self.exponents, values)
        return HarmonicCoefficients(xp.reshape(values, (*batch, *values.shape[1:])), self)

    def _checked(self, x: Array, points: Any) -> tuple[tuple[int, ...], Array | None]:
        """The grid shape, and the (signals, P) flat indices of the points."""
        xp = namespace(x)
        if xp.isdtype(x.dtype, "complex floating"):
            raise InvalidInput(
                "can't scatter a complex density: give its real and imaginary parts as two signals"
            )
        if x.ndim < 3 or 0 in x.shape[-3:]:
            raise InvalidInput(f"x of shape {tuple(x.shape)} is not a density in space: give (…, M, N, O)")
        shape = tuple(int(n) for n in x.shape[-3:])
        if self.sigma_0 * 2**self.J > min(shape):
            largest = int(np.floor(np.log2(min(shape) / self.sigma_0)))
            raise InvalidInput(
                f"J={self.J} makes wavelets of {self.sigma_0 * 2**self.J:g} voxels, more than the {min(shape)} of "
                f"an axis: "
                + (f"at most J={largest}" if largest >= 0 else f"give sigma_0 up to {min(shape)}")
            )
        if (self.method == "local") != (points is not None):
            raise InvalidInput(f"method {self.method!r}: give points for method 'local', and only for it")
        return shape, None if points is None else _flat(points, x, shape)


def _to_powers(unit: Array, exponents: tuple[float, ...], values: Array) -> Array:
    """(signals, C, 1, …) unit^q of each coefficient of `values`."""
    xp = namespace(unit)
    each = xp.concat([xp.reshape(unit, (-1, 1)) ** q for q in exponents], axis=-1)
    each = xp.tile(each, (1, values.shape[1] // len(exponents)))
    return xp.reshape(each, (*each.shape, *(1,) * (values.ndim - 2)))


def _flat(points: Any, x: Array, shape: tuple[int, ...]) -> Array:
    """(…, P, 3) voxels → (signals, P) indices into the flattened grid."""
    voxels = _as_array(points)
    if voxels.ndim < 2 or voxels.shape[-1] != 3 or voxels.dtype.kind not in "iu":
        raise InvalidInput(
            f"points of shape {voxels.shape} and {voxels.dtype}: give whole numbers, (…, P, 3)"
        )
    if voxels.size and ((voxels < 0) | (voxels >= shape)).any():
        raise InvalidInput(
            f"points lie outside of the {shape} voxels: give 0 … {tuple(n - 1 for n in shape)}"
        )
    flat: Any = np.ravel_multi_index(tuple(np.moveaxis(voxels, -1, 0)), shape)
    batch = tuple(x.shape[:-3])
    try:
        flat = np.array(np.broadcast_to(flat, (*batch, flat.shape[-1])))
    except ValueError as error:
        raise InvalidInput(f"points of shape {voxels.shape} don't fit signals of shape {batch}") from error
    return namespace(x).asarray(flat.reshape(-1, flat.shape[-1]), **device_of(x))


def _as_array(points: Any) -> np.ndarray:
    try:
        return np.asarray(points)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInput(f"points={shown(points)}: give whole numbers, (…, P, 3)") from error


def _each_chunk(plan: HarmonicScattering, signals: Array, indices: Array | None) -> Array:
    """(signals, M, N, O) → (signals, C, …), in chunks of `IN_CACHE` or `IN_MEMORY` samples."""
    xp, count = namespace(signals), signals.shape[0]
    volume = prod(signals.shape[1:])
    step = max(1, (IN_CACHE if on_cpu(signals) else IN_MEMORY) // volume)
    starts = range(0, count, step) if count else [0]
    made: list[Any] = [None] * len(starts)

    def work(first: int, last: int) -> None:
        for i in range(first, last):
            some = slice(starts[i], starts[i] + step)
            made[i] = _scatter(plan, signals[some], None if indices is None else indices[some])

    if library(signals) == "numpy":
        share(work, len(starts), count * volume)
    else:
        work(0, len(starts))
    return made[0] if len(made) == 1 else xp.concat(made, axis=0)


def _scatter(plan: HarmonicScattering, x: Array, indices: Array | None) -> Array:
    """(signals, M, N, O) → (signals, C, …), by the definition."""
    found: dict[tuple[tuple[int, ...], int], Array] = {}
    spectrum = rfftn(x, 3)
    for j1, degree, u1 in _moduli(plan, spectrum, x, range(plan.J + 1), range(plan.L + 1)):
        found[(j1,), degree] = _pooled(plan, u1, j1, indices)
        if plan.order == 2 and j1 < plan.J:
            for j2, _, u2 in _moduli(plan, rfftn(u1, 3), x, range(j1 + 1, plan.J + 1), [degree]):
                found[(j1, j2), degree] = _pooled(plan, u2, j2, indices)
    return namespace(x).concat([found[j, l] for j in plan.scales for l in range(plan.L + 1)], axis=1)  # noqa: E741


def _moduli(
    plan: HarmonicScattering, spectrum: Array, like: Array, scales: Iterable[int], degrees: Iterable[int]
) -> Iterator[tuple[int, int, Array]]:
    """(j, l, U[j,l] x) of the real fields x with these spectra."""
    shape = tuple(int(n) for n in like.shape[-3:])
    for j in scales:
        smooth = spectrum * constant(plan.bank.lowpass(shape, j, precision(like)), like)
        for degree in degrees:
            # ψ̂_{j,l,m} = ± i^l 2^{jl} · (parts that depend on l and m) · e^{−|2^j σ₀ ω|²/2}
            scaled = smooth * (2 ** (j * degree) * (1j if degree % 2 else 1))
            yield j, degree, _root(_energy(plan, scaled, like, degree, j))


def _energy(plan: HarmonicScattering, scaled: Array, like: Array, degree: int, j: int) -> Array:
    """(signals, M, N, O): Σ_m |x ∗ ψ_{j,l,m}|², or |x ∗ ψ_{j,l,−l}|² of the complex wavelet.

    The convolution with the sampled wavelet m is a real field minus i times another, due to the frequency π.
    """
    shape = tuple(int(n) for n in like.shape[-3:])
    regular, edge = parity_parts(shape, degree, plan.sigma_0, precision(like))
    sides = [(scaled, regular)]
    if edge_matters(shape, degree, plan.sigma_0 * 2**j):
        sides.append((scaled * 1j, edge))

    def field(spectra: Array, part: np.ndarray) -> Array:
        return irfftn(spectra * constant(part, like), shape)

    if plan.covariant or degree == 0:
        # One field at a time, for the cache.
        return sum(field(spectra, row) ** 2 for spectra, rows in sides for row in rows)
    # ψ_{l,−l} ∝ (x − iy)^l is (cosine − i sine) / √2.
    fields = [(field(spectra, rows[0]), field(spectra, rows[-1])) for spectra, rows in sides]
    sine, cosine = fields[0]
    for edge_sine, edge_cosine in fields[1:]:
        sine, cosine = sine + edge_cosine, cosine - edge_sine
    return (sine**2 + cosine**2) / 2


def _root(energy: Array) -> Array:
    """√E, with gradient 0 where E = 0."""
    return _power(energy, 0.5)


def _power(u: Array, exponent: float) -> Array:
    """u^q for u ≥ 0, with gradient 0 where u = 0 and 0 < q < 1."""
    xp = namespace(u)
    if exponent == 1:
        return u
    if exponent >= 1 or library(u) == "numpy":
        return xp.sqrt(u) if exponent == 0.5 else u**exponent
    positive = u != 0  # or NaN, which is propagated
    inside = xp.where(positive, u, xp.ones_like(u))
    root = xp.sqrt(inside) if exponent == 0.5 else inside**exponent
    return xp.where(positive, root, xp.zeros_like(u))


def _pooled(plan: HarmonicScattering, u: Array, j: int, indices: Array | None) -> Array:
    """(signals, M, N, O) moduli of scale j → (signals, powers, …)."""
    xp, shape = namespace(u), tuple(int(n) for n in u.shape[-3:])
    raised = [_power(u, q) for q in plan.exponents]
    if plan.method == "integral":
        return xp.stack([xp.sum(v, axis=(-3, -2, -1)) for v in raised], axis=1)
    width = constant(
        plan.bank.lowpass(shape, plan.J if plan.method == "standard" else j + 1, precision(u)), u
    )
    smooth = xp.stack([irfftn(rfftn(v, 3) * width, shape) for v in raised], axis=1)
    if indices is None:
        step = 2**plan.J
        return smooth[..., ::step, ::step, ::step]
    flat = xp.reshape(smooth, (*smooth.shape[:2], prod(shape)))
    return xp.take_along_axis(
        flat, xp.broadcast_to(indices[:, None, :], (*flat.shape[:2], indices.shape[-1])), axis=2
    )
