"""Sources as arrays to learn from: sizes, grey and colour, classes, and what is refused."""

import io
import json
import os
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from subband.data import Examples, read_examples
from subband.data.squares import natural_size
from subband.errors import DataError, InvalidInput, SubbandWarning


def picture(rng, height, width, channels=3):
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.fixture
def digits(tmp_path, rng):
    x, y = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8), np.arange(20) % 10
    np.savez(tmp_path / "digits.npz", x_train=x, y_train=y, x_test=x[:5], y_test=y[:5])
    return tmp_path / "digits.npz", x, y


def test_digits_get_an_edge_and_keep_their_classes(digits):
    path, x, y = digits
    found = read_examples(path)
    assert (found.pixels.shape, found.channels, found.size) == ((20, 32, 32, 1), 1, 32)
    assert found.classes == tuple("0123456789")
    inner = found.pixels[:, 2:30, 2:30, 0]
    assert {(image.tobytes(), label) for image, label in zip(inner, found.labels.tolist(), strict=True)} == {
        (image.tobytes(), label) for image, label in zip(x, y.tolist(), strict=True)
    }
    np.testing.assert_array_equal(found.pixels[:, 0, 5:9], found.pixels[:, 2, 5:9])


def test_splits_limits_and_seeds(digits):
    path, *_ = digits
    assert len(read_examples(f"{path}:test")) == 5
    some = read_examples(path, limit=7, seed=1)
    assert len(some) == 7
    np.testing.assert_array_equal(read_examples(path, limit=7, seed=1).pixels, some.pixels)
    assert not np.array_equal(read_examples(path, limit=7, seed=2).pixels, some.pixels)
    assert read_examples(path, labels=False).classes == ()
    with pytest.raises(DataError, match=r"no array x_val.*digits\.npz:test, .*digits\.npz:train"):
        read_examples(f"{path}:val")


def test_a_folder_and_its_tar_file_are_the_same(tmp_path, rng):
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(rng, 20, 16)).save(tmp_path / "pets" / name)
    with tarfile.open(tmp_path / "pets.tar", "w") as archive:
        for name in ("cat", "dog"):
            archive.add(tmp_path / "pets" / name, name)
    folder, packed = read_examples(tmp_path / "pets"), read_examples(tmp_path / "pets.tar")
    assert folder.classes == packed.classes == ("cat", "dog")
    assert sorted(folder.labels.tolist()) == [0, 0, 1]
    np.testing.assert_array_equal(folder.pixels, packed.pixels)
    np.testing.assert_array_equal(folder.labels, packed.labels)


def test_one_class_is_none_and_all_grey_is_grey(tmp_path, rng):
    (tmp_path / "all").mkdir()
    for k in range(3):
        Image.fromarray(picture(rng, 16, 16, 1)[..., 0]).save(tmp_path / "all" / f"{k}.png")
    found = read_examples(tmp_path)
    assert (found.classes, found.labels, found.channels) == ((), None, 1)
    Image.fromarray(picture(rng, 16, 16)).save(tmp_path / "all" / "colour.png")
    mixed = read_examples(tmp_path)
    assert mixed.channels == 3
    assert sum((image == image[..., :1]).all() for image in mixed.pixels) == 3


def test_the_middle_square_is_taken_and_made_smaller_but_never_larger(tmp_path, rng):
    wide = np.zeros((40, 100, 3), np.uint8)
    wide[:, 30:70] = 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (read_examples(tmp_path).pixels == 200).all()
    assert read_examples(tmp_path, size=24).pixels.shape == (1, 24, 24, 1)
    with pytest.raises(DataError, match=r"too small for size 48 \(wide\.png\); use --size 40"):
        read_examples(tmp_path, size=48)


def test_what_is_no_source(tmp_path):
    with pytest.raises(DataError, match="can't read"):
        read_examples(tmp_path / "gone.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK no archive")
    with pytest.raises(DataError, match="can't read"):
        read_examples(tmp_path / "broken.npz")
    np.savez(tmp_path / "floats.npz", x_train=np.zeros((2, 8, 8)))
    with pytest.raises(DataError, match=r"float64 \(2, 8, 8\): need uint8"):
        read_examples(tmp_path / "floats.npz")
    np.savez(tmp_path / "odd.npz", x_train=np.zeros((2, 8, 8), np.uint8), y_train=np.zeros(3, int))
    with pytest.raises(DataError, match="one integer per image"):
        read_examples(tmp_path / "odd.npz")
    with tarfile.open(tmp_path / "empty.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("notes.txt"), io.BytesIO())
    with pytest.raises(DataError, match="no images in"):
        read_examples(tmp_path / "empty.tar")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="no picture in"):
        read_examples(tmp_path / "pictures")
    with pytest.raises(InvalidInput, match="1 or more"):
        read_examples(tmp_path, size=0)


def test_hub_data_sets_name_their_classes(tmp_path, rng):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["b", "a"])})
    images = [Image.fromarray(picture(rng, 16, 16)) for _ in range(4)]
    rows = datasets.Dataset.from_dict({"image": images, "label": [0, 1, 1, 0]}, features=features)
    rows.save_to_disk(str(tmp_path / "set"))
    found = read_examples(f"hf:{tmp_path / 'set'}")
    assert found.classes == ("a", "b")
    by_bytes = {
        image.tobytes(): found.classes[label] for image, label in zip(found.pixels, found.labels, strict=True)
    }
    assert [by_bytes[np.asarray(image).tobytes()] for image in images] == ["b", "a", "a", "b"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pixels": np.zeros((2, 8, 8, 3))},
        {"pixels": np.zeros((2, 8, 9, 3), np.uint8)},
        {"pixels": np.zeros((2, 8, 8, 3), np.uint8), "labels": np.array([0, 2]), "classes": ("a", "b")},
        {"pixels": np.zeros((2, 8, 8, 3), np.uint8), "classes": ("a", "b")},
    ],
)
def test_arrays_that_are_no_examples(wrong):
    with pytest.raises(InvalidInput):
        Examples(**wrong)


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


@pytest.mark.parametrize("seed", range(6))
def test_one_icon_among_photographs_is_left_out_whatever_comes_first(tmp_path, rng, seed):
    for k in range(11):
        save(tmp_path / f"{k}.png", picture(rng, 70, 90))
    save(tmp_path / "icon.png", picture(rng, 20, 20))
    with pytest.warns(SubbandWarning, match=r"1 of 12 pictures .* 1 × too small for size 64 \(icon\.png\)$"):
        found = read_examples(tmp_path, seed=seed)
    assert found.pixels.shape == (11, 64, 64, 3)


def test_a_size_that_is_given_leaves_smaller_pictures_out(tmp_path, rng):
    for k, side in enumerate((30, 50, 41, 40)):
        save(tmp_path / f"{k}.png", picture(rng, side, 60))
    with pytest.warns(SubbandWarning, match=r"2 of 4 .*: 2 × too small for size 48"):
        assert read_examples(tmp_path, size=48).pixels.shape == (2, 48, 48, 3)


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ([28] * 50, 32),  # digits keep their edges
        ([28] * 50 + [500], 32),
        ([32], 32),
        ([3], 8),
        ([500] * 9 + [20], 64),
        ([500, 20], 16),  # of so few none is the odd one
        ([41, 45, 50, 52, 60, 61], 40),  # all but one, rounded down
        (list(range(40, 140)), 48),  # a tenth is smaller than 50
        ([64] * 89 + [8] * 11, 8),  # more than a tenth are small
    ],
)
def test_the_size_comes_from_nearly_all_pictures(sides, size):
    assert natural_size(sides) == natural_size(sides[::-1]) == size


def test_strays_beside_class_folders_are_named_and_the_classes_stay(tmp_path, rng):
    for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png", "stray.png"):
        save(tmp_path / name, picture(rng, 16, 16))
    with pytest.warns(
        SubbandWarning, match=r"1 of 5 pictures have no class and were skipped: stray\.png; .*"
    ):
        found = read_examples(tmp_path)
    assert found.classes == ("cat", "dog")
    assert sorted(found.labels.tolist()) == [0, 0, 1, 1]
    assert len(read_examples(tmp_path, labels=False)) == 5


def test_a_few_folders_beside_many_pictures_are_no_classes_and_that_is_said(tmp_path, rng):
    for name in ("a.png", "b.png", "c.png", "cat/1.png", "dog/1.png"):
        save(tmp_path / name, picture(rng, 16, 16))
    with pytest.warns(
        SubbandWarning, match=r"3 of 5 pictures have no class \(.*\), so the classes of the oth"
    ):
        found = read_examples(tmp_path)
    assert (len(found), found.classes) == (5, ())


def test_all_that_happened_is_said_a_line_each(tmp_path, rng):
    for name, shape in (("cat/1.jpg", (40, 60)), ("cat/2.jpg", (40, 60)), ("dog/1.jpg", (60, 40))):
        save(tmp_path / name, picture(rng, *shape))
    save(tmp_path / "dog/2.png", picture(rng, 36, 36))
    save(tmp_path / "dog/3.png", picture(rng, 40, 40))
    save(tmp_path / "stray.png", picture(rng, 90, 90))
    for name, content in (("empty.png", b""), ("page.png", b"<html>"), ("two\nlines.png", b"")):
        (tmp_path / "cat" / name).write_bytes(content)
    lines = []
    found = read_examples(tmp_path, size=40, say=lines.append)
    assert len(found) == 5
    left, shapes, strays = lines
    assert left.startswith(f"3 of 9 pictures in {tmp_path} were skipped: 2 × the file is empty (cat/")
    assert r"two\nlines.png" in left
    assert "1 × not an image of a supported format (cat/page.png)" in left
    assert shapes == (
        "6 pictures of 40x40: 3 centre-cropped from 60x40, 40x60; 1 scaled down from 90x90; "
        "1 padded by edge replication from 36x36"
    )
    assert "1 of 6 pictures have no class and were skipped: stray.png" in strays


def test_pictures_of_the_right_shape_are_said_to_be_as_they_are(digits, tmp_path, rng):
    save(tmp_path / "set/1.png", picture(rng, 16, 16))
    lines = []
    read_examples(tmp_path / "set", say=lines.append)
    assert lines == ["1 pictures of 16x16: unchanged"]


@pytest.mark.parametrize("size", [None, 16])
def test_the_files_of_a_stream_are_opened_in_order_and_sizes_come_from_their_heads(tmp_path, rng, size):
    for k in range(4):
        save(tmp_path / f"{k}.png", picture(rng, 16, 16))
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        for k in range(4):
            archive.add(tmp_path / f"{k}.png", f"{k}.png")
    found = read_examples(tmp_path / "set.tar.gz", size=size, limit=3)
    assert found.pixels.shape == (3, 16, 16, 3)


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


IMAGES = np.zeros((3, 16, 16), np.uint8)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([[2], [0], [2]]),
        np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1]], np.float32),
        np.array(["2", "0", "2"]),
        np.array([b"2", b"0", b"2"]),
        np.array([2.0, 0.0, 2.0]),
    ],
)
def test_labels_of_an_npz_in_any_clear_form(tmp_path, labels):
    images = np.arange(3, dtype=np.uint8)[:, None, None] + IMAGES
    found = read_examples(npz(tmp_path / "a.npz", x_train=images, y_train=labels))
    assert found.classes == ("0", "2")
    assert {int(image[0, 0, 0]): found.classes[k] for image, k in zip(found.pixels, found.labels, strict=True)} == {
        0: "2",
        1: "0",
        2: "2",
    }  # fmt: skip


@pytest.mark.parametrize(
    "arrays",
    [
        {"train_images": IMAGES, "train_labels": np.array([[1], [0], [1]]), "val_images": IMAGES},
        {"images": IMAGES, "labels": np.array([1, 0, 1])},
        {"x": IMAGES, "y": np.array([1, 0, 1])},
        {"arr_0": IMAGES, "arr_1": np.array([1, 0, 1])},
    ],
)
def test_arrays_of_an_npz_by_their_usual_names(tmp_path, arrays):
    found = read_examples(npz(tmp_path / "a.npz", **arrays))
    assert sorted(found.labels.tolist()) == [0, 1, 1]


WRONG_ARRAYS = [
    (
        {"x_train": IMAGES, "y_train": np.array([[0.5, 0.5]] * 3)},
        r"float64 \(3, 2\): .*y_train=y_train\.argmax",
    ),
    ({"x_train": IMAGES, "y_train": np.array([0.5, 1, 2])}, "need one integer per image"),
    ({"x_train": IMAGES, "y_train": np.array([None, 1, 2])}, r"Python objects.*np\.array\(y_train\.tolist"),
    ({"x_train": IMAGES, "y_train": np.array(["a", "b"])}, r"<U1 \(2,\): need .* \(3,\)"),
    ({"x_train": np.zeros((3, 3, 16, 16), np.uint8)}, r"x\.transpose\(0, 2, 3, 1\)"),
    ({"x_train": np.zeros((3, 16, 16, 4), np.uint8)}, r"x\[\.\.\., :3\]"),
    ({"x_train": np.zeros((3, 16, 16))}, r"from \[0, 1\]: \(x \* 255\)"),
    ({"x_test": IMAGES}, r"no array x_train or train_images; available splits: .*:test; arrays: x_test"),
    ({"test_images": IMAGES}, r"available splits: .*:test"),
    ({"x_train": np.zeros((0, 16, 16), np.uint8)}, "no picture in .* could be used: it is empty"),
    ({"x_train": np.zeros((2, 0, 0), np.uint8)}, r"uint8 \(2, 0, 0\): need uint8 \(N, H, W\)"),
]


@pytest.mark.parametrize(("arrays", "message"), WRONG_ARRAYS)
def test_arrays_that_are_no_data_say_what_came_and_what_to_type(tmp_path, arrays, message):
    with pytest.raises(DataError, match=message) as caught:
        read_examples(npz(tmp_path / "a.npz", **arrays))
    assert len(str(caught.value).splitlines()) == 1
    if "y_train" in arrays:
        assert len(read_examples(tmp_path / "a.npz", labels=False)) == 3


def test_files_that_are_no_npz(tmp_path, rng):
    os.mkfifo(tmp_path / "fifo.npz")
    with pytest.raises(DataError, match=r"can't read .*fifo\.npz: it is a FIFO"):
        read_examples(tmp_path / "fifo.npz")
    np.save(tmp_path / "one.npy", IMAGES)
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    with pytest.raises(DataError, match=r"one\.npz: it holds one unnamed array; save with np\.savez"):
        read_examples(tmp_path / "one.npz")
    content = npz(tmp_path / "cut.npz", x_train=picture(rng, 64, 64)).read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[:-2000])
    with pytest.raises(DataError, match=r"can't read .*cut\.npz"):
        read_examples(tmp_path / "cut.npz")
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 255
    (tmp_path / "flipped.npz").write_bytes(flipped)
    with pytest.raises(DataError, match=r"can't read .*flipped\.npz"):
        read_examples(tmp_path / "flipped.npz")
    save(tmp_path / "folder.npz/1.png", picture(rng, 16, 16))
    assert len(read_examples(tmp_path / "folder.npz")) == 1
    assert len(read_examples(f"{npz(tmp_path / 'a.npz.npz', x_test=IMAGES)}:test")) == 3


def test_classes_of_a_zip_file_of_stylegan(tmp_path, rng):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for k in range(4):
            file = io.BytesIO()
            Image.fromarray(picture(rng, 16, 16)).save(file, "PNG")
            archive.writestr(f"00000/img{k:08d}.png", file.getvalue())
        labels = [[f"00000/img{k:08d}.png", 6 + k % 2] for k in range(4)]
        archive.writestr("dataset.json", json.dumps({"labels": labels}))
    found = read_examples(tmp_path / "set.zip")
    assert found.classes == ("6", "7")
    assert sorted(found.labels.tolist()) == [0, 0, 1, 1]


def test_names_of_classes_can_be_written_whatever_the_folders(tmp_path, rng):
    for name in (os.fsdecode(b"caf\xe9"), "two\nlines", "日本"):
        save(tmp_path / name / "1.png", picture(rng, 16, 16))
    assert read_examples(tmp_path).classes == (r"caf\xe9", r"two\nlines", "日本")


@pytest.mark.parametrize("packed", ["folder", "zip"])
def test_only_broken_files_say_why(tmp_path, packed):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/a.png").touch()
    (tmp_path / "set/b.png").write_text("<html>")
    spec = tmp_path / "set"
    if packed == "zip":
        spec = tmp_path / "set.zip"
        with zipfile.ZipFile(spec, "w") as archive:
            archive.write(tmp_path / "set/a.png", "a.png")
            archive.write(tmp_path / "set/b.png", "b.png")
    with pytest.raises(
        DataError, match=r"no picture in .*: 1 × the file is empty \(a\.png\); 1 × not an image"
    ):
        read_examples(spec)
