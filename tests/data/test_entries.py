"""One list of a source's files: the same from a folder, tar, tar.gz and zip, of every odd thing in them."""

import io
import os
import socket
import tarfile
import zipfile

import numpy as np
import pytest
from pictures import encoded, noise, save, smooth
from PIL import Image

from subband.data import Picture, Skipped, archives, read, sources
from subband.data.sources import entries
from subband.errors import DataError, InvalidInput

READERS = ("folder", "tar", "tar.gz", "tar.xz", "zip")
BAD_NAME = os.fsdecode(b"caf\xe9.jpg")


def pack(folder, kind):
    """A folder as a source of another kind, beside it."""
    if kind == "folder":
        return folder
    path = folder.with_name(f"{folder.name}.{kind}")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
    else:
        with tarfile.open(path, f"w:{kind[4:]}") as archive:
            archive.add(folder, ".")
    return path


def names(items):
    return [item.name for item in items]


def odd(folder):
    """A folder of odd things: which are pictures, and why others are not."""
    exif = Image.Exif()
    exif[0x0112] = 6
    good = {
        "cat/a.png": encoded(noise()),
        "dog/b.JPEG": encoded(smooth(), "JPEG"),
        "dog/renamed.jpg": encoded(noise()),
        "dog/cmyk.jpg": encoded(Image.fromarray(smooth()).convert("CMYK"), "JPEG"),
        "dog/16 bit.tif": encoded(Image.fromarray(noise()[..., 0].astype(np.uint16) << 8), "TIFF"),
        "dog/moving.gif": encoded(smooth(), "GIF", save_all=True, append_images=[Image.fromarray(noise())]),
        "dog/palette.png": encoded(Image.fromarray(smooth()).quantize(16), transparency=3),
        "dog/turned.jpg": encoded(smooth(), "JPEG", exif=exif),
        "dog/über 日本\u202e.png": encoded(noise(seed=1)),
        "dog/two\nlines\t\x1b[31m.png": encoded(noise(seed=2)),
        "dog/one.pixel.png": encoded(noise(1, 1)),
    }
    bad = {
        "dog/empty.png": (b"", "the file is empty"),
        "dog/cut.png": (encoded(noise())[:200], "truncated"),
        "dog/page.png": (b"<html>", "not an image"),
        "dog/bomb.ppm": (b"P6 60000 60000 255\n" + bytes(100), "too many pixels"),
        "dog/nan.tif": (encoded(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF"), "NaN"),
    }
    hidden = (
        "._a.png",
        ".hidden/b.png",
        "__MACOSX/cat/._a.png",
        "__MACOSX/c.png",
        "@eaDir/d.jpg",
        "notes.txt",
    )
    for name, content in good.items() | {(name, content) for name, (content, _) in bad.items()}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name in hidden:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded(noise()))
    return good, {name: reason for name, (_, reason) in bad.items()}


@pytest.mark.parametrize("kind", READERS)
def test_odd_things_are_read_alike_by_all_readers(tmp_path, kind):
    good, bad = odd(tmp_path / "set")
    listing = entries(pack(tmp_path / "set", kind))
    assert names(listing) == sorted({*good, *bad})
    assert {entry.name: entry.size for entry in listing if entry.name in good} == {
        name: len(content) for name, content in good.items()
    }
    for entry in listing:
        item = sources.picture(entry)
        assert item.name == entry.name
        if entry.name in good:
            assert isinstance(item, Picture), item
            assert item.facts.bytes == entry.size
            assert item.label == entry.name.partition("/")[0]
        else:
            assert isinstance(item, Skipped)
            assert bad[entry.name] in item.reason
            assert len(item.reason.splitlines()) == 1


@pytest.mark.parametrize("kind", READERS)
def test_random_order_is_that_of_the_folder(tmp_path, kind):
    odd(tmp_path / "set")
    shuffled = names(entries(tmp_path / "set", np.random.default_rng(3)))
    assert names(entries(pack(tmp_path / "set", kind), np.random.default_rng(3))) == shuffled
    assert shuffled != sorted(shuffled)


@pytest.mark.parametrize("kind", READERS)
def test_names_that_are_not_utf_8(tmp_path, kind):
    if kind == "zip":
        pytest.skip("a zip file holds its names as UTF-8 or in code page 437, where every byte is a letter")
    save(tmp_path / "set" / BAD_NAME, noise())
    (item,) = read(pack(tmp_path / "set", kind))
    assert item.name == BAD_NAME
    assert isinstance(item, Picture)


def test_only_regular_files_are_pictures_and_none_is_waited_for(tmp_path):
    folder = tmp_path / "set"
    save(folder / "good.png", noise())
    os.mkfifo(folder / "fifo.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    (folder / "link.png").symlink_to("good.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "album.png").mkdir()
    save(folder / "album.png/inside.png", noise())
    before = os.getcwd()
    os.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.png")
        os.chdir(before)
        items = {item.name: item for item in read(folder)}
    skipped = {name: item.reason for name, item in items.items() if isinstance(item, Skipped)}
    assert skipped == {
        "fifo.png": "not a file but a FIFO",
        "socket.png": "not a file but a socket",
        "zero.png": "not a file but a device",
        "loop.png": "Too many levels of symbolic links",
    }
    assert set(items) - set(skipped) == {"good.png", "link.png", "album.png/inside.png"}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_links_in_a_tar_file_lead_to_their_pictures(tmp_path, mode):
    content = encoded(noise())
    with tarfile.open(tmp_path / "set.tar", mode) as archive:
        info = tarfile.TarInfo("./real/a.png")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
        for name, kind, target in (
            ("hard.png", tarfile.LNKTYPE, "./real/a.png"),
            ("real/soft.png", tarfile.SYMTYPE, "a.png"),
            ("other/far.png", tarfile.SYMTYPE, "../real/soft.png"),
            ("dead.png", tarfile.SYMTYPE, "nowhere.png"),
            ("circle.png", tarfile.SYMTYPE, "circle.png"),
            ("pipe.png", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    items = list(read(tmp_path / "set.tar"))
    assert names(items) == ["hard.png", "other/far.png", "real/a.png", "real/soft.png"]
    assert all(np.array_equal(item.pixels, noise()) for item in items)


def test_a_compressed_tar_file_is_read_once_and_in_order(tmp_path, monkeypatch):
    for i in range(5):
        save(tmp_path / f"set/{i}.png", noise(seed=i))
    path = pack(tmp_path / "set", "tar.gz")
    opened = []
    opening = tarfile.open

    def noted(*args, **options):
        opened.append(args[1] if len(args) > 1 else options.get("mode", "r"))
        return opening(*args, **options)

    monkeypatch.setattr(archives.tarfile, "open", noted)
    items = list(read(path, np.random.default_rng(0)))
    assert [mode for mode in opened if mode not in ("r", "r:")] == ["r|*"]  # "r" looks at the head alone
    assert sorted(item.pixels.tobytes() for item in items) == sorted(
        noise(seed=i).tobytes() for i in range(5)
    )


def test_no_room_for_a_compressed_archive_says_what_to_do(tmp_path, monkeypatch):
    save(tmp_path / "set/a.png", noise())
    path = pack(tmp_path / "set", "tar.gz")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives._Store, "keep", full)
    with pytest.raises(DataError, match=r"no space in .*; unpack it and give the folder"):
        entries(path)


def test_a_member_larger_than_a_picture_is_not_unpacked(tmp_path, monkeypatch):
    for kind in ("tar.gz", "zip", "tar", "folder"):
        save(tmp_path / kind / "a.png", noise())
        path = pack(tmp_path / kind, kind)
        monkeypatch.setattr(archives, "MOST_BYTES", 10)
        monkeypatch.setattr(sources, "MOST_BYTES", 10)
        (item,) = read(path)
        assert isinstance(item, Skipped)
        assert "too large for a picture" in item.reason


def test_an_encrypted_member_and_a_wrong_checksum_are_skipped(tmp_path):
    save(tmp_path / "set/a.png", noise())
    save(tmp_path / "set/b.png", noise())
    path = pack(tmp_path / "set", "zip")
    content = bytearray(path.read_bytes())
    central = content.rindex(b"PK\x01\x02")  # of b.png
    content[central + 8] |= 1  # "encrypted"
    content[content.index(b"IDAT") + 9] ^= 255  # of a.png, stored
    path.write_bytes(content)
    broken, locked = read(path)
    assert "CRC" in broken.reason
    assert "encrypted" in locked.reason


def write(path, content):
    path.write_bytes(content)
    return path


WRONG = {
    "missing": (lambda f: f / "nothing", "no folder .*nothing; a source is"),
    "below a file": (lambda f: write(f / "x.txt", b"x") / "y", "no folder .*y; a source is"),
    "empty folder": (lambda f: f / "empty", "no images in .*empty: 0 other files"),
    "hidden only": (lambda f: f / "hidden", "no images in"),
    "FIFO": (lambda f: f / "fifo", "fifo is a FIFO; give the folder"),
    "device": (lambda f: "/dev/null", "/dev/null is a device; give the folder"),
    "empty file": (lambda f: write(f / "a.tar", b""), r"is empty \(0 bytes\); give the folder"),
    "picture": (lambda f: write(f / "a.png", encoded(noise())), "is a single picture; give the folder"),
    "text": (lambda f: write(f / "a.txt", b"words"), "is a file; give the folder"),
    "no zip": (lambda f: write(f / "a.zip", b"PK\x03\x04 and then nothing"), "is a damaged archive"),
    "no gz": (lambda f: write(f / "a.tar.gz", b"\x1f\x8b\x08 no"), "is a damaged archive"),
    "7z": (lambda f: write(f / "a.7z", b"7z\xbc\xaf"), "of an unsupported format: unpack it"),
    "cut tar": (lambda f: write(f / "a.tar", cut(f, "tar")), "is a damaged tar file"),
    "cut tar.gz": (lambda f: write(f / "a.tar.gz", cut(f, "tar.gz")), "is a damaged tar file"),
    "tar of text": (lambda f: text_only(f, "tar"), "no images in .*: 1 other files"),
    "zip of text": (lambda f: text_only(f, "zip"), "no images in .*: 1 other files"),
    "null": (lambda f: "a\0b", r"can't read a\\x00b"),
    "long": (lambda f: "x" * 5000, "can't read x+: File name too long"),
    "odd name": (lambda f: f / os.fsdecode(b"no\xe9\n"), r"no folder .*no\\xe9\\n; a source"),
}


def cut(folder, kind):
    for i in range(9):
        save(folder / f"cut/{i}.png", noise(seed=i))
    content = pack(folder / "cut", kind).read_bytes()
    return content[: len(content) // 2]


def text_only(folder, kind):
    (folder / "text").mkdir()
    (folder / "text/a.txt").write_text("words")
    return pack(folder / "text", kind)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_source_gives_one_line(tmp_path, case):
    (tmp_path / "empty").mkdir()
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/.a.png").write_bytes(encoded(noise()))
    os.mkfifo(tmp_path / "fifo")
    make, message = WRONG[case]
    with pytest.raises(DataError, match=message) as caught:
        entries(make(tmp_path))
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).encode()


def test_what_cannot_be_opened_gives_one_line(tmp_path, monkeypatch):
    save(tmp_path / "set/a.png", noise())
    path = pack(tmp_path / "set", "tar")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sources, "is_archive", denied)
    with pytest.raises(DataError, match=r"can't read .*set\.tar: Permission denied"):
        entries(path)
    monkeypatch.setattr(os, "stat", denied)
    with pytest.raises(DataError, match=r"can't read .*set: Permission denied"):
        entries(tmp_path / "set")


def test_a_source_is_a_path_or_a_name():
    with pytest.raises(InvalidInput, match="a source is"):
        entries(b"set")  # type: ignore[arg-type]
