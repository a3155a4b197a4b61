"""Names of files as one safe line."""

import os
import subprocess
import unicodedata
from pathlib import Path

import pytest

from subband.runs.names import one_line, printable, typed


@pytest.mark.parametrize(
    "ordinary",
    ["a b.jpg", "café.png", "日本語　写真.png", "Ω≈ç√.tif", "e\u0301.png", "👩\u200d🚀.png", "می\u200cخواهم.jpg", "שלום.jpg", ""],
)  # fmt: skip
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


@pytest.mark.parametrize(
    "message", ["plain", "é 日本 👩\u200d🚀", r"can't read caf\xe9\n.jpg: it is C:\\dir", "100 % [red] $x$"]
)
def test_a_message_that_is_one_line_stays(message):
    assert one_line(message) == message


def test_a_message_becomes_one_line_and_keeps_what_is_escaped():
    assert one_line("a\\nb: c\nd \udce9 \x1b[31m") == r"a\nb: c\nd \xe9 \x1b[31m"


@pytest.mark.parametrize(
    "name",
    [b"a b", b"caf\xe9", b"a\nb'c\\d", "日本 é".encode(), b"\xe2\x80\xae.jpg", b"$HOME", b"'", b"\xe9\xe9a1"],
)
def test_a_shell_gives_the_exact_bytes_of_a_typed_word(name):
    words = f"printf %s {typed(os.fsdecode(name))}"
    words.encode()
    assert subprocess.run(["bash", "-c", words], capture_output=True, check=True).stdout == name
