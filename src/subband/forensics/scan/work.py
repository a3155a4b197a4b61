"""What a worker does with a unit: read ahead in a thread, judge in batches, give back parts of equal length."""

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from subband.forensics.scan.answers import Answer
from subband.forensics.scan.reading import File, files_of
from subband.forensics.scan.rows import encoded, row_of
from subband.forensics.scan.units import Unit

BATCH = 16
"""Most images that are given to the judge together."""

BATCH_BYTES = 32 << 20
"""A batch ends once its files have so many bytes."""


@dataclass(frozen=True)
class Part:
    """A finished piece of the table, or a unit that could not be read.

    Attributes:
        unit: its key.
        number: of the part in its unit.
        last: whether it is the last one.
        images: number of rows.
        size: bytes of its files.
        table: a Parquet file.
        failure: why the unit, from this part on, could not be read; then there is no table.
    """

    unit: str
    number: int
    last: bool = False
    images: int = 0
    size: int = 0
    table: bytes = b""
    failure: str = ""


@dataclass(frozen=True)
class Done:
    """The finished parts of a unit.

    Attributes:
        parts: their numbers.
        last: number of the last part of the unit; None if it is not finished.
    """

    parts: frozenset[int] = frozenset()
    last: int | None = None

    @property
    def all(self) -> bool:
        """Whether the unit is finished."""
        return self.last is not None and self.parts.issuperset(range(self.last + 1))


@runtime_checkable
class Judges(Protocol):
    """Anything that answers files; `JudgeProcess`."""

    def judge(self, contents: list[bytes], /) -> list[Answer]:
        """Answer each file, in order."""
        ...


def parts_of(unit: Unit, done: Done, judge: Judges, length: int, most: int) -> Iterator[Part]:
    """Answer a unit.

    Args:
        unit: see `Unit`.
        done: parts that are finished already; they are passed over.
        judge: answers files.
        length: images in a part.
        most: bytes of the largest file that is read.

    Yields:
        The other parts, in order. The last part of a unit is marked; it is empty if there is no image, or if all
        were done already and none marked. If the unit can't be read, the last item says why, and the next run
        tries again.
    """
    key = unit.key

    def wanted(number: int) -> bool:
        return number // length not in done.parts

    rows: list[dict] = []
    current = -1
    try:
        for batch in _ahead(_batches(files_of(unit, wanted, most), length)):
            part = batch[0].number // length if isinstance(batch, list) else batch
            if part != current and rows:
                yield _part(key, current, False, rows)
                rows = []
            current = part
            if isinstance(batch, list):
                rows += _judged(key, batch, judge)
    except _Unread as failure:
        if len(rows) == length:
            yield _part(key, current, False, rows)
            current += 1
        yield Part(key, max(current, 0), failure=str(failure))
        return
    if rows:
        yield _part(key, current, done.last in (None, current), rows)
    elif done.last is None:
        yield _part(key, current + 1, True, rows)


def _part(unit: str, number: int, last: bool, rows: list[dict]) -> Part:
    return Part(unit, number, last, len(rows), sum(row["bytes"] or 0 for row in rows), encoded(rows))


def _judged(key: str, batch: list[File], judge: Judges) -> list[dict]:
    readable = [file for file in batch if file.content is not None]
    answers = iter(judge.judge([file.content for file in readable if file.content is not None]))
    return [row_of(key, file, Answer() if file.content is None else next(answers)) for file in batch]


def _batches(files: Iterable[File | int], length: int) -> Iterator[list[File] | int]:
    """Files in batches that don't cross parts; of images that are not wanted the number of their part, once."""
    batch: list[File] = []
    size, passed = 0, -1
    for file in files:
        number = file if isinstance(file, int) else file.number
        if batch and (number % length == 0 or len(batch) == BATCH or size >= BATCH_BYTES):
            yield batch
            batch, size = [], 0
        if isinstance(file, int):
            if number // length != passed:
                passed = number // length
                yield passed
        else:
            batch.append(file)
            size += len(file.content or b"")
    if batch:
        yield batch


class _Unread(Exception):
    """A unit can't be read, or no further."""

    def __init__(self, error: Exception):
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        super().__init__(" ".join(str(words).split()))


class _End:
    """The end of a queue, and what ended it."""

    def __init__(self, error: _Unread | None):
        self.error = error


def _ahead(batches: Iterator[list[File] | int]) -> Iterator[list[File] | int]:
    """The same, read one batch ahead by a thread."""
    found: queue.Queue[list[File] | int | _End] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(item: "list[File] | int | _End") -> bool:
        while not stopped.is_set():
            try:
                found.put(item, timeout=0.5)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        error = None
        try:
            for batch in batches:
                if not put(batch):
                    return
        except Exception as raised:  # noqa: BLE001 - clients of stores raise what they like
            error = _Unread(raised)
        put(_End(error))

    threading.Thread(target=read, name="subband-read-ahead", daemon=True).start()
    try:
        while True:
            item = found.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
