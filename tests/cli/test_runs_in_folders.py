"""Trainings in their folders: replaced only by something, extended, finished, ended by signals."""

import json
import os
import pkgutil
import shlex
import signal

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from trained import QUICK, blobs, everything, failed, invoke, said

from subband.generate import run_folder
from subband.training import load_checkpoint, save_checkpoint, warmup_cosine


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return blobs(tmp_path_factory.mktemp("data") / "blobs.npz", 32)


@pytest.fixture(autouse=True)
def small_sheets(monkeypatch):
    monkeypatch.setattr("subband.cli.train._SHEET", 4)


@pytest.fixture
def words(data, tmp_path):
    """A finished training of 2 steps, by these words."""
    words = [
        "train",
        "vae",
        "--data",
        str(data),
        *QUICK,
        "--no-flip",
        "--out",
        str(tmp_path / "x"),
        "--steps",
        "2",
    ]
    assert invoke(*words).exit_code == 0
    return words


@pytest.mark.parametrize(
    "wrong",
    [
        ("--data", "gone.npz"),
        ("--batch", "0"),
        ("--size", "12"),
        ("--images", "3"),
        ("--rate-warmup", "1"),
        ("--latent", "-1"),
        ("--minutes", "0", "--steps", "0"),
    ],
)
def test_overwrite_with_wrong_words_loses_nothing(wrong, words, tmp_path):
    before = everything(tmp_path / "x")
    assert failed(invoke(*words, "--overwrite", *wrong))
    assert everything(tmp_path / "x") == before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("moment", ["read", "build", "step"])
def test_overwrite_that_is_ended_before_its_first_state_loses_nothing(
    moment, number, status, words, tmp_path, monkeypatch
):
    before = everything(tmp_path / "x")
    place = {
        "read": "subband.data.read_examples",
        "build": "subband.generate.families.vae.PacketVAE.__init__",
        "step": "subband.generate.families.vae.VariationalInference.step",
    }[moment]
    ended_at(place, number, monkeypatch)
    result = invoke(*words, "--overwrite", "--rate", "0.001")
    assert (result.exit_code, said(result).count("stopped; finished work is kept")) == (status, 1), (
        result.output
    )
    assert everything(tmp_path / "x") == before


def ended_at(place, number, monkeypatch):
    """Send a signal to this process when something is called for the first time, then do it."""
    owner, name = pkgutil.resolve_name(place.rpartition(".")[0]), place.rpartition(".")[2]
    whole = getattr(owner, name)

    def signalled(*given, **named):
        monkeypatch.setattr(owner, name, whole)
        os.kill(os.getpid(), number)
        return whole(*given, **named)

    monkeypatch.setattr(owner, name, signalled)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_overwrite_that_diverges_at_once_loses_nothing(words, tmp_path, monkeypatch):
    before = everything(tmp_path / "x")
    monkeypatch.setattr("subband.training.engine._number", lambda norm: float("nan"))
    assert failed(invoke(*words, "--overwrite"), "gradient norm nan")
    assert everything(tmp_path / "x") == before


def test_overwrite_replaces_all_of_the_earlier_run_and_nothing_else(words, tmp_path):
    folder = tmp_path / "x"
    invoke(*words, "--overwrite", "--profiles", "0.2", "--snapshots", "2")
    (folder / "notes.txt").write_text("mine")
    assert {"profiles", "snapshots"} <= {path.name for path in folder.iterdir()}
    assert invoke(*words, "--overwrite", "--steps", "1").exit_code == 0
    assert {path.name for path in folder.iterdir()} == {
        "model.safetensors",
        "config.json",
        "training.safetensors",
        "sheets",
        "log",
        "notes.txt",
    }
    assert [path.name for path in sorted((folder / "sheets").iterdir())] == [
        "reconstructions-0000001.png",
        "step-0000001.png",
    ]
    log = EventAccumulator(str(folder / "log")).Reload()
    assert [entry.step for entry in log.Scalars("main/loss")] == [1]


class Killed(BaseException):
    """In place of SIGKILL: nothing that catches errors may run after it."""


@pytest.mark.parametrize("cut", range(10))
def test_a_replacement_that_is_cut_off_anywhere_ends_well_the_next_time(cut, words, tmp_path, monkeypatch):
    """Killed before the new state is there, the earlier run comes back; after it, the new one goes on.

    Five parts are set aside, and brought back where the state could not be written: ten moves.
    """
    folder, moves = tmp_path / "x", []
    before, move = everything(folder), type(folder).rename

    def counted(self, target):
        if len(moves) == cut:
            raise Killed
        moves.append(self.name)
        return move(self, target)

    def replace(content):
        with run_folder.replacing_run(folder):
            if content is None:
                raise OSError("disk full")
            (folder / "training.safetensors").write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr(type(folder), "rename", counted)
        patched.setattr(run_folder, "recover", run_folder.recover if cut > 4 else lambda place: None)
        with pytest.raises(Killed):
            replace(None if cut > 4 else b"new")
    assert len(moves) == cut
    run_folder.recover(folder)
    assert everything(folder) == before
    replace(b"new")
    assert everything(folder) == {"training.safetensors": b"new"}
    assert not (folder / ".replaced").exists()


def test_a_model_without_its_state_is_kept_unless_it_is_to_be_replaced(words, tmp_path):
    folder = tmp_path / "x"
    (folder / "training.safetensors").unlink()
    before = everything(folder)
    assert failed(
        invoke(*words), "holds a model without training.safetensors", "--overwrite", "another --out"
    )
    assert everything(folder) == before
    assert invoke(*words, "--overwrite").exit_code == 0


def test_what_is_no_training_is_never_replaced(words, tmp_path):
    from subband.generate.judge import JudgeConfig

    other = tmp_path / "judge"
    save_checkpoint(other, "judge", JudgeConfig(16, 3, ("a", "b"), "classes"), {})
    before = everything(other)
    assert failed(invoke(*words, "--overwrite", "--out", other), "holds 'judge'")
    assert everything(other) == before


def test_a_finished_run_says_so_and_how_to_extend_it_and_it_is_extended(words, tmp_path, monkeypatch):
    folder = tmp_path / "x"
    before = load_checkpoint(folder).tensors
    monkeypatch.setattr("sys.argv", ["subband", *words])
    result = invoke(*words)
    assert result.exit_code == 0
    assert "already finished, at step 2; --overwrite starts again. To extend it, type" in result.stdout
    same = load_checkpoint(folder).tensors
    assert all((same[name] == before[name]).all() for name in before)
    command = shlex.split(next(line for line in result.stdout.splitlines() if line.startswith("  subband")))
    assert (command[-2:], command.count("--steps")) == (["--steps", "4"], 1)
    extended = invoke(*command[1:])
    assert extended.exit_code == 0, extended.output
    assert "step 3 of 4" in said(extended)
    log = EventAccumulator(str(folder / "log")).Reload()
    rates = [(entry.step, entry.value) for entry in log.Scalars("main/rate")]
    base = json.loads((folder / "config.json").read_text())["config"]["rate"]
    assert [step for step, _ in rates] == [1, 2, 3, 4]
    wanted = [base * warmup_cosine(k, 2 if k < 2 else 4, warmup=0.05) for k in range(4)]
    np.testing.assert_allclose([value for _, value in rates], wanted, rtol=1e-6)  # the log holds float32
    assert failed(invoke(*words), "of a run of 4 steps, not 2 steps", "ask for more than 4", "--overwrite")


def test_sigterm_saves_and_says_how_to_go_on(words, tmp_path, monkeypatch):
    longer = [*words[:-1], "5", "--out", str(tmp_path / "y")]
    monkeypatch.setattr("sys.argv", ["subband", *longer])
    ended_at("subband.generate.families.vae.VariationalInference.step", signal.SIGTERM, monkeypatch)
    result = invoke(*longer)
    assert (result.exit_code, "stopped at step 1 of 5; saved. To resume, type" in result.stdout) == (
        143,
        True,
    )
    assert invoke(*longer).exit_code == 0
