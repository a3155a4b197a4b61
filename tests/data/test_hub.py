import sys

import numpy as np
import pytest
from pictures import encoded, noise, save, smooth
from PIL import Image

from subband.data import Picture, Skipped, read
from subband.errors import DataError, MissingDependency

datasets = pytest.importorskip("datasets", reason='datasets is not installed (pip install "subband[hub]")')


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No test asks the hub for anything, and each has its own cache."""
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


def table(files, column="image", **others):
    cells = [None if file is None else {"bytes": file, "path": None} for file in files]
    features = datasets.Features(
        {column: datasets.Image()} | {key: datasets.Value("int64") for key in others}
    )
    return datasets.Dataset.from_dict({column: cells} | others, features=features)


FILES = [encoded(noise(seed=i)) for i in range(4)]


def test_one_saved_split(tmp_path):
    table(FILES, label=[0, 1, 2, 3]).save_to_disk(tmp_path / "set")
    items = list(read(f"hf:{tmp_path}/set"))
    assert [item.name for item in items] == [f"{tmp_path}/set:train[{i}]" for i in range(4)]
    for i, item in enumerate(items):
        assert np.array_equal(item.pixels, noise(seed=i))
        assert item.facts.bytes == len(FILES[i])


def test_splits_by_name(tmp_path):
    path = str(tmp_path / "set")
    datasets.DatasetDict(train=table(FILES[:3]), test=table(FILES[3:])).save_to_disk(path)
    assert len(list(read(f"hf:{path}"))) == 3  # train is the default
    assert len(list(read(f"hf:{path}:test"))) == 1
    with pytest.raises(DataError, match=rf"no split 'val'; type one of hf:{path}:train, hf:{path}:test"):
        read(f"hf:{path}:val")


def test_several_splits_without_train_need_a_choice(tmp_path):
    path = str(tmp_path / "set")
    datasets.DatasetDict(one=table(FILES[:1]), two=table(FILES[1:])).save_to_disk(path)
    with pytest.raises(DataError, match=r"several splits, but none called 'train'; .*:one, .*:two"):
        read(f"hf:{path}")
    assert len(list(read(f"hf:{path}:two"))) == 3


def test_a_single_split_of_any_name_is_taken(tmp_path):
    path = str(tmp_path / "set")
    datasets.DatasetDict(validation=table(FILES)).save_to_disk(path)
    assert len(list(read(f"hf:{path}"))) == 4
    table(FILES).save_to_disk(path + "1")
    with pytest.raises(DataError, match=r"no split 'test', only 'train'"):
        read(f"hf:{path}1:test")


def test_an_image_folder(tmp_path):
    for i in range(3):
        save(tmp_path / f"set/train/cat/{i}.png", noise(seed=i))
    items = list(read(f"hf:{tmp_path}/set"))
    assert len(items) == 3
    assert np.array_equal(items[1].pixels, noise(seed=1))


@pytest.mark.parametrize("layout", ["saved", "folder"])
def test_random_order_is_a_permutation_and_repeats_with_its_seed(tmp_path, layout):
    count = 30
    if layout == "saved":
        table([encoded(noise(seed=i)) for i in range(count)]).save_to_disk(tmp_path / "set")
    else:
        for i in range(count):
            save(tmp_path / f"set/train/{i:02d}.png", noise(seed=i))

    def order(rng):
        return [item.pixels.tobytes() for item in read(f"hf:{tmp_path}/set", rng)]

    shuffled = order(np.random.default_rng(5))
    assert shuffled == order(np.random.default_rng(5))
    assert shuffled != order(None)
    assert sorted(shuffled) == sorted(order(None))


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [("int64", [3, 1, 3, None], ["3", "1", "3", ""]), ("string", ["a", "b", None, "a"], ["a", "b", "", "a"])],
)
def test_a_column_called_label_names_classes_though_it_is_of_plain_values(tmp_path, kind, values, expected):
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value(kind)})
    cells = [{"bytes": file, "path": None} for file in FILES]
    rows = datasets.Dataset.from_dict({"image": cells, "label": values}, features=features)
    rows.save_to_disk(tmp_path / "set")
    assert [item.label for item in read(f"hf:{tmp_path}/set")] == expected


def test_rows_that_hold_no_image_are_skipped(tmp_path):
    table([FILES[0], None, b"<html>", b""]).save_to_disk(tmp_path / "set")
    first, *skipped = read(f"hf:{tmp_path}/set")
    assert isinstance(first, Picture)
    assert all(isinstance(item, Skipped) for item in skipped)
    assert [item.name[-3:] for item in skipped] == ["[1]", "[2]", "[3]"]
    assert skipped[0].reason == "the row has no image"
    assert skipped[1].reason.startswith("not an image")


def test_orientation_is_that_of_the_file(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    table([encoded(smooth(), exif=exif)]).save_to_disk(tmp_path / "set")
    (picture,) = read(f"hf:{tmp_path}/set")
    assert np.array_equal(picture.pixels, np.rot90(smooth(), -1))


def test_the_image_column_is_found_by_its_type_and_usual_name(tmp_path):
    both = table(FILES, "mask").add_column("number", [1, 2, 3, 4])
    both = datasets.concatenate_datasets([both, table(FILES[::-1], "img")], axis=1)
    both.save_to_disk(tmp_path / "both")
    assert np.array_equal(next(read(f"hf:{tmp_path}/both")).pixels, noise(seed=3))
    table(FILES, "photograph", label=[1, 1, 1, 1]).save_to_disk(tmp_path / "one")
    assert np.array_equal(next(read(f"hf:{tmp_path}/one")).pixels, noise(seed=0))


def test_a_set_without_images_says_what_columns_it_has(tmp_path):
    datasets.Dataset.from_dict({"text": ["a"]}).save_to_disk(tmp_path / "set")
    with pytest.raises(DataError, match=r"no column of type Image, only \{'text'"):
        read(f"hf:{tmp_path}/set")


def test_a_set_that_cannot_be_opened(tmp_path):
    with pytest.raises(DataError, match=r"can't open the data set .*or a local folder"):
        read(f"hf:{tmp_path}/nothing")
    for spec in ("hf:", "hf::train", "hf:name:"):
        with pytest.raises(DataError, match=r"names no data set: type hf:NAME"):
            read(spec)


def test_without_datasets_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingDependency, match=r'pip install "subband\[hub\]"'):
        read("hf:user/photos")
