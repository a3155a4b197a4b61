"""What the README says to type works."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```bash\n(.*?)```", README, re.S) for line in block.splitlines() if line
]


def images(folder: Path, smooth: bool, rng: np.random.Generator) -> None:
    folder.mkdir()
    for k in range(24):
        noise = rng.integers(0, 256, (48, 48, 3)).astype(np.float64)
        if smooth:
            noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) / 4
        Image.fromarray(noise.astype(np.uint8)).save(folder / f"{k:02d}.png")


def test_commands_of_the_program(tmp_path, rng) -> None:
    images(tmp_path / "photos", False, rng)
    images(tmp_path / "generated", True, rng)
    commands = [shlex.split(line) for line in COMMANDS if line.startswith("subband ")]
    assert {words[1] for words in commands} == {"lab", "detect", "reproduce"}
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
    }
    for words in commands:
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "runs" / "lab-1" / "report.html").stat().st_size > 100_000
    assert Image.open(tmp_path / "why.png").width > 400


def test_commands_of_make_exist() -> None:
    targets = [line.removeprefix("make ") for line in COMMANDS if line.startswith("make ")]
    assert {"lab", "test"} <= set(targets)
    for target in targets:
        shown = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr
    # The commands themselves are what continuous integration runs.
    pipeline = (ROOT / ".ci" / "run").read_text()
    for target in targets:
        assert f"make {target}" in pipeline


def test_nothing_else_is_told_to_type() -> None:
    assert all(line.startswith(("make ", "subband ")) for line in COMMANDS)


@pytest.mark.filterwarnings("ignore")
def test_python_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) == 3
    scope: dict = {}
    for block in blocks:
        exec(block, scope)
    np.testing.assert_allclose(
        scope["x_again"], np.random.default_rng(0).standard_normal((8, 256, 256)), atol=1e-12
    )
    assert scope["p"].array.shape == (8, 8, 8, 32, 32)
    assert scope["y"].shape == (8, 256, 256)
    assert scope["x"].grad.abs().sum() > 0
    assert scope["g"].shape == (4, 3, 64, 64)
    assert float((scope["c"].array ** 2).sum()) == pytest.approx(
        float((scope["x"] * scope["g"]).sum()), rel=1e-4
    )


def test_files_that_are_named_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
