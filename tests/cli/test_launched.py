"""The program in two processes, started and stopped as people do it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from subband.training.checkpoint import read_tensors

LAUNCH = [
    "accelerate.commands.launch",
    "--multi_gpu",
    "--num_processes",
    "2",
    "--main_process_port",
    "0",
    "--no_python",
]
PROGRAM = [sys.executable, "-c", "from subband.cli import main; main()"]
TRAIN = ["train", "vae", "--size", "16", "--batch", "4", "--steps", "3000", "--sheet-every", "3000"]


@pytest.fixture
def data(tmp_path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "data.npz", x_train=pixels)
    return tmp_path / "data.npz"


def launched(words):
    """The program in two processes, in a group of its own, to which a terminal would send Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", *LAUNCH, *PROGRAM, *words],
        env=os.environ | {"ACCELERATE_USE_CPU": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_overwrite_in_two_processes_replaces_once_and_only_by_something(data, tmp_path):
    folder = tmp_path / "run"
    words = [*TRAIN, "--data", str(data), "--out", str(folder), "--overwrite", "--steps"]
    subprocess.run([*PROGRAM, *words, "2"], check=True, capture_output=True, timeout=100)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    text, _ = launched([*words, "2", "--latent", "-1"]).communicate(timeout=100)
    assert "can't use latent=-1" in text
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    text, _ = launched([*words, "1"]).communicate(timeout=100)
    assert text.count("samples   subband sample") == 1, text
    assert read_tensors(folder / "training.safetensors", names=())[1]["steps"] == 1
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "training.safetensors"}
    assert not list(folder.glob(".*"))


@pytest.mark.slow
def test_ctrl_c_at_the_launcher_saves_once_and_ends_all_processes(data, tmp_path):
    words = [*TRAIN, "--data", str(data), "--out", str(tmp_path / "run")]
    launcher = launched(words)
    too_long = threading.Timer(100, launcher.kill)
    too_long.start()
    assert launcher.stdout is not None
    said = []
    for line in launcher.stdout:  # until every process has closed it
        said.append(line)
        if "step 1 of" in line:
            os.killpg(launcher.pid, signal.SIGINT)
    launcher.wait()
    too_long.cancel()
    text = "".join(said)
    assert text.count("16 images of 16 x 16 x 3") == 1, text  # one process speaks
    assert text.count("saved. To resume, type after the same launcher") == 1, text
    _, header = read_tensors(tmp_path / "run" / "training.safetensors", names=())
    assert f"stopped at step {header['done']} of 3000" in text
    assert (tmp_path / "run" / "model.safetensors").is_file()
    assert not list((tmp_path / "run").glob(".*"))  # nothing half written
