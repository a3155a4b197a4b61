"""Figures of the report: titles, captions, and the arrays passed to `subband.plots`."""

import base64
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from subband import plots
from subband.forensics import DETECTORS, Study, scaled
from subband.lab.inputs import Source
from subband.lab.work import Work
from subband.runs.progress import Advance

SHOWN = 14  # images per source

# key → (title, caption), in the order of the report. {key} in a caption is the number of another figure.
READINGS = {
    "convergence": (
        "Validation accuracy during training",
        "Lines are means over seeds, bands ± one standard deviation. Blue: packets, orange: pixels. Solid: "
        "convolutional nets, dashed: linear classifiers, dash-dotted: nets with batch normalisation (on "
        "packets: with the packets of all levels as input).",
    ),
    "reliability": (
        "Calibration of the kept detector",
        "Observed frequency of generated images against the predicted probability; the dashed line is perfect "
        "calibration. Hollow dots are bins with few images. Below: number of images per bin.",
    ),
    "packet-maps": (
        "Wavelet packets of each source",
        "Each square is one packet of a three-level Haar transform: low frequencies top left, high "
        "frequencies bottom right, the dashed line where horizontal and vertical frequency are equal. "
        "Inside a square: the image plane. The last row is the difference from the photographs: red where a "
        "generator has more energy, blue where it has less.",
    ),
    "packet-curves": (
        "Mean and standard deviation of each packet",
        "A generator differs from the photographs where its curve leaves the blue one. Grey stripes are "
        "packets on the diagonal of Figure {packet-maps}.",
    ),
    "confusion": (
        "Confusion matrix of the kept detector",
        "Of the seed that is kept, on all held-out images. Rows: true source, columns: predicted source. "
        "Per cent of the row, and below it the number of "
        "images. A perfect detector fills the diagonal only.",
    ),
    "saliency-packets": (
        "Saliency of the packets",
        "Absolute input gradients, averaged over the held-out images of a source and scaled to 0–1: the "
        "verdict is most sensitive to bright packets. Axes as in Figure {packet-maps}.",
    ),
    "saliency-pixels": (
        "Saliency of the pixels",
        "The same for the best detector on pixels, over the image plane. Nets without padding cover the borders "
        "with fewer windows, so borders are darker; bright borders would indicate artefacts of cropping.",
    ),
    "samples": (
        "Sample crops",
        "Held-out crops of each source, evenly spaced in the test set, not selected by hand; drawn without "
        "interpolation.",
    ),
}


@dataclass(frozen=True)
class Panel:
    """One figure of the report: its key in `READINGS` and its PNG file at twice the display resolution."""

    key: str
    png: bytes

    @property
    def title(self) -> str:
        """Title in the report."""
        return READINGS[self.key][0]

    @property
    def width(self) -> int:
        """Display width in CSS pixels."""
        return shown_width(self.png)

    @property
    def base64(self) -> str:
        """Base64 text of the PNG file, for a data URL."""
        return embedded(self.png)


def shown_width(png: bytes) -> int:
    """Display width of a figure in CSS pixels: half of its own."""
    # The width field of the IHDR chunk follows the signature, 8 bytes, and the chunk header, 8 bytes.
    return struct.unpack(">I", png[16:20])[0] // 2


def embedded(png: bytes) -> str:
    """Base64 text of a figure, for a data URL."""
    return base64.b64encode(png).decode("ascii")


@dataclass(frozen=True)
class Placed:
    """A panel with its number and its caption, references to other figures resolved."""

    title: str
    reading: str
    number: int
    width: int
    base64: str


def place(panels: Iterable[Panel]) -> dict[str, Placed]:
    """Number the panels in the order of the report and resolve the references in their captions."""
    by_key = {panel.key: panel for panel in panels}
    numbers = {key: k for k, key in enumerate((key for key in READINGS if key in by_key), 1)}
    placed = {}
    for key, number in numbers.items():
        reading = READINGS[key][1]
        for other in READINGS:
            reading = reading.replace(f"{{{other}}}", str(numbers.get(other, "–")))
        panel = by_key[key]
        placed[key] = Placed(panel.title, reading, number, panel.width, panel.base64)
    return placed


def draw(work: Work, advance: Advance) -> list[Panel]:
    """Draw every figure that has results."""
    makers: dict[str, Callable[[], plots.Figure]] = {"samples": lambda: samples(work)}
    if work.study is not None:
        found = work.study
        makers |= {
            "convergence": lambda: convergence(found),
            "reliability": lambda: reliability(found),
            "packet-maps": lambda: packet_maps(found),
            "packet-curves": lambda: packet_curves(found),
            "confusion": lambda: confusion(found),
            "saliency-packets": lambda: saliency_packets(found),
        }
        if pixel_detectors(found):
            makers["saliency-pixels"] = lambda: saliency_pixels(found)
    panels = []
    for k, (key, maker) in enumerate(makers.items()):
        advance(k, len(makers), key)
        panels.append(Panel(key, plots.png(maker())))
    return panels


def samples(work: Work) -> "plots.Figure":
    """Held-out crops of each source, evenly spaced in the test set so that they come from many photographs."""
    return plots.samples({name: _spread(source) for name, source in work.sources.items()}, columns=SHOWN)


def convergence(study: Study) -> "plots.Figure":
    """Validation accuracy during training, of all seeds that finished."""
    curves = {
        name: plots.Curve(
            found[0].steps,
            np.stack([curve.accuracy for curve in found]),
            DETECTORS[name].input,
            DETECTORS[name].net,
        )
        for name, found in study.curves.items()
    }
    return plots.convergence(curves, chance=0.5)


def confusion(study: Study) -> "plots.Figure":
    """Confusion matrix of the kept detector, which may be another than the one with the highest score."""
    title = f"Confusion of sources: {study.kept_name}, seed {study.kept_seed} (kept)"
    return plots.confusion(study.confusion, study.classes, title=title)


def reliability(study: Study) -> "plots.Figure":
    """Reliability diagram of the kept detector."""
    found = study.reliability
    title = f"Calibration: {study.kept_name} (kept)"
    return plots.reliability(found.predicted, found.observed, found.count, error=found.error, title=title)


def packet_maps(study: Study) -> "plots.Figure":
    """Mean and standard deviation of ln-packets per source, and the difference of each generator from real."""
    found = study.statistics
    real = found["real"].mean_map
    rows = [
        plots.MapRow("mean", "ln |c| (nats)", {name: part.mean_map for name, part in found.items()}),
        plots.MapRow("std", "ln |c| (nats)", {name: part.std_map for name, part in found.items()}),
        plots.MapRow(
            "mean − real",
            "difference (nats)",
            {name: part.mean_map - real for name, part in found.items() if name != "real"},
            "change",
        ),
    ]
    return plots.packet_maps(rows, title="ln-packet coefficients of the training images")


def packet_curves(study: Study) -> "plots.Figure":
    """Mean and standard deviation of each of the 64 packets, per source."""
    found = study.statistics
    return plots.packet_curves(
        {name: part.mean for name, part in found.items()}, {name: part.std for name, part in found.items()}
    )


def saliency_packets(study: Study) -> "plots.Figure":
    """Saliency over packets of the kept detector and of the best detector on pixels."""
    names = dict.fromkeys([study.kept_name, *pixel_detectors(study)[:1]])
    rows = [
        plots.MapRow(
            name,
            "saliency (0–1)",
            {source: scaled(found.packets) for source, found in study.saliency[name].items()},
            "heat",
        )
        for name in names
    ]
    return plots.packet_maps(rows, title="Saliency of the packets")


def saliency_pixels(study: Study) -> "plots.Figure":
    """Saliency over pixels of the best detector on pixels."""
    name = pixel_detectors(study)[0]
    maps = {source: scaled(found.pixels) for source, found in study.saliency[name].items()}
    return plots.pixel_saliency(maps, title=f"Saliency of the pixels for the {name}")


def pixel_detectors(study: Study) -> list[str]:
    """Names of the detectors on pixels, by descending balanced accuracy."""
    rows = [row for row in study.rows if DETECTORS[row.name].input == "pixels"]
    return [row.name for row in sorted(rows, key=lambda row: -row.scores["balanced accuracy"].mean)]


def _spread(source: Source) -> np.ndarray:
    pixels = source.split.test.pixels
    return pixels[np.linspace(0, len(pixels) - 1, min(SHOWN, len(pixels))).round().astype(int)]
