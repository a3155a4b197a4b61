"""The program as a whole: help, version, errors, and how quickly it answers."""

import json
import os
import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from subband._version import __version__
from subband.cli import app
from subband.errors import DataError

OPTIONS = {
    "lab": "--real --generated --train --size --resize --encode --images --budget --reference --steps --seeds "
    "--seed --threads --name --out --overwrite",
    "detect": "--from-file --allow-large --model --real-label --threshold --format --json --explain --fail-on",
    "scan": "--out --model --workers --address --threshold --seconds --memory --largest --overwrite --json",
    "calibrate": "--real --generated --freeze --false-alarms --misses --images --out --real-label",
    "teach": "--images --out",
    "evaluate-detector": "--model --real --generated --data --images --side --conditions --bands --resamples "
    "--seed --train --size --steps --crops --out --overwrite --json",
    "synthesise": "--out --statistics --n --size --octaves --mask --init --tol --evaluations "
    "--seed --overwrite --json",
    "restore": "--task --prior --out --noise --mask --blur --angles --size --simulate --noise-db "
    "--train --seed --overwrite --json",
    "compress": "--bpp --psnr --quality --fast --cosines --no-cosines --out --explain --overwrite",
    "decompress": "--zoom --out --overwrite",
    "predict": "--start --context --horizon --objects --rotation --no-rotation --size --gru-steps --out --json",
    "fly": "--checkpoints --load --wind --noise --no-noise --margin --tilt --seed --out --animation --json",
    "reproduce": "--list --all --page --budget --results",
    "translate": "--back --count --seed --out --overwrite",
    "train": "--data --data-b --size --images --labels --no-labels --out --overwrite",
    "sample": "--pretrained --count --seed --label --average --out --overwrite --prompt --negative "
    "--sampling-steps --guidance --height --width --scheduler --at-once --download",
    "edit": "--mask --extend --label --strength --count --seed --average --out --overwrite",
    "evaluate": "--data --count --seed --average --out --judge --judge-data --judge-steps --importance-samples",
}


def invoke(*words):
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


PROGRAMS = """
import json, sys
from subband.cli import main
for words in json.loads(sys.argv.pop()):
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as end:
        print(end.code)
"""


def programs(*words):
    """The program with one list of words after another, in a process that loads it once; prints the statuses."""
    command = [sys.executable, "-c", PROGRAMS, json.dumps(words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_version():
    assert invoke("--version").stdout == f"subband {__version__}\n"


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_every_option_and_no_other(command):
    text = invoke(command, "--help").stdout
    named = set(re.findall(r"(?<![\w`-])--[a-z-]+", text)) - {"--help"}
    assert named == set(OPTIONS[command].split())


def test_help_shows_the_true_defaults():
    text = " ".join(invoke("lab", "--help").stdout.split())
    for default in ("packaged", "3m", "64", "png", "2000", "runs"):
        assert f"[default: {default}]" in text


def test_every_command_is_in_the_help_of_the_program():
    text = invoke("--help").stdout
    commands = typer.main.get_command(app).commands
    assert set(commands) == set(OPTIONS)
    assert all(command in text for command in commands)


def test_help_loads_nothing_heavy():
    """How long it takes is measured by benchmarks/import_time.py."""
    code = (
        "import sys; sys.argv = ['subband', '--help']\n"
        "from subband.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'numpy', 'matplotlib', 'sklearn', 'skimage', 'jax'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert result.stdout.rstrip().endswith("[]"), result.stdout[-500:]


def test_an_error_is_one_line_and_status_2():
    result = programs(["lab", "--real", "no-such-folder", "--out", "/dev/null/x"], ["lab", "--size", "60"])
    assert result.stdout == "2\n2\n"
    place, size = result.stderr.splitlines()
    assert place.startswith("subband: ")
    assert size.startswith("subband: ")
    assert "--size 64" in size


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lab", "--budget", "soon"), "90s, 3m or 1h30m"),
        (("lab", "--budget", "1s"), "the smallest that works"),
        (("lab", "--generated", "folder"), "NAME=DIR"),
        (("lab", "--generated", "a=x", "--generated", "a=y"), "given twice"),
        (("lab", "--generated", "real=x"), 'not "real"'),
        (("lab", "--train", "magic"), "diffusion, gan, stylegan3"),
        (("lab", "--encode", "gif"), "jpeg:85"),
        (("lab", "--overwrite"), "--name"),
        (("reproduce",), "packets-vs-pixels"),
        (("reproduce", "nonsense"), "packets-vs-pixels"),
        (("detect",), "IMAGE"),
        (("scan", "--out", "table"), "SOURCE"),
        (("scan", "photos"), "--out"),
        (("detect", "x.png", "--format", "xml"), "jsonl"),
        (("detect", "x.png", "--fail-on", "maybe"), "cant-tell"),
        (("detect", "x.png", "--real-label", "human"), "--model hf:NAME"),
        (("calibrate", "runs"), "--real"),
        (("teach", "runs"), "NAME=DIR"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_words_are_explained_with_status_2(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoke(*words)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.output
    assert list(tmp_path.rglob("*.json")) == []


def test_a_missing_folder_is_an_error_and_leaves_nothing(tmp_path):
    result = invoke("lab", "--real", str(tmp_path / "gone"), "--out", str(tmp_path / "runs"))
    assert result.exit_code == 2
    assert "gone" in result.stderr
    assert list((tmp_path / "runs").iterdir()) == []


def test_an_unforeseen_error_is_not_dressed_up(monkeypatch):
    def fail(settings, watcher, *, started):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("subband.lab.run_lab", fail)
    assert isinstance(invoke("lab").exception, ZeroDivisionError)


@pytest.mark.parametrize(("error", "status"), [(DataError("x"), 2), (KeyboardInterrupt(), 130)])
def test_exit_statuses(monkeypatch, error, status):
    def fail(settings, watcher, *, started):
        raise error

    monkeypatch.setattr("subband.lab.run_lab", fail)
    result = invoke("lab")
    assert result.exit_code == status
    assert result.stderr.startswith("subband: ")


def test_the_table_of_claims(tmp_path):
    text = invoke("reproduce", "--list", "--results", str(tmp_path)).stdout
    for phrase in ("packets-vs-pixels", "sd14-detection", "99.70 ± 0.09 %", "not run yet"):
        assert phrase in text


@pytest.mark.parametrize("chosen", [None, "INFINITY"])
def test_threads_of_torch_do_not_spin_long_unless_the_user_says_so(chosen: str | None) -> None:
    code = (
        "import os, sys; sys.argv[1:] = ['--version']\n"
        "from subband.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: print('torch' in sys.modules, os.environ['GOMP_SPINCOUNT'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    environment |= {} if chosen is None else {"GOMP_SPINCOUNT": chosen}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == f"False {chosen or '10000'}"
