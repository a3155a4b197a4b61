"""Two processes under `accelerate launch` (gloo, on the CPU) train what one process trains."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
from shared import train
from torch import nn

PROGRAM = Path(__file__).with_name("shared.py")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_two_processes_follow_one_and_agree_with_each_other(tmp_path):
    """Both compute the same two halves of each batch with the same noise and the same dropout. Gradients are
    then added in another order, which float32 feels in the seventh digit and some steps amplify: 1e-5 is
    asked for.
    """
    steps = 12
    folder = tmp_path / "two"
    folder.mkdir()
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_port", str(free_port()), str(PROGRAM), str(folder), str(steps)]
    # Accelerate starts processes on one machine for "multi_gpu" only; told to use the CPU, they talk through gloo.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    result = subprocess.run(launch, capture_output=True, text=True, timeout=120, env=environment)
    assert result.returncode == 0, result.stderr[-3000:]
    first, second = (json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(2))
    assert first["world"] == 2
    assert first["weights"] == second["weights"]
    assert first["losses"] == second["losses"]
    model, average, reached = train(tmp_path / "one", steps)
    for phase, losses in reached.losses.items():
        np.testing.assert_allclose(first["losses"][phase], losses, rtol=1e-5, err_msg=phase)
    for name, module in (("weights", model), ("average", average.module)):
        ours = nn.utils.parameters_to_vector(module.parameters()).detach()
        np.testing.assert_allclose(first[name], ours, rtol=1e-4, atol=1e-6)
