"""What is finished stays finished, and what is not of this scan is left alone."""

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from scanning import PLAIN, contents, png, scanned, table, tar

import subband.forensics.scan.work as work
from subband.errors import DataError, OutputError
from subband.forensics.scan import reading, scan
from subband.forensics.scan.ledger import Ledger
from subband.forensics.scan.units import Unit, extended, from_line, to_line
from subband.forensics.scan.work import Done, Part, parts_of


def test_a_second_run_has_nothing_to_do(folder, tmp_path, model):
    first = scanned([folder], tmp_path / "out", model)
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.parquet")}
    found = scan([folder], tmp_path / "out", model, PLAIN)
    assert (found.new, found.images) == (0, 30)
    assert table(tmp_path / "out") == first
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.parquet")} == files


def test_images_that_came_later_are_added(folder, tmp_path, model):
    scanned([folder], tmp_path / "out", model)
    (folder / "a" / "0-first.png").write_bytes(png(100))
    (folder / "later").mkdir()
    (folder / "later" / "x.png").write_bytes(png(101))
    tar(folder / "later" / "more.tar", [("y.png", png(102))])
    found = scan([folder], tmp_path / "out", model, PLAIN)
    assert (found.new, found.images) == (3, 33)
    assert len({row["uri"] for row in table(tmp_path / "out")}) == 33


def test_an_archive_that_changed_is_refused(tmp_path, model):
    place = tar(tmp_path / "shard.tar", [(f"{k}.png", png(k)) for k in range(12)])
    before = scanned([place], tmp_path / "out", model)
    tar(place, [(f"{k}.png", png(k)) for k in range(40)])
    with pytest.raises(DataError, match="has changed since it was scanned"):
        scan([place], tmp_path / "out", model, PLAIN)
    assert table(tmp_path / "out") == before
    assert len(scanned([place], tmp_path / "out", model, overwrite=True)) == 40


def test_each_part_that_is_lost_is_made_again(tmp_path, model):
    (tmp_path / "shards").mkdir()
    tar(tmp_path / "shards" / "one.tar", [(f"{k}.png", png(k)) for k in range(30)])
    whole = scanned([tmp_path / "shards"], tmp_path / "out", model)
    assert len({row["unit"] for row in whole}) == 1
    for path in sorted((tmp_path / "out").glob("*.parquet")):
        content = path.read_bytes()
        path.unlink()
        found = scan([tmp_path / "shards"], tmp_path / "out", model, PLAIN)
        assert 0 < found.new <= 8
        assert path.read_bytes() == content
    assert table(tmp_path / "out") == whole


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17])
@pytest.mark.parametrize("done", [frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})])
def test_a_unit_ends_with_exactly_one_last_part(count, done, tmp_path):
    class Judge:
        def judge(self, files):
            return [work.Answer(error="none") for _ in files]

    place = tar(tmp_path / "shard.tar", [(f"{k}.png", png(k)) for k in range(count)])
    unit = Unit("tar", str(place), "shard.tar")
    complete = list(parts_of(unit, Done(), Judge(), 8, 1 << 20))
    assert [part.number for part in complete] == list(range(len(complete)))
    assert [part.last for part in complete] == [False] * (len(complete) - 1) + [True]
    assert sum(part.images for part in complete) == count
    finished = done & {part.number for part in complete}
    last = complete[-1].number if complete[-1].number in finished else None
    rest = list(parts_of(unit, Done(finished, last), Judge(), 8, 1 << 20))
    assert rest == [part for part in complete if part.number not in finished]


@pytest.mark.parametrize("change", ["detector", "threshold", "part", "sources"])
def test_another_scan_is_refused_unless_it_may_overwrite(change, folder, tmp_path, model):
    before = scanned([folder], tmp_path / "out", model)
    settings, sources = PLAIN, [folder]
    if change == "detector":
        (model / "config.json").write_text('{"other": 1}')
    elif change == "sources":
        sources = [folder / "a"]
    else:
        settings = replace(PLAIN, **{change: {"threshold": 0.9, "part": 5}[change]})
    with pytest.raises(OutputError, match="--overwrite") as caught:
        scan(sources, tmp_path / "out", model, settings)
    assert ("detector" if change == "detector" else change) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert table(tmp_path / "out") == before
    after = scanned(sources, tmp_path / "out", model, settings, overwrite=True)
    assert len(after) == (30 if change != "sources" else 11)


def test_a_folder_with_other_things_is_never_touched(folder, tmp_path, model):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=r"precious\.txt"):
            scan([folder], tmp_path / "out", model, PLAIN, overwrite=overwrite)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["precious.txt"]


def test_overwriting_leaves_what_is_not_of_the_scan(folder, tmp_path, model):
    scanned([folder], tmp_path / "out", model)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    scan([folder / "a"], tmp_path / "out", model, PLAIN, overwrite=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_a_file_in_place_of_the_folder_is_an_error(folder, tmp_path, model):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="not a folder"):
        scan([folder], tmp_path / "out", model, PLAIN)
    assert (tmp_path / "out").read_text() == "mine"


def test_two_scans_into_one_folder_are_refused(folder, tmp_path, model):
    before = scanned([folder], tmp_path / "out", model)
    manifest = json.loads((tmp_path / "out" / "_scan" / "manifest.json").read_text())
    manifest.pop("format")
    with (
        Ledger(tmp_path / "out", manifest),
        pytest.raises(OutputError, match="another scan writes into"),
    ):
        scan([folder], tmp_path / "out", model, PLAIN)
    assert scan([folder], tmp_path / "out", model, PLAIN).images == len(before)


def test_a_full_disk_stops_the_scan_and_the_rest_comes_later(folder, tmp_path, model, monkeypatch):
    whole = scanned([folder], tmp_path / "whole", model)
    written = []
    real = os.replace

    def replaced(source, target):
        if str(target).endswith(".parquet"):
            written.append(target)
            if len(written) == 3:
                raise OSError(28, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(os, "replace", replaced)
    with pytest.raises(OutputError, match="the disk is full"):
        scan([folder], tmp_path / "out", model, PLAIN)
    monkeypatch.undo()
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 2
    assert not list((tmp_path / "out").glob(".*partial"))
    scanned([folder], tmp_path / "out", model)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert len(table(tmp_path / "out")) == len(whole)


def test_what_a_killed_process_left_half_written_is_removed(folder, tmp_path, model):
    scanned([folder], tmp_path / "out", model)
    stale = tmp_path / "out" / ".part-0123456789abcdef-00000.parquet.999999999.partial"
    stale.write_bytes(b"half")
    scanned([folder], tmp_path / "out", model)
    assert not stale.exists()


def test_a_part_is_written_once(tmp_path):
    with Ledger(tmp_path / "out", {"sources": []}) as ledger:
        part = Part("0123456789abcdef", 0, True, table=b"first")
        assert ledger.write(part)
        assert not ledger.write(replace(part, table=b"second"))
    (path,) = (tmp_path / "out").glob("*.parquet")
    assert path.read_bytes() == b"first"


def test_a_plan_keeps_its_units_and_every_byte_of_their_names():
    names = tuple(f"{k}\udce9\n.png" for k in range(5))
    unit = Unit("files", "/photos", "photos", names, bytes=50)
    assert from_line(to_line(unit)) == unit
    assert "\n" not in to_line(unit)
    plan, changed = extended([unit], [replace(unit, names=(*names, "new.png"))], 2)
    assert (plan[0], [u.names for u in plan[1:]], changed) == (unit, [("new.png",)], [])
    assert extended(plan, plan, 2) == (plan, [])


def test_a_source_that_cannot_be_read_is_tried_again_by_the_next_run(tmp_path, model, monkeypatch):
    (tmp_path / "shards").mkdir()
    place = tar(tmp_path / "shards" / "one.tar", [(f"{k}.png", png(k)) for k in range(20)])

    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 12_000:
                raise OSError(110, "Connection timed out")
            return super().read(size)

    monkeypatch.setattr(reading, "open_place", lambda place: Broken(Path(place).read_bytes()))
    found = scan([place.parent], tmp_path / "out", model, PLAIN)
    assert found.failures == (f"{place}: Connection timed out",)
    assert 0 < found.images < 20
    monkeypatch.undo()
    found = scan([place.parent], tmp_path / "out", model, PLAIN)
    assert (found.failures, found.images) == ((), 20)
    assert len(table(tmp_path / "out")) == 20


def test_objects_that_a_connection_withholds_are_tried_again(folder, tmp_path, model, monkeypatch):
    """Nothing is said of an image because of the network; of one that is gone its row says so."""
    pytest.importorskip("fsspec")
    real = reading.open_place

    def withheld(place):
        if place.endswith("a/03.png"):
            raise ConnectionResetError(104, "Connection reset by peer")
        return real(place)

    monkeypatch.setattr(reading, "open_place", withheld)
    found = scan([f"file://{folder}"], tmp_path / "out", model, PLAIN)
    assert len(found.failures) == 1
    assert "Connection reset" in found.failures[0]
    assert found.images == 22
    monkeypatch.undo()
    (folder / "a" / "06.png").unlink()
    found = scan([f"file://{folder}"], tmp_path / "out", model, PLAIN)
    assert (found.failures, found.images) == ((), 30)
    (gone,) = [row for row in table(tmp_path / "out") if row["uri"].endswith("a/06.png")]
    assert "No such file" in gone["error"]
