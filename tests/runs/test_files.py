"""Files and folders appear whole or not at all, and nothing that was there is lost."""

import errno
import json
import os
import subprocess
import sys

import pytest

from subband.errors import OutputError
from subband.runs.files import check_folder, replacing, replacing_folder, settle, write_bytes, write_json


def everything(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_content_arrives_and_replaces(tmp_path):
    write_bytes(tmp_path / "a" / "b" / "x", b"one")
    write_bytes(tmp_path / "a" / "b" / "x", b"two")
    write_json(tmp_path / "y.json", {"é": 1})
    assert everything(tmp_path) == {"a/b/x": "two", "y.json": '{\n  "é": 1\n}\n'}
    assert json.loads((tmp_path / "y.json").read_text()) == {"é": 1}


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("replace"), replace(*names)))
    write_bytes(tmp_path / "x", b"1")
    assert order == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk_is_one_line_and_leaves_the_old_file(name, tmp_path, monkeypatch):
    write_bytes(tmp_path / "x", b"old")
    monkeypatch.setattr(os, name, full)
    with pytest.raises(OutputError, match=r"can't write .*x: the disk is full; free some space"):
        write_bytes(tmp_path / "x", b"new")
    assert everything(tmp_path) == {"x": "old"}


def test_a_device_that_is_full(tmp_path):
    def write():
        with replacing(tmp_path / "x") as partial:
            os.symlink("/dev/full", partial)
            partial.write_text("1")

    with pytest.raises(OutputError, match="the disk is full"):
        write()
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_whatever_ends_the_writing_leaves_nothing_half_written(error, tmp_path):
    def write(context, name):
        with context as partial:
            (partial / name).write_text("ne")
            raise error

    write_bytes(tmp_path / "x", b"old")
    with pytest.raises(error):
        write(replacing(tmp_path / "x"), "")
    with pytest.raises(error):
        write(replacing_folder(tmp_path / "y"), "1")
    assert everything(tmp_path) == {"x": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_process_left_is_removed_and_what_a_running_one_writes_is_not(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from subband.runs.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as partial:\n"
        "    partial.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "x")], check=False)
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1
    assert left[0].endswith(".partial")
    (tmp_path / f".x.{os.getppid()}.partial").write_text("of a running process")
    (tmp_path / ".x.notes.partial").write_text("of nobody here")
    write_bytes(tmp_path / "x", b"new")
    assert everything(tmp_path) == {
        "x": "new",
        f".x.{os.getppid()}.partial": "of a running process",
        ".x.notes.partial": "of nobody here",
    }


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "deep" / "er"):
        with pytest.raises(OutputError, match=r"file is a file, not a folder; choose another --out"):
            check_folder(place, "choose another --out")
        with pytest.raises(OutputError, match="file is a file, not a folder"):
            write_bytes(place / "x", b"1")
    check_folder(tmp_path / "new" / "er")
    with pytest.raises(OutputError, match="is a folder"):
        write_bytes(tmp_path, b"1")
    assert everything(tmp_path) == {"file": "mine"}


def test_folders_take_empty_places_and_others_only_when_told(tmp_path):
    (tmp_path / "out").mkdir()
    with replacing_folder(tmp_path / "out") as folder:
        (folder / "1").write_text("first")
    with pytest.raises(OutputError, match="it is complete in"), replacing_folder(tmp_path / "out") as folder:
        (folder / "1").write_text("second")
    assert everything(tmp_path) == {"out/1": "first", f".out.{os.getpid()}.partial/1": "second"}
    with replacing_folder(tmp_path / "out", overwrite=True) as folder:
        (folder / "2").write_text("third")
    assert everything(tmp_path) == {"out/2": "third"}


@pytest.mark.parametrize("renamed", [False, True], ids=["before", "after"])
def test_a_replacement_that_was_killed_is_completed_by_the_next(renamed, tmp_path):
    """Killed between the two renames, or before the earlier folder was removed."""
    target, aside, partial = (tmp_path / name for name in ("runs", ".runs.replaced", ".runs.partial"))
    for folder in (aside, partial, *([target] if renamed else [])):
        folder.mkdir()
        (folder / "made by").write_text(folder.name)
    settle(partial, target, overwrite=True)
    assert (target / "made by").read_text() == ".runs.partial"
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
