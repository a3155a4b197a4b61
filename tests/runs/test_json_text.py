"""JSON that strict readers take, whatever names are in it."""

import base64
import json
import os

import pytest

from subband.runs.json_text import json_text, named

STRICT = [b"a.png", "日本 é.png".encode(), b'a\nb\t"c\\.png', b"\xe2\x80\xaegpj.exe", b"\xc2\x9b31m"]


@pytest.mark.parametrize("name", STRICT)
def test_a_name_that_is_text_stands_exact(name):
    text = json_text(named("path", os.fsdecode(name)))
    assert json.loads(text.encode()) == {"path": name.decode()}
    assert not set(text) & set("\u202e\x9b\x1b")


def test_a_name_that_is_no_text_has_its_bytes_beside_it():
    entry = json.loads(json_text(named("path", os.fsdecode(b"caf\xe9.jpg"))).encode())
    assert entry["path"] == r"caf\xe9.jpg"
    assert base64.b64decode(entry["path_base64"]) == b"caf\xe9.jpg"


def test_strings_anywhere_are_text():
    content = {"a\udce9": ["b\udce9", ("c", {"d": "e\udc80"})], "n": 1.5, "none": None}
    assert json.loads(json_text(content).encode()) == {
        r"a\xe9": [r"b\xe9", ["c", {"d": r"e\x80"}]],
        "n": 1.5,
        "none": None,
    }


def test_numbers_that_json_does_not_know_are_null():
    assert json.loads(json_text([float("nan"), float("-inf"), 0.1 + 0.2])) == [None, None, 0.1 + 0.2]
