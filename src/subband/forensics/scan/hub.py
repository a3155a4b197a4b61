"""Hugging Face data sets as units: ranges of rows of a table, shards of a stream."""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from subband.data.hub import HubSplit, open_cell, open_split
from subband.forensics.scan.units import Unit

ROWS = 16
"""Range units are so many times as long as other units, since each opens the data set."""


def hub_units(source: str, per_unit: int) -> Iterator[Unit]:
    """The units of "hf:NAME[:SPLIT]".

    Raises:
        MissingDependency, DataError: see `subband.data.hub.open_split`.
    """
    found = open_split(source.removeprefix("hf:"))
    path = os.path.abspath(found.path) if os.path.isdir(found.path) else found.path
    place, shown = f"{path}:{found.split}", f"hf:{found.path}:{found.split}"
    if found.streamed:
        count = int(found.rows.num_shards)
        for shard in range(count):
            yield Unit("stream", place, shown, start=shard, stop=count, stamp=str(count))
        return
    count = len(found.rows)
    for start in range(0, count, ROWS * per_unit):
        yield Unit(
            "hub", place, shown, start=start, stop=min(start + ROWS * per_unit, count), stamp=str(count)
        )


def rows_of(unit: Unit, wanted: Callable[[int], bool]) -> Iterator[tuple[int, str, Any]]:
    """(number in the unit, name, cell of the image; None if not wanted) of each row of a unit."""
    found = _opened(unit.place)
    if unit.kind == "hub":
        for k, row in enumerate(range(unit.start, unit.stop or 0)):
            yield k, f"{unit.shown}[{row}]", found.rows[row][found.image] if wanted(k) else None
        return
    shards = unit.stop or 1
    for k, row in enumerate(found.rows.shard(num_shards=shards, index=unit.start)):
        yield k, f"{unit.shown}/{unit.start}-of-{shards}[{k}]", row[found.image]


def content(cell: dict[str, Any] | None, most: int) -> bytes:
    """The file of an image in a row; of one with more than `most` bytes that many, and one more.

    Raises:
        OSError: there is none, or it can't be read.
    """
    with open_cell(None if cell is None else cell["bytes"] or cell["path"]) as file:
        return file.read(most + 1)


@lru_cache(maxsize=4)
def _opened(place: str) -> HubSplit:
    return open_split(place)
