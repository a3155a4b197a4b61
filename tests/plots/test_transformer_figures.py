"""Figures of vision transformers: what they name, that equal input gives equal bytes, what is refused."""

import numpy as np
import pytest
from matplotlib.text import Text

from subband import plots
from subband.errors import InvalidInput


def found(rng, grid=(4, 5)) -> plots.Insides:
    return plots.Insides(
        rng.standard_normal((9, 1, 3, 3)), np.full(9, 1 / 9), rng.uniform(-1, 1, (*grid, *grid)),
        rng.uniform(1, 3, (3, 2)), rng.random((2, *grid)),
    )  # fmt: skip


def drawings(rng):
    inside, digits = found(rng), rng.integers(0, 256, (2, 8, 8), dtype=np.uint8)
    curve = plots.ErrorCurve(
        np.array([1000, 60_000]), np.array([5.0, 1.0]), np.array([[4.0, 6.0], [0.9, 1.1]])
    )
    return {
        "filter_components": lambda: plots.filter_components(inside.patterns, inside.shares, title="Filters"),
        "position_similarity": lambda: plots.position_similarity(inside.similarity, title="Places"),
        "attention_rollout": lambda: plots.attention_rollout(
            digits, {"a net": inside.rollout}, title="Looks"
        ),
        "transformer_insides": lambda: plots.transformer_insides(
            {"a method": curve}, {"a net": inside}, digits, title="Inside"
        ),
    }


EXPECTED = {
    "filter_components": "Filters · 1: 11.1 % · 9: 11.1 %",
    "position_similarity": "Places · row of the patch · column of the patch · cosine similarity · 5",
    "attention_rollout": "Looks · images · a net",
    "transformer_insides": (
        "Inside · training images · test error (%) · a method · a net · components of the filters (first 3: 33 %)"
        " · similarity of positions · attention of each head · block · mean distance (patches) · digit"
        " · column of the token · row of the token · attention rollout, each map on a scale of its own"
    ),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_names_what_it_shows(kind) -> None:
    figure = drawings(np.random.default_rng(0))[kind]()
    plots.svg(figure)
    text = " · ".join(part.get_text() for part in figure.findobj(Text))
    assert not [phrase for phrase in EXPECTED[kind].split(" · ") if phrase not in text]


@pytest.mark.parametrize("kind", EXPECTED)
def test_equal_input_gives_equal_bytes(kind) -> None:
    first, second = (drawings(np.random.default_rng(1))[kind]() for _ in range(2))
    assert plots.svg(first) == plots.svg(second)


def test_similarities_lie_patch_by_patch() -> None:
    s = np.arange(36.0).reshape(2, 3, 2, 3)
    image = np.asarray(plots.position_similarity(s).axes[0].images[0].get_array().filled(np.nan))
    assert image.shape == (5, 11)
    np.testing.assert_array_equal(image[3:5, 4:7], s[1, 1])
    assert np.isnan(image[2]).all()
    assert np.isnan(image[:, 3]).all()


def test_colours_of_filters_are_drawn_as_colours() -> None:
    x = np.zeros((1, 3, 2, 2))
    x[0, 0] = 1
    image = plots.filter_components(x, np.ones(1)).axes[0].images[0].get_array()
    np.testing.assert_allclose(image[0, 0], [1, 0.5, 0.5])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.filter_components(np.zeros((0, 1, 2, 2)), np.zeros(0)), "at least one"),
        (lambda: plots.filter_components(np.zeros((2, 1, 2, 2)), np.zeros(3)), "3 shares"),
        (lambda: plots.position_similarity(np.zeros((2, 3, 3, 2))), "give .rows, columns, rows, columns."),
        (lambda: plots.attention_rollout(np.zeros((1, 4, 4)), {}), "nothing to draw"),
        (lambda: plots.attention_rollout(np.zeros((2, 4, 4)), {"a": np.zeros((1, 2, 2))}), "as many maps"),
        (lambda: plots.transformer_insides({}, {}, np.zeros((1, 4, 4))), "nothing to draw"),
    ],
)
def test_says_what_it_takes(draw, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        draw()
