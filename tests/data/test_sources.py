import builtins
import importlib.util
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from pictures import encoded, noise, save

from subband.data import Picture, Skipped, folders, read
from subband.data.decode import open_file
from subband.data.sources import SKIMAGE, SKLEARN
from subband.errors import DataError, InvalidInput


def names(items):
    return [item.name for item in items]


def test_packaged_photographs_are_all_there():
    items = list(read("packaged"))
    assert all(isinstance(item, Picture) for item in items)
    assert len(items) == len(SKIMAGE) + len(SKLEARN)
    assert len({item.scene for item in items}) == len(items) - 1  # only the stereo pair shares a scene
    pair = [item for item in items if item.scene == "motorcycle"]
    assert names(pair) == ["skimage/motorcycle_left.png", "skimage/motorcycle_right.png"]
    assert min(min(item.pixels.shape[:2]) for item in items) > 64


def test_packaged_photographs_of_an_older_version_are_skipped(monkeypatch):
    monkeypatch.setitem(SKIMAGE, "mandrill.png", "mandrill")
    (skipped,) = [item for item in read("packaged") if isinstance(item, Skipped)]
    assert skipped.name == "skimage/mandrill.png"
    assert "does not include it" in skipped.reason


def test_packaged_photographs_of_a_missing_library_are_skipped(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "sklearn" else found(name))
    skipped = [item for item in read("packaged") if isinstance(item, Skipped)]
    assert names(skipped) == ["sklearn/china.jpg", "sklearn/flower.jpg"]
    assert skipped[0].reason == "sklearn is not installed"


def test_a_folder_is_read_with_its_sub_folders_sorted_and_by_suffix_of_either_case(tmp_path):
    for name in ("b.PNG", "a.JpEg", "z/0.tif", "m/deep/er/1.webp", "m/2.bmp"):
        save(tmp_path / name, noise())
    items = list(read(tmp_path))
    assert names(items) == ["a.JpEg", "b.PNG", "m/2.bmp", "m/deep/er/1.webp", "z/0.tif"]
    assert [item.scene for item in items] == names(items)
    assert names(read(str(tmp_path))) == names(items)


def test_the_order_does_not_depend_on_the_file_system(tmp_path, monkeypatch):
    for name in ("c.png", "a.png", "d/b.png", "d/a.png", "b/z.png"):
        save(tmp_path / name, noise())
    expected = names(read(tmp_path))
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            self.entries = sorted(scandir(path), key=lambda entry: entry.name, reverse=True)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            return None

        def __iter__(self):
            return iter(self.entries)

        def __next__(self):
            if not self.entries:
                raise StopIteration
            return self.entries.pop(0)

        def close(self):
            return None

    monkeypatch.setattr(os, "scandir", Backwards)
    assert names(read(tmp_path)) == expected == ["a.png", "b/z.png", "c.png", "d/a.png", "d/b.png"]


def test_random_order_is_a_permutation_and_repeats_with_its_seed(tmp_path):
    for i in range(20):
        save(tmp_path / f"{i:02d}.png", noise())
    shuffled = names(read(tmp_path, np.random.default_rng(1)))
    assert shuffled == names(read(tmp_path, np.random.default_rng(1)))
    assert shuffled != names(read(tmp_path))
    assert sorted(shuffled) == names(read(tmp_path))
    assert names(read("packaged", np.random.default_rng(0))) != names(read("packaged"))


def test_broken_images_are_named_and_skipped_other_files_ignored(tmp_path):
    save(tmp_path / "good.png", noise())
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "page.png").write_text("<html>")
    (tmp_path / "cut.png").write_bytes(encoded(noise())[:200])
    (tmp_path / "phone.HEIC").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(20))
    for name in ("notes.txt", "Thumbs.db", ".DS_Store", "._good.png", ".hidden/secret.png", "no_suffix"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"anything")
    items = list(read(tmp_path))
    assert names(items) == ["cut.png", "empty.jpg", "good.png", "page.png", "phone.HEIC"]
    reasons = {item.name: item.reason for item in items if isinstance(item, Skipped)}
    assert reasons["empty.jpg"] == "the file is empty (0 bytes)"
    assert reasons["page.png"].startswith("not an image")
    assert "HEIC" in reasons["phone.HEIC"]
    assert "cut.png" in reasons


def test_a_folder_with_nothing_but_broken_images_is_read_and_skipped(tmp_path):
    (tmp_path / "a.png").touch()
    assert [type(item) for item in read(tmp_path)] == [Skipped]


def test_links_that_loop_are_followed_once(tmp_path):
    save(tmp_path / "set/a.png", noise())
    (tmp_path / "set/again").symlink_to(tmp_path / "set", target_is_directory=True)
    (tmp_path / "set/up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "set/gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "other").symlink_to(tmp_path / "set", target_is_directory=True)
    items = list(itertools.islice(read(tmp_path), 10))
    assert sum(isinstance(item, Picture) for item in items) == 1
    assert [item.reason for item in items if isinstance(item, Skipped)] == ["No such file or directory"]


def test_a_link_to_a_folder_is_followed(tmp_path):
    save(tmp_path / "elsewhere/a.png", noise())
    (tmp_path / "set").mkdir()
    (tmp_path / "set/link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(read(tmp_path / "set")) == ["link/a.png"]


def test_a_folder_that_cannot_be_listed_is_skipped(tmp_path, monkeypatch):
    save(tmp_path / "a.png", noise())
    save(tmp_path / "locked/b.png", noise())
    scandir = os.scandir

    def guarded(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    locked, good = read(tmp_path)
    assert locked == Skipped("locked", "the folder can't be listed: Permission denied")
    assert good.name == "a.png"


def test_reading_is_lazy(tmp_path, monkeypatch):
    for i in range(3):
        save(tmp_path / f"{i}.png", noise())
    opened = []
    monkeypatch.setattr(folders, "open_file", lambda path: opened.append(path.name) or open_file(path))
    pictures = read(tmp_path)
    assert opened == []
    next(pictures)
    assert opened == ["0.png"]


def test_errors_come_at_once_and_say_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r'no folder .*nothing; a source is .* "packaged" or "hf:NAME"'):
        read(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(DataError, match=r"no images in .*: 1 other files, none with a suffix in .*\.png"):
        read(tmp_path)
    with pytest.raises(DataError, match=r"notes\.txt is a file; give the folder"):
        read(tmp_path / "notes.txt")
    for nonsense in ("", None, 3):
        with pytest.raises(InvalidInput, match=r"a source is"):
            read(nonsense)  # type: ignore[arg-type]


def test_reading_the_packaged_photographs_imports_neither_library(monkeypatch):
    real_import = builtins.__import__

    def guarded(name, *args, **kwargs):
        assert name.partition(".")[0] not in ("skimage", "sklearn")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", guarded)
    assert isinstance(next(read("packaged")), Picture)
