"""Judges for tests of the scan: one with the detectors of now, quick ones, and ones that files can harm."""

import os
import signal
import time
from typing import Any

import numpy as np

from subband.errors import InvalidInput
from subband.forensics import evidence
from subband.forensics.judgement import Judgement, Opinion, Trace
from subband.forensics.scan.judging import Judging, batched

HANG, DIE, EAT, SLOW = ((k, 1, 2) for k in (201, 202, 203, 204))
"""Colours of the first pixel that make the judge of `dangerous` hang, die, take all memory, or take its time."""


class Means:
    """Calls bright pictures generated; needs 8×8 pixels."""

    def judge(self, pixels: np.ndarray, **options: Any) -> Opinion:
        if min(pixels.shape[:2]) < 8:
            raise InvalidInput(f"the image has {pixels.shape[1]}×{pixels.shape[0]} pixels; this needs 8×8")
        p = float(pixels.mean() / 255)
        verdict = "generated" if p > 0.6 else "real" if p < 0.4 else "can't tell"
        sources = {"real": 1 - p, "bright": p}
        return Opinion(verdict, f"its mean is {p:.2f}", p, max(sources, key=sources.get), sources, 0.5, "means",
                       ("bright",), {"misses": 0.5}, 1)  # fmt: skip

    def judge_many(self, pictures: list[np.ndarray], **options: Any) -> list[Opinion]:
        return [self.judge(pixels) for pixels in pictures]


def judged(data: bytes, pixels: np.ndarray, detector: Any, **options: Any) -> Judgement:
    opinion = detector.judge(pixels)
    traces = (Trace("size", f"{len(data)} bytes", details={"bytes": len(data)}),)
    return Judgement(opinion.verdict, opinion.reason, (), traces, opinion)


def means(model: str, options: dict[str, Any]) -> Judging:
    """A quick judge."""
    return batched(judged, Means(), options)


def whole(model: str, options: dict[str, Any]) -> Judging:
    """Provenance and traces, and the opinion of `Means`."""
    return batched(evidence.judged, Means(), {key: value for key, value in options.items() if key != "name"})


def dangerous(model: str, options: dict[str, Any]) -> Judging:
    """A judge whose process some pictures harm."""

    def harmed(data: bytes, pixels: np.ndarray, detector: Any, **options: Any) -> Judgement:
        first = tuple(int(value) for value in pixels[0, 0])
        if first == HANG:
            time.sleep(1000)
        if first == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        if first == EAT:
            held = [np.ones(1 << 24) for _ in range(1000)]
            return held[0]  # type: ignore[return-value]
        if first == SLOW:
            time.sleep(0.02)
        return judged(data, pixels, detector)

    return batched(harmed, Means(), options)


def none(model: str, options: dict[str, Any]) -> Judging:
    """A judge that can't be made."""
    raise InvalidInput("there is no such detector")
