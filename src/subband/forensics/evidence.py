"""The answer for one image: provenance, traces and a detector's opinion, joined by a few rules.

    evidence                                    answer
    a trusted signature says "generated"        generated
    a trusted signature says "real"             real
    a watermark of a generator is measured      generated
    the file claims that a generator made it    generated, in words that say that it is a claim
    the file claims that a camera took it       nothing: claims are copied from file to file with ease
    otherwise                                   the detector's opinion, unless a trace says that it can't know

The first row that applies decides. Evidence against it is named; two trusted signatures that contradict each
other, or one and a measured watermark, give "can't tell".
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from subband.data.decode import decode, read_file
from subband.errors import InvalidInput
from subband.forensics.judgement import UNSURE, Finding, Judgement, Opinion, Strength, Trace, Verdict
from subband.forensics.provenance import read_provenance
from subband.forensics.traces import read_traces

_SENTENCE = re.compile(r"(?:“[^”]*”|(?!\. ).)*", re.DOTALL)

RULES: tuple[tuple[Strength, str, Verdict], ...] = (
    ("signed", "generated", "generated"),
    ("signed", "real", "real"),
    ("measured", "generated", "generated"),
    ("claimed", "generated", "generated"),
)
"""(strength of a finding, what it says, verdict); the first that applies decides, other findings never do."""

CERTAIN: tuple[Strength, ...] = ("signed", "measured")
"""Findings that are not overruled silently: where they contradict each other there is no verdict."""


@runtime_checkable
class Judge(Protocol):
    """Anything that has opinions on pixels: `Detector`, `HubDetector`."""

    def judge(self, pixels: np.ndarray, *, threshold: float | None = None) -> Opinion:
        """Judge one image, (H, W, 3) uint8.

        Example:
            >>> import io
            >>> from PIL import Image
            >>> from PIL.PngImagePlugin import PngInfo
            >>> from subband.forensics import judge
            >>> file, text = io.BytesIO(), PngInfo()
            >>> text.add_text("Title", "AI generated image")
            >>> text.add_text("Comment", '{"prompt": "a teapot", "steps": 28}')
            >>> text.add_text("Software", "NovelAI")
            >>> Image.new("RGB", (64, 64), "teal").save(file, "PNG", pnginfo=text)
            >>> judgement = judge(file.getvalue())
            >>> judgement.verdict, [finding.strength for finding in judgement.provenance]
            ('generated', ['claimed'])
        """
        ...


def judge(
    image: bytes | str | Path,
    detector: Judge | None = None,
    *,
    name: str | None = None,
    threshold: float | None = None,
    allow_large: bool = False,
) -> Judgement:
    """Judge one image file by all that is known of it.

    Args:
        image: a path, or the contents of a file.
        detector: gives the opinion; None for provenance and traces only.
        name: of the image, for messages; the path by default.
        threshold: the least probability of a firm opinion, in place of the detector's frozen thresholds.
        allow_large: whether pictures above Pillow's pixel limit are read; see `subband.data.decode.decode`.

    Raises:
        UnreadableImage: it can't be read or decoded.
        InvalidInput: a threshold outside ½ … 1.
    """
    data = image if isinstance(image, bytes) else read_file(image)
    picture = decode(
        data, name or (None if isinstance(image, bytes) else str(image)), allow_large=allow_large
    )
    return judged(data, picture.pixels, detector, threshold=threshold, reduced=picture.reduced)


def judged(
    data: bytes,
    pixels: np.ndarray,
    detector: Judge | None = None,
    *,
    threshold: float | None = None,
    reduced: int = 1,
) -> Judgement:
    """Judge an image that is decoded already; see `judge`.

    Args:
        data: contents of the file.
        pixels: (H, W, 3) uint8.
        detector: see `judge`.
        threshold: see `judge`.
        reduced: by how much the decoder reduced its sides.

    Raises:
        InvalidInput: see `judge`.
    """
    findings = read_provenance(data, pixels=pixels)
    traces = read_traces(data, pixels)
    if reduced > 1:
        text = f"the decoder reduced the picture to 1/{reduced} of its sides, so fine traces are gone"
        traces = (*traces, Trace("size", text, True, {"reduced": reduced}))
    opinion, lacks = _opinion(detector, pixels, threshold)
    verdict, reason = joined(findings, traces, opinion, lacks)
    return Judgement(verdict, reason, tuple(findings), tuple(traces), opinion)


def joined(
    findings: Sequence[Finding], traces: Sequence[Trace], opinion: Opinion | None, lacks: str = ""
) -> tuple[Verdict, str]:
    """Apply the rules of this module.

    Args:
        findings: provenance.
        traces: history.
        opinion: the detector's, if there is one.
        lacks: why there is none.

    Returns:
        The verdict, and one sentence.

    Example:
        >>> from subband.forensics import Finding, joined
        >>> signed = Finding("content credentials", "real", "signed", "A camera maker signed it as a photograph.")
        >>> joined([signed], [], opinion=None)
        ('real', 'A camera maker signed it as a photograph')
    """
    for strength, says, verdict in RULES:
        found = next((f for f in findings if (f.strength, f.says) == (strength, says)), None)
        if found is None:
            continue
        against = next(
            (f for f in findings if f.strength in CERTAIN and f.says not in (says, "nothing")), None
        )
        if against is not None:
            return UNSURE, f"the evidence contradicts itself: {_clause(found)}; {_clause(against)}"
        claim = "; that is a claim of the file, which any program can write" if strength == "claimed" else ""
        return verdict, _clause(found) + claim + _contradiction(verdict, findings, opinion)
    if opinion is None:
        return UNSURE, lacks or "no detector was asked, and the file says nothing that decides"
    limit = next((trace for trace in traces if trace.limits and not _is_plain_size(trace)), None)
    if limit is not None and opinion.verdict != UNSURE:
        return UNSURE, f"{_clause(limit)}; the detector alone would call it {opinion.verdict}"
    return opinion.verdict, opinion.reason + _contradiction(opinion.verdict, findings, None)


def _is_plain_size(trace: Trace) -> bool:
    """Whether a trace says that a picture is small: a detector that has an opinion was made for such."""
    return trace.kind == "size" and "reduced" not in trace.details


def _clause(evidence: Finding | Trace) -> str:
    """The first sentence of a piece of evidence, without its full stop.

    Full stops within quotation marks, as of a signer “Example Ltd. of Kent”, end none.
    """
    return _SENTENCE.match(evidence.text)[0].rstrip(". ")  # pyright: ignore[reportOptionalSubscript]


def _contradiction(verdict: Verdict, findings: Sequence[Finding], opinion: Opinion | None) -> str:
    """What speaks against a verdict, to be appended to its reason."""
    against = [
        f"the file claims the opposite ({_clause(f)})"
        for f in findings
        if verdict != UNSURE and f.says not in (verdict, "nothing")
    ][:1]
    if opinion is not None and opinion.verdict not in (verdict, UNSURE):
        against.append(f"{opinion.detector} calls it {opinion.verdict}")
    return "".join(f"; but {text}" for text in against)


def _opinion(
    detector: Judge | None, pixels: np.ndarray, threshold: float | None
) -> tuple[Opinion | None, str]:
    """The detector's opinion; None and the reason where the picture can't be given to it."""
    if detector is None:
        return None, ""
    try:
        return detector.judge(pixels, threshold=threshold), ""
    except InvalidInput as error:
        if min(pixels.shape[:2]) >= getattr(getattr(detector, "chain", None), "cut", 0):
            raise
        return None, str(error)
