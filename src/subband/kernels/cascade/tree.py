"""Scattering cascades (convolutions and moduli) as static data: nodes, filters, resolutions."""

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
        parent: Index in `Cascade.nodes` of the parent; −1 is the signal.
        filter: Index in `Cascade.filters` of ψ.
        stride: log₂ of the subsampling of the modulus, at least the parent's.
    """

    parent: int
    filter: int
    stride: int


class Siblings(NamedTuple):
    """Children of one parent at one resolution, computed together.

    Attributes:
        parent: Index in `Cascade.nodes`; −1 is the signal.
        stride: log₂ of the subsampling.
        nodes: Indices in `Cascade.nodes` of the children.
    """

    parent: int
    stride: int
    nodes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Cascade:
    """A scattering transform for signals of one shape: static data, compared by identity.

    Attributes:
        shape: Number of samples of the signal along each of its one or two axes.
        padding: Number of samples padded before and after each axis.
        pad_mode: "reflect" (mirrored about the last sample), "symmetric" (mirrored about the edge),
            "periodic", "zero", or "given" for arrays that are already padded.
        filters: Spectra at the padded size, in FFT order; float64, or complex128 for filters that aren't
            symmetric in time.
        lowpass: Spectrum of the averaging filter, likewise; None for moduli without average.
        nodes: The tree, parents before children.
        stride: log₂ of the subsampling of averaged output.
        aliases: Filter spectra for signals subsampled by 2ˢ. "sum": aliased frequencies are added, which
            samples the filter in space; "drop": frequencies beyond the new Nyquist frequency are dropped,
            which preserves the frame bounds; "mean": as "sum", divided by 2ˢ along each axis.
        partial: Whether a last output sample that covers fewer than 2^stride samples is kept.
        pooled: Whether output is the mean over the signal, without `lowpass`.
        families: All nodes grouped by parent and resolution, parents first.
        key: Identifier by which `spectra` looks it up, since compilers treat integers as constants but not
            objects.
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
        def family(index: int) -> tuple[int, int]:
            return self.nodes[index].parent, self.nodes[index].stride

        indices = sorted(range(len(self.nodes)), key=family)
        families = tuple([Siblings(*key, tuple(group)) for key, group in groupby(indices, family)])
        object.__setattr__(self, "families", families)
        _cascades[self.key] = self

    @property
    def padded(self) -> tuple[int, ...]:
        """Number of samples along each axis, padding included."""
        return tuple(n + a + b for n, (a, b) in zip(self.shape, self.padding, strict=True))

    def at(self, index: int, stride: int) -> np.ndarray:
        """Spectrum of a filter for signals subsampled by 2^stride.

        Args:
            index: Index in `filters`, or −1 for the low-pass.
            stride: log₂ of the subsampling.

        Returns:
            The spectrum, `padded` >> stride samples along each axis, see `aliases`.
        """
        spectrum = self.lowpass if index < 0 else self.filters[index]
        if spectrum is None:
            raise InvalidInput("this cascade averages nothing: its lowpass is None")
        return at_resolution(spectrum, stride, self.aliases) if stride else spectrum

    def kept(self, stride: int) -> tuple[slice, ...]:
        """Slices of the unpadded signal within the padded signal subsampled by 2^stride, for each axis."""
        return kept(self, stride)


def kept(tree: Cascade, stride: int) -> tuple[slice, ...]:
    """`Cascade.kept` as a function: compilers read attributes of constant objects but call no methods."""
    step, slices = 1 << stride, []
    for n, (before, _) in zip(tree.shape, tree.padding, strict=True):
        first = -(-before // step)
        slices.append(slice(first, -(-(before + n) // step) if tree.partial else first + n // step))
    return tuple(slices)


def at_resolution(spectrum: np.ndarray, stride: int, aliases: str) -> np.ndarray:
    """(n₁, …) spectrum → (n₁ / 2^stride, …) spectrum of the same filter for the subsampled grid."""
    for axis in range(spectrum.ndim):
        n = spectrum.shape[axis] >> stride
        if aliases == "drop":
            # The Nyquist frequency counts as negative, the convention of the FFT.
            low = np.arange(n) + np.where(np.arange(n) < -(-n // 2), 0, spectrum.shape[axis] - n)
            spectrum = np.take(spectrum, low, axis=axis)
        else:
            split = (*spectrum.shape[:axis], 1 << stride, n, *spectrum.shape[axis + 1 :])
            spectrum = getattr(np, aliases)(spectrum.reshape(split), axis=axis)
    return np.ascontiguousarray(spectrum)


_cascades: WeakValueDictionary[int, Cascade] = WeakValueDictionary()
_compiled_in: dict[int, Cascade] = {}


@partial(static, large=True)
def spectra(key: int, indices: tuple[int, ...], stride: int, precision: str) -> np.ndarray:
    """(len(indices), *n) spectra of a cascade's filters for signals subsampled by 2^stride.

    Args:
        key: `Cascade.key`.
        indices: Indices in `Cascade.filters`; −1 for the low-pass.
        stride: log₂ of the subsampling.
        precision: "float32" or "float64"; for complex filters, of real and imaginary part.
    """
    stack = np.stack([_cascades[key].at(index, stride) for index in indices])
    return stack.astype(np.result_type(precision, np.complex64) if np.iscomplexobj(stack) else precision)


def named(key: int) -> Cascade:
    """The cascade of a `Cascade.key`, while it is referenced elsewhere."""
    return _cascades[key]


def compiled_in(key: int) -> Cascade:
    """The cascade of a key that becomes part of a compiled program, which may run as long as the process does."""
    return _compiled_in.setdefault(key, _cascades[key])


@static
def served(key: int) -> bool:
    """Whether the compiled implementation supports a cascade: real filter spectra and averaged output."""
    tree = _cascades[key]
    averaged = tree.pooled or (tree.lowpass is not None and not np.iscomplexobj(tree.lowpass))
    return averaged and len(tree.shape) < 3 and not any(np.iscomplexobj(h) for h in tree.filters)
