"""What the judging process does with a batch of files: decode, ask the detector once for all, join the evidence."""

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from subband.data.decode import Picture, decode
from subband.errors import SubbandError
from subband.forensics.judgement import Judgement, Opinion
from subband.forensics.scan.answers import Answer, reason

Judging = Callable[[Sequence[bytes], Callable[[list[int]], None], Callable[[int, Answer], None]], None]
"""(files, at, answer): calls `at` with numbers of files before each step, `answer` once for each file."""

WITH_DETECTOR = "subband.forensics.scan.judging:with_detector"
HUB = "hf:"
MOST_PIXELS = 1 << 25
"""Of the decoded pictures that are held together: 100 MB."""


def judging(maker: str, model: str, options: dict[str, Any]) -> Judging:
    """Make a judge.

    Args:
        maker: "module:function", called with `model` and `options`.
        model: folder of a detector, or a name that the maker knows.
        options: see the maker.
    """
    module, _, function = maker.partition(":")
    return getattr(import_module(module), function)(model, options)


def with_detector(model: str, options: dict[str, Any]) -> Judging:
    """The judge of `subband scan`.

    Args:
        model: folder of a detector, or "hf:NAME".
        options: "name" of the detector for readers; "threshold", see `subband.forensics.evidence.judged`.

    Raises:
        CheckpointError: there is no such detector, or it can't be loaded.
    """
    from subband.forensics.evidence import judged

    name = options.get("name", model)
    return batched(judged, _loaded(model, name), {k: v for k, v in options.items() if k != "name"})


def batched(judged: Callable[..., Judgement], detector: Any, options: dict[str, Any]) -> Judging:
    """A judge that asks the detector for the opinions on many pictures at once.

    Args:
        judged: (contents, pixels, detector, **options) → `Judgement`.
        detector: with `judge(pixels)`, and perhaps `judge_many`.
        options: keywords for `judged` and for the detector.
    """

    def judge(
        contents: Sequence[bytes], at: Callable[[list[int]], None], answer: Callable[[int, Answer], None]
    ) -> None:
        held: list[tuple[int, Picture]] = []
        for number, content in enumerate(contents):
            at([number])
            try:
                held.append((number, decode(content, "image")))
            except Exception as error:  # noqa: BLE001 - whatever a file does, the next one is looked at
                answer(number, Answer(error=reason(error)))
            if sum(picture.pixels.size for _, picture in held) > 3 * MOST_PIXELS:
                conclude(contents, held, at, answer)
                held = []
        conclude(contents, held, at, answer)

    def conclude(
        contents: Sequence[bytes],
        held: list[tuple[int, Picture]],
        at: Callable[[list[int]], None],
        answer: Callable[[int, Answer], None],
    ) -> None:
        if not held:
            return
        at([number for number, _ in held])
        ready = opinions(detector, [picture.pixels for _, picture in held], options)
        for (number, picture), opinion in zip(held, ready, strict=True):
            at([number])
            facts = picture.facts
            try:
                found = judged(contents[number], picture.pixels, opinion, **options)
                answer(number, Answer(found, facts.width, facts.height, facts.container))
            except Exception as error:  # noqa: BLE001 - as above
                answer(number, Answer(None, facts.width, facts.height, facts.container, reason(error)))

    return judge


class Ready:
    """A detector's opinion on one picture, formed in advance, in the form of a detector."""

    def __init__(self, detector: Any, opinion: Opinion | Exception):
        self.chain, self._opinion = getattr(detector, "chain", None), opinion

    def judge(self, pixels: np.ndarray, **options: Any) -> Opinion:
        """The opinion on the picture that it was formed on."""
        if isinstance(self._opinion, Exception):
            raise self._opinion
        return self._opinion


def opinions(detector: Any, pictures: Sequence[np.ndarray], options: dict[str, Any]) -> list[Any]:
    """What a detector says of each of many pictures, as `Ready`; one by one where they can't be taken together."""
    if hasattr(detector, "judge_many"):
        try:
            return [Ready(detector, opinion) for opinion in detector.judge_many(pictures, **options)]
        except (SubbandError, MemoryError):
            pass  # e.g. one is too small
    return [Ready(detector, _opinion(detector, pixels, options)) for pixels in pictures]


def _opinion(detector: Any, pixels: np.ndarray, options: dict[str, Any]) -> Opinion | Exception:
    try:
        return detector.judge(pixels, **options)
    except Exception as error:  # noqa: BLE001 - raised again where the picture is judged
        return error


def _loaded(model: str, name: str) -> Any:
    """The detector of a folder, or a classifier of transformers."""
    if model.startswith(HUB) or read_kind(model) == "hub detector":
        from subband.forensics.detectors.hub import HubDetector

        return HubDetector.of(model.removeprefix(HUB)) if model.startswith(HUB) else HubDetector.load(model)
    from subband.forensics.detectors.detector import Detector

    found = Detector.load(model)
    # The folder is a copy for this process; readers know the detector by the name of the original.
    found.title = found.config.title or f"{found.config.name} of {name}"
    return found


def read_kind(folder: str) -> str | None:
    """What a folder holds by its config.json; None if that can't be read."""
    try:
        return json.loads(Path(folder, "config.json").read_text("utf-8")).get("kind")
    except (OSError, ValueError, AttributeError):
        return None
