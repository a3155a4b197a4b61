"""Figures of fractal compression."""

import io

import numpy as np
import pytest
from PIL import Image

from subband import plots
from subband.errors import InvalidInput


def test_rate_distortion_has_a_line_for_each_codec() -> None:
    points = np.array([[0.4, 33.0], [0.1, 27.0], [0.2, 30.0]])
    figure = plots.rate_distortion(
        {"a": {"x": points, "y": np.add(points, [0, 1])}, "b": {"x": points}}, published={"old": [(0.3, 30)]}
    )
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines[:2]] == ["x", "y"]
    assert (np.diff(lines[0].get_xdata()) > 0).all()
    with pytest.raises(InvalidInput, match="no curve"):
        plots.rate_distortion({})


def test_self_similar_blocks_are_drawn_as_the_decoder_copies_them() -> None:
    image = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    copies = [((8, 16, 8), (0, 32, 16), 0.5, isometry) for isometry in (0, 5)]
    figure = plots.self_similar(image, [(0, 0, 32)], copies)
    first, second = (figure.axes[1 + 3 * k + 1].images[0].get_array() for k in (0, 1))
    reduced = image[:16, 32:48].astype(float).reshape(8, 2, 8, 2).mean(axis=(1, 3))
    exact = image[8:16, 16:24].mean() + 0.5 * (reduced - reduced.mean())
    np.testing.assert_allclose(first, exact)
    np.testing.assert_allclose(second - exact.mean(), (exact - exact.mean()).T[:, ::-1])
    assert Image.open(io.BytesIO(plots.png(figure))).width > 500
    with pytest.raises(InvalidInput, match="no block"):
        plots.self_similar(image, [], [])
