"""The pages on adding a part: their code runs, and the laws of its kind pass with what it adds."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((ROOT / "docs" / "add").glob("*.md"))}
PARTS = [name for name in PAGES if name != "index"]


def blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.S)


def python(*words: str, folder: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [path or ROOT / "src", folder]))}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def laws(*words: str, folder: Path, path: Path | None = None) -> int:
    """Number of tests that passed; no other outcome."""
    # An editable installation would import the library from its own place, whatever the path.
    start = (
        "import sys, pytest; "
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in type(f).__module__]; "
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    words = ("-q", "-n", "0", "-p", "no:cacheprovider", "--rootdir", str(ROOT), *words)
    done = python("-c", start, *words, folder=folder, path=path)
    assert "failed" not in done.stdout
    return int(re.findall(r"(\d+) passed", done.stdout)[0])


def test_there_is_a_page_for_each_kind_of_part() -> None:
    kinds = "wavelet boundary_mode transform sampler generator detector prior process"
    assert set(PARTS) == set(kinds.split())
    assert all("## Its laws" in PAGES[name] for name in PARTS)
    assert all(f"({name}.md)" in PAGES["index"] for name in PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PARTS if blocks(PAGES[name])])
def test_the_code_of_a_page_runs(name: str, tmp_path: Path) -> None:
    script = tmp_path / "added.py"
    script.write_text("\n\n".join(blocks(PAGES[name])), "utf-8")
    python(str(script), folder=tmp_path)


@pytest.mark.slow
def test_the_laws_of_samplers_pass_with_the_added_one(tmp_path: Path) -> None:
    (tmp_path / "midpoint.py").write_text(blocks(PAGES["sampler"])[0], "utf-8")
    tests = str(ROOT / "tests" / "generate" / "test_samplers.py")
    assert laws("-p", "midpoint", tests, "-k", "midpoint", folder=tmp_path) >= 10


@pytest.mark.slow
def test_the_laws_of_boundary_modes_pass_with_the_added_one(tmp_path: Path) -> None:
    """In a copy of the library, changed as the page says."""
    copied = tmp_path / "src" / "subband"
    shutil.copytree(ROOT / "src" / "subband", copied, ignore=shutil.ignore_patterns("__pycache__"))
    if (kernels := importlib.util.find_spec("subband._native")) and kernels.origin:
        shutil.copy(kernels.origin, copied)
    file = copied / "kernels" / "filterbank" / "boundary_modes.py"
    text = file.read_text("utf-8")
    names, case = blocks(PAGES["boundary_mode"], "text")[:2]
    before, after = names.replace('    "decay",\n', ""), names
    assert before in text
    text = text.replace(before, after).replace("        case _:\n", f"{case}        case _:\n")
    file.write_text(text, "utf-8")
    folder = ROOT / "tests" / "laws"
    found = laws(
        str(folder / "test_linear_maps.py"),
        str(folder / "test_filterbanks.py"),
        "-k",
        "decay",
        folder=tmp_path,
        path=tmp_path / "src",
    )
    assert found >= 5


def test_commands_of_the_pages_are_those_that_are_run_here() -> None:
    shown = [block.strip() for name in PARTS for block in blocks(PAGES[name], "text") if "pytest" in block]
    assert shown == [
        "pytest tests/laws/test_linear_maps.py tests/laws/test_filterbanks.py -k decay",
        "PYTHONPATH=. pytest -p midpoint tests/generate/test_samplers.py -k midpoint",
    ]
