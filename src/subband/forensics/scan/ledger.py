"""The folder that a scan writes: parts of the table, and what is needed to go on after a stop.

    part-UNIT-00000.parquet, …, part-UNIT-00007-last.parquet     finished parts; their names are the record of them
    _scan/manifest.json     what is scanned, by which detector, with which settings
    _scan/plan.jsonl        the units, one a line
    _scan/lock              held by the process that writes

A part exists under its name only when it is complete, and one process writes at a time, so each image is in the
table exactly once. Names that begin with "_" are no data to readers of Parquet folders.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from subband.errors import OutputError
from subband.forensics.scan.units import Unit, from_line, to_line
from subband.forensics.scan.work import Done, Part
from subband.runs.files import check_folder, remove_partial, write_bytes, write_json
from subband.runs.lines import typed
from subband.runs.names import printable

FORMAT = 1
_PART = re.compile(r"part-([0-9a-f]{16})-(\d{5,})(-last)?\.parquet")


class Ledger:
    """The folder of one scan, locked for this process as long as it is open."""

    def __init__(self, folder: Path, manifest: dict[str, Any], *, overwrite: bool = False):
        """Open or create the folder.

        Args:
            folder: missing, empty, or of a scan with the same manifest.
            manifest: JSON values; what must not change between runs.
            overwrite: whether to begin anew in a folder of another scan.

        Raises:
            OutputError: it can't be written, holds other things, belongs to another scan, or is in use.
        """
        self.folder, self.own = folder, folder / "_scan"
        self._manifest = {"format": FORMAT, **manifest}
        check_folder(folder, "choose another --out")
        self._refuse_foreign()
        self._lock = self._locked()
        try:
            if overwrite:
                self._clear()
            self._compare()
            write_json(self.own / "manifest.json", self._manifest)
            remove_partial(folder)
        except BaseException:
            self.close()
            raise
        self._done: dict[str, set[int]] = defaultdict(set)
        self._last: dict[str, int] = {}
        for name in os.listdir(folder):
            if found := _PART.fullmatch(name):
                self._note(found[1], int(found[2]), found[3] is not None)

    @property
    def plan(self) -> list[Unit]:
        """The units of earlier runs."""
        path = self.own / "plan.jsonl"
        if not path.is_file():
            return []
        return [from_line(line) for line in path.read_text("ascii").splitlines()]

    @plan.setter
    def plan(self, units: Sequence[Unit]) -> None:
        write_bytes(self.own / "plan.jsonl", "".join(f"{to_line(unit)}\n" for unit in units).encode("ascii"))

    def done(self, unit: Unit) -> Done:
        """The finished parts of a unit."""
        return Done(frozenset(self._done[unit.key]), self._last.get(unit.key))

    def write(self, part: Part) -> bool:
        """Write a finished part; False if it was there already.

        Raises:
            OutputError: it can't be written, e.g. the disk is full.
        """
        if part.number in self._done[part.unit]:
            return False
        name = f"part-{part.unit}-{part.number:05d}{'-last' * part.last}.parquet"
        write_bytes(self.folder / name, part.table, clean=False)
        self._note(part.unit, part.number, part.last)
        return True

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _note(self, unit: str, number: int, last: bool) -> None:
        self._done[unit].add(number)
        if last:
            self._last[unit] = number

    def _refuse_foreign(self) -> None:
        if not self.folder.is_dir() or self.own.is_dir():
            return
        if other := next(iter(sorted(os.listdir(self.folder))), None):
            raise OutputError(
                f"{printable(self.folder)} holds other files ({printable(other)}) and no scan; choose another --out"
            )

    def _locked(self) -> IO[str]:
        try:
            self.own.mkdir(parents=True, exist_ok=True)
            lock = open(self.own / "lock", "a", encoding="ascii")  # noqa: SIM115 - held until `close`
        except OSError as error:
            raise OutputError(f"can't write into {printable(self.folder)}: {error.strerror}") from error
        try:
            import fcntl
        except ImportError:  # no such locks on this system
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise OutputError(
                f"another scan writes into {printable(self.folder)} now; wait for it, or choose another --out"
            ) from error
        return lock

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if _PART.fullmatch(path.name):
                path.unlink()
        for name in ("manifest.json", "plan.jsonl", "summary.json"):
            (self.own / name).unlink(missing_ok=True)

    def _compare(self) -> None:
        path = self.own / "manifest.json"
        if not path.is_file():
            return
        try:
            before = json.loads(path.read_text("utf-8"))
        except (ValueError, OSError) as error:
            raise OutputError(
                f"{printable(path)} can't be read ({error}); begin anew with --overwrite, or choose another --out"
            ) from error
        ours = json.loads(json.dumps(self._manifest))
        for key in {**ours, **before}:
            if _essence(before.get(key)) != _essence(ours.get(key)):
                then, now = _words(key, before.get(key)), _words(key, ours.get(key))
                raise OutputError(
                    f"{printable(self.folder)} holds a scan with {then}, not {now}; go on with the same words as "
                    "then, choose another --out, or begin anew with --overwrite"
                )


def _essence(value: Any) -> Any:
    """What must be the same: of a detector its files, wherever they lie."""
    return value.get("sha256", value) if isinstance(value, dict) else value


def _words(key: str, value: Any) -> str:
    if key == "sources":
        return "the sources " + " ".join(typed(source) for source in value or [])
    if key == "detector" and isinstance(value, dict):
        return f"the detector {printable(str(value.get('name')))} ({str(value.get('sha256'))[:12]})"
    if key == "settings" and isinstance(value, dict):
        return "the settings " + ", ".join(f"{name} {value[name]}" for name in sorted(value))
    return f"{key} {value}"
