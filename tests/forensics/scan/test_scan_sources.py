"""The same images give the same rows, whatever they lie in."""

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from scanning import PLAIN, contents, png, scanned, table, tar, zipped

from subband.errors import DataError
from subband.forensics.scan import scan


@pytest.fixture
def expected(folder, tmp_path, model):
    scanned([folder], tmp_path / "expected", model)
    return contents(tmp_path / "expected")


def test_a_folder_gives_one_row_an_image(folder, tmp_path, model, pictures):
    found = scan([folder], tmp_path / "out", model, PLAIN)
    rows = table(tmp_path / "out")
    assert [Path(row["uri"]).relative_to(folder).as_posix() for row in rows] == sorted(pictures)
    assert (found.images, found.new, found.errors) == (30, 30, 2)
    assert sum(found.verdicts.values()) == 28
    assert all((row["error"] is None) == (row["verdict"] is not None) for row in rows)


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz", "zip"])
def test_archives_give_the_rows_of_the_folder(ending, tmp_path, model, pictures, expected):
    place = tmp_path / f"shard.{ending}"
    if ending == "zip":
        zipped(place, pictures.items())
    else:
        tar(place, pictures.items(), "w:" + ending[4:])
    scanned([place], tmp_path / "out", model)
    assert contents(tmp_path / "out") == expected


def test_a_folder_of_shards_is_scanned_like_a_folder_of_images(tmp_path, model, pictures, expected):
    items = list(pictures.items())
    (tmp_path / "shards").mkdir()
    tar(tmp_path / "shards" / "0.tar", items[:11])
    zipped(tmp_path / "shards" / "1.zip", items[11:20])
    for name, content in items[20:]:
        (tmp_path / "shards" / name.replace("/", "-")).write_bytes(content)
    rows = scanned([tmp_path / "shards"], tmp_path / "out", model)
    assert contents(tmp_path / "out") == expected
    assert sum(row["uri"].startswith("tar://") for row in rows) == 11
    assert sum(row["uri"].startswith("zip://") for row in rows) == 9


@pytest.mark.parametrize("streamed", [False, True])
def test_a_hugging_face_data_set_gives_the_rows_of_the_folder(streamed, tmp_path, model, folder, pictures):
    datasets = pytest.importorskip("datasets")
    good = {name: content for name, content in pictures.items() if "broken" not in name}
    (folder / "a" / "broken.jpg").unlink()
    scanned([folder], tmp_path / "expected", model)
    if streamed:
        source = f"hf:{folder}"  # in the layout of `load_dataset`
    else:
        cells = [{"image": {"bytes": content, "path": None}} for content in good.values()]
        features = datasets.Features({"image": datasets.Image()})
        datasets.Dataset.from_list(cells, features=features).save_to_disk(tmp_path / "saved")
        source = f"hf:{tmp_path / 'saved'}"
    rows = scanned([source], tmp_path / "out", model)
    assert contents(tmp_path / "out") == contents(tmp_path / "expected")
    assert all(row["uri"].startswith(f"{source}:train") for row in rows)


def test_fsspec_opens_what_the_table_names(tmp_path, model, pictures, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    import hashlib

    monkeypatch.chdir(tmp_path)
    tar("shard.tar", pictures.items())
    zipped("shard.zip", pictures.items())
    for row in scanned(["shard.tar", "shard.zip"], "out", model):
        with fsspec.open(row["uri"]) as file:
            assert hashlib.sha256(file.read()).hexdigest() == row["sha256"]


def test_two_members_of_one_name_are_two_rows(tmp_path, model):
    place = tar(tmp_path / "twice.tar", [("a.png", png(0)), ("a.png", png(1)), ("b.png", png(2))])
    rows = scanned([place], tmp_path / "out", model)
    assert [row["uri"].split("::")[0] for row in rows] == ["tar://a.png", "tar://a.png", "tar://b.png"]
    assert len({row["sha256"] for row in rows}) == 3


def test_names_that_are_not_text_keep_their_bytes(tmp_path, model):
    raw = os.fsencode(tmp_path / "photos") + b"/caf\xe9.png"
    os.mkdir(tmp_path / "photos")
    try:
        with open(raw, "wb") as file:
            file.write(png(0))
    except OSError:
        pytest.skip("this file system has no such names")
    tar(tmp_path / "photos" / "shard.tar", [(os.fsdecode(b"na\xefve.png"), png(1))])
    loose, packed = scanned([tmp_path / "photos"], tmp_path / "out", model)
    assert loose["uri_bytes"] == raw
    assert loose["uri"].endswith(r"caf\xe9.png")
    assert packed["uri_bytes"].startswith(b"tar://na\xefve.png::")
    assert [row["error"] for row in (loose, packed)] == [None, None]
    assert scan([tmp_path / "photos"], tmp_path / "out", model, PLAIN).new == 0


def test_an_archive_in_an_archive_is_a_row_that_says_so(tmp_path, model):
    inner = tar(tmp_path / "inner.tar", [("x.png", png(5))]).read_bytes()
    for place in (
        tar(tmp_path / "outer.tar", [("a.png", png(0)), ("inner.tar", inner), ("b.png", png(1))]),
        zipped(tmp_path / "outer.zip", [("a.png", png(0)), ("inner.tar", inner), ("b.png", png(1))]),
    ):
        rows = scanned([place], tmp_path / f"{place.suffix}-out", model)
        assert [row["error"] is None for row in rows] == [True, True, False]
        assert "inner.tar" in rows[2]["uri"]
        assert "unpack" in rows[2]["error"]


def test_a_damaged_archive_costs_a_row_and_keeps_what_was_read(tmp_path, model):
    whole = tar(tmp_path / "whole.tar", [(f"{k}.png", png(k)) for k in range(20)]).read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "none.tar").write_bytes(b"x" * 2000)
    (tmp_path / "none.zip").write_bytes(b"PK\x03\x04 nothing")
    sources = [tmp_path / name for name in ("cut.tar", "none.tar", "none.zip")]
    found = scan(sources, tmp_path / "out", model, PLAIN)
    rows = table(tmp_path / "out")
    damaged = [row for row in rows if row["error"]]
    assert [Path(row["uri"]).name for row in damaged] == ["cut.tar", "none.tar", "none.zip"]
    assert all("damaged" in row["error"] for row in damaged)
    assert 5 < len(rows) - 3 < 15
    assert found.failures == ()
    assert scan(sources, tmp_path / "out", model, PLAIN).new == 0


def test_zip_files_in_pieces_and_parts_cover_each_member_once(tmp_path, model):
    place = zipped(tmp_path / "many.zip", [(f"{k}.png", png(k)) for k in range(45)] + [("readme.txt", b"")])
    rows = scanned([place], tmp_path / "out", model, replace(PLAIN, part=7))
    assert len({row["uri"] for row in rows}) == 45
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 7  # 46 members, 7 a piece


def test_a_tar_file_on_a_disk_is_shared_out_in_pieces(tmp_path, model):
    """Long names take headers of their own, in both formats."""
    files = [(f"{'long' * 40 * (k % 2)}{k}.png", png(k)) for k in range(45)]
    whole = tar(tmp_path / "one.tar.gz", files, "w:gz")
    scanned([whole], tmp_path / "expected", model)
    for kind, format in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        place = tar(tmp_path / f"{kind}.tar", files, format=format)
        rows = scanned([place], tmp_path / kind, model, replace(PLAIN, part=7))
        assert contents(tmp_path / kind) == contents(tmp_path / "expected")
        assert len({row["unit"] for row in rows}) == 7
        assert len({row["uri"] for row in rows}) == 45
    with tarfile.open(tmp_path / "global.tar", "w", pax_headers={"comment": "of all members"}) as archive:
        for path in (tmp_path / "gnu.tar", tmp_path / "pax.tar"):
            archive.add(path, f"{path.stem}.png")
    rows = scanned([tmp_path / "global.tar"], tmp_path / "global", model, replace(PLAIN, part=1))
    assert len({row["unit"] for row in rows}) == 1


def test_what_is_no_image_is_counted_not_scanned(folder, tmp_path, model):
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(png(0))
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "x.png").write_bytes(png(0))
    found = scan([folder], tmp_path / "out", model, PLAIN)
    assert (found.images, found.others) == (30, 2)  # the hidden file counts as another


def test_a_link_that_leads_nowhere_and_a_fifo_cost_a_row_each(folder, tmp_path, model):
    (folder / "gone.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.png")
    rows = {Path(row["uri"]).name: row for row in scanned([folder], tmp_path / "out", model)}
    assert "No such file" in rows["gone.png"]["error"]
    assert "FIFO" in rows["pipe.png"]["error"]
    assert len(rows) == 32


def test_a_large_file_is_not_read(tmp_path, model):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "huge.png").write_bytes(bytes(3 << 20))
    tar(tmp_path / "photos" / "shard.tar", [("huge.png", bytes(3 << 20)), ("a.png", png(0))])
    zipped(tmp_path / "photos" / "shard.zip", [("huge.png", bytes(3 << 20)), ("a.png", png(0))])
    rows = scanned([tmp_path / "photos"], tmp_path / "out", model, replace(PLAIN, most_bytes=2 << 20))
    assert [row["error"] for row in rows if "huge.png" in row["uri"]] == [
        "the file has more than 2 MiB: raise --largest if it is to be read"
    ] * 3
    assert sum(row["error"] is None for row in rows) == 2


def test_a_single_image_is_a_source(folder, tmp_path, model, monkeypatch):
    monkeypatch.chdir(folder)
    (row,) = scanned(["a/00.png"], tmp_path / "out", model)
    assert row["uri"] == "a/00.png"
    (row,) = scanned(["a/03.png"], tmp_path / "out2", model)
    assert row["verdict"] is not None


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda place: None, "no folder or file"),
        (lambda place: place.mkdir(), "no images in"),
        (lambda place: place.write_text("words"), "neither an image nor a tar or zip file"),
    ],
)
def test_sources_without_images_are_an_error_and_leave_nothing_behind(make, says, tmp_path, model):
    make(tmp_path / "source")
    with pytest.raises(DataError, match=says):
        scan([tmp_path / "source"], tmp_path / "out", model, PLAIN)
    assert not (tmp_path / "out").exists()


def test_an_unknown_kind_of_url_is_an_error(tmp_path, model):
    pytest.importorskip("fsspec")
    with pytest.raises(DataError, match=r"s3://bucket/prefix"):
        scan(["nosuch://bucket/x"], tmp_path / "out", model, PLAIN)


def test_urls_of_fsspec_give_the_rows_of_the_folder(folder, tmp_path, model, pictures, expected):
    fsspec = pytest.importorskip("fsspec")
    scanned([f"file://{folder}"], tmp_path / "out", model)
    assert contents(tmp_path / "out") == expected
    scanned([f"file://{folder}/*/*0*"], tmp_path / "some", model)
    assert {Path(row["uri"]).name for row in table(tmp_path / "some")} == {
        Path(name).name for name in pictures if "0" in Path(name).name
    }
    assert all(fsspec.open(row["uri"]).open().read() for row in table(tmp_path / "some"))
