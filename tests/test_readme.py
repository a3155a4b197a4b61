"""What the README and the pages of docs say to type works."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pywt
import torch
from PIL import Image

import subband as sb

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```bash\n(.*?)```", README, re.S) for line in block.splitlines() if line
]


# What would take minutes, in seconds.
SHORTER = {"--minutes": "0.1", "--budget": "30s"}
ALSO = {
    "evaluate": ["--judge-steps", "2"],
    "evaluate-detector": ["--conditions", "JPEG", "--resamples", "50"],
    "train": ["--sheet-every", "1000"],
}


def images(folder: Path, smooth: bool, rng: np.random.Generator, count: int = 24, side: int = 48) -> None:
    folder.mkdir()
    for k in range(count):
        noise = rng.integers(0, 256, (side, side, 3)).astype(np.float64)
        if smooth:
            noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) / 4
        Image.fromarray(noise.astype(np.uint8)).save(folder / f"{k:02d}.png")


@pytest.mark.slow
def test_commands_of_the_program(tmp_path, rng) -> None:
    images(tmp_path / "photos", False, rng, side=144)  # the detector in the package takes 128 or more
    images(tmp_path / "generated", True, rng, side=144)
    images(tmp_path / "pictures", False, rng, count=240)
    commands = [shlex.split(line) for line in COMMANDS if line.startswith("subband ")]
    known = {
        "lab",
        "detect",
        "evaluate-detector",
        "compress",
        "decompress",
        "reproduce",
        "train",
        "sample",
        "evaluate",
    }
    assert {words[1] for words in commands} == known
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
    }
    for words in commands:
        words = [SHORTER.get(before, word) for before, word in zip(["", *words], words, strict=False)]
        words += ALSO.get(words[1], [])
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "runs" / "lab-1" / "report.html").stat().st_size > 100_000
    assert width(tmp_path / "why.png") > 400
    assert width(tmp_path / "sheet.png") > 10 * 32
    assert (tmp_path / "runs" / "diffusion" / "evaluation.json").is_file()


def width(image: Path) -> int:
    with Image.open(image) as opened:
        return opened.width


def test_commands_of_make_exist() -> None:
    targets = [line.removeprefix("make ") for line in COMMANDS if line.startswith("make ")]
    assert {"lab", "test"} <= set(targets)
    for target in targets:
        shown = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr
    # The commands themselves are what continuous integration runs.
    pipeline = (ROOT / ".ci" / "run").read_text().splitlines()
    run = {word for line in pipeline if line.startswith(("make ", "timeout ")) for word in line.split()}
    assert set(targets) <= run


def test_nothing_else_is_told_to_type() -> None:
    assert all(line.startswith(("make ", "subband ")) for line in COMMANDS)


def python(page: str) -> list[str]:
    """The blocks of Python on a page, in order."""
    return re.findall(r"```python\n(.*?)```", page, re.S)


@pytest.mark.filterwarnings("ignore")
def test_python_runs() -> None:
    blocks = python(README)
    assert len(blocks) == 6
    scope: dict = {}
    for block in blocks:
        exec(block, scope)
    np.testing.assert_allclose(
        scope["x_again"], np.random.default_rng(0).standard_normal((8, 256, 256)), atol=1e-12
    )
    assert scope["p"].array.shape == (8, 8, 8, 32, 32)
    assert scope["y"].shape == (8, 256, 256)
    assert scope["estimate"].shape == (64, 64)
    assert scope["wavelet"].free.grad.shape == (3,)
    assert scope["x"].grad.abs().sum() > 0
    assert scope["g"].shape == (4, 3, 64, 64)
    assert float((scope["c"].array ** 2).sum()) == pytest.approx(
        float((scope["x"] * scope["g"]).sum()), rel=1e-4
    )


def calls(page: str, heading: str) -> list[list[str]]:
    """The calls in the table under this heading line, row by row."""
    body = page.split(heading + "\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [
        [span for span in re.findall(r"`([^`]+)`", row) if re.match(r"[\w.\[].*\(|from ", span)]
        for row in body
    ]


def test_lines_in_the_table_of_transforms_run() -> None:
    rows = calls(README, "| | to type |")
    assert len(rows) > 10
    scope: dict = {}
    exec(python(README)[0], scope)
    for row in rows:
        assert row
        for line in row:
            exec(line, scope)


PAGES = {
    str(page.relative_to(ROOT / "docs")): page.read_text("utf-8")
    for folder in ("", "decisions", "guides", "systems")
    for page in sorted((ROOT / "docs" / folder).glob("*.md"))
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if python(page)])
def test_python_on_the_pages_of_docs_runs(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    for block in python(PAGES[name]):
        exec(block, scope)


@pytest.mark.filterwarnings("ignore")
def test_calls_that_moving_sets_side_by_side_run() -> None:
    rows = calls(PAGES["moving.md"], "| PyWavelets | Subband | what differs |")
    assert sum(map(len, rows)) > 20
    x = np.random.default_rng(0).standard_normal((8, 64))
    scope = {"np": np, "sb": sb, "pywt": pywt, "x": x, "t": 0.3, "fs": 100.0}
    scope |= {"frequencies": [10.0, 20.0], "scales": [4.0, 8.0]}
    scope |= {"c": sb.dwt(x, "db4"), "coeffs": pywt.wavedec(x, "db4", "reflect")}
    for row in rows:
        for line in row:
            exec(line, scope)


@pytest.mark.filterwarnings("ignore")
def test_calls_that_moving_sets_beside_kymatio_run() -> None:
    rows = calls(PAGES["moving.md"], "| kymatio | Subband | what differs |")
    rng = np.random.default_rng(0)
    scope = {"sb": sb, "signals": rng.standard_normal((2, 512)), "density": rng.random((8, 8, 8))}
    scope["images"] = torch.from_numpy(rng.standard_normal((2, 32, 32)))
    exec("from subband import nn\nfrom subband.compat.sklearn import ScatteringFeatures", scope)
    native = [line for row in rows for line in row if "sb." in line]
    assert len(native) >= 8
    for line in native:
        exec(line, scope)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "heading",
    ["| pycwt | R | Subband | what differs |", "| waveslim | wmtsa | Subband | what differs |"],
)
def test_calls_that_moving_sets_beside_climate_and_time_series_libraries_run(heading: str) -> None:
    native = [line for row in calls(PAGES["moving.md"], heading) for line in row if "sb." in line]
    assert len(native) >= 8
    x, y = np.random.default_rng(0).standard_normal((2, 128))
    scope = {"sb": sb, "x": x, "y": y, "c": sb.wavelet_coherence(x, y), "noises": None}
    for line in native:
        exec(line, scope)


def test_pages_that_must_run_have_something_to_run() -> None:
    assert len(python(PAGES["moving.md"])) >= 8
    # What the other libraries' users typed is shown as text, for those libraries are not installed.
    assert not any(
        re.search(r"^\s*(import|from) (ptwt|jaxwt)", block, re.M) for block in python(PAGES["moving.md"])
    )


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{name}" for name in PAGES)])
def test_files_that_are_named_exist(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text("utf-8")):
        if target.startswith("generated/"):  # by Sphinx; `make docs` checks these
            continue
        assert ((ROOT / page).parent / target).exists(), target
