"""Sources as arrays to learn from: sizes, grey and colour, classes, and what is refused."""

import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from subband.data import Examples, read_examples
from subband.errors import DataError, InvalidInput


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
    with pytest.raises(DataError, match=r"too small for 48 pixels a side \(wide\.png\); take --size 40"):
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
    with pytest.raises(DataError, match="a whole number for each image"):
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
