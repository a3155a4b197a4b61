"""The figures of the report: what each shows, how to read it, and the results handed to `subband.plots`."""

import base64
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from subband import plots
from subband.forensics import DETECTORS, Study, scaled
from subband.lab.inputs import Source
from subband.lab.work import Work
from subband.plots import Curve, Figure, MapRow
from subband.runs.progress import Advance

SHOWN = 14  # images per source

# key → (title, how to read it). The order is the order of the figures in the report.
READINGS = {
    "convergence": (
        "How fast each detector learns",
        "Higher is better, further left is sooner. Lines are means over seeds, bands one standard "
        "deviation; blue looks at packets, orange at pixels; full lines are convolutional nets, dashed "
        "ones linear; dash-dotted nets have batch normalisation (the one on packets sees those of all levels).",
    ),
    "reliability": (
        "Whether the probability can be believed",
        "Of the images that the kept detector calls generated with probability p, a share p should be "
        "generated: the dashed line is perfect calibration. Hollow dots stand for few images. Below: how many "
        "images there are.",
    ),
    "packet-maps": (
        "Wavelet packets of each source",
        "Each square is one of the packets of a three-level Haar transform: low frequencies top left, the "
        "finest detail bottom right, the dashed line where horizontal and vertical frequency are equal. "
        "Inside a square is the image plane. The last row shows where a generator has too much (red) or "
        "too little (blue) energy compared with the photographs.",
    ),
    "packet-curves": (
        "The same, one number per packet",
        "Where a curve leaves the blue one, that generator can be recognised. Grey stripes are packets on "
        "the diagonal of Figure {packet-maps}.",
    ),
    "confusion": (
        "Sources and answers",
        "Rows are the truth, columns the answer: a perfect detector fills the diagonal only. Per cent of "
        "the row, and below it the number of images.",
    ),
    "saliency-packets": (
        "Which packets decide",
        "Bright packets are those whose change would change the verdict most (input gradients, averaged "
        "over the held-out images of a source, scaled to 0–1). Axes as in Figure {packet-maps}.",
    ),
    "saliency-pixels": (
        "Which pixels decide",
        "The same for the net on pixels, over the image plane. Nets without padding see the borders less "
        "often, so those are darker; bright borders would point to artefacts of cutting.",
    ),
    "samples": (
        "What the detectors were shown",
        "Held-out crops of each source, pixel for pixel, none chosen by hand.",
    ),
}


@dataclass(frozen=True)
class Panel:
    """One figure of the report: its key (a key of `READINGS`) and its PNG bytes at twice the shown size."""

    key: str
    png: bytes

    @property
    def title(self) -> str:
        """What it shows."""
        return READINGS[self.key][0]

    @property
    def width(self) -> int:
        """Width to show it at, in CSS pixels."""
        return (
            struct.unpack(">I", self.png[16:20])[0] // 2
        )  # IHDR: the width follows signature and chunk head

    @property
    def base64(self) -> str:
        """The bytes as text, for a data URL."""
        return base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class Placed:
    """A panel with its number in the report and its reading, references resolved."""

    title: str
    reading: str
    number: int
    width: int
    base64: str


def place(panels: Iterable[Panel]) -> dict[str, Placed]:
    """Number panels in the order of the report and resolve the references between them."""
    given = {panel.key: panel for panel in panels}
    numbers = {key: k for k, key in enumerate((key for key in READINGS if key in given), 1)}
    places = {}
    for key, number in numbers.items():
        reading = READINGS[key][1]
        for other in READINGS:
            reading = reading.replace(f"{{{other}}}", str(numbers.get(other, "–")))
        panel = given[key]
        places[key] = Placed(panel.title, reading, number, panel.width, panel.base64)
    return places


def draw(work: Work, advance: Advance) -> list[Panel]:
    """Draw every figure for which there are results, in the order of the report."""
    makers: dict[str, Callable[[], Figure]] = {"samples": lambda: samples(work)}
    if work.study is not None:
        found = work.study
        makers |= {
            "convergence": lambda: convergence(found),
            "reliability": lambda: reliability(found),
            "packet-maps": lambda: packet_maps(found),
            "packet-curves": lambda: packet_curves(found),
            "confusion": lambda: plots.confusion(found.confusion, found.classes),
            "saliency-packets": lambda: saliency_packets(found),
        }
        if pixel_detectors(found):
            makers["saliency-pixels"] = lambda: saliency_pixels(found)
    panels = []
    for k, (key, maker) in enumerate(makers.items()):
        advance(k, len(makers), key)
        panels.append(Panel(key, plots.png(maker())))
    return panels


def samples(work: Work) -> Figure:
    """Draw held-out crops of each source, evenly spaced so that they come from many photographs."""
    return plots.samples({name: _spread(source) for name, source in work.sources.items()}, columns=SHOWN)


def convergence(study: Study) -> Figure:
    """Draw validation accuracy while training, every seed that reached the end."""
    curves = {
        name: Curve(
            found[0].steps,
            np.stack([curve.accuracy for curve in found]),
            DETECTORS[name].input,
            DETECTORS[name].net,
        )
        for name, found in study.curves.items()
    }
    return plots.convergence(curves, chance=0.5)


def reliability(study: Study) -> Figure:
    """Draw how true the probabilities of the kept detector are."""
    found = study.reliability
    title = f"Calibration of the {study.kept_name}"
    return plots.reliability(found.predicted, found.observed, found.count, error=found.error, title=title)


def packet_maps(study: Study) -> Figure:
    """Draw mean and spread of ln-packets per source, and what each generator has more or less of."""
    found = study.statistics
    real = found["real"].mean_map
    rows = [
        MapRow("mean", "ln |c| (nats)", {name: part.mean_map for name, part in found.items()}),
        MapRow("std", "ln |c| (nats)", {name: part.std_map for name, part in found.items()}),
        MapRow(
            "mean − real",
            "difference (nats)",
            {name: part.mean_map - real for name, part in found.items() if name != "real"},
            "change",
        ),
    ]
    return plots.packet_maps(rows, title="ln-packet coefficients of the training images")


def packet_curves(study: Study) -> Figure:
    """Draw the 64-point curves."""
    found = study.statistics
    return plots.packet_curves(
        {name: part.mean for name, part in found.items()}, {name: part.std for name, part in found.items()}
    )


def saliency_packets(study: Study) -> Figure:
    """Draw which packets the kept detector, and the best one on pixels, depend on."""
    shown = dict.fromkeys([study.kept_name, *pixel_detectors(study)[:1]])
    rows = [
        MapRow(
            name,
            "saliency (0–1)",
            {source: scaled(found.packets) for source, found in study.saliency[name].items()},
            "heat",
        )
        for name in shown
    ]
    return plots.packet_maps(rows, title="Which packets the verdict depends on")


def saliency_pixels(study: Study) -> Figure:
    """Draw which pixels the best detector on pixels depends on."""
    name = pixel_detectors(study)[0]
    maps = {source: scaled(found.pixels) for source, found in study.saliency[name].items()}
    return plots.pixel_saliency(maps, title=f"Which pixels the {name} depends on")


def pixel_detectors(study: Study) -> list[str]:
    """Return the detectors on pixels, the most accurate first."""
    rows = [row for row in study.rows if DETECTORS[row.name].input == "pixels"]
    return [row.name for row in sorted(rows, key=lambda row: -row.scores["balanced accuracy"].mean)]


def _spread(source: Source) -> np.ndarray:
    pixels = source.split.test.pixels
    return pixels[np.linspace(0, len(pixels) - 1, min(SHOWN, len(pixels))).round().astype(int)]
