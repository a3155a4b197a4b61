"""Durations and NAME=DIR pairs."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from subband.cli.parse import duration, first_argument, named_folders, suggestion


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("3m", 180), ("1h", 3600), ("1h30m", 5400), ("1.5m", 90), (" 2M ", 120)],
)
def test_durations(text, seconds):
    assert duration(text) == seconds


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_parts_of_a_duration_add_up(hours, minutes, seconds):
    assert duration(f"{hours}h{minutes}m{seconds}s") == 3600 * hours + 60 * minutes + seconds


@pytest.mark.parametrize("text", ["", "180", "3 minutes", "m3", "-3m", "1d", "3m now"])
def test_what_is_no_duration_is_explained(text):
    with pytest.raises(typer.BadParameter, match="90s, 3m or 1h30m"):
        duration(text)


def test_no_time_is_refused():
    with pytest.raises(typer.BadParameter, match="at least 1s"):
        duration("0m")


def test_named_folders():
    assert named_folders([]) == {}
    assert named_folders(["a=x", "b=y=z"]) == {"a": "x", "b": "y=z"}


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (["folder"], "not NAME=DIR"),
        (["=folder"], "not NAME=DIR"),
        (["name="], "not NAME=DIR"),
        (["a=x", "a=y"], "given twice"),
    ],
)
def test_a_wrong_pair_is_explained(pairs, says):
    with pytest.raises(typer.BadParameter, match=says):
        named_folders(pairs)


VALUED = {"--data", "--steps"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], None),
        (["--flip", "--data", "vae"], None),
        (["vae", "gan"], "vae"),
        (["--data", "gan", "vae"], "vae"),
        (["--data=gan", "--flip", "vae"], "vae"),
        (["diffusoin", "--data", "vae"], "diffusoin"),
        (["--stepz", "6", "vae"], "vae"),
        (["--stepz", "6"], "6"),
        (["--flip", "--", "--data"], "--data"),
        (["--data"], None),
    ],
)
def test_the_first_argument_is_no_option_and_no_value_of_one(words, found):
    assert first_argument(words, VALUED, {"vae", "gan"}.__contains__) == found


def test_the_nearest_name_is_suggested():
    assert suggestion("Diffusoin", ["vae", "diffusion"]) == '; did you mean "diffusion"? Otherwise'
    assert suggestion("pixelcnn", ["vae", "diffusion"]) == ":"
