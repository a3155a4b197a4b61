"""Every family, from `train` over `sample` to `evaluate`, with the commands that the program itself names."""

import json
import subprocess

import numpy as np
import pytest
from PIL import Image
from trained import QUICK, blobs, failed, invoke, said

from subband.cli.checkpoints import every_sampler_flag
from subband.cli.flags import valued
from subband.generate import GENERATORS
from subband.lab.settings import default_families, lab_families
from subband.training import settings_of

RUNS = {name: (name,) for name in sorted(GENERATORS)} | {
    "latent": ("diffusion", "--autoencoder", "AUTOENCODER"),
    "cyclegan": ("cyclegan", "--data-b", "blobs.npz:test"),
}


QUICKEST = ("autoencoder", "cyclegan", "diffusion", "gan", "latent", "vae")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("families")
    blobs(folder / "blobs.npz")
    trained = invoke(
        "train", "autoencoder", "--data", folder / "blobs.npz", "--steps", 1, *QUICK, "--out", folder / "grid"
    )
    assert trained.exit_code == 0, trained.output
    return folder


@pytest.mark.parametrize(
    "name", [name if name in QUICKEST else pytest.param(name, marks=pytest.mark.slow) for name in RUNS]
)
def test_train_sample_evaluate(name, home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setattr("subband.cli.train._SHEET", 4)
    words = [str(home / "grid") if word == "AUTOENCODER" else word for word in RUNS[name]]
    trained = invoke("train", *words, "--data", "blobs.npz", "--steps", 2, *QUICK, "--out", f"runs/{name}")
    assert trained.exit_code == 0, trained.output
    line = next(line for line in trained.stdout.splitlines() if line.startswith("samples"))
    command = line.split()[1:]
    assert command == ["subband", "sample", f"runs/{name}"]
    drawn = invoke(*command[1:], "--count", 3, "--out", f"{name}.webp")
    assert drawn.exit_code == 0, drawn.output
    assert np.asarray(Image.open(f"{name}.webp")).ndim == 3
    text = invoke(*command[1:], "--help").stdout
    free = [s.name for s in settings_of(GENERATORS[RUNS[name][0]].config) if s.role == "sampling"]
    assert all(f"--{word.replace('_', '-')}" in text for word in free)
    assert "--prompt" not in text
    judge = ("--judge", "judge", "--judge-data", "blobs.npz:test", "--judge-steps", 2)
    judged = invoke(
        "evaluate", f"runs/{name}", "--data", "blobs.npz", "--count", 50, "--importance-samples", 2, *judge
    )
    assert judged.exit_code == 0, judged.output
    record = json.loads((home / "runs" / name / "evaluation.json").read_text())
    assert (record["family"], sorted(record["sampler"])) == (RUNS[name][0], sorted(free))
    assert record["numbers"]["count"] == 50


def test_a_folder_of_any_name_can_be_typed_as_it_is_printed(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setattr("subband.cli.train._SHEET", 4)
    folder = "it's a\ttab"
    trained = invoke("train", "vae", "--data", "blobs.npz", "--steps", 2, *QUICK, "--out", folder)
    assert trained.exit_code == 0, trained.output
    assert "\t" not in trained.stdout
    command = next(line for line in trained.stdout.splitlines() if line.startswith("samples")).split(None, 1)[
        1
    ]
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, text=True, check=True
    )
    assert words.stdout.split("\0")[:-1] == ["subband", "sample", folder]


def test_the_help_of_the_lab_names_its_families():
    text = " ".join(invoke("lab", "--help").stdout.split())
    for words, names in (
        ("Family of generator to train: {} or {};", lab_families()),
        ("{} and {})", default_families()),
    ):
        assert words.format(", ".join(names[:-1]), names[-1]) in text


def test_no_option_takes_a_value_in_one_family_and_none_in_another():
    """What `first_argument` relies on to find the family among the words."""
    kinds = {}
    for family in GENERATORS.values():
        for setting in settings_of(family.config):
            kinds.setdefault(setting.name, set()).add(setting.type is bool)
    assert all(len(found) == 1 for found in kinds.values())
    assert "--sampling-steps" in valued(every_sampler_flag())


@pytest.mark.parametrize("words", [(), ("--steps", "3"), ("--data", "vae", "--steps", "3")])
def test_a_missing_family_is_the_error(words):
    assert failed(invoke("train", *words), "no FAMILY to train", ", ".join(sorted(GENERATORS)))


@pytest.mark.parametrize(
    ("name", "near"),
    [("diffusoin", "diffusion"), ("VAE", "vae"), ("auto-encoder", "autoencoder"), ("x", None)],
)
def test_a_mistyped_family_is_the_error_whatever_options_there_are(name, near):
    for words in (
        (name, "--steps", 3),
        ("--steps", 3, name),
        ("--data", "vae", "--flip", name),
        (name, "--help"),
    ):
        result = invoke("train", *words)
        assert failed(result, f"no family {name!r}", ", ".join(sorted(GENERATORS)))
        assert ("did you mean" in said(result)) == (near is not None)
        assert near is None or f'did you mean "{near}"?' in said(result)


def test_options_before_the_family_and_values_that_are_called_like_one(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setattr("subband.cli.train._SHEET", 4)
    (home / "gan").mkdir(exist_ok=True)
    result = invoke("train", *QUICK, "--steps", 1, "--data", "gan", "vae")
    assert failed(result, "gan")
    result = invoke(
        "train", *QUICK, "--steps=1", "--out", "diffusion", "--no-flip", "--data=blobs.npz", "vae"
    )
    assert result.exit_code == 0, result.output
    assert json.loads((home / "diffusion" / "config.json").read_text())["kind"] == "vae"
    assert "No such option: --stepz" in said(invoke("train", "--stepz", 1, "vae", "--data", "blobs.npz"))
    assert "--sampling-steps" not in invoke("train", "--out", "diffusion", "vae", "--help").stdout


@pytest.mark.parametrize("command", ["train", "sample", "evaluate"])
def test_help_lists_the_families_with_their_titles(command):
    text = " ".join(invoke(command, "--help").stdout.split())
    for family in GENERATORS.values():
        assert family.title
        assert f"{family.name} {family.title}" in text


@pytest.mark.parametrize("command", ["sample", "edit", "evaluate"])
def test_a_folder_without_a_generator_is_the_error(command, home, monkeypatch):
    monkeypatch.chdir(home)
    assert failed(invoke(command, "gone", "--sampling-steps", 3), "no checkpoint in gone")
    assert failed(invoke(command, "grid/model.safetensors"), "is a file: give its folder, grid")
    assert failed(invoke(command, "--sampling-steps", 3, "."), "there is one in", "grid")
    assert failed(invoke(command, "--sampling-steps", 3), "CHECKPOINT")
