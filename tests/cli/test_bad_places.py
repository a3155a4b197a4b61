"""Every command × bad inputs and bad outputs: one line, a status that is not 0, and never a traceback."""

import errno
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from detecting import answers
from typer.testing import CliRunner

from subband.cli import app
from subband.experiments import EXPERIMENTS, Claim, Outcome

LATIN = os.fsdecode(b"caf\xe9\n")  # not UTF-8, and a new line


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def looped(place: Path) -> None:
    place.symlink_to(place)


def fifo(place: Path) -> None:
    os.mkfifo(place)


BAD_FILES: dict[str, Callable[[Path], object]] = {
    "missing": lambda place: None,
    "folder": lambda place: place.mkdir(),
    "empty": lambda place: place.write_bytes(b""),
    "text": lambda place: place.write_bytes(b"no image\n"),
    "huge": lambda place: place.write_bytes(png(2**31 - 1, 2**31 - 1)),
    "linked to nothing": lambda place: place.symlink_to("nowhere"),
    "linked to itself": looped,
    "FIFO": fifo,
    "device": lambda place: place.symlink_to("/dev/zero"),
    "unreadable": lambda place: place.symlink_to("/proc/self/mem"),
}


def folder_of(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def make_folder(place: Path) -> None:
        place.mkdir()
        make(place / f"{LATIN}.png")

    return make_folder


def mixed(place: Path) -> None:
    place.mkdir()
    for k, make in enumerate(BAD_FILES.values()):
        make(place / f"{k}.png")


BAD_FOLDERS: dict[str, Callable[[Path], object]] = {
    "missing": lambda place: None,
    "empty": lambda place: place.mkdir(),
    "file": lambda place: place.write_bytes(b"no folder"),
    "linked to itself": looped,
    "FIFO": fifo,
    "mixed": mixed,
    **{f"of {name}": folder_of(make) for name, make in BAD_FILES.items() if name != "missing"},
}

BAD_OUTPUTS: dict[str, Callable[[Path], Path]] = {
    "a file": lambda place: (place.write_bytes(b""), place)[1],
    "below a file": lambda place: (place.write_bytes(b""), place)[1] / "below",
    "a name that is too long": lambda place: place / ("x" * 300),
    "linked to itself": lambda place: (looped(place), place)[1],
}


def invoke(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def check(result, status: int = 2) -> str:
    """One line on stderr that a terminal can show; return it."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert result.exit_code == status, result.output
    said = [line for line in result.stderr.split("\n") if line.startswith("subband: ")]
    assert len(said) == 1, result.stderr
    assert said[0].isprintable()
    return said[0]


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Where the bad thing will be, in a work folder of its own; its name is not UTF-8."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / LATIN


@pytest.fixture
def full_disk(monkeypatch):
    """No byte can be written any more."""

    def full(*arguments, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(Path, "write_bytes", full)


class _Runs(list):
    """How often something ran, and what else is to happen then."""

    when_run: Callable[[], object] = staticmethod(lambda: None)


@pytest.fixture
def quick_claim(monkeypatch) -> _Runs:
    """A claim called "quick" that takes no time; the list has an entry for each run of it."""
    runs = _Runs()

    def run(seconds, watcher):
        runs.append(1)
        runs.when_run()
        return Outcome({"accuracy": 0.75}, {}, b"a figure", {}, 0, {})

    monkeypatch.setitem(
        EXPERIMENTS, "quick", Claim("quick", "It works.", "A paper.", "–", "None.", 60.0, run)
    )
    return runs


@pytest.mark.parametrize("bad", BAD_FILES)
def test_detect_names_a_bad_file_and_judges_the_others(folder, bad):
    (folder / "bad").mkdir()
    place = folder / "bad" / f"{LATIN}.png"
    BAD_FILES[bad](place)
    result = invoke("detect", "a.png", place, "b.png")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert list(answers(result)) == ["a.png", "b.png"]
    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith(f"{folder}/bad/caf\\xe9\\n.png: ")
    assert complaint.isprintable()


@pytest.mark.parametrize("bad", [name for name in BAD_FOLDERS if name != "mixed"])
def test_detect_says_that_a_bad_model_is_no_detector(folder, bad):
    place = folder / LATIN
    BAD_FOLDERS[bad](place)
    check(invoke("detect", "a.png", "--model", place))


@pytest.mark.parametrize("bad", ["a file", "below a file", "linked to itself"])
def test_detect_says_at_once_where_it_cannot_draw(folder, bad):
    result = invoke("detect", "a.png", "--explain", BAD_OUTPUTS[bad](folder / LATIN) / "why.png")
    assert "--explain" in check(result)
    assert result.stdout == ""


def test_detect_judges_all_images_on_a_full_disk(folder, full_disk):
    result = invoke("detect", "a.png", "b.png", "--explain", "why.svg")
    assert result.exit_code == 2
    assert list(answers(result)) == ["a.png", "b.png"]
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == ["a.png", "b.png"]
    assert "the disk is full" in result.stderr
    assert {path.name for path in folder.iterdir()} == {"a.png", "b.png", "broken.png", "runs"}


@pytest.mark.parametrize("bad", BAD_FOLDERS)
def test_the_lab_says_what_is_wrong_with_its_photographs(place, bad):
    BAD_FOLDERS[bad](place)
    check(invoke("lab", "--real", place, "--out", "runs"))
    assert list(Path("runs").iterdir()) == []


@pytest.mark.parametrize("bad", BAD_OUTPUTS)
def test_the_lab_says_at_once_where_it_cannot_write(place, bad, monkeypatch):
    monkeypatch.setattr("subband.lab.run.delivered", None)  # nothing is read before
    assert "--out" in check(invoke("lab", "--out", BAD_OUTPUTS[bad](place)))


def test_the_lab_says_at_once_that_the_disk_is_full(place, full_disk, monkeypatch):
    monkeypatch.setattr("subband.lab.run.delivered", None)
    assert "the disk is full" in check(invoke("lab"))
    assert list(Path("runs").iterdir()) == []


@pytest.mark.parametrize("bad", BAD_OUTPUTS)
def test_reproduce_says_at_once_where_it_cannot_write(place, bad, quick_claim):
    check(invoke("reproduce", "quick", "--results", BAD_OUTPUTS[bad](place)))
    assert quick_claim == []


def test_reproduce_says_at_once_that_the_disk_is_full(place, full_disk, quick_claim):
    assert "the disk is full" in check(invoke("reproduce", "quick"))
    assert quick_claim == []


def test_reproduce_tells_a_result_that_it_cannot_write(place, request, quick_claim):
    quick_claim.when_run = lambda: request.getfixturevalue("full_disk")
    said = check(invoke("reproduce", "quick"))
    assert "the disk is full" in said
    assert '"ours": {"accuracy": 0.75}' in said


def test_the_table_of_claims_says_which_result_is_damaged(place, quick_claim):
    Path("results").mkdir()
    Path("results/quick.json").write_text("{")
    result = invoke("reproduce", "--list")
    assert result.exit_code == 0
    assert "results/quick.json can't be read: run it again" in result.stdout


def test_a_full_disk_behind_the_output_is_one_line(folder, monkeypatch):
    def full(*arguments, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("subband.cli.detect.typer.echo", full)
    assert "free some space" in check(invoke("detect", "a.png"))


@pytest.mark.parametrize("bad", ["missing", "empty", "file", "mixed"])
def test_training_says_what_is_wrong_with_its_images(place, bad):
    BAD_FOLDERS[bad](place)
    check(invoke("train", "vae", "--size", "16", "--steps", "1", "--data", place, "--out", "out"))
    assert not Path("out").exists()


@pytest.mark.parametrize("bad", ["missing", "empty", "file", "FIFO", "of text"])
@pytest.mark.parametrize("command", [("sample",), ("evaluate", "--data", "photos")])
def test_a_place_without_a_generator_is_named(place, bad, command):
    BAD_FOLDERS[bad](place)
    check(invoke(command[0], place, *command[1:]))
