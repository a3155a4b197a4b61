"""`subband sample --pretrained`: the words, their errors, and what is written."""

import re

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.generate.pretrained import SCHEDULERS, Pretrained

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
tiny = pytest.importorskip("tiny_pipelines")

OWN = {
    "--prompt",
    "--negative",
    "--sampling-steps",
    "--guidance",
    "--height",
    "--width",
    "--scheduler",
    "--at-once",
}


def invoke(*words):
    return CliRunner().invoke(app, ["sample", *map(str, words)], env={"COLUMNS": "400", "TERM": "dumb"})


def said(result):
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pipelines")
    return {"sd": tiny.stable_diffusion(root / "sd"), "dit": tiny.dit(root / "dit", classes=3)}


def test_help_has_the_flags_of_pipelines_wherever_they_can_be_used():
    for words in (("--help",), ("--pretrained", "anything", "--help"), ("--pretrained=anything", "--help")):
        text = invoke(*words).stdout
        assert set(re.findall(r"(?<![\w`-])--[a-z-]+", text)) > OWN | {"--download", "--pretrained"}
        assert all(name in text for name in SCHEDULERS)
    assert "[default: 4]" in text


def test_prompts_take_turns(folders, tmp_path):
    words = (
        "--pretrained",
        folders["sd"],
        "--prompt",
        "cat",
        "--prompt",
        "dog",
        "--negative",
        "fog",
        "--seed",
        3,
    )
    words = (
        *words,
        "--sampling-steps",
        2,
        "--guidance",
        4,
        "--height",
        16,
        "--width",
        24,
        "--scheduler",
        "euler",
    )
    result = invoke(*words, "--count", 3, "--out", tmp_path / "drawn")
    assert result.exit_code == 0, result.output
    assert re.search(r"draw by StableDiffusionPipeline: step 2 of 2, 0:0\d left", said(result))
    files = sorted((tmp_path / "drawn").iterdir())
    assert [file.name for file in files] == ["00000.png", "00001.png", "00002.png"]
    ours = Pretrained(folders["sd"], scheduler="euler").sample(
        3, seed=3, prompts=["cat", "dog", "cat"], negative="fog", steps=2, guidance=4.0, height=16, width=24
    )
    np.testing.assert_array_equal(np.stack([np.asarray(Image.open(file)) for file in files]), ours)


def test_classes_take_turns_on_a_sheet(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("--pretrained", folders["dit"], "--guidance", 1, "--sampling-steps", 2, "--count", 4)
    assert invoke(*words).exit_code == 0
    sheet = np.asarray(Image.open("runs/dit/samples.png"))
    model = Pretrained(folders["dit"])
    turns = model.sample(4, seed=0, labels=[0, 1, 2, 0], steps=2, guidance=1.0)
    np.testing.assert_array_equal(sheet[:16, :16], turns[0])
    assert invoke(*words, "--label", "goldfish", "--label", 2, "--out", "b.png").exit_code == 0
    named = model.sample(4, seed=0, labels=[1, 2, 1, 2], steps=2, guidance=1.0)
    np.testing.assert_array_equal(np.asarray(Image.open("b.png"))[:16, :16], named[0])


@pytest.mark.filterwarnings("default::subband.errors.SubbandWarning")
def test_a_warning_is_one_line(folders, tmp_path, monkeypatch):
    """Through the whole program, with a checker that calls everything unsafe."""
    draw = Pretrained._draw

    def unsafe(self, random, told, **given):
        drawn = draw(self, random, told, **given)
        drawn.nsfw_content_detected = [True] * len(random)
        return drawn

    monkeypatch.setattr(Pretrained, "_draw", unsafe)
    words = ("--pretrained", folders["sd"], "--prompt", "a", "--count", 2, "--sampling-steps", 1)
    result = invoke(*words, "--out", tmp_path / "a")
    assert result.exit_code == 0
    lines = [line for line in result.stderr.splitlines() if "safety" in line]
    assert lines == [
        f"subband: the safety checker of {folders['sd']} replaced 2 of 2 images by black ones: 0, 1"
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give either a CHECKPOINT or --pretrained NAME, not both"),
        (("some-run", "--pretrained", "SD"), "either a CHECKPOINT or --pretrained NAME"),
        (("gone",), "no checkpoint in"),
        (("SD",), "holds a pipeline of diffusers: type subband sample --pretrained"),
        (("--pretrained", "SD", "--average", "0.1", "--prompt", "a"), "leave out --average"),
        (("--pretrained", "SD"), "give prompts (--prompt TEXT)"),
        (("--pretrained", "SD", "--prompt", "a", "--label", "1"), "leave out labels (--label)"),
        (("--pretrained", "SD", "--prompt", "a", "--scheduler", "adaptive"), "ancestral, ddim, dpm-solver"),
        (("--pretrained", "SD", "--prompt", "a", "--height", "16"), "--height and --width"),
        (("--pretrained", "DIT", "--label", "unicorn"), "no class unicorn"),
        (("--pretrained", "DIT", "--prompt", "a"), "leave out prompts (--prompt)"),
        (("--pretrained", "nowhere/model", "--prompt", "a"), "--download"),
    ],
)
def test_wrong_words_are_explained_and_write_nothing(words, says, folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {"SD": folders["sd"], "DIT": folders["dit"]}
    result = invoke(*(places.get(word, word) for word in words))
    assert (result.exit_code, says in said(result)) == (2, True), said(result)
    assert not list(tmp_path.iterdir())
