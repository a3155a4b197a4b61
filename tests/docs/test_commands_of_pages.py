"""Every command on a page is run by a test: here, or by the test that is named beside it."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests_of_pages import ROOT, commands, pages
from typer.testing import CliRunner

from subband.cli import app
from subband.experiments import EXPERIMENTS

COMMANDS = sorted(set(commands()))

# The blocks marked `bash` of the README are run in full, in their order.
README = "tests/test_readme.py::test_commands_of_the_program"

NOT_RUN = {
    "accelerate launch --multi_gpu": (
        "needs several GPUs; its words after the launcher run on two processes of a CPU",
        "tests/cli/test_launched.py",
    ),
    "accelerate launch --use_fsdp": (
        "needs several GPUs; split weights are tested on two processes of a CPU",
        "tests/training/test_split.py",
    ),
    "subband app": ("serves until it is stopped", "tests/web/test_server.py"),
    "subband sample --pretrained": (
        "needs a model of the Hub; small pipelines of the same classes are drawn from",
        "tests/cli/test_sample_pretrained.py",
    ),
    "subband fly": ("plans for minutes", "tests/control/test_quadcopter.py"),
    "subband scan": (
        "starts a Ray cluster, and needs an object store for the second line",
        "tests/cli/test_scan.py",
    ),
    "subband lab": ("trains for a minute and more", README),
    "subband evaluate runs/vampprior": (
        "needs a hundred test digits; its words are run on blobs",
        "tests/cli/test_every_family.py",
    ),
    "subband detect": ("is run on the README's pictures", README),
    "subband evaluate-detector": ("needs the lab's detector", README),
    "subband reproduce --all": (
        "runs for hours; the same words run on claims that take no time",
        "tests/experiments/test_evidence_page.py",
    ),
    "subband reproduce NAME": ("NAME stands for a claim", "tests/experiments/test_experiments.py"),
}
"""First words of a command → (why it is not run here, the test that runs its words)."""

# What would take minutes, in seconds; and what a run of seconds can't have.
SHORTER = {"--minutes": ["--steps", "2"], "--snapshots": ["--snapshots", "8", "--steps", "100"]}
STEPS = ("train",)
FOLDERS = {
    "photos/beach": (120, 32), "photos/forest": (120, 32), "horses": (40, 32), "zebras": (40, 32),
    "stripes": (2, 32), "pictures": (40, 64),
}  # fmt: skip
"""Folder → number and size of its pictures."""
HALVED = {"docs/diffusion.md"}
"""Pages that draw from so many samplers that their pictures have half the size."""


def elsewhere(command: str) -> tuple[str, str] | None:
    return next((told for words, told in NOT_RUN.items() if command.startswith(words)), None)


def shortened(words: list[str]) -> list[str]:
    """The words with few steps in place of minutes."""
    found, rest = [], iter(words)
    for word in rest:
        if word in SHORTER:
            found += SHORTER[word]
            next(rest)
        else:
            found.append(word)
    if found[0] in STEPS and "--steps" not in found and "--help" not in found:
        found += ["--steps", "2"]
    if found[0] == "evaluate":
        found += ["--judge-steps", "2"]
    if found[0] == "sample" and "--out" not in found:
        found += ["--count", "2", "--out", "sheet.png", "--overwrite"]
    return found


def test_there_are_commands_on_the_pages() -> None:
    assert len(COMMANDS) > 35
    assert {page for page, _ in COMMANDS} >= {"README.md", "docs/start.md", "docs/diffusion.md"}


def test_what_is_not_run_says_why_and_where_it_is() -> None:
    for words, (why, where) in NOT_RUN.items():
        assert why
        assert (ROOT / where.partition("::")[0]).is_file(), where
        if "::" in where:
            assert f"def {where.partition('::')[2]}(" in (ROOT / where.partition("::")[0]).read_text("utf-8")
        if words != "subband reproduce NAME" and words != "subband reproduce --all":
            assert any(command.startswith(words) for _, command in COMMANDS), (
                f"no page has {words!r} any more"
            )


@pytest.fixture
def folder(tmp_path: Path, page: str) -> Path:
    """Small photographs of two classes, folders of other pictures, digits and a clip."""
    folder, rng = tmp_path, np.random.default_rng(0)
    for name, (count, full) in FOLDERS.items():
        size = full // 2 if page in HALVED else full
        (folder / name).mkdir(parents=True)
        for k in range(count):
            image = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
            Image.fromarray(image).save(folder / name / f"{k:03d}.png")
    smooth = np.kron(rng.integers(0, 256, (8, 8)), np.ones((8, 8))).astype(np.uint8)
    Image.fromarray(smooth).save(folder / "photo.png")
    Image.fromarray(smooth[:32, :32]).save(folder / "digit.png")
    Image.fromarray(np.pad(np.full((8, 12), 255, np.uint8), 12)[:32, :32]).save(folder / "mask.png")
    digits = rng.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    np.savez(folder / "mnist.npz", x_train=digits, y_train=np.arange(40) % 10)
    frames = [Image.fromarray(np.roll(smooth, (k, 2 * k), (0, 1))) for k in range(12)]
    frames[0].save(folder / "clip.gif", save_all=True, append_images=frames[1:])
    return folder


def there(word: str) -> str:
    """A short run has other snapshots than the one on the page: the first of them."""
    if "/snapshots/" in word and not Path(word).is_dir():
        return str(sorted(Path(word).parent.iterdir())[0])
    return word


def run(command: str, seen: set[str]) -> str | None:
    """Error of a command, run in the current folder; a run's folder is replaced if another command filled it."""
    words = [there(word) for word in shortened(shlex.split(command, comments=True)[1:])]
    if words[0] == "train" and "--help" not in words and words[1] in seen and "--out" not in words:
        words += ["--overwrite"]
    seen.add(words[1] if len(words) > 1 else "")
    done = CliRunner().invoke(app, words)
    return None if done.exit_code == 0 else f"{shlex.join(words)}\n{done.output[-800:]}\n{done.exception!r}"


def of_page(page: str) -> list[str]:
    """Commands of a page that run here, in their order."""
    return [command for found, command in commands() if found == page and elsewhere(command) is None]


PAGES = [
    page for page in dict.fromkeys(page for page, _ in commands()) if of_page(page) and page != "README.md"
]


def test_commands_of_the_readme_run_there() -> None:
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S))
    for command in of_page("README.md"):
        assert command in blocks, f"{command!r}: mark its block bash, and {README} runs it"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    seen: set[str] = set()
    errors = [error for command in of_page(page) if (error := run(command, seen)) is not None]
    assert not errors, "\n\n".join(errors)


def test_claims_named_on_pages_are_there() -> None:
    """`subband reproduce NAME` in running text, too."""
    named = {
        name
        for page in pages()
        for name in re.findall(r"`subband reproduce ([a-z][\w-]*)", page.read_text("utf-8"))
    }
    assert named <= set(EXPERIMENTS), named - set(EXPERIMENTS)
    assert len(named) > 5
