"""One band of a packet tree without the others: down its path, and back up."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import prod

from subband.arrays.arguments import lengths
from subband.arrays.axes import plain_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.plan import plan as make_plan
from subband.transforms.packets.paths import Name, Path, as_path, depth
from subband.transforms.wavelets.spec import Modes, Spec, Wavelets, make_spec


@keyword_only_after("path", "mode", "axes")
def packet_band(
    x: Array,
    wavelet: Wavelets,
    path: Name,
    *,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> Array:
    """One band of the packet tree, by the filters on its path alone.

    Equal to `packets(x, wavelet, level=len(path), mode=mode, axes=axes)[path]`, for the work of one pyramid however
    long the path is: two passes over the signal in one dimension, 4/3 in two.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        path: A letter for each level, "a" for low-pass and "d" for high-pass, root first: "aad"; for several axes
            one such string each: ("ad", "da").
        mode: What stands beyond the ends, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        impl: As in `packets`.

    Returns:
        (*batch, k₁, …, k_d): the band, its transformed axes last.

    Raises:
        InvalidInput: a path of other letters, of unequal or no length; otherwise as `packets`.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    spec, way = _on_path(x.shape, wavelet, path, mode, axes)
    band = spec.gather(x)
    for step in _steps(spec.analysis, way):
        size = step.sizes[-1]
        flat = pyramid_analysis(band, step, impl=impl)
        band = namespace(x).reshape(flat[:, : prod(size)], (flat.shape[0], *size))
    return namespace(x).reshape(band, (*spec.batch, *band.shape[1:]))


@keyword_only_after("shape", "mode", "axes")
def ipacket_band(
    band: Array,
    wavelet: Wavelets,
    path: Name,
    shape: Sequence[int],
    *,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> Array:
    """The signal that one band contributes: `ipackets` of packets that are zero elsewhere.

    The contributions of all bands of a level sum to the signal. For orthonormal wavelets in the modes
    "periodization" (even lengths) and "orthogonal" they are the signal's orthogonal projections.

    Args:
        band: (*batch, k₁, …, k_d), as `packet_band` or `PacketCoefficients.__getitem__` gives it.
        wavelet, path, mode, axes, impl: As in `packet_band`.
        shape: Shape of the signal.

    Returns:
        The array of shape `shape`.

    Raises:
        InvalidInput: a band whose shape does not fit; otherwise as `packet_band`.
    """
    band = as_signal(band, "band")
    xp = namespace(band)
    shape = lengths("shape", shape, 0)
    spec, way = _on_path(shape, wavelet, path, mode, axes)
    steps = list(_steps(spec.synthesis, way))
    want = (*spec.batch, *steps[-1].sizes[-1])
    if tuple(band.shape) != want:
        raise InvalidInput(
            f"band {path!r} of a signal of shape {tuple(shape)} has shape {want}, not {tuple(band.shape)}"
        )
    x = xp.reshape(band, (spec.signals, *want[len(spec.batch) :]))
    place = {"device": x.device} if hasattr(x, "device") else {}
    for step in reversed(steps):
        approx = prod(step.sizes[-1])
        flat = xp.reshape(x, (x.shape[0], approx))
        nothing = xp.zeros((x.shape[0], step.total - approx), dtype=x.dtype, **place)
        x = pyramid_synthesis(xp.concat([flat, nothing], axis=1), step, impl=impl)
    return spec.scatter(x)


def _on_path(
    shape: Sequence[int], wavelet: Wavelets, path: Name, mode: Modes, axes: int | Sequence[int]
) -> tuple[Spec, Path]:
    """The spec of the tree that is as deep as the path, and the path."""
    axes = plain_axes(axes)
    rank = 1 if isinstance(axes, int) else len(axes)
    way = as_path(path, rank)
    if not depth(way):
        raise InvalidInput(f"path {path!r} is the signal itself: give at least one letter an axis")
    return make_spec(shape, wavelet, depth(way), mode, axes), way


def _steps(plan: Plan, path: Path) -> Iterator[Plan]:
    """A pyramid for each run of equal letters, whose approximation is the band that the path wants.

    Compiled kernels filter both bands in one pass over the samples, so that leaving one out would save nothing.
    """
    size = plan.size
    for letters, run in groupby(zip(*path, strict=True)):
        banks = tuple(
            bank if letter == "a" else bank.swapped for bank, letter in zip(plan.banks, letters, strict=True)
        )
        step = make_plan(banks, size, len(list(run)))
        yield step
        size = step.sizes[-1]
