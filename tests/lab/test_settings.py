"""Settings are checked before any work starts, and know the command that repeats them."""

import json
import os
import shlex
import subprocess

import pytest
from typer.testing import CliRunner

from subband.errors import InvalidInput
from subband.lab.settings import LabSettings


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"size": 60}, "--size 64"),
        ({"size": 8}, "--size 16"),
        ({"size": 64.0}, "whole number"),
        ({"seeds": True}, "whole number"),
        ({"resize": 32}, "use the size, 64, or more"),
        ({"budget": 0.0}, "positive time"),
        ({"budget": float("nan")}, "positive time"),
        ({"budget": float("inf")}, "positive time"),
        ({"seeds": 0}, "use 1 to 100"),
        ({"seed": -1}, "use 0 to"),
        ({"images": 3}, "use 12 to"),
        ({"threads": 0}, "use 1 to"),
        ({"encode": "bmp"}, "jpeg:85"),
        ({"encode": "jpeg:101"}, "1–100"),
        ({"encode": "jpeg"}, "jpeg:85"),
        ({"generated": {"real": "x"}}, 'not "real"'),
        ({"generated": {"a b": "x"}}, "a b"),
        ({"families": ()}, "no generated images"),
        ({"families": ("gan", "gan")}, "at most once"),
        ({"families": ("flow",)}, "diffusion, gan, stylegan3, transgan, vae"),
        ({"name": "../evil"}, "can't name a run"),
        ({"name": ""}, "can't name a run"),
        ({"overwrite": True}, "--overwrite needs --name"),
        ({"steps": {"gan": "9"}}, "this run needs detectors, diffusion, gan, vae"),
        ({"generated": {"a": "x"}, "steps": {"detectors": "400"}}, "400x128x60000"),
        ({"families": ("gan",), "steps": {"gan": "0", "detectors": "4x4x4"}}, "a whole number"),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(wrong, says):
    with pytest.raises(InvalidInput, match=says):
        LabSettings(**wrong)


def test_sources_are_in_class_order():
    assert LabSettings().sources == ("real", "diffusion", "gan", "vae")
    assert LabSettings(generated={"b": "x", "a": "y"}).sources == ("real", "a", "b")


def test_the_figures_depend_on_json_values_and_not_on_name_or_place():
    one, two = LabSettings(name="a", out="x"), LabSettings(name="b", out="y", overwrite=True)
    assert one.figures() == two.figures() == json.loads(json.dumps(one.figures()))
    assert LabSettings(seed=1).figures() != one.figures()


@pytest.mark.parametrize(
    "settings",
    [
        LabSettings(),
        LabSettings(
            real="my photos", generated={"a": "x y", "b": "z"}, budget=90.5, name="n", overwrite=True
        ),
        LabSettings(
            families=("gan", "vae"), size=32, resize=64, encode="jpeg:85", seeds=1, seed=7, images=99
        ),
        LabSettings(threads=1, out="elsewhere", measured=True),
        LabSettings(families=("gan",), measured=True, steps={"gan": "120", "detectors": "40x32x20000"}),
    ],
)
def test_the_recorded_command_gives_the_same_settings(settings, monkeypatch):
    from subband.cli import app

    seen = []

    def run_lab(given, watcher, *, started):
        seen.append(given)
        raise InvalidInput("stop here")

    monkeypatch.setattr("subband.lab.run_lab", run_lab)
    program, *words = shlex.split(settings.command())
    assert program == "subband"
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert seen == [settings]


@pytest.mark.parametrize("spec", [b"caf\xe9", b"my photos\n", b"it's", "日本".encode()])
def test_the_command_gives_the_exact_folder_whatever_its_name(spec):
    words = LabSettings(real=os.fsdecode(spec), out=os.fsdecode(spec), measured=True).command()
    words.encode()
    assert words.isprintable()
    split = subprocess.run(["bash", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True).stdout
    assert split.split(b"\0")[:-1] == [b"subband", b"lab", b"--real", spec, b"--out", spec]
