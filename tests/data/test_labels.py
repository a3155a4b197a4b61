"""Labels in all the forms in which people save them: taken where there is no doubt, else explained."""

import numpy as np
import pytest

from subband.data import read_examples
from subband.errors import DataError

TRUE = np.array([2, 0, 1, 2, 0, 2])


def saved(folder, labels):
    np.savez(folder / "data.npz", x_train=np.zeros((6, 8, 8), np.uint8), y_train=labels)
    return folder / "data.npz"


@pytest.mark.parametrize(
    "labels",
    [
        TRUE,
        TRUE.astype(np.uint8),
        TRUE.astype(float),
        TRUE[:, None],
        *(np.eye(3, dtype=kind)[TRUE] for kind in (float, bool, int)),
    ],
    ids=["numbers", "bytes", "whole floats", "column", "one-hot floats", "one-hot truth", "one-hot numbers"],
)
def test_forms_without_doubt_are_taken(labels, tmp_path):
    found = read_examples(saved(tmp_path, labels))
    assert found.classes == ("0", "1", "2")
    np.testing.assert_array_equal(found.labels[np.argsort(np.random.default_rng(0).permutation(6))], TRUE)


@pytest.mark.parametrize("form", [str, bytes, "column"])
def test_text_names_the_classes(form, tmp_path):
    names = np.array(["cat", "dog", "eel"])[TRUE]
    labels = names.astype("S") if form is bytes else names[:, None] if form == "column" else names
    found = read_examples(saved(tmp_path, labels))
    assert found.classes == ("cat", "dog", "eel")
    order = np.random.default_rng(0).permutation(6)
    assert [found.classes[label] for label in found.labels] == list(names[order])


def test_truth_values_are_two_classes(tmp_path):
    assert read_examples(saved(tmp_path, TRUE > 0)).classes == ("0", "1")


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (
            TRUE[:5],
            r"y_train of .* is int64 \(5,\): need one integer per image, \(6,\), a one-hot row",
        ),
        (np.zeros((6, 2, 2), int), r"int64 \(6, 2, 2\): need one integer per image"),
        (TRUE + 0.5, r"is float64 \(6,\): need one integer per image"),
        (np.full((6, 3), 1 / 3), r"is float64 \(6, 3\): need .* y_train=y_train.argmax\(axis=1\)"),
        (np.ones((6, 3), int), r"is int64 \(6, 3\): need .* a one-hot row, \(6, K\)"),
        (np.array([["a", "b"]] * 6), r"need one integer per image, \(6,\), .* or a string"),
        (TRUE.astype(object), r"Python objects.*np.array\(y_train.tolist\(\)\)"),
    ],
)
def test_others_are_explained(labels, says, tmp_path):
    place = saved(tmp_path, labels)
    with pytest.raises(DataError, match=says):
        read_examples(place)
    assert read_examples(place, labels=False).classes == ()
