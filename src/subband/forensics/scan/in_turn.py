"""The plain way to scan: one unit after another, with one judging process and no Ray."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from subband.forensics.scan.model import Packed, unpacked
from subband.forensics.scan.process import JudgeOrder, JudgeProcess
from subband.forensics.scan.units import Unit
from subband.forensics.scan.work import Done, Part, parts_of

Task = tuple[Unit, Done]
"""A unit, and its parts that are finished."""


def in_turn(
    tasks: Sequence[Task], model: Packed, order: JudgeOrder, length: int, most: int
) -> Iterator[Part]:
    """Answer units in this process and one for judging.

    Args:
        tasks: what is to be done.
        model: the detector.
        order: how the judging process is made; its model is replaced.
        length: images in a part.
        most: bytes of the largest file that is read.
    """
    with unpacked(model) as place:
        judge = JudgeProcess(replace(order, model=place))
        try:
            judge.start()
            for unit, done in tasks:
                yield from parts_of(unit, done, judge, length, most)
        finally:
            judge.close()
