"""The card of the packaged detector, as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subband.experiments.packaged_detector.folds import VIEWS
from subband.experiments.packaged_detector.package import Check
from subband.experiments.packaged_detector.verdicts import (
    FALSE_ALARMS,
    MISSES,
    NEVER,
    Figures,
    Row,
    Thresholds,
)
from subband.forensics.detectors.detector import Detector
from subband.forensics.evaluation.audit import Audit
from subband.forensics.packaged import NAME


@dataclass(frozen=True)
class Making:
    """How the detector was made.

    Attributes:
        photographs: source → number.
        generated: generator → number.
        reconstructed: number of photographs with a reconstruction.
        copies: near copies that were dropped.
        audit: before training.
        seed: of everything.
        command: that makes it again.
    """

    photographs: Mapping[str, int]
    generated: Mapping[str, int]
    reconstructed: int
    copies: int
    audit: Audit
    seed: int
    command: str


def card_text(
    detector: Detector,
    making: Making,
    found: Sequence[Figures],
    thresholds: Thresholds,
    checked: Sequence[Check],
) -> str:
    """The card in Markdown."""
    weights = sum(p.numel() for p in detector.classifier.parameters())
    parts = [
        f"# {NAME}: the detector in the package",
        "",
        f"Kind: {detector.config.name}, {weights:,} weights. It looks at squares of "
        f"{detector.chain.size}×{detector.chain.size} pixels at their native resolution and says *real*, "
        "*generated* or *can't tell*. It is small, has learnt from few pictures, and mostly says *can't "
        "tell*: provenance, where a file has some, weighs more.",
        "",
        "## Data",
        "",
        f"- Photographs: {_counts(making.photographs)}.",
        f"- Generated: {_counts(making.generated)}.",
        f"- Reconstructions of {making.reconstructed} of the photographs by FLUX.2's tiny autoencoder "
        "(taef2), and blends.",
        f"- Near copies dropped: {making.copies}. Thermal pictures, scans and unsorted files of the camera "
        "collection are left out.",
        "- The pictures are research data and are not part of the package.",
        "",
        "## Training",
        "",
        "Both classes take one path: crop, scaling by .5 to 1.3, thumbnails, blur, noise, JPEG and WebP "
        "of quality 30 to 95; pictures that were never encoded are first saved as JPEG. Half of the "
        f"squares are real; half of the others are reconstructions. Seed {making.seed}. Made again by",
        "",
        f"    {making.command}",
        "",
        "A classifier of format alone (file type, size, quantisation table) separates real from generated "
        f"on held-out families with an AUROC of {making.audit.delivered.auroc.mean:.2f} on the files as "
        f"delivered, and {making.audit.treated.auroc.mean:.2f} after the treatment; chance is .5, and "
        "below it the formats of one family mislead about the next.",
        "",
        "## Measured errors",
        "",
        "Five folds: each picture is judged by a detector that has seen neither its camera, prompt or "
        "scene nor its generator's family, at thresholds frozen on the other folds: at most "
        f"{100 * FALSE_ALARMS:g} % of the photographs of the worst source called generated, at most "
        f"{100 * MISSES:g} % of the pictures of the worst generator called real, over all of the views "
        f"{', '.join(VIEWS)}.",
    ]
    for figures in found:
        parts += ["", *_table(figures)]
    parts += [
        "",
        _limits(thresholds),
        f"Temperature {detector.config.temperature:.2f}, shift {detector.config.shift:.2f}. A verdict that "
        "the same picture at q85 or scaled "
        "to 75 % would contradict is *can't tell*, too.",
        "",
        "The finished detector with all its guards:",
        "",
        "| pictures | number | real | generated | can't tell |",
        "|---|---|---|---|---|",
        *(
            f"| {c.name} | {c.pictures} | {c.said['real']} | {c.said['generated']} | {c.unsure} |"
            for c in checked
        ),
        "",
        "## What it is not good for",
        "",
        "- Proof. *Can't tell* is its most frequent answer, and a firm one is wrong at the rates above at "
        "best: they hold for pictures like those above.",
        "- Generators of another kind than those above, edited photographs, pictures of pictures, video frames.",
        "- Pictures that were scaled to less than half, saved below JPEG q60, or are smaller than "
        f"{detector.chain.size} pixels a side.",
        "- Drawings, screenshots, scans, renderings: they are neither class, and should get *can't tell*.",
        "- Deciding about people. There were few portraits among the pictures.",
        "",
    ]
    return "\n".join(parts)


def _limits(thresholds: Thresholds) -> str:
    if thresholds.low == NEVER:
        return (
            f"Above log-odds {thresholds.high:.2f} the packaged detector says *generated*, else *can't "
            "tell*. It never says *real*: pictures of generators that it had not seen were called real in "
            f"more than {100 * MISSES:g} % of the cases."
        )
    return f"Between log-odds {thresholds.low:.2f} and {thresholds.high:.2f} it says *can't tell*."


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _table(figures: Figures) -> list[str]:
    def line(name: str, row: Row) -> str:
        return (
            f"| {name} | {row.pictures} | {100 * row.generated:.1f} % | {100 * row.real:.1f} % | "
            f"{100 * row.answered:.1f} % | {100 * row.flips:.1f} % | {row.auroc:.2f} |"
        )

    return [
        f"View *{figures.view}*, AUROC of all {figures.auroc:.3f}:",
        "",
        "| pictures | number | called generated | called real | answered | flips | AUROC |",
        "|---|---|---|---|---|---|---|",
        *(line(f"photographs: {name}", row) for name, row in figures.photographs.items()),
        *(line(name, row) for name, row in figures.generators.items()),
    ]
