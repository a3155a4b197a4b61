"""The transposes of the stationary transform, of multiresolution analysis, and of their inverses."""

from subband.arrays.namespace import Array, namespace, widened
from subband.kernels.filterbank import pyramid_analysis
from subband.transforms.stationary.atrous import split_alone
from subband.transforms.stationary.mra import Components, own_band
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
    """Aᴴc for the transform A that made `c`: synthesis by the dual wavelet, with the analysis's gain."""
    return synthesise(c, _duals(c.spec), analysis_gain(c.norm))


def iswt_adjoint(x: Array, spec: Spec, norm: str) -> StationaryCoefficients:
    """Bᴴx for the inverse B of the transform `spec`: analysis by the dual wavelet, with the synthesis's gain."""
    return StationaryCoefficients(analyse(x, spec, _duals(spec), synthesis_gain(norm)), spec, norm)


def mra_adjoint(c: Components, transform: str) -> Array:
    """Aᴴc for the analysis A into components by `transform`, "swt" or "dwt"."""
    return _decimated_adjoint(c) if transform == "dwt" else _stationary_adjoint(c)


def imra_adjoint(x: Array, spec: Spec) -> Components:
    """Bᴴx for the sum B of components: as many copies of the signal as there are components."""
    xp, signal = namespace(x), spec.gather(x)
    bands = 1 + spec.level * (2 ** len(spec.axes) - 1)
    copies = xp.stack([signal] * bands, axis=1)
    return Components(xp.reshape(copies, (*spec.batch, *copies.shape[1:])), spec)


def _stationary_adjoint(c: Components) -> Array:
    """The transpose of all bands' way back together, from the finest level to the coarsest; then of `swt`."""
    xp, spec, names = namespace(c.array), c.spec, c.names
    duals, gain, carried = _duals(spec), synthesis_gain("l2"), widened(c.flat())
    details: list[Array] = []
    for j in range(spec.level):
        kept = carried.shape[1] - len(names)
        own = [
            split_alone(carried[:, i : i + 1, ...], name, duals, 2**j, gain)
            for i, name in enumerate(names, kept)
        ]
        details = own + details
        carried = split_alone(carried[:, :kept, ...], "a" * len(spec.axes), duals, 2**j, gain)
    # A component of a coarser level was an approximation at each finer one, so its turn comes level by level.
    bands = xp.astype(xp.concat([carried, *details], axis=1), c.array.dtype, copy=False)
    return swt_adjoint(StationaryCoefficients(xp.reshape(bands, tuple(c.array.shape)), spec))


def _decimated_adjoint(c: Components) -> Array:
    """The transpose of one inverse for each band: of each component's pyramid, its own band; then of `dwt`."""
    xp, spec = namespace(c.array), c.spec
    bands = c.flat().shape[1]
    signals = xp.reshape(c.array, (spec.signals * bands, *spec.size))
    pyramids = xp.reshape(pyramid_analysis(signals, spec.synthesis), (*spec.batch, bands, -1))
    mine = own_band(Coefficients(pyramids[..., 0, :], spec))
    own = xp.sum(xp.where(mine, pyramids, xp.zeros_like(pyramids)), axis=-2)
    return dwt_adjoint(Coefficients(own, spec))


def _duals(spec: Spec) -> tuple[Wavelet, ...]:
    return tuple(w.dual for w in spec.known)
