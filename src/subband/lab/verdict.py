"""Headline and warnings of the report, derived from the content of results.json alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]

EQUAL = 0.05
"""Balanced accuracy: detectors are about equal if their intervals lie within so much."""


@dataclass(frozen=True)
class Headline:
    """Main result in one sentence, and the supporting sentences."""

    claim: str
    support: tuple[str, ...]


@dataclass(frozen=True)
class Alert:
    """Warning at the top of the report; `level` is "red" (results invalid), "amber" or "note"."""

    level: str
    title: str
    text: str


def percent(share: float, digits: int = 1) -> str:
    """Format a share in per cent, without the sign: 0.9731 → "97.3"."""
    return f"{100 * share:.{digits}f}"


def interval(score: Mapping[str, Any]) -> str:
    """Write the interval of a score, "80.0 to 90.0" (per cent); empty if it has none."""
    return " to ".join(map(percent, score.get("interval", ())))


def _in_brackets(score: Mapping[str, Any]) -> str:
    """The interval for a sentence: "95 % interval 80.0 to 90.0 %", or that there is none."""
    return f"95 % interval {interval(score)} %" if "interval" in score else "no 95 % interval"


LEAST_PICTURES = 5
"""Held-out photographs of each source below which nothing is claimed."""

FEW_PICTURES = 30
"""Held-out photographs below which the report says that they are few."""


def headline(figures: Figures) -> Headline:
    """Headline: whether the kept detector beats chance, and how packets compare with pixels.

    The kept detector was chosen on validation images. The one with the highest score on the test images was not:
    among many detectors the highest is too high.
    """
    detectors = figures.get("detectors", {})
    if not detectors:
        return Headline("The run was stopped before a detector was finished", ())
    kept = figures["kept"]["detector"]
    score = detectors[kept]["balanced_accuracy"]
    who = _listed([source for source in figures["sources"] if source != "real"])
    refusal = _refusal(figures, score)
    levelled = (figures.get("compression") or {}).get("levelled")
    accuracy = min(score["mean"], levelled["accuracy"]["mean"]) if levelled else score["mean"]
    if refusal:
        claim = f"No verdict: {refusal}"
    elif score["interval"][0] <= chance(figures):
        claim = f"Photographs could not be told from images by {who}"
    else:
        claim = f"Photographs can be told from images by {who}, {_how_often(accuracy)}"
    support = (
        f"The detector that is kept, the {kept} (lowest loss on the validation images), was right on "
        f"{percent(score['mean'])} % of the held-out images, "
        "which share no photograph with those it learnt from "
        f"({_in_brackets(score)}; "
        "real and generated images count the same, so that guessing gives "
        f"{percent(chance(figures), 0)} %).{_higher(figures)}"
    )
    compared = () if refusal else _packets_against_pixels(detectors)
    return Headline(claim, (support, *_compressed_alike(figures), *compared))


def ranks(figures: Figures) -> dict[str, str]:
    """Detector → "kept", "highest score", or both."""
    kept, best = figures["kept"]["detector"], _best(figures)
    return {kept: "kept, highest score"} if kept == best else {kept: "kept", best: "highest score"}


def _best(figures: Figures) -> str:
    """The detector with the highest score; of several the kept one."""
    detectors, kept = figures["detectors"], figures["kept"]["detector"]
    return max(detectors, key=lambda name: (detectors[name]["balanced_accuracy"]["mean"], name == kept))


def _higher(figures: Figures) -> str:
    """A sentence on the detector with the highest score, if it is another than the kept one."""
    detectors, kept = figures["detectors"], figures["kept"]["detector"]
    best = _best(figures)
    if best == kept:
        return ""
    mean = percent(detectors[best]["balanced_accuracy"]["mean"])
    return f" The {best} has the highest score, {mean} %, but is not kept: held-out images choose nothing."


def _refusal(figures: Figures, score: Mapping[str, Any]) -> str:
    """Why nothing is claimed; empty if there is no reason."""
    if figures.get("controls", {}).get("stored", {"at_chance": True})["at_chance"] is False:
        return "the file format alone gives the classes away"
    for name, row in figures["sources"].items():
        if name != "real" and 2 * row["copies"]["equal"] >= row["pictures"]:
            return f"the images of {name} are the photographs themselves"
    undecided = figures.get("controls", {}).get("stored", {"at_chance": True})["at_chance"] is None
    if undecided or "interval" not in score or _fewest(figures)[1] < LEAST_PICTURES:
        return "too few held-out photographs for an interval"
    if _only_compressed(figures):
        return "the files of the classes were compressed differently, and no other difference was found"
    return ""


def _only_compressed(figures: Figures) -> bool:
    """Whether the files were compressed differently and nothing else was found to tell the classes apart."""
    found = figures.get("compression")
    if not found or not found["differs"]:
        return False
    return not (found["levelled"] and found["levelled"]["above_chance"])


def _fewest(figures: Figures) -> tuple[str, int]:
    """The source with the fewest held-out pictures, and their number."""
    counts = {name: row["test_pictures"] for name, row in figures["sources"].items()}
    name = min(counts, key=lambda name: counts[name])
    return name, counts[name]


def _compressed_alike(figures: Figures) -> tuple[str, ...]:
    """A sentence on the detector that learnt from pictures compressed alike."""
    compression = figures.get("compression") or {}
    levelled = compression.get("levelled")
    if not levelled:
        return ()
    score = levelled["accuracy"]
    found = {
        True: "so more than the compression tells the classes apart",
        False: "which may be guessing",
        None: "which decides nothing",
    }[levelled["above_chance"]]
    return (
        "The files of the classes were compressed differently. With all pictures compressed alike "
        f"({compression['history']}), the {levelled['detector']}, trained anew, was right on "
        f"{percent(score['mean'])} % ({_in_brackets(score)}), {found}.",
    )


def chance(figures: Figures) -> float:
    """Balanced accuracy at chance level."""
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
    """Compare the CNN on packets and on pixels by their intervals: apart, one is better; within `EQUAL`, neither is
    much better; otherwise nothing is known."""
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
    if max(a["interval"][1], b["interval"][1]) - min(a["interval"][0], b["interval"][0]) <= EQUAL:
        return (f"Packets and pixels were about equally useful to a convolutional net: {figures}.",)
    return (
        f"Pictures are too few to say whether a convolutional net is better on packets or pixels: {figures}.",
    )


def alerts(results: Mapping[str, Any]) -> list[Alert]:
    """Warnings of the report, the most severe first."""
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
            "After the common preprocessing, a control classifier on file size, dimensions and quantisation "
            "table, without the pixels, still has an accuracy of "
            f"{percent(stored['accuracy']['mean'])} % on the held-out images. A detector may have learnt "
            "the format and not the generator."
        )
        found.append(Alert("red", "Do not trust the table: the file format gives the classes away.", text))
    sources = figures["sources"].items()
    equal = [f"{name}: {_of_pictures(row, 'equal')}" for name, row in sources if row["copies"]["equal"]]
    crops = [
        f"{name}: {row['equal_to_real']} crops"
        for name, row in sources
        if row["equal_to_real"] and not row["copies"]["equal"]
    ]
    if equal or crops:
        text = f"{'; '.join(equal + crops)}. Check whether a folder was given twice or holds copies of the other."
        found.append(Alert("red", "Generated images equal real ones, pixel by pixel.", text))
    refused = _only_compressed(figures)
    if refused:
        text = (
            "A classifier that sees only format and quantisation table of the delivered files tells the "
            "classes apart. "
            "Cropping both alike leaves the traces of a compression in the pixels, and with all pictures "
            "compressed "
            "alike no difference was found: a detector of this run detects how files were saved. Give "
            "sources of one "
            "format and one processing history."
        )
        found.append(Alert("red", "Do not trust the table: the classes were compressed differently.", text))
    alike = [f"{name}: {_of_pictures(row, 'alike')}" for name, row in sources if row["copies"]["alike"]]
    if alike:
        text = (
            f"{'; '.join(alike)}. They are the same picture saved again, edited a little, or reconstructed by an "
            "autoencoder. If that is not meant, the detectors learn how pictures were saved."
        )
        found.append(Alert("amber", "Generated images look like real ones.", text))
    few, count = _fewest(figures)
    if "detectors" in figures and count < FEW_PICTURES:
        text = (
            f"{few} has {count}. Their crops are not independent, so the intervals are as wide as those of {count} "
            f"trials; with fewer than {LEAST_PICTURES} nothing is claimed. Give more pictures."
        )
        level = "note" if count >= LEAST_PICTURES else "amber"
        found.append(Alert(level, "There are only a handful of held-out pictures.", text))
    if results["interrupted"]:
        text = f"It was interrupted during “{results['interrupted']}”. The report covers the finished part."
        found.append(Alert("amber", "This run was stopped early.", text))
    if delivered is not None and delivered["at_chance"] is False and not refused:
        text = (
            "Before the common preprocessing, a classifier on the files alone (length, dimensions, format, "
            f"quantisation) has an accuracy of {percent(delivered['accuracy']['mean'])} %. Preprocessing removes "
            "these cues, but traces of earlier compression or resizing may remain in the pixels of one class: "
            "prefer sources of one format and one processing history."
        )
        found.append(Alert("amber", "The delivered files differ in format.", text))
    if not results["settings"]["generated"]:
        text = (
            "They are small and were trained for a part of the budget, so their images are easier to detect "
            "than those of a strong generator. To study another generator, give its images: "
            "--generated NAME=DIR."
        )
        found.append(Alert("note", "The generators were trained here.", text))
    return found


def _of_pictures(row: Mapping[str, Any], kind: str) -> str:
    return f"{row['copies'][kind]} of {row['pictures']} pictures"


def shown_controls(results: Mapping[str, Any]) -> Figures:
    """Format-only controls to report; without "delivered" where the lab generated the images, never files."""
    shown = ("stored", "delivered") if results["settings"]["generated"] else ("stored",)
    return {path: row for path, row in results["figures"].get("controls", {}).items() if path in shown}


def attribution_sentence(figures: Figures) -> str:
    """Accuracy of the attribution in one sentence; empty without results."""
    part = figures.get("attribution")
    if not part:
        return ""
    score = part["accuracy"]
    return (
        f"Asked for the source among {len(part['names'])}, the {part['detector']} named the right one for "
        f"{percent(score['mean'])} % of the held-out images "
        f"({_in_brackets(score)}; "
        f"guessing gives {percent(1 / len(part['names']), 0)} %)."
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
