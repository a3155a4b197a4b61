"""A cascade over one axis as tables of numbers, for the compiled loops (`native/cascade/line_tables.h`)."""

from typing import NamedTuple

import numpy as np

from subband.kernels.cascade.plane_tables import NEGLIGIBLE, sources
from subband.kernels.cascade.tree import Cascade, Siblings
from subband.kernels.fourier.sequence import Sequence, sequence, whole
from subband.kernels.instructions import lanes

BEYOND = {"float32": 1e-9, "float64": 1e-17}
"""Share of the low-pass filter's largest value below which its ends are left out."""
ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""What rounding leaves of an inverse transform, by its root mean square: smaller values are no taps."""


class LineProgram(NamedTuple):
    """What the compiled cascade reads.

    Attributes:
        source: (padded,) place in the signal of each sample of the padded one; −1 is a zero.
        lengths: (strides,) samples at each resolution.
        transforms: How sequences of each length are transformed.
        filters: The registers of spectra that aren't negligible.
        places: Where in the spectrum each of these registers stands.
        starts: For each filter, at each resolution and folding: where its registers begin, and for each
            register of the folded spectrum where those that fall there end.
        low: (strides, 4) of the average: where its taps start, how many there are, the first sample under
            them for the first output, counted from `margin` samples before the signal, and samples from one
            output to the next.
        margin: (strides,) samples that are put around the moduli, periodically.
        taps: The average's taps, in whole registers.
        out: Output samples.
        steps: (steps, 7) generation, parent's place in its pair, parent's and own log₂ subsampling, first
            member, members, whether any has children.
        members: (members, 2) where in `starts` its filter does, and its row of the output.
        parts: (parts + 1,) steps at which shares of the work that need nothing of each other begin.
    """

    source: np.ndarray
    lengths: np.ndarray
    transforms: tuple[Sequence, ...]
    filters: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    low: np.ndarray
    margin: np.ndarray
    taps: np.ndarray
    out: int
    steps: np.ndarray
    members: np.ndarray
    parts: np.ndarray


def program(tree: Cascade, dtype: str) -> LineProgram:
    """The tables of a cascade with real filters over one axis, in one precision."""
    strides = range(1 + max((node.stride for node in tree.nodes), default=0))
    lengths = [tree.padded[0] >> s for s in strides]
    steps, members, parts, used = _schedule(tree, lengths, lanes(dtype))
    low, margin, taps, out = _averages(tree, lengths, dtype)
    return LineProgram(
        sources(tree), np.array(lengths), tuple([sequence(n, dtype) for n in lengths]),
        *_packed(tree, used, dtype), low, margin, taps, out, steps, members, parts,
    )  # fmt: skip


def _schedule(tree: Cascade, lengths: list[int], width: int) -> tuple:
    """Steps, their members, where the parts begin, and where the starts of each filter are, by its place and
    the log₂ subsampling before and after it."""
    families: dict[int, list[Siblings]] = {}
    for family in tree.families:
        families.setdefault(family.parent, []).append(family)
    steps, members, parts = [], [], []
    used: dict[tuple[int, int, int], int] = {}
    length = 0

    def starts(place: int, before: int, after: int) -> int:
        nonlocal length
        key = tree.nodes[place].filter, before, after
        if key not in used:
            used[key] = length
            length += 1 + -(-lengths[after if lengths[after] % width == 0 else before] // width)
        return used[key]

    def descend(parent: int, slot: int, generation: int, stride: int) -> None:
        for family in families.get(parent, ()):
            for first in range(0, len(family.nodes), 2):
                pair = family.nodes[first : first + 2]
                if generation == 0:
                    parts.append(len(steps))
                deeper = any(place in families for place in pair)
                steps.append((generation, slot, stride, family.stride, len(members), len(pair), deeper))
                members.extend((starts(place, stride, family.stride), 1 + place) for place in pair)
                for k, place in enumerate(pair):
                    descend(place, k, generation + 1, family.stride)

    descend(-1, 0, 0, 0)
    return (
        np.array(steps, np.int64).reshape(-1, 7),
        np.array(members, np.int64).reshape(-1, 2),
        np.array([*parts, len(steps)], np.int64),
        used,
    )


def _packed(
    tree: Cascade, used: dict[tuple[int, int, int], int], dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The registers of the spectra that matter, their places, and which fall on each register of the folded
    one."""
    width = lanes(dtype)
    kept, places, starts, entries = [np.zeros((0, width), dtype)], [np.zeros(0, np.int64)], [], 0
    for place, stride, after in used:
        spectrum = tree.at(place, stride).astype(dtype)
        n = len(spectrum)
        registers = np.pad(spectrum, (0, -n % width)).reshape(-1, width)
        # Where registers don't fall on registers, each is by itself.
        aliases = 1 << (after - stride) if (n >> (after - stride)) % width == 0 else 1
        folded = registers.reshape(aliases, -1, width).transpose(1, 0, 2)
        matters = np.abs(folded).max(axis=-1) > NEGLIGIBLE[dtype] * np.abs(spectrum).max()
        at = np.nonzero(matters)
        kept.append(folded[at])
        places.append(width * (at[0] + at[1] * len(folded)))
        starts.append(entries + np.concatenate([[0], np.cumsum(matters.sum(axis=-1))]))
        entries += len(at[0])
    return (
        np.concatenate(kept).ravel(),
        np.concatenate(places),
        np.concatenate([np.zeros(0, np.int64), *starts]),
    )


def _averages(
    tree: Cascade, lengths: list[int], dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    low, margin, flat, length, out = [], [], [], 0, 1
    for s, n in enumerate(lengths):
        if tree.pooled:
            (kept,) = tree.kept(s)
            count = len(range(n)[kept])
            taps, around, first, hop = np.full(count, 1 / count), 0, kept.start, 0
        else:
            (kept,) = tree.kept(tree.stride)
            phi, hop = np.fft.ifft(tree.at(-1, s)).real, 1 << (tree.stride - s)
            # From sample −reach to reach around the centre, or the whole period.
            distance = np.minimum(np.arange(n), n - np.arange(n))
            size = np.abs(phi)
            least = max(BEYOND[dtype] * size.max(), ROUNDING * float(np.sqrt(np.mean(phi**2))))
            reach = int(distance[size > least].max())
            ahead = min(reach, (n - 1) // 2)
            taps, around = phi[np.arange(ahead, -1 - min(reach, n // 2), -1) % n], reach
            centres = range(0, n, hop)[kept]
            out, first = len(centres), centres.start - ahead + around
        filled = np.zeros(whole(len(taps), lanes(dtype)), dtype)
        filled[: len(taps)] = taps
        low.append((length, len(filled), first, hop))
        margin.append(around)
        flat.append(filled)
        length += len(filled)
    return np.array(low), np.array(margin), np.concatenate(flat), out
