"""A run appears whole or not at all, and never at the cost of an earlier one."""

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
