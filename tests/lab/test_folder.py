"""A run appears whole or not at all, and never at the cost of an earlier one."""

import errno
import os

import pytest

from subband.errors import OutputError
from subband.lab.folder import MARK, run_folder


def write(out, name=None, text="new", **options):
    with run_folder(out, name, **options) as run:
        (run.partial / MARK).write_text(text)
    return run.final


def everything(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_names_are_derived_one_after_the_other(tmp_path):
    assert [write(tmp_path / "runs").name for _ in range(3)] == ["lab-1", "lab-2", "lab-3"]


def test_nothing_is_visible_before_the_end(tmp_path):
    with run_folder(tmp_path, "mine") as run:
        (run.partial / MARK).write_text("x")
        assert not (tmp_path / "mine").exists()
        assert run.partial == tmp_path / ".mine.partial"
    assert everything(tmp_path) == {f"mine/{MARK}": "x"}


def test_an_existing_run_is_kept_unless_overwriting_is_asked_for(tmp_path):
    write(tmp_path, "mine", "old")
    with pytest.raises(OutputError, match=r"--name.*--overwrite"):
        write(tmp_path, "mine")
    assert everything(tmp_path) == {f"mine/{MARK}": "old"}
    write(tmp_path, "mine", overwrite=True)
    assert everything(tmp_path) == {f"mine/{MARK}": "new"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_halfway_leaves_everything_as_it_was(tmp_path, error):
    write(tmp_path, "mine", "old")

    def fail():
        with run_folder(tmp_path, "mine", overwrite=True) as run:
            (run.partial / "half").write_text("x")
            raise error

    with pytest.raises(error):
        fail()
    assert everything(tmp_path) == {f"mine/{MARK}": "old"}


def test_a_failing_last_step_brings_the_earlier_run_back(tmp_path, monkeypatch):
    write(tmp_path, "mine", "old")
    rename = type(tmp_path).rename

    def broken(self, target):
        if self.name.endswith(".partial"):
            raise OSError("disk on fire")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", broken)
    with pytest.raises(OutputError, match="disk on fire"):
        write(tmp_path, "mine", overwrite=True)
    assert everything(tmp_path) == {f"mine/{MARK}": "old", f".mine.partial/{MARK}": "new"}


def test_a_folder_that_is_no_run_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    with pytest.raises(OutputError, match="not a run of the lab"):
        write(tmp_path, "mine", overwrite=True)
    assert everything(tmp_path) == {"mine/thesis.tex": "years"}


def test_two_runs_of_one_name_at_a_time_keep_both(tmp_path):

    def write_slowly():
        with run_folder(tmp_path, "mine") as first:
            (first.partial / MARK).write_text("slow")
            write(tmp_path, "mine", "quick")

    with pytest.raises(OutputError, match=r"it is complete in .*\.mine\.partial"):
        write_slowly()
    assert everything(tmp_path) == {f"mine/{MARK}": "quick", f".mine.partial/{MARK}": "slow"}


def test_a_derived_name_passes_over_a_run_that_is_being_written(tmp_path):
    with run_folder(tmp_path, None) as first:
        (first.partial / MARK).write_text("slow")
        assert write(tmp_path).name == "lab-2"
    assert first.final.name == "lab-1"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another --out"):
        write(tmp_path / "file", "mine")
    with pytest.raises(OutputError, match="choose another --out"):
        write(tmp_path / "file" / "below", "mine")


def test_what_a_failed_run_finished_is_kept_and_the_rest_is_not(tmp_path):
    write(tmp_path, "mine", "old")

    def fail():
        with run_folder(tmp_path, "mine", overwrite=True) as run:
            for place in ("detector", "generators/gan", "generators/vae", "figures"):
                (run.partial / place).mkdir(parents=True)
                (run.partial / place / "part").write_text("x")
            run.finished += ["generators/gan", "detector"]
            raise OutputError("can't write the report")

    for kept in ("mine.unfinished", "mine.unfinished-2"):
        with pytest.raises(OutputError) as caught:
            fail()
        (note,) = caught.value.__notes__
        assert f"are kept in {tmp_path / kept}" in note
        assert f"subband detect IMAGE --model {tmp_path / kept}" in note
        assert f"subband sample {tmp_path / kept}/generators/gan" in note
    parts = {
        f"{kept}/{part}": "x"
        for kept in ("mine.unfinished", "mine.unfinished-2")
        for part in ("detector/part", "generators/gan/part")
    }
    assert everything(tmp_path) == {f"mine/{MARK}": "old"} | parts


def test_a_full_disk_is_said_before_the_work(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full; free some space"):
        write(tmp_path, "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [b"runs\xe9", b"a\nb", b"x" * 300])
def test_the_name_of_a_place_is_one_line_in_messages(tmp_path, name):
    place = tmp_path / os.fsdecode(name)
    if len(name) < 256:
        place.write_text("")
    with pytest.raises(OutputError) as caught:
        write(place, "mine")
    assert str(caught.value).isprintable()
    assert "choose another --out" in str(caught.value)
