"""The pieces of a source that are scanned one by one, and their list, the plan.

A unit is read by one worker from beginning to end, always in the same order, so that number k of a unit is the same
image in each run. Its images are answered in parts of equal length: part j has the images j·n … (j+1)·n − 1.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["files", "tar", "zip", "hub", "stream"]


@dataclass(frozen=True)
class Unit:
    """A piece of a source.

    Attributes:
        kind: files of one folder or prefix, a tar file, members of a zip file, rows of a Hugging
            Face data set ("hub"), or a shard of one that is streamed.
        place: absolute path or URL of the folder or archive; "NAME:SPLIT" of a data set.
        shown: the place as the user typed it; the beginning of the names in the table.
        names: of the files, relative to the place; none for other kinds.
        start: first byte of a piece of a tar file, first member of a zip file, first row of a data set, number
            of the shard of a stream.
        stop: the one after the last, or how many shards the stream has; None for all.
        bytes: its size; 0 if unknown.
        stamp: size and time or tag of an archive when it was listed, by which a changed one is recognised.
    """

    kind: Kind
    place: str
    shown: str
    names: tuple[str, ...] = ()
    start: int = 0
    stop: int | None = None
    bytes: int = 0
    stamp: str = ""

    @property
    def key(self) -> str:
        """A short name, the same in each run: 16 hexadecimal digits."""
        what = json.dumps([self.kind, self.place, self.names, self.start, self.stop])
        return hashlib.blake2b(what.encode(), digest_size=8).hexdigest()

    @property
    def archive(self) -> tuple[str, str]:
        """What an archive or data set is known by among others."""
        return self.kind, self.place


def to_line(unit: Unit) -> str:
    """One line of JSON; bytes of names that are not UTF-8 are kept, as lone surrogates."""
    return json.dumps(asdict(unit))


def from_line(line: str) -> Unit:
    """What `to_line` wrote."""
    fields = json.loads(line)
    return Unit(**fields | {"names": tuple(fields["names"])})


def extended(plan: Sequence[Unit], found: Iterable[Unit], per_unit: int) -> tuple[list[Unit], list[Unit]]:
    """Add what is new to a plan.

    Args:
        plan: units of an earlier run.
        found: what the sources have now.
        per_unit: how many files make a unit.

    Returns:
        The plan, each unit and file of `found` in it once, in which nothing that was there has moved; and the
        archives of it that have changed since.
    """
    units = list(plan)
    stamps = {unit.archive: unit.stamp for unit in plan if unit.kind != "files"}
    files = {(unit.place, name) for unit in plan if unit.kind == "files" for name in unit.names}
    keys = {unit.key for unit in plan}
    changed: list[Unit] = []
    for unit in found:
        if unit.kind == "files":
            new = tuple(name for name in unit.names if (unit.place, name) not in files)
            files.update((unit.place, name) for name in new)
            units += _shortened(unit, new, per_unit)
        elif stamps.get(unit.archive, unit.stamp) != unit.stamp:
            changed.append(unit)
        elif unit.key not in keys:
            units.append(unit)
            keys.add(unit.key)
    return units, changed


def _shortened(unit: Unit, names: tuple[str, ...], per_unit: int) -> Iterator[Unit]:
    share = unit.bytes // max(len(unit.names), 1)
    for i in range(0, len(names), per_unit):
        some = names[i : i + per_unit]
        yield Unit("files", unit.place, unit.shown, some, bytes=share * len(some))
