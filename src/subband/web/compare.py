"""Two pictures side by side: packets and spectra on common scales."""

from collections.abc import Mapping

import numpy as np

from subband import plots
from subband.forensics import PacketStatistics, packet_statistics
from subband.forensics.detectors.detector import grid
from subband.forensics.features.layers import GREY_LEVEL_FLOOR
from subband.web.answer import Answer

SIDE = 64
MOST_SQUARES = 64


def statistics(pixels: np.ndarray) -> PacketStatistics | None:
    """Packet statistics over squares of a picture; None if it is smaller than one."""
    height, width = pixels.shape[:2]
    if min(height, width) < SIDE:
        return None
    places = grid(height, width, SIDE, MOST_SQUARES)
    squares = np.stack([pixels[y : y + SIDE, x : x + SIDE] for y, x in places])
    return packet_statistics(squares, floor=GREY_LEVEL_FLOOR)


def figures(first: Answer, second: Answer) -> Mapping[str, plots.Figure]:
    """Caption → figure of what two pictures have and have not in common."""
    names = {"A": first, "B": second}
    found: dict[str, plots.Figure] = {}
    maps = {name: statistics(answer.pixels) for name, answer in names.items()}
    means = {name: one.mean for name, one in maps.items() if one is not None}
    if len(means) == 2:
        rows = [
            plots.MapRow("mean", "ln |c| (nats)", means),
            plots.MapRow("B minus A", "nats", {"B": means["B"] - means["A"]}, "change"),
        ]
        found["How strong each band is, and the difference"] = plots.packet_maps(rows, title="Packets")
    lines = {name: answer.spectrum for name, answer in names.items() if answer.spectrum is not None}
    if lines:
        found["Power by distance from zero frequency"] = plots.spectra(lines)
    return found
