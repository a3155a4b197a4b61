"""Names of files as one safe line."""

import os
import unicodedata
from pathlib import Path

import pytest

from subband.runs.names import printable


@pytest.mark.parametrize(
    "ordinary",
    [
        "a b.jpg",
        "café.png",
        "日本語　写真.png",
        "Ω≈ç√.tif",
        "e\u0301.png",
        "👩\u200d🚀.png",
        "می\u200cخواهم.jpg",
        "שלום.jpg",
        "",
    ],
)
def test_ordinary_names_stay(ordinary):
    assert printable(ordinary) == ordinary


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x07\x00\x7f", r"\x1b[31mred\x07\x00\x7f"),
        ("\x85\x9b31m", r"\u0085\u009b31m"),  # the 8-bit forms of new line and of the escape sequence
        (os.fsdecode(b"caf\xe9.jpg"), r"caf\xe9.jpg"),
        ("\ud800 alone", r"\ud800 alone"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("\u2066\u2069\u200e\u200f\u061c\ufeff\u200b", r"\u2066\u2069\u200e\u200f\u061c\ufeff\u200b"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\U000e0041", r"\U000e0041"),  # tag characters hide text
    ],
)
def test_unsafe_characters_are_escaped(name, line):
    assert printable(name) == line


@pytest.mark.skipif(os.sep == "\\", reason="a backslash separates folders here")
def test_a_name_that_looks_escaped_is_another_name():
    assert printable("a\\nb") == r"a\\nb" != printable("a\nb")


def test_paths_and_bytes_are_names_too():
    assert printable(Path("a\n/b.png")) == r"a\n/b.png"
    assert printable(b"caf\xe9") == r"caf\xe9"  # type: ignore[arg-type]


def test_every_character_gives_one_line_that_utf_8_can_encode():
    for code in range(0x30000):
        line = printable(chr(code))
        assert line.splitlines() == [line]
        assert line.encode()
        assert all(unicodedata.category(c) not in ("Cc", "Cs") for c in line)
