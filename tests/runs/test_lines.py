"""Messages are one line, and words of a shell are exact."""

import os
import subprocess

import pytest

from subband.runs.lines import one_line, typed


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
