"""`encode`: a trial is a tree for a step, its code, and what a decoder draws; the target chooses the step."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from subband.arrays.arguments import number
from subband.compress.fractal.blocks import Blocks, reduced
from subband.compress.fractal.colour import to_planes
from subband.compress.fractal.decoder import draw_planes, leaves_of, to_bytes
from subband.compress.fractal.fidelity import decibels
from subband.compress.fractal.options import Trade
from subband.compress.fractal.pixels import as_pixels
from subband.compress.fractal.quadtree import Tree, grow
from subband.compress.fractal.rates import Counts
from subband.compress.fractal.settings import EFFORTS, Settings
from subband.compress.fractal.stream import Stream, padded
from subband.compress.fractal.targets import Target
from subband.errors import InvalidInput
from subband.kernels.fractal import FRACTION, draw, read, write

START = 40.0  # grey levels: the first step that is tried
EXACT = 200.0  # dB, in place of the infinity of images without error, which can't be interpolated


def encode(
    image: Any,
    *,
    bpp: float | None = None,
    psnr: float | None = None,
    quality: float | None = None,
    effort: str = "best",
    cosines: bool = True,
) -> bytes:
    """Compress an image as a fractal: each block is a brighter or darker, turned copy of another one twice
    its size.

    Args:
        image: (h, w) or (h, w, 1) grey, or (h, w, 3) RGB, uint8; any size from 1 × 1 on.
        bpp: Bits for each pixel, at most; all of the stream counts.
        psnr: Peak signal-to-noise ratio in dB, at least, over all channels.
        quality: 0 (coarsest) … 100. Give one of the three; by default quality=50.
        effort: "best", or "fast" with fewer domains and without a second search.
        cosines: Whether a block may also have a few cosines of low frequency, where they are cheaper than
            copies and
            smaller blocks. Without, all detail is copied: about 1 dB less at the same rate, and a smaller
            loss in zooming.

    Returns:
        The stream, which `decode` reads and Pillow opens. Equal arguments give equal bytes.

    Raises:
        InvalidInput: other arrays (16 bits, transparency), two targets, or one that can't be met.

    Example:
        >>> import numpy as np
        >>> from subband.compress import fractal
        >>> y, x = np.mgrid[:64, :64]
        >>> image = (128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
        >>> data = fractal.encode(image, psnr=35)
        >>> fractal.decode(data).shape
        (64, 64)

    Source: Jacquin, Image coding based on a fractal theory of iterated contractive image transformations, 1992;
    Fisher, Fractal Image Compression, 1995 (quadtree); Øien & Lepsøy, 1994 (the range's mean is stored); Barthel,
    Schüttemeyer, Voyé, Noll, A new image coding technique unifying fractal and transform coding, 1994 (cosines).
    """
    if effort not in EFFORTS:
        raise InvalidInput(f"effort={effort!r}: choose from {', '.join(EFFORTS)}")
    given = {"bpp": bpp, "psnr": psnr, "quality": quality}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InvalidInput(f"can't meet {' and '.join(named)} at once: give one of them")
    encoder = _Encoder(as_pixels(image), replace(EFFORTS[effort], terms=bool(cosines)))
    if bpp is not None:
        target = encoder.bits_a_pixel(number("bpp", bpp, "bits a pixel, above 0", above=0))
        return encoder.towards(target).data
    if psnr is not None:
        target = encoder.quality_of(number("psnr", psnr, "decibels, above 0", above=0))
        return encoder.towards(target).data
    asked = 50.0 if quality is None else number("quality", quality, "0 … 100", low=0, below=100.001)
    return encoder.at(step_of(asked)).data


def step_of(quality: float) -> float:
    """Step in grey levels of a quality of 0 … 100."""
    return 200.0 * 2 ** (-quality / 16)


@dataclass(frozen=True)
class Trial:
    """One stream, and what a decoder draws of it.

    Attributes:
        step: Of luma's cosine terms, in grey levels.
        stream: Taken apart.
        seen: (h, w, …) float32, what is drawn.
        psnr: In dB, of the rounded pixels.
    """

    step: float
    stream: Stream
    seen: np.ndarray
    psnr: float

    @property
    def data(self) -> bytes:
        """The stream's bytes."""
        return self.stream.pack()


class _Plane:
    """A plane's blocks, which remember the domains that were found."""

    def __init__(self, plane: np.ndarray, settings: Settings) -> None:
        exact = np.pad(plane, [(0, padded(extent) - extent) for extent in plane.shape], "edge")
        self.settings = settings
        self.small = reduced(exact)
        self.levels = [Blocks(exact, level, settings) for level in range(settings.root + 1)]
        self.counts = [Counts.usual(settings.contrasts) for _ in self.levels]

    def tree(self, step: int) -> Tree:
        """The best tree for a step, in sixteenths; rates come from the tree before."""
        trade = Trade(step, self.settings.price * (step / 16) ** 2)
        found = grow(self.levels, self.small, trade, self.counts, self.settings.terms)
        self.counts = list(found.counts)
        return found

    def search_in(self, seen: np.ndarray) -> None:
        """Seek domains in what a decoder sees from now on."""
        self.small = reduced(seen)
        for blocks in self.levels:
            blocks.forget()


class _Encoder:
    def __init__(self, pixels: np.ndarray, settings: Settings) -> None:
        self.pixels, self.settings = pixels, settings
        self.colour = pixels.ndim == 3
        planes = to_planes(pixels) if self.colour else (pixels.astype(np.float32),)
        self.planes = [_Plane(plane, settings) for plane in planes]
        self.smoothing = (6, 6)

    def trial(self, step: float, trees: int = 1) -> Trial:
        """The stream for a step, after so many trees whose rates each come from the one before."""
        steps = [min(max(round(16 * step * share), 1), 65_535) for share in (1, self.settings.chroma)]
        stream = Stream(
            self.pixels.shape[0],
            self.pixels.shape[1],
            self.colour,
            (steps[0], steps[1]),
            self.settings.contrast,
            self.settings.contrasts,
            self.settings.root,
            self.settings.spacing,
            self.settings.window,
            self.smoothing,
            (),
        )
        codes = []
        for k, plane in enumerate(self.planes):
            for _ in range(trees):
                tree = plane.tree(steps[k > 0])
            codes.append(write(stream.header(k), tree.leaves, tree.index))
        return self.drawn(step, replace(stream, codes=tuple(codes)))

    def drawn(self, step: float, stream: Stream) -> Trial:
        """The trial of a stream."""
        seen = draw_planes(stream, leaves_of(stream))
        return Trial(step, stream, seen, decibels(to_bytes(seen), self.pixels))

    def at(self, step: float) -> Trial:
        """The stream for one step."""
        found = self.trial(step, trees=2)
        for _ in range(1, self.settings.passes):
            self.close_loop(found)
            found = self.trial(step, trees=2)
        return self.smoothed(found)

    def close_loop(self, trial: Trial) -> None:
        """Seek domains in the image that a decoder draws, which they are copied from."""
        for k, plane in enumerate(self.planes):
            drawing = replace(trial.stream.drawing(k, 1), smoothing=0)
            seen, _ = draw(drawing, read(trial.stream.header(k), trial.stream.codes[k]))
            plane.search_in(seen.astype(np.float32) / 2**FRACTION)

    def smoothed(self, trial: Trial) -> Trial:
        """The trial with the smoothing of edges that serves it best."""
        best = trial
        for step in (-2, 2):
            while 0 <= best.stream.smoothing[0] + step <= 15:
                both = tuple(value + step for value in best.stream.smoothing)
                other = self.drawn(trial.step, replace(best.stream, smoothing=both))
                if other.psnr <= best.psnr:
                    break
                best = other
            if best is not trial:
                break
        self.smoothing = best.stream.smoothing
        return best

    def towards(self, target: Target[Trial]) -> Trial:
        """The stream that meets a target.

        Raises:
            InvalidInput: none does.
        """
        found = target.meet(lambda step: self.trial(step), START)
        for _ in range(1, self.settings.passes):
            self.close_loop(found)
            found = target.meet(lambda step: self.trial(step), found.step)
        return self.smoothed(found)

    def bits_a_pixel(self, most: float) -> Target[Trial]:
        """At most so many."""
        count = self.pixels.shape[0] * self.pixels.shape[1]

        def rate(trial: Trial) -> float:
            return 8 * len(trial.data) / count

        return Target(
            lambda trial: math.log2(rate(trial) / most),
            slope=-1.3,
            tolerance=0.015,
            wish=f"bpp={most:g}",
            reached=lambda trial: f"{rate(trial):.4f} bits a pixel at the least",
        )

    def quality_of(self, least: float) -> Target[Trial]:
        """At least so many."""
        return Target(
            lambda trial: least - min(trial.psnr, EXACT),
            slope=3.5,
            tolerance=0.05,
            wish=f"psnr={least:g}",
            reached=lambda trial: f"{trial.psnr:.2f} dB at the most",
        )
