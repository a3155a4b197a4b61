"""`subband train`, `sample`, `evaluate`: flags are the settings' fields, runs go on, numbers have floors."""

import json
import os
import re
import shlex
import signal
from dataclasses import MISSING, asdict, fields, is_dataclass

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from typer.testing import CliRunner

from subband.cli import app
from subband.cli.flags import FITTED
from subband.errors import CheckpointError
from subband.generate import GENERATORS, TrainedGenerator, TrainSettings, load_generator, rebuilt
from subband.training import load_checkpoint, settings_of

FAMILIES = sorted(GENERATORS)
QUICK = ["--batch", "4", "--save-every", "0", "--log-every", "1"]


def invoke(*words):
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "400", "TERM": "dumb"})


def said(result):
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """240 blobs in two classes, left and right."""
    random = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("data")
    labels = np.arange(240) % 2
    y, x = np.mgrid[:16, :16] / 16
    centre = 0.25 + 0.5 * labels[:, None, None] + random.uniform(-0.1, 0.1, (240, 1, 1))
    colours = random.uniform(100, 250, (240, 1, 1, 3))
    distance = (x - centre) ** 2 + (y - random.uniform(0.3, 0.7, (240, 1, 1))) ** 2
    pixels = (np.exp(-20 * distance)[..., None] * colours).astype(np.uint8)
    np.savez(folder / "blobs.npz", x_train=pixels, y_train=labels, x_test=pixels[:120], y_test=labels[:120])
    return folder / "blobs.npz"


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "d"
    words = ("train", "diffusion", "--data", data, "--steps", 12, "--out", folder, *QUICK)
    result = invoke(*words, "--width", 16, "--snapshots", 4, "--profiles", "0.2", "--sheet-every", 6)
    assert result.exit_code == 0, result.output
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_help_tells_the_truth(family):
    """Every field is a flag with the field's default and words; there is no other flag, and no two are alike."""
    entries = options(invoke("train", family, "--help").stdout)
    own = [setting for setting in settings_of(GENERATORS[family].config) if setting.role != "data"]
    common = settings_of(TrainSettings)
    for setting in (*own, *common):
        text = entries.pop(f"--{setting.name.replace('_', '-')}")
        assert setting.help[1:] + "." in text
        # A word that may be empty has no default to show.
        shown = [] if setting.default == "" else [expected(setting)]
        assert re.findall(r"\[default: (.*?)\]", text) == shown, setting.name
    assert set(entries) == {
        "--help",
        "--data",
        "--data-b",
        "--size",
        "--images",
        "--labels",
        "--out",
        "--overwrite",
    }


def options(text):
    """Each option of a --help with its words, table lines put together."""
    entries = {}
    for line in text.splitlines():
        words = line.strip("│ *").split()
        if words and words[0].startswith("--"):
            name = words[0]
            assert name not in entries
            entries[name] = ""
        if line.startswith("│") and entries:
            entries[name] += " ".join(words) + " "
    return entries


def expected(setting):
    """How --help should show a field's default."""
    if setting.role == "fitted":
        return f"({FITTED})"
    if setting.type is bool:
        name = setting.name.replace("_", "-")
        return name if setting.default else f"no-{name}"
    if isinstance(setting.default, tuple):
        return ",".join(map(str, setting.default)) or "(none)"
    return str(setting.default)


@pytest.mark.parametrize("family", FAMILIES)
def test_flags_arrive_in_config_json(family, data, tmp_path):
    """Each plain field is set to another value than its default, and found again in the checkpoint."""
    config = GENERATORS[family].config
    other = {f.name: 0.07 for f in fields(config) if f.name == "average"} | {"batch": 3, "rate": 0.0012}
    words = [word for name, value in other.items() for word in (f"--{name}", value)]
    words += ["--data-b", data] if GENERATORS[family].domains == 2 else []
    result = invoke("train", family, "--data", data, "--steps", 1, "--out", tmp_path / "x", *words)
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "x" / "config.json").read_text())["config"]
    defaults = GENERATORS[family].configure(16)
    for field in fields(config):
        if field.name in other:
            assert written[field.name] == other[field.name]
        elif field.name != "classes" and field.default is not MISSING:
            value = getattr(defaults, field.name)
            plain = asdict(value) if is_dataclass(value) else value
            assert written[field.name] == json.loads(json.dumps(plain))


def test_a_run_leaves_a_model_sheets_a_log_and_its_state(run):
    there = {path.name for path in run.iterdir()}
    assert there >= {"model.safetensors", "config.json", "training.safetensors", "sheets", "log", "snapshots"}
    assert [p.name for p in sorted((run / "sheets").iterdir())] == ["step-0000006.png", "step-0000012.png"]
    log = EventAccumulator(str(run / "log")).Reload()
    assert [entry.step for entry in log.Scalars("main/loss")] == list(range(1, 13))
    assert {"main/gradient norm", "main/rate", "speed/steps per second"} <= set(log.Tags()["scalars"])
    assert load_checkpoint(run / "profiles" / "width-0.2000").kind == "diffusion"


def test_ctrl_c_says_how_to_go_on_and_it_goes_on_to_the_same_bits(data, tmp_path, monkeypatch):
    words = ["train", "vae", "--data", str(data), "--steps", "6", *QUICK]
    whole, cut = ([*words, "--out", str(tmp_path / name)] for name in ("whole", "cut"))
    assert invoke(*whole).exit_code == 0

    def interrupt(step, *_):
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("sys.argv", ["subband", *cut])
    with monkeypatch.context() as patched:
        patched.setattr("subband.cli.train._Monitor.sheet", lambda self, step, generator: interrupt(step))
        result = invoke(*cut)
    assert result.exit_code == 130
    assert "stopped at step 3 of 6; saved. To resume, type" in result.stdout
    command = shlex.split(result.stdout.strip().splitlines()[-1])
    assert command[0] == "subband"
    assert invoke(*command[1:]).exit_code == 0
    ours, theirs = (load_checkpoint(tmp_path / name).tensors for name in ("whole", "cut"))
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_a_folder_of_another_run_is_refused_and_kept(run, data):
    before = (run / "training.safetensors").read_bytes()
    result = invoke("train", "diffusion", "--data", data, "--steps", 12, "--out", run, *QUICK, "--width", 24)
    assert result.exit_code == 2
    assert "width was 16 and is 24" in said(result)
    assert (run / "training.safetensors").read_bytes() == before


def test_overwrite_begins_anew_and_removes_only_its_own(data, tmp_path):
    folder = tmp_path / "x"
    for rate in ("0.001", "0.002"):
        words = ("--steps", 1, "--out", folder, "--rate", rate, "--overwrite")
        assert invoke("train", "vae", "--data", data, *words).exit_code == 0
        (folder / "notes.txt").write_text("mine")
    assert json.loads((folder / "config.json").read_text())["config"]["rate"] == 0.002
    assert (folder / "notes.txt").read_text() == "mine"


def test_samples_follow_flags_seeds_and_places(run, tmp_path):
    config = load_generator(run).config
    free = [setting.name for setting in settings_of(type(config)) if setting.role == "sampling"]
    entries = options(invoke("sample", run, "--help").stdout)
    for name in free:
        flag, value = name.replace("_", "-"), getattr(config, name)
        text = entries.pop(f"--{flag}")
        default = (flag if value else f"no-{flag}") if isinstance(value, bool) else value
        assert f"[default: {default}]" in text or value == ""
    own = {"--pretrained", "--count", "--seed", "--label", "--average", "--out", "--overwrite", "--help"}
    assert set(entries) == own
    assert invoke("sample", run, "--count", 5, "--out", tmp_path / "a.png").exit_code == 0
    assert invoke("sample", run, "--count", 5, "--out", tmp_path / "b").exit_code == 0
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [f"{k:05d}.png" for k in range(5)]
    first = np.asarray(Image.open(tmp_path / "b" / "00000.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png"))[:16, :16], first)
    # Classes take turns, unless they are named.
    generator = load_generator(run)
    turns = np.arange(5) % len(generator.config.classes)
    np.testing.assert_array_equal(generator.sample(5, seed=0, labels=turns)[0], first)
    result = invoke("sample", run, "--label", "cat")
    assert (result.exit_code, "has no class cat" in said(result)) == (2, True)
    result = invoke("sample", tmp_path / "gone")
    assert (result.exit_code, "no checkpoint in" in said(result)) == (2, True)


def test_averages_of_other_widths_are_rebuilt_from_snapshots(run):
    family = GENERATORS["diffusion"]
    kept = load_generator(run / "profiles" / "width-0.2000").network.state_dict()
    again = rebuilt(family, run, 0.2).network.state_dict()
    assert all(np.allclose(again[name], kept[name], atol=1e-5) for name in kept)
    with pytest.raises(CheckpointError, match="--snapshots 16"):
        rebuilt(family, run / "profiles", 0.1)


def test_hub_methods_keep_the_same_files(run, tmp_path):
    generator = load_generator(run)
    generator.save_pretrained(tmp_path / "hub")
    assert {"model.safetensors", "config.json", "README.md"} == {p.name for p in (tmp_path / "hub").iterdir()}
    back = TrainedGenerator.from_pretrained(tmp_path / "hub")
    assert back.config == generator.config
    np.testing.assert_array_equal(back.sample(2, seed=1), generator.sample(2, seed=1))


def test_evaluation_has_numbers_with_floors_a_figure_and_keeps_its_judge(run, data, tmp_path):
    words = ("evaluate", run, "--data", data, "--judge-data", f"{data}:test", "--judge-steps", 30)
    words = (*words, "--judge", tmp_path / "judge", "--count", 100)
    result = invoke(*words, "--out", tmp_path / "one")
    assert result.exit_code == 0, result.output
    numbers = json.loads((tmp_path / "one" / "evaluation.json").read_text())["numbers"]
    assert numbers["kid"] > 5 * abs(numbers["floor_kid"])
    assert numbers["frechet"] > numbers["floor_frechet"] > 0
    assert numbers["judge_accuracy"] > 0.9
    assert numbers["count"] == 100
    assert Image.open(tmp_path / "one" / "evaluation.png").size[0] > 500
    invoke(*words, "--out", tmp_path / "two")
    assert json.loads((tmp_path / "two" / "evaluation.json").read_text())["numbers"] == numbers
    result = invoke(*words, "--count", 10)
    assert (result.exit_code, "50 are the least" in said(result)) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pixelcnn",), "diffusion, gan, maskgit, paella, stylegan3, transgan, vae, vampprior"),
        (("vae", "--widths", "a,b"), "is not a list of int"),
        (("gan", "--penalty", "1,2,3"), "has 3 values; give 2"),
        (("vae", "--precision", "float16"), "float16"),
        (("vae", "--steps", "-1"), "steps=-1"),
        (("vae", "--minutes", "0"), "above 0"),
        (("vae", "--size", "64"), "too small for size 64"),
        (("vae", "--rate", "0"), "rate=0.0"),
    ],
)
def test_wrong_words_are_explained(words, says, data, tmp_path):
    result = invoke("train", *words, "--data", data, "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert says in said(result)
    assert not list(tmp_path.rglob("*.safetensors"))
