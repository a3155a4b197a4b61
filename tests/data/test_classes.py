"""Classes from tables in a source, and from arrays of labels."""

import io
import json
import os
import tarfile
import zipfile

import numpy as np
import pytest
from pictures import encoded, noise, save

from subband.data.classes import class_names, with_classes
from subband.data.entry import Entry, Listing
from subband.data.sources import entries
from subband.errors import DataError, InvalidInput, SubbandWarning

FILES = ("00000/a.png", "00000/b.png", "00001/c.png")


def tree(folder, tables=None, files=FILES):
    for i, name in enumerate(files):
        save(folder / name, noise(seed=i))
    for name, content in (tables or {}).items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def as_zip(folder):
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder))
    return folder.with_suffix(".zip")


def as_tar(folder):
    with tarfile.open(folder.with_suffix(".tar.gz"), "w:gz") as archive:
        archive.add(folder, "top")
    return folder.with_suffix(".tar.gz")


def labels(source):
    return [entry.label for entry in entries(source)]


STYLEGAN = json.dumps({"labels": [["00000/a.png", 6], ["00000/b.png", 1], ["00001/c.png", 6]]})


def test_without_a_table_sub_folders_are_classes(tmp_path):
    assert labels(tree(tmp_path / "set")) == ["00000", "00000", "00001"]


@pytest.mark.parametrize("packed", [lambda folder: folder, as_zip, as_tar])
def test_dataset_json_of_stylegan(tmp_path, packed):
    assert labels(packed(tree(tmp_path / "set", {"dataset.json": STYLEGAN}))) == ["6", "1", "6"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"labels": {"00000/a.png": "x", "00000/b.png": "y", "00001/c.png": "x"}}, ["x", "y", "x"]),
        ({"labels": [["00000/a.png", [0, 1]], ["00000/b.png", [1, 0]]]}, ["1", "0", ""]),
        ({"labels": [["00000/a.png", [2]], ["00000/b.png", [7]]]}, ["2", "7", ""]),
        ({"labels": None}, ["", "", ""]),  # StyleGAN without classes: its folders are none
        ({"labels": []}, ["", "", ""]),
        ({"images": []}, ["00000", "00000", "00001"]),  # somebody else's file
        ([1], ["00000", "00000", "00001"]),
    ],
)
def test_other_forms_of_dataset_json(tmp_path, content, expected):
    assert labels(tree(tmp_path / "set", {"dataset.json": json.dumps(content)})) == expected


@pytest.mark.parametrize(
    "table",
    [
        "filename,label\n00000/a.png,cat\n00000/b.png,dog\n00001/c.png,cat\n",
        "\ufefffile_name;class;size\r\n./00000/a.png;cat;3\r\n00000\\b.png;dog;3\r\n00001/c.png;cat;3\r\n\r\n",
        'Label\tImage\ncat\t00000/a.png\ndog\t"00000/b.png"\n cat \t 00001/c.png \n',
        "id,category\n00000/a,cat\n00000/b,dog\n00001/c,cat\n",
    ],
)
@pytest.mark.parametrize("packed", [lambda folder: folder, as_zip, as_tar])
def test_labels_csv_in_its_usual_layouts(tmp_path, table, packed):
    assert labels(packed(tree(tmp_path / "set", {"labels.csv": table}))) == ["cat", "dog", "cat"]


def test_a_table_below_the_top_speaks_of_its_own_folder(tmp_path):
    tables = {"00000/labels.csv": "filename,label\na.png,1\nb.png,2\n"}
    assert labels(tree(tmp_path / "set", tables)) == ["1", "2", ""]


def test_names_in_a_table_that_are_not_utf_8_or_spelt_otherwise(tmp_path):
    bad = os.fsdecode(b"caf\xe9.png")
    composed, apart = "é.png", "e\u0301.png"
    table = b"filename,label\ncaf\xe9.png,1\n" + f"{composed},2\n".encode()
    folder = tree(tmp_path / "set", {"labels.csv": table}, (bad, apart))
    assert {entry.name: entry.label for entry in entries(folder)} == {bad: "1", apart: "2"}


def test_files_of_a_table_that_are_missing_are_told(tmp_path):
    table = "filename,label\n00000/a.png,1\nx.png,2\ny.png,3\n"
    with pytest.warns(SubbandWarning, match=r"labels\.csv of .* lists 2 missing files: x\.png, y"):
        assert labels(tree(tmp_path / "set", {"labels.csv": table})) == ["1", "", ""]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", "a.png,3\nb.png,4\n", r"begins with 'a\.png,3': add a header .*filename,label"),
        ("labels.csv", "", "add a header"),
        ("labels.csv", "filename,label\na.png\n", "row 2 of labels.csv of .* has 1 of 2 columns"),
        ("labels.csv", "filename,label\nz.png,1\n", "lists none of its pictures: a row lists z.png"),
        ("dataset.json", "{", "can't read dataset.json of"),
        ("dataset.json", '{"labels": [1, 2]}', '"labels" of dataset.json of .* is not'),
        ("dataset.json", '{"labels": [["00000/a.png", [0.3, 0.7]]]}', "one-hot row or a string"),
        ("dataset.json", '{"labels": 3}', '"labels" of dataset.json of .* is not'),
        ("dataset.json", "[" * 100_000, "can't read dataset.json of"),
    ],
)
def test_tables_that_make_no_sense_give_one_line_and_matter_only_to_classes(tmp_path, name, content, message):
    folder = tree(tmp_path / "set", {name: content})
    with pytest.raises(DataError, match=message) as caught:
        entries(folder)
    assert len(str(caught.value).splitlines()) == 1
    assert [entry.label for entry in entries(folder, labels=False)] == ["", "", ""]


def test_a_table_beside_no_picture_gives_one_line():
    """Its pictures may be in a folder that can't be read."""
    table = Entry("labels.csv", None, lambda: io.BytesIO(b"filename,label\nlocked/a.png,1\n"))
    with pytest.raises(
        DataError, match=r"lists none of its pictures: a row lists locked/a\.png, it has none"
    ):
        with_classes(Listing(tables=[table]), "set")


def test_tables_of_both_kinds_contradict(tmp_path):
    folder = tree(tmp_path / "set", {"labels.csv": "filename,label\n", "dataset.json": STYLEGAN})
    with pytest.raises(InvalidInput, match=r"holds dataset\.json and labels\.csv: keep only one"):
        entries(folder)


def test_a_table_of_the_system_is_none(tmp_path):
    (tmp_path / "set/__MACOSX").mkdir(parents=True)
    folder = tree(tmp_path / "set", {"__MACOSX/labels.csv": encoded(noise())})
    assert labels(folder) == ["00000", "00000", "00001"]


@pytest.mark.parametrize(
    ("array", "names"),
    [
        (np.array([3, 1]), ["3", "1"]),
        (np.array([[3], [1]], np.uint8), ["3", "1"]),
        (np.array([[0, 0, 1], [1, 0, 0]]), ["2", "0"]),
        (np.array([[0.0, 1.0], [1.0, 0.0]]), ["1", "0"]),
        (np.array([[False, True], [True, False]]), ["1", "0"]),
        (np.array(["cat", "dog"]), ["cat", "dog"]),
        (np.array([["cat"], ["dog"]]), ["cat", "dog"]),
        (np.array([b"cat", b"dog"]), ["cat", "dog"]),
        (np.array([3.0, 1.0]), ["3", "1"]),
        (np.array([3.5, 1.0]), None),
        (np.array([np.nan, 1.0]), None),
        (np.array([[1, 1], [1, 0]]), None),  # two classes at once
        (np.array([[0.2, 0.8], [1, 0]]), None),
        (np.array([[0, 0], [1, 0]]), None),
        (np.zeros((2, 2, 2)), None),
        (np.array(3), None),
        (np.array([1j, 2]), None),
        ([[1, 0], [1]], None),
    ],
)
def test_labels_are_numbers_one_hot_rows_or_words(array, names):
    assert class_names(array) == names
