"""What the numbers say, in sentences: the headline of the report and its warnings.

Works on the "figures" part of results.json alone, so the words can't disagree with the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Headline:
    """The claim in one sentence, and the sentences that support it."""

    claim: str
    support: tuple[str, ...]


@dataclass(frozen=True)
class Alert:
    """A box above everything else; `level` is "red" (don't believe the table), "amber" or "note"."""

    level: str
    title: str
    text: str


def percent(share: float, digits: int = 1) -> str:
    """Write a share as per cent without its sign: 0.9731 → 97.3."""
    return f"{100 * share:.{digits}f}"


def interval(score: Mapping[str, Any]) -> str:
    """Write the interval of a score, "80.0 to 90.0" (per cent); empty if it has none."""
    return " to ".join(map(percent, score.get("interval", ())))


def headline(figures: Figures) -> Headline:
    """Say whether real and generated images were told apart, by what, and whether packets helped."""
    detectors = figures.get("detectors", {})
    if not detectors:
        return Headline("The run was stopped before a detector was finished", ())
    name, best = max(detectors.items(), key=lambda item: item[1]["balanced_accuracy"]["mean"])
    accuracy, between = best["balanced_accuracy"]["mean"], interval(best["balanced_accuracy"])
    who = _listed([source for source in figures["sources"] if source != "real"])
    at_chance = figures.get("controls", {}).get("stored", {"at_chance": True})["at_chance"]
    if at_chance is False:
        claim = "No verdict: the file format alone gives the classes away"
    elif at_chance is None or not between:
        claim = "No verdict: too few held-out photographs for an interval"
    elif best["balanced_accuracy"]["interval"][0] <= chance(figures):
        claim = f"Photographs could not be told from images by {who}"
    else:
        claim = f"Photographs can be told from images by {who}, {_how_often(accuracy)}"
    support = (
        f"The best detector, the {name}, was right on {percent(accuracy)} % of the held-out images, "
        "which share no photograph with those it learnt from "
        f"(95 % interval {f'{between} %' if between else 'undefined'}; "
        "real and generated images count the same, so that guessing gives "
        f"{percent(chance(figures), 0)} %)."
    )
    return Headline(claim, (support, *_packets_against_pixels(detectors)))


def chance(figures: Figures) -> float:
    """Return the balanced accuracy of guessing, which the table is to be read against."""
    return float(figures.get("chance", 0.5))


def _how_often(accuracy: float) -> str:
    steps = (
        (0.995, "nearly always"),
        (0.9, "more than nine times in ten"),
        (0.75, "more than three times in four"),
    )
    return next(
        (words for floor, words in steps if accuracy >= floor), f"{percent(accuracy, 0)} % of the time"
    )


def _packets_against_pixels(detectors: Figures) -> tuple[str, ...]:
    """Compare the same net on packets and on pixels; intervals that overlap are called a draw."""
    packets, pixels = detectors.get("CNN on packets"), detectors.get("CNN on pixels")
    if packets is None or pixels is None:
        return ()
    a, b = packets["balanced_accuracy"], pixels["balanced_accuracy"]
    figures = f"{percent(a['mean'])} % on packets, {percent(b['mean'])} % on pixels"
    if "interval" not in a or "interval" not in b:
        return ()
    if a["interval"][0] > b["interval"][1]:
        return (f"A convolutional net did better on wavelet packets than on pixels: {figures}.",)
    if b["interval"][0] > a["interval"][1]:
        return (f"A convolutional net did better on pixels than on wavelet packets: {figures}.",)
    return (f"Packets and pixels were about equally useful to a convolutional net: {figures}.",)


def alerts(results: Mapping[str, Any]) -> list[Alert]:
    """Return the warnings that belong above the table, the worst first."""
    figures, found = results["figures"], []
    controls = shown_controls(results)
    stored, delivered = controls.get("stored"), controls.get("delivered")
    if stored is not None and stored["at_chance"] is None:
        text = (
            "Most resamples of so few held-out photographs hold one class only, so that the accuracy of the "
            "format-only control has no interval: whether the file format gives the classes away is unknown. "
            "Give more pictures of each source."
        )
        found.append(Alert("red", "Do not trust the table: there are too few photographs to check it.", text))
    elif stored is not None and not stored["at_chance"]:
        text = (
            "After every image went through the same path, a control classifier that sees only file "
            "size, dimensions and quantisation table, and no picture, is still right on "
            f"{percent(stored['accuracy']['mean'])} % of the held-out images. A detector may have learnt "
            "the format and not the generator."
        )
        found.append(Alert("red", "Do not trust the table: the file format gives the classes away.", text))
    sources = figures["sources"].items()
    copies = [f"{name}: {row['equal_to_real']} crops" for name, row in sources if row["equal_to_real"]]
    if copies:
        text = f"{'; '.join(copies)}. Was a folder given twice, or does one hold copies of the other?"
        found.append(Alert("red", "Generated images equal real ones, pixel by pixel.", text))
    if results["interrupted"]:
        text = f"Ctrl-C came during “{results['interrupted']}”. What was finished is below."
        found.append(Alert("amber", "This run was stopped early.", text))
    if delivered is not None and delivered["at_chance"] is False:
        text = (
            "Before the common path, the files alone (length, dimensions, format, quantisation) tell the "
            f"classes apart in {percent(delivered['accuracy']['mean'])} % of the cases. The path removes "
            "that, but traces of earlier compression or resizing may remain in the pixels of one class: "
            "sources of one format and one history are better."
        )
        found.append(Alert("amber", "As delivered, the files differ.", text))
    if not results["settings"]["generated"]:
        text = (
            "They are small and had a share of the budget, so their images are easier to tell than those of "
            "a strong generator. To study another one, give its images: --generated NAME=DIR."
        )
        found.append(Alert("note", "The generators were trained here.", text))
    return found


def shown_controls(results: Mapping[str, Any]) -> Figures:
    """Return the format-only controls that mean something here.

    Images that the lab drew itself were never files, so "as delivered" is left out for them.
    """
    shown = ("stored", "delivered") if results["settings"]["generated"] else ("stored",)
    return {path: row for path, row in results["figures"].get("controls", {}).items() if path in shown}


def attribution_sentence(figures: Figures) -> str:
    """Say how often the right source was named."""
    part = figures.get("attribution")
    if not part:
        return ""
    score = part["accuracy"]
    return (
        f"Asked for the source among {len(part['names'])}, the {part['detector']} named the right one for "
        f"{percent(score['mean'])} % of the held-out images "
        f"(95 % interval {f'{interval(score)} %' if interval(score) else 'undefined'}; "
        f"guessing gives {percent(1 / len(part['names']), 0)} %)."
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
