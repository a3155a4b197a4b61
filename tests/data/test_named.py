"""Images that a person names."""

import io
import os
import sys

import pytest

from subband.data.named import counted_images, named_images
from subband.errors import DataError, InvalidInput, UnreadableImage


@pytest.fixture
def there(tmp_path, monkeypatch):
    """a.png, b.jpg, sub/c.png, sub/notes.txt, empty/, @odd.png."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.jpg", "sub/c.png", "sub/notes.txt", "@odd.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(*words, lists=()):
    found = [item.name for item in named_images(words, lists)]
    assert counted_images(words, lists) == len(found)
    return found


def test_files_folders_and_patterns(there):
    assert names("b.jpg", "a.png") == ["b.jpg", "a.png"]
    assert names("sub") == [os.path.join("sub", "c.png")]
    assert names(".") == ["@odd.png", "a.png", "b.jpg", os.path.join("sub", "c.png")]
    assert names("*.png") == ["@odd.png", "a.png"]
    assert names("**/c.*") == [os.path.join("sub", "c.png")]
    (there / "x[1].png").write_bytes(b"x")
    assert names("x[1].png") == ["x[1].png"]  # a file of that name, not a pattern


def test_each_is_read_when_it_is_wanted(there):
    items = list(named_images(["a.png", "sub", "./@odd.png"]))
    assert [item.read() for item in items] == [b"a.png", b"sub/c.png", b"@odd.png"]


def test_what_is_missing_or_empty_is_listed_and_fails_when_read(there):
    for word, says in (
        ("gone.png", "No such file"),
        ("empty", "no images: 0 other"),
        ("*.gif", "no file fits"),
    ):
        (item,) = named_images([word])
        with pytest.raises(UnreadableImage, match=says):
            item.read()


def test_lists_of_names(there):
    (there / "list.txt").write_bytes(b"a.png\r\n\n  \ncaf\xe9 x.png\nhttps://example.org/a.png\n")
    wanted = ["a.png", os.fsdecode(b"caf\xe9 x.png"), "https://example.org/a.png"]
    assert names("@list.txt") == names(lists=["list.txt"]) == wanted
    assert names("b.jpg", lists=["list.txt"])[0] == "b.jpg"
    with pytest.raises(DataError, match=r"can't read the list gone\.txt"):
        list(named_images(["@gone.txt"]))


class Console:
    """Standard input with some bytes."""

    def __init__(self, content):
        self.buffer = io.BytesIO(content)


def test_standard_input_is_an_image_or_a_list(there, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Console(b"pixels"))
    (item,) = named_images(["-"])
    assert (item.name, item.read()) == ("standard input", b"pixels")
    monkeypatch.setattr(sys, "stdin", Console(b"a.png\nb.jpg\n"))
    assert [item.read() for item in named_images([], ["-"])] == [b"a.png", b"b.jpg"]
    assert counted_images([], ["-"]) is counted_images(["@-"]) is None
    with pytest.raises(InvalidInput, match="read once"):
        list(named_images(["-"], ["-"]))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="no standard input"):
        next(iter(named_images([], ["-"])))


def test_a_list_gives_its_names_as_they_come(there, monkeypatch):
    """So that a producer on the other side of a pipe need not end first."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stream:
        monkeypatch.setattr(sys, "stdin", type("Pipe", (), {"buffer": stream})())
        items = named_images([], ["-"])
        os.write(write, b"a.png\n")
        assert next(items).name == "a.png"
        os.close(write)
        assert list(items) == []
