"""The lab's crops come from all pictures of a source, whatever it is and whatever else lies in it."""

import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from subband.lab import LabSettings
from subband.lab.inputs import delivered

COUNT, LIMIT = 30, 60


@pytest.fixture
def folder(tmp_path):
    """30 photographs of 100 × 100 pixels, with 30 files each that are none."""
    random = np.random.default_rng(0)
    (tmp_path / "photos/small").mkdir(parents=True)
    (tmp_path / "photos/__MACOSX").mkdir()
    for k in range(COUNT):
        pixels = random.integers(0, 256, (100, 100, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"photos/{k}.jpg")
        Image.fromarray(pixels[:8, :8]).save(tmp_path / f"photos/small/{k}.png")
        for name in (f"._{k}.jpg", f"__MACOSX/._{k}.jpg", f"broken-{k}.png"):
            (tmp_path / "photos" / name).write_bytes(b"\x00\x05\x16\x07")
    return tmp_path / "photos"


def linked(folder):
    (folder.parent / "links").mkdir()
    (folder.parent / "links/there").symlink_to(folder, target_is_directory=True)
    return folder.parent / "links"


def tarred(folder, mode="w"):
    with tarfile.open(folder.with_suffix(".tar"), mode) as archive:
        archive.add(folder, "photos")
    return folder.with_suffix(".tar")


def zipped(folder):
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder))
    return folder.with_suffix(".zip")


@pytest.mark.parametrize(
    "source", [lambda folder: folder, linked, tarred, lambda folder: tarred(folder, "w:gz"), zipped]
)
def test_crops_are_spread_over_all_photographs(folder, source):
    settings = LabSettings(size=16, images=LIMIT)
    told = []
    found = delivered(settings, "real", str(source(folder)), LIMIT, lambda *now: told.append(now))
    assert len(found.images) == LIMIT
    assert found.images.scenes == COUNT
    assert set(np.bincount(found.images.group).tolist()) == {LIMIT // COUNT}
    assert len(found.images.skipped) == 2 * COUNT
    assert told[-1] == (LIMIT, LIMIT)


def test_few_photographs_give_many_crops_and_classes_do_not_matter(folder):
    for k in range(3, COUNT):
        (folder / f"{k}.jpg").unlink()
    (folder / "labels.csv").write_text("no table of classes")
    found = delivered(LabSettings(size=16, images=LIMIT), "real", str(folder), LIMIT, lambda *now: None)
    assert np.bincount(found.images.group).tolist() == [LIMIT // 3] * 3
