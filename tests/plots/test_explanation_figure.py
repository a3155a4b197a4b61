"""The figure of an explanation: every verdict, odd names, pictures of any shape, and its parts as pixels."""

import io
from dataclasses import replace

import numpy as np
import pytest
from explained import explanation, judgement
from matplotlib.colors import to_hex
from PIL import Image

from subband import plots
from subband.errors import InvalidInput
from subband.plots.dark import PAPER


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def photo(rng):
    return rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("verdict", ["real", "generated", "can't tell"])
def test_every_verdict_is_said_in_words(rng, photo, verdict):
    drawn = plots.svg(
        plots.explanation(photo, explanation(rng, photo), judgement(verdict), name="a")
    ).decode()
    assert f">{verdict}<" in drawn.replace("&apos;", "'").replace("&#x27;", "'")


def test_text_of_others_is_never_mathematics(rng, photo):
    said = judgement(sources={"real": 0.5, r"$\frac{x^2$_a": 0.5})
    drawn = plots.svg(
        plots.explanation(photo, explanation(rng, photo), said, name="$x^2$\n<b>\u202e.png")
    ).decode()
    assert r"$x^2$\n&lt;b&gt;\u202e.png" in drawn
    assert r"$\frac{x^2$_a" in drawn


def test_a_net_without_a_derivative_says_so(rng, photo):
    found = explanation(rng, photo, slopes=False)
    assert "has no derivative" in plots.svg(plots.explanation(photo, found, judgement(), name="a")).decode()
    assert "has no derivative" in plots.svg(plots.panel("saliency", found)).decode()


def test_a_net_that_looks_at_whole_pictures_has_no_square(rng, photo):
    found = explanation(rng, photo, slopes=False)
    whole = replace(found, cut=0, square=photo, heat=replace(found.heat, covered=True))
    drawn = plots.svg(plots.explanation(photo, whole, judgement(), name="a")).decode()
    for phrase in (
        "what speaks for generated (red) or real (blue)",
        "log-odds that each part adds",
        "packets of the picture",
    ):
        assert phrase in drawn
    for phrase in ("marked square", "square by square"):
        assert phrase not in drawn


@pytest.mark.parametrize("shape", [(16, 400, 3), (400, 16, 3), (1200, 2000, 3)])
def test_pictures_of_any_shape_are_drawn(rng, shape):
    photo = np.zeros(shape, np.uint8)
    image = Image.open(
        io.BytesIO(
            plots.png(plots.explanation(photo, explanation(rng, photo), judgement(), name="a"), dpi=40)
        )
    )
    assert image.width == int(11.2 * 40)


@pytest.mark.parametrize("kind", ["packets", "saliency", "bands", "spectrum"])
def test_each_part_is_a_figure_of_its_own(rng, photo, kind):
    assert len(plots.png(plots.panel(kind, explanation(rng, photo)), dpi=40)) > 2000


def test_an_unknown_part_is_named(rng, photo):
    with pytest.raises(InvalidInput, match="'heat': packets, saliency"):
        plots.panel("heat", explanation(rng, photo))


def test_the_overlay_is_red_where_generated_and_blue_where_real(photo):
    log_odds = np.array([[-4.0, 4.0]])
    drawn = plots.overlay(np.full((40, 80, 3), 128, np.uint8), log_odds).astype(int)
    assert drawn.shape == (40, 80, 3)
    assert (drawn[:, :10, 2] > drawn[:, :10, 0] + 40).all()
    assert (drawn[:, -10:, 0] > drawn[:, -10:, 2] + 40).all()
    middle = drawn[:, 39:41].mean((0, 1))
    assert np.ptp(middle) < 12  # no colour where the detector is undecided


def test_a_large_picture_becomes_a_small_overlay():
    drawn = plots.overlay(np.zeros((3000, 2000, 3), np.uint8), np.zeros((5, 5)), side=500)
    assert drawn.shape == (500, 334, 3)


def test_tints_go_from_dark_to_light():
    drawn = plots.tinted(np.array([[-9.0, 0.0, 1.0, 99.0]]), (0.0, 1.0)).astype(int).sum(2)[0]
    assert drawn[0] == drawn[1] < drawn[2] == drawn[3]


def test_on_a_dark_page_no_text_stays_dark(rng, photo):
    figure = plots.darkened(plots.panel("spectrum", explanation(rng, photo)))
    assert to_hex(figure.get_facecolor()) == PAPER
    plots.png(figure, dpi=40)
    for axes in figure.axes:
        for text in (axes.title, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_legend().get_texts()):
            assert min(int(to_hex(text.get_color())[k : k + 2], 16) for k in (1, 3, 5)) > 0x90
