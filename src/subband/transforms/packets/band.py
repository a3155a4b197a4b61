"""A single wavelet-packet band, by the filters on its path."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import prod

from subband.arrays.arguments import lengths
from subband.arrays.axes import plain_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, device_of, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.plan import plan as make_plan
from subband.transforms.packets.paths import Name, Path, as_path, depth
from subband.transforms.wavelets.spec import Modes, Spec, Wavelets, make_spec


@keyword_only_after("path", "mode", "axes")
@labelled
def packet_band(
    x: Array,
    wavelet: Wavelets,
    path: Name,
    *,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    impl: str | None = None,
) -> Array:
    """One band of the wavelet-packet tree, computed along its path only.

    Equal to `packets(x, wavelet, level=len(path), mode=mode, axes=axes)[path]` at the cost of one pyramid: at most
    two passes over the signal in one dimension and 4/3 in two, for any depth.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        path: One letter per level, "a" for low-pass and "d" for high-pass, root first: "aad"; for several axes one
            string per axis: ("ad", "da").
        mode: Boundary mode, one of `subband.MODES`, or one for each axis.
        axes: The axes to transform, one or several.
        impl: As in `packets`.

    Returns:
        The band, (*batch, k₁, …, k_d) with the transformed axes last, of the library, device and dtype of `x`.

    Raises:
        InvalidInput: a path with other letters, empty, or of unequal length along the axes; otherwise as
            `packets`.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import subband as sb
        >>> sb.packet_band([1.0, 3.0, 2.0, 2.0, 5.0, 5.0, 1.0, 3.0], "haar", "ad").round(6).tolist()
        [0.0, 3.0]

    See also: `subband.ipacket_band`, `subband.packets`.
    """
    x = as_signal(x)
    spec, way = _spec_of_path(x.shape, wavelet, path, mode, axes)
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
    """The component of a signal in one band: `ipackets` of packets that are zero in all other bands.

    The components of all bands of a level sum to the signal. For orthonormal wavelets in modes "periodization"
    (even lengths) and "orthogonal" they are orthogonal projections.

    Args:
        band: (*batch, k₁, …, k_d), from `packet_band` or `PacketCoefficients.__getitem__`.
        wavelet, path, mode, axes, impl: As in `packet_band`.
        shape: Shape of the signal.

    Returns:
        The component, of shape `shape`.

    Raises:
        InvalidInput: a band of another shape than the path and `shape` imply; otherwise as `packet_band`.

    Example:
        >>> import subband as sb
        >>> sb.ipacket_band([0.0, 3.0], "haar", "ad", (8,)).round(6)[4:].tolist()
        [1.5, 1.5, -1.5, -1.5]

    See also: `subband.packet_band`, `subband.ipackets`.
    """
    band = as_signal(band, "band")
    xp = namespace(band)
    shape = lengths("shape", shape, 0)
    spec, way = _spec_of_path(shape, wavelet, path, mode, axes)
    steps = list(_steps(spec.synthesis, way))
    expected = (*spec.batch, *steps[-1].sizes[-1])
    if tuple(band.shape) != expected:
        raise InvalidInput(
            f"band {path!r} of a signal of shape {tuple(shape)} has shape {expected}, not {tuple(band.shape)}"
        )
    x = xp.reshape(band, (spec.signals, *expected[len(spec.batch) :]))
    device = device_of(x)
    for step in reversed(steps):
        approx = prod(step.sizes[-1])
        flat = xp.reshape(x, (x.shape[0], approx))
        zeros = xp.zeros((x.shape[0], step.total - approx), dtype=x.dtype, **device)
        x = pyramid_synthesis(xp.concat([flat, zeros], axis=1), step, impl=impl)
    return spec.scatter(x)


def _spec_of_path(
    shape: Sequence[int], wavelet: Wavelets, path: Name, mode: Modes, axes: int | Sequence[int]
) -> tuple[Spec, Path]:
    """The spec of a tree of the path's depth, and the validated path."""
    axes = plain_axes(axes)
    rank = 1 if isinstance(axes, int) else len(axes)
    way = as_path(path, rank)
    if not depth(way):
        raise InvalidInput(f"path {path!r} is the signal itself: give at least one letter an axis")
    return make_spec(shape, wavelet, depth(way), mode, axes), way


def _steps(plan: Plan, path: Path) -> Iterator[Plan]:
    """One pyramid plan per run of equal letters, with filters ordered so that its approximation is the path's band.

    The compiled kernels compute both bands in one pass, so skipping one would save nothing.
    """
    size = plan.size
    for letters, run in groupby(zip(*path, strict=True)):
        banks = tuple(
            bank if letter == "a" else bank.swapped for bank, letter in zip(plan.banks, letters, strict=True)
        )
        step = make_plan(banks, size, len(list(run)))
        yield step
        size = step.sizes[-1]
