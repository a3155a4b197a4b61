"""Aliasing of any layer, measured with sinusoids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np

from subband.arrays.arguments import integer, lengths, number, shown
from subband.arrays.namespace import Array, as_array, device_of, library, namespace
from subband.errors import InvalidInput

MOST_PHASES = 4096


@dataclass(frozen=True, eq=False)
class Aliasing:
    """Energy that a layer puts at the right frequencies, and elsewhere, for each frequency of its input.

    Attributes:
        frequencies: (F, d) cycles a sample of the input, along each of d axes.
        signal: (F,) mean energy at whole multiples of the input's frequency, up to the Nyquist frequency of the
            output, without the constant.
        aliased: (F,) mean energy of all else.
        harmonics: (F, phases // 2 + 1) mean energy of each multiple k of the frequency, right or aliased; those
            beyond phases // 2 are counted with others.
    """

    frequencies: np.ndarray
    signal: np.ndarray
    aliased: np.ndarray
    harmonics: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """(F,) Share of the energy that is aliased, from 0 to 1; 0 where there is no energy."""
        total = self.signal + self.aliased
        return np.divide(self.aliased, total, out=np.zeros_like(total), where=total > 0)

    @property
    def decibels(self) -> np.ndarray:
        """(F,) 10 log₁₀ of the share."""
        return 10 * np.log10(np.maximum(self.share, np.finfo(float).tiny))


def aliasing(
    layer: Callable[[Array], Array],
    frequencies: Sequence[float] | Sequence[Sequence[float]] | np.ndarray,
    *,
    shape: int | Sequence[int] = 64,
    phases: int = 33,
    rate: float | None = None,
    margin: int = 0,
    like: Array | None = None,
) -> Aliasing:
    """Feed sinusoids to a layer, and measure the energy that comes back at wrong frequencies.

    The layer sees x_φ[n] = cos(2π f·n + φ) for `phases` values of φ, which is one wave, moved. What follows the
    wave has a k-th harmonic exp(ik(2π f·n + φ)) for each k, at the frequency k f. So the Fourier transform over
    φ gives the k-th harmonic at every place n; what is left of it after the wave exp(2πik f·n) is taken out is
    no longer the signal's but the grid's, and so is a harmonic beyond the Nyquist frequency of the output. This
    holds for any layer that commutes with translations up to aliasing, however non-linear: convolutions,
    pointwise functions, changes of rate.

    Args:
        layer: From an array (phases, *shape) to one (phases, …), such as a layer of PyTorch, or a block of a
            network.
        frequencies: Cycles a sample along the last axis, or, for d axes, (F, d).
        shape: Shape of one input; of (C, H, W), all channels get the same wave.
        phases: Waves for each frequency. Of harmonics that phases don't tell apart, those that the output can hold
            are told apart by their frequencies; an odd number keeps folded ones of 2ᵏ samples apart too.
        rate: Samples of the output for each of the input. By default the ratio of the last axes' lengths, which is
            wrong for layers that crop.
        margin: Samples of the output to leave out on each side, where a layer pads with zeros.
        like: An array whose library, dtype and device the layer takes, e.g. `torch.zeros(1)`. By default
            NumPy's float64.

    Returns:
        The energies.

    Raises:
        InvalidInput: frequencies beyond ½, a layer that returns something else, or a margin that leaves nothing.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> relu = lambda x: np.maximum(x, 0)
        >>> pointwise = sb.aliasing(relu, [5 / 64])
        >>> filtered = sb.aliasing(lambda x: sb.filtered_nonlinearity(x, relu, factor=4), [5 / 64])
        >>> bool(filtered.share[0] < pointwise.share[0] / 4)
        True

    See also: `filtered_nonlinearity`, `filtered_leaky_relu`.
    """
    if not callable(layer):
        raise InvalidInput(f"layer={shown(layer)} is not a function: give one of arrays, or a layer")
    size, waves = lengths("shape", shape), _waves(frequencies)
    if waves.shape[1] > len(size):
        raise InvalidInput(
            f"frequencies along {waves.shape[1]} axes don't fit shape={size}: give more lengths"
        )
    phases = integer("phases", phases, 4, MOST_PHASES, "a number of phases")
    margin = integer("margin", margin, 0, None, "a number of samples")
    rate = None if rate is None else number("rate", rate, "a positive number, or None", above=0)
    if int(np.prod(size)) * phases > _MOST:
        raise InvalidInput(
            f"shape={size} in {phases} phases is {int(np.prod(size)) * phases} numbers: give less"
        )
    found = [_measured(layer, wave, size, phases, rate, margin, like) for wave in waves]
    signal, aliased, harmonics = (np.array(part) for part in zip(*found, strict=True))
    return Aliasing(waves, signal, aliased, harmonics)


_MOST = 1 << 28


def _waves(frequencies: Any) -> np.ndarray:
    """(F, d) frequencies."""
    waves = as_array(frequencies, "frequencies")
    waves = waves[:, None] if waves.ndim == 1 else waves
    if (
        waves.dtype.kind not in "iuf"
        or waves.ndim != 2
        or waves.size == 0
        or not (np.abs(waves) <= 0.5).all()
    ):
        raise InvalidInput(
            f"frequencies={shown(frequencies)}: give cycles a sample from −½ to ½, one or (F, d) for d axes"
        )
    return waves.astype(float)


def _measured(
    layer: Callable[[Array], Array],
    wave: np.ndarray,
    size: tuple[int, ...],
    phases: int,
    rate: float | None,
    margin: int,
    like: Array | None,
) -> tuple[float, float, np.ndarray]:
    """Mean energy at the right frequencies, elsewhere, and of each harmonic."""
    d = len(wave)
    phi = 2 * pi * np.arange(phases) / phases
    x = np.cos(phi.reshape(-1, *[1] * len(size)) + _angle(wave, size[-d:]))
    y = _numbers(layer(_as_like(np.broadcast_to(x, (phases, *size)).copy(), like)), phases, d)
    ratio = y.shape[-1] / size[-1] if rate is None else rate
    inside = tuple(slice(margin, n - margin) for n in y.shape[-d:])
    if any(n <= 2 * margin for n in y.shape[-d:]):
        raise InvalidInput(f"margin={margin} leaves nothing of an output of shape {y.shape[1:]}: give less")
    # c[j, n]: what goes round k ≡ j (mod phases) times while the input goes round once.
    c = np.fft.rfft(y, axis=0)[(..., *inside)] / phases
    signal, aliased, harmonics = 0.0, 0.0, np.zeros(len(c))
    for j, part in enumerate(c):
        twice = 1.0 if j == 0 or 2 * j == phases else 2.0  # for the conjugate, −k
        energy = twice * float(np.mean(np.abs(part) ** 2))
        orders = j + phases * np.arange(-_ROUNDS, _ROUNDS + 1)
        held = orders[(np.abs(np.multiply.outer(orders, wave / ratio)) <= 0.5 + 1e-9).all(axis=1)]
        kept = twice * _explained(part, [_angle(k * wave / ratio, y.shape[-d:])[inside] for k in held])
        harmonics[j] = energy
        aliased += max(energy - kept, 0.0)
        signal += kept if j else 0.0
    return signal, aliased, harmonics


_ROUNDS = 32


def _explained(part: np.ndarray, angles: list[np.ndarray]) -> float:
    """Mean energy of the best sum of waves exp(i angle), one amplitude for each channel and wave."""
    if not angles:
        return 0.0
    waves = np.exp(1j * np.stack([angle.ravel() for angle in angles]))
    rows = part.reshape(-1, waves.shape[1])
    gram, found = waves.conj() @ waves.T / rows.shape[1], rows @ waves.conj().T / rows.shape[1]
    amplitudes = found @ np.linalg.pinv(gram, hermitian=True).T
    return float(np.einsum("rk,rk->r", found.conj(), amplitudes).real.mean())


def _angle(wave: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """2π f·n on a grid."""
    grids = np.meshgrid(*map(np.arange, size), indexing="ij", sparse=True)
    return 2 * pi * np.asarray(sum(f * grid for f, grid in zip(wave, grids, strict=True)))


def _as_like(x: np.ndarray, like: Array | None) -> Array:
    if like is None:
        return x
    library(like)
    if not namespace(like).isdtype(like.dtype, "real floating"):
        raise InvalidInput(f"like={shown(like)} of {like.dtype}: give an array of real floating numbers")
    return namespace(like).asarray(x, dtype=like.dtype, **device_of(like))


def _numbers(y: Any, phases: int, d: int) -> np.ndarray:
    """The output of a layer as real numbers (phases, …)."""
    if hasattr(y, "detach"):
        y = y.detach().cpu()
    found = as_array(y, "the layer's output")
    if found.dtype.kind not in "iuf" or found.ndim <= d or len(found) != phases:
        raise InvalidInput(
            f"layer gave {shown(y)} for {phases} waves: it must return real numbers (phases, …) with {d} "
            "axes of samples"
        )
    return found.astype(float)
