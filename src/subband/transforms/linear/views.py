"""Linear transforms and their inverses as maps between vector spaces; `PAIRS` lists the supported ones."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from subband.arrays.arguments import flag, integer, number, shown
from subband.arrays.axes import count_axes
from subband.arrays.namespace import Array, as_array, library
from subband.errors import InvalidInput
from subband.transforms.continuous.adjoint import cwt_adjoint, icwt_adjoint
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import cwt, icwt, reconstruction
from subband.transforms.continuous.spec import make_spec as make_continuous_spec
from subband.transforms.dualtree.adjoint import dtcwt_adjoint, idtcwt_adjoint
from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.dtcwt import dtcwt, idtcwt
from subband.transforms.dualtree.filters import hilbert_pair
from subband.transforms.dualtree.spec import make_dual_tree_spec
from subband.transforms.fourier.adjoint import istft_adjoint, stft_adjoint
from subband.transforms.fourier.coefficients import StftCoefficients, scale_factors
from subband.transforms.fourier.inputs import real_dtype
from subband.transforms.fourier.shift import per_axis, rotate, rotate_adjoint, shift
from subband.transforms.fourier.stft import frame_range, istft, make_framing, stft
from subband.transforms.lifting.adjoint import lift_adjoint, unlift_adjoint
from subband.transforms.lifting.coefficients import LiftingCoefficients
from subband.transforms.lifting.lift import lift, unlift
from subband.transforms.lifting.spec import make_lifted_spec
from subband.transforms.linear.spaces import Call, Shape, Space, View
from subband.transforms.packets.adjoint import ipackets_adjoint, packets_adjoint
from subband.transforms.packets.coefficients import PacketCoefficients
from subband.transforms.packets.packets import ipackets, packets
from subband.transforms.resample.adjoint import (
    lanczos_rotate_adjoint,
    lanczos_shift_adjoint,
    resample_adjoint,
)
from subband.transforms.resample.lanczos import lanczos_rotate, lanczos_shift
from subband.transforms.resample.lowpass import lowpass, lowpass_adjoint
from subband.transforms.resample.rates import FINEST, downsample, resample, upsample
from subband.transforms.stationary.adjoint import imra_adjoint, iswt_adjoint, mra_adjoint, swt_adjoint
from subband.transforms.stationary.mra import Components, check_transform, imra, mra
from subband.transforms.stationary.swt import (
    StationaryCoefficients,
    iswt,
    make_stationary_spec,
    plain_norm,
    swt,
)
from subband.transforms.wavelets.adjoint import dwt_adjoint, idwt_adjoint
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import dwt, idwt
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec, make_spec


def _dwt(signal: Space, forward: Call, wavelet, level, mode, axes, impl) -> tuple[View, View]:
    spec = make_spec(signal.shape, wavelet, level, mode, axes)
    shape, wrap = (*spec.batch, spec.analysis.total), partial(Coefficients, spec=spec)
    space = Space(shape, signal.is_complex, Coefficients, wrap)
    norm = 1.0 if _is_isometry(spec, spec.known) else None
    back = partial(idwt, impl=impl)
    return (
        View(signal, space, forward, partial(dwt_adjoint, impl=impl), back, norm),
        View(space, signal, back, partial(idwt_adjoint, spec=spec, impl=impl), norm=norm),
    )


def _packets(signal: Space, forward: Call, wavelet, level, mode, axes, order, impl) -> tuple[View, View]:
    spec = make_spec(signal.shape, wavelet, level, mode, axes, order)
    shape, wrap = (*spec.batch, *spec.analysis.tree_shape), partial(PacketCoefficients, spec=spec)
    space = Space(shape, signal.is_complex, PacketCoefficients, wrap)
    norm = 1.0 if _is_isometry(spec, spec.known) else None
    back = partial(ipackets, impl=impl)
    return (
        View(signal, space, forward, partial(packets_adjoint, impl=impl), back, norm),
        View(space, signal, back, partial(ipackets_adjoint, spec=spec, impl=impl), norm=norm),
    )


def _swt(signal: Space, forward: Call, wavelet, level, axes, norm) -> tuple[View, View]:
    norm = plain_norm(norm)
    spec = make_stationary_spec(signal.shape, wavelet, level, axes)
    wrap = partial(StationaryCoefficients, spec=spec, norm=norm)
    space = Space(_layers(spec), signal.is_complex, StationaryCoefficients, wrap, lambda c: (c.spec, c.norm))
    d = len(spec.axes)
    return (
        View(signal, space, forward, swt_adjoint, iswt, cyclic_axes=d),
        View(space, signal, iswt, partial(iswt_adjoint, spec=spec, norm=norm), cyclic_axes=d),
    )


def _mra(signal: Space, forward: Call, wavelet, level, axes, transform, mode) -> tuple[View, View]:
    check_transform(transform, mode)
    if transform == "dwt":
        spec, d = make_spec(signal.shape, wavelet, level, mode, axes), 0
    else:
        spec = make_stationary_spec(signal.shape, wavelet, level, axes)
        d = len(spec.axes)
    space = Space(_layers(spec), signal.is_complex, Components, partial(Components, spec=spec))
    adjoint, bands = partial(mra_adjoint, transform=transform), space.shape[len(spec.batch)]
    return (
        View(signal, space, forward, adjoint, imra, cyclic_axes=d),
        View(space, signal, imra, partial(imra_adjoint, spec=spec), norm=sqrt(bands)),
    )


def _dtcwt(signal: Space, forward: Call, level, axes, mode, filters, impl) -> tuple[View, View]:
    filters = hilbert_pair() if filters is None else filters
    spec = make_dual_tree_spec(signal.shape, filters, level, mode, axes, is_complex=signal.is_complex)
    shape = (*spec.base.batch, len(spec.signs), spec.total)
    space = Space(shape, True, DualTreeCoefficients, partial(DualTreeCoefficients, spec=spec))
    tight = _is_isometry(spec.base, (*filters.first, *filters.later))
    norm = sqrt(spec.bound) if tight else None
    back = partial(idtcwt, impl=impl)
    return (
        View(signal, space, forward, partial(dtcwt_adjoint, impl=impl), back, norm),
        View(space, signal, back, partial(idtcwt_adjoint, spec=spec, impl=impl), norm=norm and 1 / norm),
    )


def _cwt(signal: Space, forward: Call, remainder, impl, **arguments) -> tuple[View, View]:
    if flag("remainder", remainder):
        raise InvalidInput("a linear map has coefficients of one array: give remainder=False")
    spec = make_continuous_spec(signal.shape, not signal.is_complex, **arguments)
    shape = (*spec.batch, len(spec.frequencies), spec.samples)
    wrap = partial(ContinuousCoefficients, spec=spec)
    space = Space(shape, signal.is_complex or spec.wavelet.analytic, ContinuousCoefficients, wrap)
    d = 1 if spec.mode == "periodic" else 0
    return (
        View(signal, space, forward, cwt_adjoint, icwt, cyclic_axes=d),
        View(space, signal, reconstruction, partial(icwt_adjoint, spec=spec), cyclic_axes=d),
    )


def _stft(signal: Space, forward: Call, window, hop, fs, axis, n_fft, scaling) -> tuple[View, View]:
    _check_constant(window, "window")
    # Only the shape and the dtype's kind are used.
    blank = np.broadcast_to(np.zeros((), complex if signal.is_complex else float), signal.shape)
    framing, _ = make_framing(blank, blank.dtype, window, hop, fs, axis, n_fft, scaling)
    batch = framing.shape[: framing.axis] + framing.shape[framing.axis + 1 :]
    bins = framing.n_fft // 2 + 1 if framing.real else framing.n_fft

    def wrap(array: Array) -> StftCoefficients:
        return StftCoefficients(
            array, replace(framing, dtype=real_dtype(array) if framing.real else array.dtype)
        )

    def adjoint_of_inverse(x: Array) -> StftCoefficients:
        return istft_adjoint(x, replace(framing, dtype=x.dtype))

    shape = (*batch, bins, framing.frames)
    space = Space(shape, True, StftCoefficients, wrap, lambda s: replace(s.framing, dtype=None))
    lowest, highest = frame_range(framing)
    if framing.real:
        norms = None, None
    else:
        unit = float(scale_factors(framing, np.asarray(framing.window))[0, 0])
        norms = unit * sqrt(highest), 1 / (unit * sqrt(lowest)) if lowest > 0 else None
    return (
        View(signal, space, forward, stft_adjoint, istft, norms[0]),
        View(space, signal, istft, adjoint_of_inverse, norm=norms[1]),
    )


def _lift(signal: Space, forward: Call, scheme, level, axes, mode) -> tuple[View, View]:
    spec = make_lifted_spec(signal.shape, scheme, level, mode, axes, None)
    shape = (*spec.base.batch, spec.total)
    space = Space(shape, signal.is_complex, LiftingCoefficients, partial(LiftingCoefficients, spec=spec))
    return (
        View(signal, space, forward, lift_adjoint, unlift),
        View(space, signal, unlift, partial(unlift_adjoint, spec=spec)),
    )


def _shift(signal: Space, forward: Call, amount, axes) -> tuple[View, None]:
    counted = count_axes(axes, signal.shape)
    amounts = (amount,) if isinstance(axes, int) else per_axis(amount, len(counted), "numpy")
    amounts = [_constant_amount(samples) for samples in amounts]
    opposite = tuple(-samples for samples in amounts)
    adjoint = partial(shift, amount=opposite, axes=counted)
    # The frequency N/2 of an even length is multiplied by cos(π·amount), all others by factors of modulus 1.
    unitary = all(
        signal.shape[axis] % 2 or np.all(samples % 1 == 0)
        for axis, samples in zip(counted, amounts, strict=True)
    )
    back = adjoint if unitary else None
    return View(signal, signal, forward, adjoint, back, norm=1.0), None


def _rotate(signal: Space, forward: Call, angle, axes) -> tuple[View, None]:
    _check_constant(angle, "angle")
    return View(signal, signal, forward, partial(rotate_adjoint, angle=angle, axes=axes)), None


def _resample(signal: Space, forward: Call, up, down, axes, mode, filter) -> tuple[View, None]:
    up, down = (integer(name, n, 1, FINEST, "a factor") for name, n in (("up", up), ("down", down)))
    counted = count_axes(axes, signal.shape)
    adjoint = partial(
        resample_adjoint,
        lengths=[signal.shape[axis] for axis in counted],
        axes=counted,
        up=up,
        down=down,
        mode=mode,
        filter=filter,
    )
    shape = tuple(-(-n * up // down) if axis in counted else n for axis, n in enumerate(signal.shape))
    return View(signal, signal._replace(shape=shape), forward, adjoint), None


def _upsample(signal: Space, forward: Call, factor, axes, mode, filter) -> tuple[View, None]:
    return _resample(signal, forward, factor, 1, axes, mode, filter)


def _downsample(signal: Space, forward: Call, factor, axes, mode, filter) -> tuple[View, None]:
    return _resample(signal, forward, 1, factor, axes, mode, filter)


def _lowpass(signal: Space, forward: Call, **arguments) -> tuple[View, None]:
    norm = 1.0 if number("width", arguments["width"], "a number, 0 or more", low=0) == 0 else None
    return View(signal, signal, forward, partial(lowpass_adjoint, **arguments), norm=norm), None


def _lanczos_shift(signal: Space, forward: Call, **arguments) -> tuple[View, None]:
    return View(signal, signal, forward, partial(lanczos_shift_adjoint, **arguments)), None


def _lanczos_rotate(signal: Space, forward: Call, **arguments) -> tuple[View, None]:
    return View(signal, signal, forward, partial(lanczos_rotate_adjoint, **arguments)), None


Rule = Callable[..., tuple[View, View | None]]
PAIRS: dict[Callable[..., Any], tuple[Callable[..., Any] | None, Rule]] = {
    dwt: (idwt, _dwt),
    packets: (ipackets, _packets),
    swt: (iswt, _swt),
    mra: (imra, _mra),
    dtcwt: (idtcwt, _dtcwt),
    cwt: (icwt, _cwt),
    stft: (istft, _stft),
    lift: (unlift, _lift),
    shift: (None, _shift),
    rotate: (None, _rotate),
    resample: (None, _resample),
    upsample: (None, _upsample),
    downsample: (None, _downsample),
    lowpass: (None, _lowpass),
    lanczos_shift: (None, _lanczos_shift),
    lanczos_rotate: (None, _lanczos_rotate),
}
"""Analysis → its inverse, and the function that makes the views of both.

Its arguments are the space of signals, the analysis with all arguments bound, and these arguments by name.
"""


def _check_constant(value: Any, what: str) -> None:
    """Raise InvalidInput for a learnable window or shift, as a linear map is constant."""
    if hasattr(value, "dtype") and library(value) != "numpy":
        raise InvalidInput(
            f"the {what} is an array of {library(value)}, and may be learnable: a linear map is constant, so give "
            "numbers or a NumPy array"
        )


def _constant_amount(samples: Any) -> np.ndarray:
    """Shift in samples: one number, or one per item of the batch."""
    _check_constant(samples, "amount")
    if not isinstance(samples, list | tuple | np.ndarray):
        return np.asarray(number("amount", samples, "a finite number, or an array of these"))
    amounts = as_array(samples, "amount")
    if amounts.dtype.kind not in "iuf":
        raise InvalidInput(f"amount={shown(samples)} of {amounts.dtype}: give real numbers")
    return amounts


def _layers(spec: Spec) -> Shape:
    """Shape of the array of `Layers`."""
    return (*spec.batch, 1 + spec.level * (2 ** len(spec.axes) - 1), *spec.size)


def _is_isometry(spec: Spec, wavelets: Iterable[Wavelet]) -> bool:
    """Whether ‖A x‖ = ‖x‖: orthonormal wavelets, each axis zero-padded, or periodic with even lengths throughout.

    With zero padding, the coefficients omitted from the transform of ℓ² are all zero.
    """
    isometric = all(
        mode == "zero" or (mode == "periodization" and n % 2**spec.level == 0)
        for n, mode in zip(spec.size, spec.modes, strict=True)
    )
    return isometric and all(w.orthonormal for w in wavelets)
