"""Trainings of codes and tokens that are stopped or killed, and end on the bits of one that was not."""

import os
import signal
import subprocess
import sys
import time

import pytest
from trained import blobs, invoke

from subband.cli.train import _Monitor
from subband.training import load_checkpoint
from subband.training.checkpoint import read_tensors

STEPS = 10
QUICK = ("--steps", STEPS, "--batch", 4, "--save-every", 0, "--log-every", 1, "--sheet-every", 1000)
TOKENS = ("--width", 16, "--depth", 1, "--heads", 2, "--tokenizer-part", 0.5)
RUNS = {
    "maskgit": ("maskgit", *TOKENS),
    "maskgit, vq": ("maskgit", *TOKENS, "--quantiser", "vq", "--codes", 16),
    "paella": ("paella", *TOKENS),
    "vampprior": ("vampprior", "--components", 5, "--hidden", "8,8", "--levels", 2),
    "cvae": ("cvae", "--hidden", "8,8"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return blobs(tmp_path_factory.mktemp("data") / "blobs.npz")


def tensors(folder):
    found = load_checkpoint(folder).tensors
    return {name: tensor.numpy().tobytes() for name, tensor in found.items()}


@pytest.mark.parametrize("name", RUNS)
def test_stopped_in_the_tokenizer_s_part_at_its_end_and_after_it(name, data, tmp_path, monkeypatch):
    words = ("train", *RUNS[name], "--data", data, *QUICK)
    assert invoke(*words, "--out", tmp_path / "whole").exit_code == 0

    told = _Monitor.step

    def interrupted(at):
        def step(self, done, *rest):
            if done == at:
                os.kill(os.getpid(), signal.SIGINT)
            return told(self, done, *rest)

        return step

    for at in (2, 5, 8):
        with monkeypatch.context() as patched:
            patched.setattr(_Monitor, "step", interrupted(at))
            assert invoke(*words, "--out", tmp_path / "cut").exit_code == 130
    assert invoke(*words, "--out", tmp_path / "cut").exit_code == 0
    assert tensors(tmp_path / "cut") == tensors(tmp_path / "whole")


def steps_on_disk(folder):
    state = folder / "training.safetensors"
    if not state.is_file():
        return 0
    return read_tensors(state, names=())[1]["done"]


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_on_the_same_bits(data, tmp_path):
    words = ("train", *RUNS["maskgit, vq"], "--data", data, *QUICK[2:], "--steps", 60)
    assert invoke(*words, "--out", tmp_path / "whole").exit_code == 0
    cut, places = tmp_path / "cut", []
    command = [sys.executable, "-m", "subband", *map(str, words), "--out", str(cut)]
    for _ in range(3):
        before = steps_on_disk(cut)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while steps_on_disk(cut) <= before + 2 and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.wait()
        if process.returncode != -signal.SIGKILL:
            break
        places.append(steps_on_disk(cut))
    assert len(places) >= 2, "too quick to be killed"
    assert invoke(*words, "--out", cut).exit_code == 0
    assert tensors(cut) == tensors(tmp_path / "whole")
