"""What a run found, handed to `subband.plots`: the figures of the report."""

from collections.abc import Callable

import numpy as np

from subband import plots
from subband.forensics import Study, scaled
from subband.lab.images import Source
from subband.lab.panels import Panel
from subband.lab.progress import Advance
from subband.lab.work import Work
from subband.plots import Curve, Figure, MapRow

SHOWN = 14  # images per source


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
        name: Curve(found[0].steps, np.stack([curve.accuracy for curve in found]))
        for name, found in study.curves.items()
    }
    return plots.convergence(curves, chance=0.5)


def reliability(study: Study) -> Figure:
    """Draw how true the probabilities of the kept detector are."""
    found = study.reliability
    title = f"Calibration of the {study.kept_name}"
    return plots.reliability(found.said, found.happened, found.count, error=found.error, title=title)


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
    rows = [row for row in study.rows if "pixels" in row.name]
    return [row.name for row in sorted(rows, key=lambda row: -row.scores["balanced accuracy"].mean)]


def _spread(source: Source) -> np.ndarray:
    pixels = source.split.test.pixels
    return pixels[np.linspace(0, len(pixels) - 1, min(SHOWN, len(pixels))).round().astype(int)]
