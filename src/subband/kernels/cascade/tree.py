"""A cascade of convolutions and moduli as static data: nodes, filters, resolutions."""

from dataclasses import dataclass, field
from functools import partial
from itertools import count, groupby
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from subband.arrays.compilers import static
from subband.errors import InvalidInput

PADDINGS = ("reflect", "symmetric", "periodic", "zero", "given")


ALIASES = ("sum", "mean", "drop")


@dataclass(frozen=True)
class Node:
    """One convolution and its modulus, U = |parent ⋆ ψ|.

    Attributes:
        parent: Place in `Cascade.nodes` of the node whose modulus is filtered; −1 is the signal.
        filter: Place in `Cascade.filters`.
        stride: log₂ of the subsampling at which the modulus lives, no less than the parent's.
    """

    parent: int
    filter: int
    stride: int


class Siblings(NamedTuple):
    """Children of one parent that live at one resolution, and so are computed together."""

    parent: int
    stride: int
    nodes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Cascade:
    """A scattering transform of signals of one shape: static data, made once and compared by identity.

    Attributes:
        shape: Samples of the signal along each of its one or two axes.
        padding: Samples put before and behind each axis.
        pad_mode: What they are: "reflect" (mirrored about the last sample), "symmetric" (mirrored about the end),
            "periodic", "zero", or "given": the array comes with them.
        filters: Spectra at the padded size, in the order of the FFT, float64, or complex128 of filters that aren't
            symmetric in time.
        lowpass: Spectrum of the average, likewise; None for moduli as they are.
        nodes: The tree, parents before children.
        stride: log₂ of the subsampling of averaged output.
        aliases: What becomes of a filter's spectrum when the signal is subsampled by 2ˢ. "sum": frequencies that
            coincide are added, which samples the filter in space; "drop": those beyond the new Nyquist frequency
            are dropped, which keeps the frame bounds; "mean": as "sum", divided by 2ˢ along each axis.
        partial: Whether an output sample that stands for fewer than 2^stride samples at the end is kept.
        pooled: Whether output is the mean over the signal, without `lowpass`.
        families: All nodes by parent and resolution, in an order in which parents come first.
        key: A number by which `spectra` finds it: compilers know numbers by value, and objects not at all.
    """

    shape: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    pad_mode: str
    filters: tuple[np.ndarray, ...]
    lowpass: np.ndarray | None
    nodes: tuple[Node, ...]
    stride: int
    aliases: str = "sum"
    partial: bool = True
    pooled: bool = False
    families: tuple[Siblings, ...] = field(init=False, repr=False)
    key: int = field(init=False, repr=False, default_factory=count().__next__)

    def __post_init__(self) -> None:
        def kin(place: int) -> tuple[int, int]:
            return self.nodes[place].parent, self.nodes[place].stride

        places = sorted(range(len(self.nodes)), key=kin)
        families = tuple([Siblings(*key, tuple(group)) for key, group in groupby(places, kin)])
        object.__setattr__(self, "families", families)
        _cascades[self.key] = self

    @property
    def padded(self) -> tuple[int, ...]:
        """Samples along each axis, with the padding."""
        return tuple(n + a + b for n, (a, b) in zip(self.shape, self.padding, strict=True))

    def at(self, place: int, stride: int) -> np.ndarray:
        """The spectrum of a filter for signals subsampled by 2^stride; place −1 is the low-pass.

        Args:
            place: In `filters`, or −1.
            stride: log₂ of the subsampling.

        Returns:
            The spectrum, `padded` >> stride samples along each axis, by the rule of `aliases`.
        """
        spectrum = self.lowpass if place < 0 else self.filters[place]
        if spectrum is None:
            raise InvalidInput("this cascade averages nothing: its lowpass is None")
        return at_resolution(spectrum, stride, self.aliases) if stride else spectrum

    def kept(self, stride: int) -> tuple[slice, ...]:
        """For each axis, which samples of the padded signal, subsampled by 2^stride, belong to the signal."""
        return kept(self, stride)


def kept(tree: Cascade, stride: int) -> tuple[slice, ...]:
    """`Cascade.kept` as a function: compilers read the attributes of a constant, and call no method of it."""
    step, slices = 1 << stride, []
    for n, (before, _) in zip(tree.shape, tree.padding, strict=True):
        first = -(-before // step)
        slices.append(slice(first, -(-(before + n) // step) if tree.partial else first + n // step))
    return tuple(slices)


def at_resolution(spectrum: np.ndarray, stride: int, aliases: str) -> np.ndarray:
    """(n₁, …) spectrum → (n₁ / 2^stride, …) spectrum of the same filter on a coarser grid."""
    for axis in range(spectrum.ndim):
        n = spectrum.shape[axis] >> stride
        if aliases == "drop":
            # As the FFT has it, the Nyquist frequency counts as negative.
            low = np.arange(n) + np.where(np.arange(n) < -(-n // 2), 0, spectrum.shape[axis] - n)
            spectrum = np.take(spectrum, low, axis=axis)
        else:
            split = (*spectrum.shape[:axis], 1 << stride, n, *spectrum.shape[axis + 1 :])
            spectrum = getattr(np, aliases)(spectrum.reshape(split), axis=axis)
    return np.ascontiguousarray(spectrum)


_cascades: WeakValueDictionary[int, Cascade] = WeakValueDictionary()
_compiled_in: dict[int, Cascade] = {}


@partial(static, large=True)
def spectra(key: int, places: tuple[int, ...], stride: int, precision: str) -> np.ndarray:
    """(places, *n) spectra of a cascade's filters (−1: its low-pass) for signals subsampled by 2^stride.

    Args:
        key: `Cascade.key`.
        places: In `Cascade.filters`.
        stride: log₂ of the subsampling.
        precision: "float32" or "float64"; of complex filters, that of their parts.
    """
    stack = np.stack([_cascades[key].at(place, stride) for place in places])
    return stack.astype(np.result_type(precision, np.complex64) if np.iscomplexobj(stack) else precision)


def named(key: int) -> Cascade:
    """The cascade of a `Cascade.key`, as long as somebody has it."""
    return _cascades[key]


def compiled_in(key: int) -> Cascade:
    """The cascade of a key that becomes part of a compiled program, which may run as long as the process does."""
    return _compiled_in.setdefault(key, _cascades[key])


@static
def served(key: int) -> bool:
    """Whether the fast twin serves a cascade: filters with real spectra, and output that is averaged."""
    tree = _cascades[key]
    averaged = tree.pooled or (tree.lowpass is not None and not np.iscomplexobj(tree.lowpass))
    return averaged and len(tree.shape) < 3 and not any(np.iscomplexobj(h) for h in tree.filters)
