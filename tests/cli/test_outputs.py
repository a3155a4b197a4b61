"""Where train, sample and evaluate write: full disks, files in the way, older files, signals."""

import errno
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_runs_in_folders import ended_at
from trained import QUICK, blobs, everything, failed, invoke, said

from subband.cli.pictures import FORMATS
from subband.errors import SubbandWarning
from subband.generate import load_generator
from subband.training import Report, TensorBoard

JUDGE = ("--judge-data", "DATA:test", "--judge-steps", 1, "--count", 50, "--importance-samples", 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return blobs(tmp_path_factory.mktemp("data") / "blobs.npz")


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "vae"
    result = invoke("train", "vae", "--data", data, "--steps", 1, *QUICK, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(autouse=True)
def small_sheets(monkeypatch):
    monkeypatch.setattr("subband.cli.train._SHEET", 4)


def evaluation(run, data, *more):
    return ("evaluate", run, "--data", data, *(str(word).replace("DATA", str(data)) for word in JUDGE), *more)


def full_at(name, monkeypatch):
    """A disk that is full when files or folders are to get a name that ends like this."""
    replace, rename = os.replace, Path.rename

    def refuse(target):
        if str(target).endswith(name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", lambda source, target: (refuse(target), replace(source, target))[1])
    monkeypatch.setattr(
        Path,
        "rename",
        lambda self, target: (
            refuse(target if self.name.endswith(".partial") else ""),
            rename(self, target),
        )[1],
    )


@pytest.mark.parametrize(
    "name",
    [
        "training.safetensors",
        "x/model.safetensors",
        "x/config.json",
        "width-0.2000/model.safetensors",
        "snapshots/step-0000001-width-0.1000/model.safetensors",
        "step-0000001.png",
        "reconstructions-0000001.png",
    ],
)
def test_a_full_disk_while_training_is_one_line(name, data, tmp_path, monkeypatch):
    words = ("train", "vae", "--data", data, "--steps", 1, *QUICK, "--profiles", "0.2", "--snapshots", 1)
    full_at(name, monkeypatch)
    assert failed(
        invoke(*words, "--out", tmp_path / "x"), "the disk is full; free some space", name.split("/")[-1]
    )
    assert not list(tmp_path.rglob(".*.partial"))
    monkeypatch.undo()
    assert invoke(*words, "--out", tmp_path / "x").exit_code == 0


def test_overwriting_on_a_full_disk_loses_nothing(run, data, monkeypatch):
    before = everything(run)
    full_at("training.safetensors", monkeypatch)
    words = ("train", "vae", "--data", data, "--steps", 3, *QUICK, "--out", run, "--overwrite")
    assert failed(invoke(*words), "the disk is full")
    monkeypatch.undo()
    assert everything(run) == before


@pytest.mark.parametrize("name", ["evaluation.json", "evaluation.png", "judge/model.safetensors"])
def test_a_full_disk_while_evaluating_is_one_line(name, run, data, tmp_path, monkeypatch):
    full_at(name, monkeypatch)
    words = evaluation(run, data, "--out", tmp_path / "e", "--judge", tmp_path / "judge")
    assert failed(invoke(*words), "the disk is full", name.split("/")[-1])
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "folder"])
def test_a_full_disk_while_sampling_is_one_line_and_the_older_images_stay(name, run, tmp_path, monkeypatch):
    words = ("sample", run, "--count", 2, "--out", tmp_path / name)
    assert invoke(*words).exit_code == 0
    before = everything(tmp_path)
    full_at(name, monkeypatch)
    assert failed(
        invoke(*words, "--overwrite", "--seed", 1), "No space left" if name == "folder" else "disk is full"
    )
    now = everything(tmp_path)
    assert {place: now[place] for place in before} == before


def test_a_log_that_cannot_be_written_is_a_warning_and_the_training_goes_on(tmp_path):
    (tmp_path / "log").write_text("a file")
    board = TensorBoard(tmp_path / "log", every=1)
    with pytest.warns(SubbandWarning, match="no log from here on: can't write into .*log"):
        board(Report(1, 3, {"main/loss": 1.0}, 1.0, 1.0))
    board(Report(2, 3, {"main/loss": 1.0}, 1.0, 1.0))
    board.image(2, "samples", np.zeros((4, 4, 3), np.uint8))
    board.close()


@pytest.mark.filterwarnings("default::subband.errors.SubbandWarning")
def test_a_log_in_the_way_leaves_a_model_and_one_line(data, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "log").write_text("a file")
    result = invoke("train", "vae", "--data", data, "--steps", 2, *QUICK, "--out", tmp_path / "x")
    assert result.exit_code == 0, result.output
    assert said(result).count("no log from here on") == 1
    assert load_generator(tmp_path / "x").family == "vae"


def test_a_file_in_the_way_is_found_before_anything_is_read(run, data, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("subband.data.read_examples", lambda *_, **__: pytest.fail("data were read"))
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        train = ("train", "vae", "--data", data, "--steps", 1, "--out", place)
        for words in (train, evaluation(run, data, "--out", place), ("sample", run, "--out", place)):
            assert failed(invoke(*words), "file is a file, not a folder; choose another --out")
        assert failed(invoke(*evaluation(run, data, "--judge", place)), "choose another --judge")
        assert failed(invoke("sample", run, "--out", place / "a.png"), "choose another --out")
    assert everything(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("suffix", [*FORMATS, ".PNG"])
def test_a_sheet_has_the_format_of_its_suffix(suffix, run, tmp_path):
    assert invoke("sample", run, "--count", 3, "--out", tmp_path / f"s{suffix}").exit_code == 0
    sheet = Image.open(tmp_path / f"s{suffix}")
    assert sheet.format == FORMATS[suffix.lower()].upper()
    if suffix != ".png" and sheet.format != "JPEG":
        assert invoke("sample", run, "--count", 3, "--out", tmp_path / "s.png").exit_code == 0
        np.testing.assert_array_equal(
            np.asarray(sheet.convert("RGB")), np.asarray(Image.open(tmp_path / "s.png"))
        )


@pytest.mark.parametrize("name", ["s.tiff", "s.gif", "v1.2", "s.npz"])
def test_another_suffix_is_an_error_that_names_those_there_are(name, run, tmp_path):
    assert failed(invoke("sample", run, "--out", tmp_path / name), ".png, .jpg, .jpeg, .webp", "folder")
    assert not list(tmp_path.iterdir())


def test_a_folder_with_a_dot_that_is_there_is_a_folder(run, tmp_path):
    (tmp_path / "v1.2").mkdir()
    assert invoke("sample", run, "--count", 1, "--out", tmp_path / "v1.2").exit_code == 0
    assert list(everything(tmp_path)) == ["v1.2/00000.png"]


def test_older_images_are_neither_mixed_with_new_ones_nor_lost(run, tmp_path):
    place = tmp_path / "drawn"
    assert invoke("sample", run, "--count", 3, "--out", place).exit_code == 0
    before = everything(place)
    assert failed(
        invoke("sample", run, "--count", 2, "--out", place), "holds 3 images", "replace them with --overwrite"
    )
    assert everything(place) == before
    assert invoke("sample", run, "--count", 2, "--seed", 1, "--out", place, "--overwrite").exit_code == 0
    after = everything(place)
    assert sorted(after) == ["00000.png", "00001.png"]
    assert all(after[name] != before[name] for name in after)
    (place / "cat.png").write_bytes(b"mine")
    assert failed(invoke("sample", run, "--out", place, "--overwrite"), "holds cat.png")
    assert (place / "cat.png").read_bytes() == b"mine"


def test_an_older_sheet_is_replaced_only_where_it_is_our_own_or_when_told(run, tmp_path):
    place = tmp_path / "s.png"
    place.write_bytes(b"mine")
    assert failed(invoke("sample", run, "--count", 1, "--out", place), "exists", "--overwrite")
    assert place.read_bytes() == b"mine"
    assert invoke("sample", run, "--count", 1, "--out", place, "--overwrite").exit_code == 0
    for _ in range(2):
        assert invoke("sample", run, "--count", 1).exit_code == 0
    assert Image.open(run / "samples.png").size == Image.open(place).size


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("train", "subband.data.read_examples"),
        ("train", "subband.generate.run_folder.Training"),
        ("train", "subband.generate.run_folder._export"),
        ("train", "subband.generate.trained.save_checkpoint"),
        ("sample", "subband.generate.trained.TrainedGenerator.sample"),
        ("sample", "subband.cli.pictures.encoded"),
        ("sheet", "os.fsync"),
        ("evaluate", "subband.data.read_examples"),
        ("evaluate", "subband.generate.judge._shifted"),
        ("evaluate", "subband.generate.trained.TrainedGenerator.sample"),
        ("evaluate", "subband.plots.png"),
    ],
)
def test_sigterm_leaves_nothing_half_written(command, place, run, data, tmp_path, monkeypatch):
    words = {
        "train": ("train", "vae", "--data", data, "--steps", 2, *QUICK, "--out", tmp_path / "x"),
        "sample": ("sample", run, "--count", 2, "--out", tmp_path / "x"),
        "sheet": ("sample", run, "--count", 2, "--out", tmp_path / "x.png"),
        "evaluate": evaluation(run, data, "--out", tmp_path / "x", "--judge", tmp_path / "judge"),
    }[command]
    ended_at(place, signal.SIGTERM, monkeypatch)
    result = invoke(*words)
    lines = [line for line in result.stderr.splitlines() if line.startswith("subband: ")]
    assert (result.exit_code, lines) == (
        143,
        ["subband: stopped; finished work is kept, and no file is incomplete"],
    ), result.output
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]
    if command != "train":
        assert not list(tmp_path.glob("x*"))
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    monkeypatch.undo()
    assert invoke(*words).exit_code == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--data", "SMALL"), "has 150 images, half of which train the judge: give 200 or more"),
        (("--data", "SMALL", "--judge-data", "FEW"), "give 16 or more for the judge"),
        (("--data", "FEW", "--judge-data", "SMALL"), "can't evaluate with 10 real images: 100 are the least"),
        (("--data", "gone"), "gone"),
        (("--data", "DATA", "--judge-data", "gone"), "gone"),
        (("--data", "DATA", "--count", "49"), "50 are the least"),
        (("--data", "DATA", "--seed", "-1"), "0 or more"),
        (("--data", "DATA", "--judge-steps", "0"), "1 or more"),
        (("--data", "DATA", "--average", "0.1"), "no snapshots"),
        (("--data", "DATA", "--judge", "RUN"), "holds 'vae', not 'judge'"),
        (("--data", "DATA", "--judge", "OTHER"), "the judge, of 8 px and 3 channels"),
        (("--data", "DATA", "--judge", "DATA"), "is a file"),
    ],
)
def test_evaluate_says_at_once_what_it_can_know_at_once(more, says, run, data, tmp_path, monkeypatch):
    from subband.generate.judge import Judge, JudgeConfig

    blobs(tmp_path / "small.npz", 150)
    blobs(tmp_path / "few.npz", 10)
    Judge(JudgeConfig(8, 3, ("a", "b"), "classes")).save(tmp_path / "other")
    names = {"SMALL": "small.npz", "FEW": "few.npz", "OTHER": "other"}
    places = {word: str(tmp_path / name) for word, name in names.items()} | {
        "DATA": str(data),
        "RUN": str(run),
    }
    monkeypatch.setattr("subband.generate.train_judge", lambda *_, **__: pytest.fail("a judge was trained"))
    monkeypatch.setattr("subband.generate.evaluate", lambda *_, **__: pytest.fail("images were drawn"))
    result = invoke("evaluate", run, *(places.get(word, word) for word in more), "--out", tmp_path / "e")
    assert failed(result, says)
    assert not (tmp_path / "e").exists()
