"""Adjoints of `swt`, `mra` and their inverses."""

from subband.arrays.namespace import Array, namespace, widened
from subband.kernels.filterbank import pyramid_analysis
from subband.transforms.stationary.atrous import split_band
from subband.transforms.stationary.mra import Components, band_mask
from subband.transforms.stationary.swt import (
    StationaryCoefficients,
    analyse,
    analysis_gain,
    synthesis_gain,
    synthesise,
)
from subband.transforms.wavelets.adjoint import dwt_adjoint
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec


def swt_adjoint(c: StationaryCoefficients) -> Array:
    """Aᴴ c, where A is the transform of `c.spec`: synthesis with the dual wavelets and the analysis gain."""
    return synthesise(c, _duals(c.spec), analysis_gain(c.norm))


def iswt_adjoint(x: Array, spec: Spec, norm: str) -> StationaryCoefficients:
    """Bᴴ x, where B is the inverse of the transform `spec`: analysis with dual wavelets and the synthesis gain."""
    return StationaryCoefficients(analyse(x, spec, _duals(spec), synthesis_gain(norm)), spec, norm)


def mra_adjoint(c: Components, transform: str) -> Array:
    """Aᴴ c, where A is `mra` with this transform, "swt" or "dwt"."""
    return _decimated_adjoint(c) if transform == "dwt" else _stationary_adjoint(c)


def imra_adjoint(x: Array, spec: Spec) -> Components:
    """Bᴴ x, where B is the sum of components: one copy of the signal per component."""
    xp, signal = namespace(x), spec.gather(x)
    bands = 1 + spec.level * (2 ** len(spec.axes) - 1)
    copies = xp.stack([signal] * bands, axis=1)
    return Components(xp.reshape(copies, (*spec.batch, *copies.shape[1:])), spec)


def _stationary_adjoint(c: Components) -> Array:
    """The adjoint of synthesis of each band separately, from the finest level to the coarsest; then of `swt`."""
    xp, spec, names = namespace(c.array), c.spec, c.names
    duals, gain, components = _duals(spec), synthesis_gain("l2"), widened(c.flat())
    details: list[Array] = []
    for j in range(spec.level):
        # At this level, components of coarser levels are approximations.
        coarser = components.shape[1] - len(names)
        own = [
            split_band(components[:, i : i + 1, ...], name, duals, 2**j, gain)
            for i, name in enumerate(names, coarser)
        ]
        details = own + details
        components = split_band(components[:, :coarser, ...], "a" * len(spec.axes), duals, 2**j, gain)
    bands = xp.astype(xp.concat([components, *details], axis=1), c.array.dtype, copy=False)
    return swt_adjoint(StationaryCoefficients(xp.reshape(bands, tuple(c.array.shape)), spec))


def _decimated_adjoint(c: Components) -> Array:
    """The adjoint of synthesis of each band separately: the band of each component's pyramid; then of `dwt`."""
    xp, spec = namespace(c.array), c.spec
    bands = c.flat().shape[1]
    signals = xp.reshape(c.array, (spec.signals * bands, *spec.size))
    pyramids = xp.reshape(pyramid_analysis(signals, spec.synthesis), (*spec.batch, bands, -1))
    mask = band_mask(Coefficients(pyramids[..., 0, :], spec))
    coefficients = xp.sum(xp.where(mask, pyramids, xp.zeros_like(pyramids)), axis=-2)
    return dwt_adjoint(Coefficients(coefficients, spec))


def _duals(spec: Spec) -> tuple[Wavelet, ...]:
    return tuple(w.dual for w in spec.known)
