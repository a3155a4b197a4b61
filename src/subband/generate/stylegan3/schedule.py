"""The layers of a generator: sampling rates, cutoffs, margins, channels and filters.

A feature map holds samples of a continuous signal at s samples an image side. Its signal is kept below the
cutoff f_c (cycles an image side), and the filters' stop band begins at f_c + f_h. Where f_c + f_h ≤ s/2 nothing
aliases; critically sampled layers have f_c = s/2, and so keep all detail that the grid can hold.

Source: Karras et al. 2021, "Alias-free generative adversarial networks", sections 2 and 3, appendix F.
"""

from dataclasses import dataclass
from math import inf, sqrt

from subband.errors import InvalidInput
from subband.kernels.filtered_relu import ReluPlan
from subband.transforms.resample.design import jinc_filter, kaiser_taps
from subband.transforms.resample.leaky_relu import centred, scaled

SMALLEST, LARGEST = 8, 1024
FIRST_CUTOFF = 2.0
FIRST_STOP, LAST_STOP = 2**2.1, 2**0.3
"""Where the stop band begins: f_t of the first layer in cycles, and that of the last as a multiple of s/2."""
CLAMP = 256.0


@dataclass(frozen=True)
class Rung:
    """What a generator of the paper's ladder has, from configuration B (StyleGAN2 with Fourier features) on.

    Attributes:
        noise: noise images are added in each layer.
        skips: an image is made on each grid, and these are summed.
        margins: the signal goes on beyond the image, and filters are Kaiser's instead of bilinear.
        filtered: leaky ReLUs work on a grid twice as fine.
        noncritical: cutoffs below half the sampling rate, except on the finest grid.
        transformed: the input is turned and moved as the latent says.
        flexible: any number of layers, with cutoffs in geometric progression.
        radial: 1 × 1 convolutions, twice the channels, and radially symmetric filters.

    Example:
        >>> from subband.generate.stylegan3 import Rung, schedule
        >>> numbers = dict(layers=6, critical=2, margin=10, base=256, most=32, channels=3)
        >>> t, r = (schedule(16, Rung(radial=radial), **numbers)[1] for radial in (False, True))
        >>> t[0].kernel, r[0].kernel  # StyleGAN3-T and -R
        (3, 1)
    """

    noise: bool = False
    skips: bool = False
    margins: bool = True
    filtered: bool = True
    noncritical: bool = True
    transformed: bool = True
    flexible: bool = True
    radial: bool = False


_D = Rung(margins=False, filtered=False, noncritical=False, transformed=False, flexible=False)
LADDER: dict[str, Rung] = {
    "B": Rung(True, True, False, False, False, False, False),
    "C": Rung(False, True, False, False, False, False, False),
    "D": _D,
    "E": Rung(filtered=False, noncritical=False, transformed=False, flexible=False),
    "F": Rung(noncritical=False, transformed=False, flexible=False),
    "G": Rung(transformed=False, flexible=False),
    "H": Rung(flexible=False),
    "T": Rung(),
    "R": Rung(radial=True),
}
"""The paper's configurations, each one step after the one before."""


@dataclass(frozen=True)
class Grid:
    """Samples of a feature map.

    Attributes:
        rate: s, samples an image side.
        size: samples along each axis, margins included.
        cutoff: f_c, cycles an image side.
        half_width: f_h, half the transition of the filters, in cycles an image side.
        channels: of the feature map.

    Example:
        >>> from subband.generate.stylegan3 import Grid
        >>> Grid(rate=32, size=52, cutoff=16.0, half_width=2.0, channels=8).critical
        True
    """

    rate: int
    size: int
    cutoff: float
    half_width: float
    channels: int

    @property
    def critical(self) -> bool:
        """Whether all frequencies that the grid can hold are kept."""
        return 2 * self.cutoff >= self.rate


@dataclass(frozen=True)
class LayerPlan:
    """One layer: a convolution on `before`, then a leaky ReLU on the way to `after`.

    Attributes:
        before, after: both grids.
        kernel: side of the convolution's kernel.
        oversampling: m, how much finer than both grids that of the leaky ReLU is; 1 for none.
        taps: n, taps of a filter for each sample of the coarser grid; 0 for bilinear filters.
        radial: whether the filter on the way down is a jinc.
        margins: whether the map goes on beyond the image.
        image: whether the layer makes an image: no leaky ReLU.

    Example:
        >>> from subband.generate.stylegan3 import Rung, schedule
        >>> _, layers = schedule(16, Rung(), layers=6, critical=2, margin=10, base=256, most=32, channels=3)
        >>> plan = layers[0]
        >>> plan.kernel, plan.oversampling, plan.convolved == plan.before.size + plan.kernel - 1
        (3, 2, True)
    """

    before: Grid
    after: Grid
    kernel: int
    oversampling: int
    taps: int
    radial: bool
    margins: bool
    image: bool = False

    @property
    def padding(self) -> int:
        """Zeros around the map for the convolution: so many that it reaches over the edge, or as it loses."""
        return self.kernel - 1 if self.margins else self.kernel // 2

    @property
    def convolved(self) -> int:
        """Samples along each axis after the convolution."""
        return self.before.size + 2 * self.padding - self.kernel + 1

    def relu(self, slope: float = 0.2, gain: float = sqrt(2)) -> ReluPlan:
        """The filtered leaky ReLU of the layer; of slope 1 and gain 1 the change of rate alone."""
        fine = max(self.before.rate, self.after.rate) * self.oversampling
        up, down = fine // self.before.rate, fine // self.after.rate
        rising = scaled(self._filter(self.before, up, fine, radial=False), up**2)
        falling = self._filter(self.after, down, fine, radial=self.radial and not self.after.critical)
        before, after = centred(self.convolved, self.after.size, len(rising), len(falling), up, down)
        return ReluPlan(
            rising,
            falling,
            up,
            down,
            (before, after, before, after),
            gain,
            slope,
            inf if slope == 1 else CLAMP,
        )

    def _filter(self, grid: Grid, factor: int, fine: int, *, radial: bool):
        if factor == 1 or self.image:
            return (1.0,)
        if not self.taps:
            return (0.125, 0.375, 0.375, 0.125)
        taps, cutoff, width = self.taps * factor, grid.cutoff / fine, 2 * grid.half_width / fine
        if radial:
            return tuple(map(tuple, jinc_filter(taps, cutoff, width).tolist()))
        return kaiser_taps(taps, cutoff, width)


def schedule(
    size: int, rung: Rung, *, layers: int, critical: int, margin: int, base: int, most: int, channels: int
) -> tuple[Grid, tuple[LayerPlan, ...]]:
    """The input's grid and the layers of a generator; the last one makes the image.

    Args:
        size: of the images, a multiple of 8 from 8 to 1024.
        rung: what the generator has.
        layers: N, of `flexible` ones, the last excluded.
        critical: layers at the end of `flexible` ones that are critically sampled.
        margin: samples that a map goes on beyond the image on each side.
        base, most: a map has base / (2 f_c) channels, at most `most`.
        channels: of the images.

    Raises:
        InvalidInput: a size that has no schedule, or too few layers for it.

    Example:
        >>> from subband.generate.stylegan3 import Rung, schedule
        >>> first, layers = schedule(16, Rung(), layers=6, critical=2, margin=10, base=256, most=32, channels=3)
        >>> len(layers), layers[-1].image, layers[-1].after.size
        (7, True, 16)
    """
    check_schedule(size, layers, critical)
    twice = 2 if rung.radial else 1

    def grid(rate: int, cutoff: float, stop: float, edge: int) -> Grid:
        width = twice * min(max(round(base / (2 * cutoff)), 1), most)
        half = max(stop, rate / 2) - cutoff
        return Grid(rate, rate + 2 * (edge if rung.margins else 0), cutoff, half, width)

    if rung.flexible:
        grids = [
            grid(rate_for(size, 2 * stop), cutoff, stop, 0 if i >= layers - 1 else margin)
            for i, (cutoff, stop) in enumerate(_geometric(size, layers, critical))
        ]
        grids = [grids[0], *grids]
    else:
        grids = _doubling(size, rung, grid, margin)
    kernel = 1 if rung.radial else 3
    plans = [
        LayerPlan(
            before,
            after,
            kernel,
            2 if rung.filtered else 1,
            6 if rung.margins else 0,
            rung.radial,
            rung.margins,
        )
        for before, after in zip(grids, grids[1:-1] if rung.flexible else grids[1:], strict=False)
    ]
    last = plans[-1].after
    image = Grid(size, size, size / 2, last.half_width, channels)
    return grids[0], (*plans, LayerPlan(last, image, 1, 1, 0, False, rung.margins, image=True))


def check_schedule(size: int, layers: int, critical: int) -> None:
    """Raise InvalidInput unless there is a schedule for images of this size."""
    if size % 8 or not SMALLEST <= size <= LARGEST:
        raise InvalidInput(
            f"StyleGAN3 makes images of {SMALLEST} to {LARGEST} px, a multiple of 8, not of {size}: give --size, "
            "best a power of two"
        )
    if not 0 < critical < layers:
        raise InvalidInput(
            f"can't schedule layers={layers} of which critical={critical} are critically sampled: give more "
            "layers than critical ones, and at least one of these"
        )


def rate_for(size: int, wanted: float) -> int:
    """The lowest sampling rate size / 2^j that is whole and not below `wanted`, or the size itself."""
    rate = size
    while rate % 2 == 0 and rate // 2 >= min(wanted, size):
        rate //= 2
    return rate


def _geometric(size: int, layers: int, critical: int) -> list[tuple[float, float]]:
    """Cutoff and beginning of the stop band of each layer, up to that of the image."""
    last, stop = size / 2, size / 2 * LAST_STOP
    parts = [min(i / (layers - critical), 1.0) for i in range(layers + 1)]
    return [(FIRST_CUTOFF * (last / FIRST_CUTOFF) ** e, FIRST_STOP * (stop / FIRST_STOP) ** e) for e in parts]


def _doubling(size: int, rung: Rung, grid, margin: int) -> list[Grid]:
    """The input's grid of about 4 × 4, the grid after its one layer, and two for each doubling of the rate.

    The transition is (√2 − 1) s/2 to each side of the cutoff; non-critical layers have it below s/2.
    """
    rates = [size]
    while rates[0] % 2 == 0 and rates[0] // 2 >= 4:
        rates.insert(0, rates[0] // 2)
    made = []
    for rate in rates:
        half = (sqrt(2) - 1) * rate / 2
        cutoff = rate / 2 - half if rung.noncritical and rate < size else rate / 2
        made.append((rate, cutoff, cutoff + half))
    grids = [grid(*made[0], margin)] * 2
    for rate, cutoff, stop in made[1:]:
        grids += [grid(rate, cutoff, stop, margin)] * 2
    last = grids[-1]
    if rung.margins:
        grids[-1] = Grid(last.rate, last.rate, last.cutoff, last.half_width, last.channels)
    return grids
