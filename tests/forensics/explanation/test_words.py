"""The sentence says what the numbers say."""

import numpy as np
import pytest

from subband.forensics.explanation.words import otherwise, place, reasons, sentence

FINE, MEDIUM, COARSE = "the finest diagonal detail", "medium vertical lines", "coarse horizontal lines"
STAYS = {"the finest detail": "generated", "medium detail": "generated", "smooth areas": "generated"}


@pytest.mark.parametrize(
    ("support", "says"),
    [
        ({FINE: 3.0, MEDIUM: 1.0}, f"mostly on {FINE}"),
        ({FINE: 3.0, MEDIUM: -9.0}, f"mostly on {FINE}"),  # what speaks against is no reason
        ({FINE: 2.0, MEDIUM: 1.8, COARSE: 1.0}, f"on {FINE} and {MEDIUM}"),
        ({FINE: 2.0, MEDIUM: 1.9}, f"on {FINE} and {MEDIUM}"),
        (
            {MEDIUM: 2.0, FINE: 1.9, COARSE: 1.8, "x": 1.7, "y": 1.6},
            f"on many kinds of detail, {MEDIUM} first",
        ),
        ({FINE: 0.2, MEDIUM: 0.1}, None),
        ({FINE: -1.0}, None),
        ({}, None),
    ],
)
def test_reasons_are_named_by_their_share(support, says):
    assert reasons(support) == says


def spot(row, column, size=30):
    heat = np.full((size, size), -1.0)
    heat[row * 10 : row * 10 + 10, column * 10 : column * 10 + 10] = 2.0
    return heat


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (0, 0, ", in the upper left"),
        (0, 1, ", in the middle of the upper part"),
        (0, 2, ", in the upper right"),
        (1, 0, ", in the middle of the left side"),
        (1, 1, ", in the middle"),
        (1, 2, ", in the middle of the right side"),
        (2, 0, ", in the lower left"),
        (2, 2, ", in the lower right"),
    ],
)
def test_the_place_is_where_the_support_is(row, column, says):
    assert place(spot(row, column)) == says


def test_a_band_across_a_picture_has_one_coordinate():
    rows, columns = np.zeros((12, 9)), np.zeros((9, 12))
    rows[:4] = 1
    columns[:, 8:] = 1
    assert place(rows) == ", in the upper part"
    assert place(columns) == ", on the right"
    assert place(rows[::-1]) == ", in the lower part"
    assert place(np.roll(rows, 4, 0)) == ", along the middle from left to right"
    assert place(np.roll(columns, -4, 1)) == ", along the middle from top to bottom"


def test_no_place_is_named_where_there_is_none():
    assert place(np.ones((30, 30))) == ", all over the picture"
    assert place(-np.ones((30, 30))) == ""
    assert place(np.ones((2, 30))) == ""


def test_the_first_octave_that_changes_the_verdict_is_named():
    without = STAYS | {"medium detail": "can't tell", "smooth areas": "real"}
    assert otherwise("generated", without) == 'without medium detail it would be "can\'t tell"'
    assert otherwise("generated", STAYS) == "it stays the same without any one octave of detail"
    only = STAYS | {"smooth areas": "real"}
    assert otherwise("generated", only) == 'with even brightness and colour it would be "real"'


def test_a_firm_answer_has_reason_place_and_alternative():
    without = STAYS | {"the finest detail": "can't tell"}
    said = sentence("generated", 4.0, {FINE: 0.5, MEDIUM: 3.5}, without, spot(0, 0))
    assert said == (
        f"The detector's answer rests mostly on {FINE}, in the upper left; "
        'without the finest detail it would be "can\'t tell".'
    )


def test_for_real_what_speaks_for_real_is_the_reason():
    kept = dict.fromkeys(STAYS, "real")
    said = sentence("real", -4.0, {FINE: -6.0, MEDIUM: -1.0}, kept, -spot(2, 2))
    assert said == (
        f"The detector's answer rests mostly on {MEDIUM}, in the lower right; "
        "it stays the same without any one octave of detail."
    )


def test_no_answer_says_where_it_leans_and_that_it_is_too_little():
    said = sentence("can't tell", 0.4, {FINE: -0.6}, {}, None)
    assert said == f'The detector leans to "generated", mostly on {FINE}; that is too little for an answer.'
    said = sentence("can't tell", 4.0, {}, {}, None, "generated")
    assert said == 'The detector leans to "generated"; other reasons forbid an answer.'
    said = sentence("can't tell", -0.2, {FINE: -0.2}, {}, None)
    assert said == 'The detector leans to "real"; that is too little for an answer.'


def test_nothing_alone_makes_the_difference():
    said = sentence("generated", 4.0, dict.fromkeys((FINE, MEDIUM), 3.9), STAYS)
    assert said.startswith("The detector's answer rests on no single kind of detail; ")
