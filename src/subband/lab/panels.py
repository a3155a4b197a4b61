"""The figures of the report, with what each shows and how to read it."""

import base64
import struct
from collections.abc import Iterable
from dataclasses import dataclass

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
        "generated: on the dashed line it is neither boastful nor shy. Below: how many images there are.",
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
