"""User text in figures is drawn literally, whatever characters it has."""

from collections.abc import Callable

import numpy as np
import pytest
from explained import explanation, judgement
from matplotlib.figure import Figure

from subband import plots
from subband.nn.whole import messages_of
from subband.plots.lettering import drawable
from subband.plots.style import dress, sheet


@pytest.fixture
def rng():
    return np.random.default_rng(0)


ODD = (
    "real",
    "$x^2$ and $y_",
    "日本語 写真",
    "<b>&amp;",
    "a\nb\t\u202ec",
    "caf\udce9 👩\u200d🚀",
    r"C:\$dir",
    "L" * 250,
)


def odd_figures(rng) -> dict[str, Callable[[], Figure]]:
    """Figures in which every name that a user can choose is odd."""
    count, bands_of = len(ODD), {name: rng.normal(size=(8, 8)) for name in ODD}
    photo = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    curve = plots.Curve(np.arange(10, 60, 10), rng.uniform(0.5, 1, (3, 5)))
    return {
        "confusion": lambda: plots.confusion(np.ones((count, count)), ODD, title=ODD[1]),
        "convergence": lambda: plots.convergence(dict.fromkeys(ODD, curve), chance=0.5, title=ODD[2]),
        "explanation": lambda: plots.explanation(
            photo, explanation(rng, photo), judgement(sources=dict.fromkeys(ODD, 1 / count)), name=ODD[1]
        ),
        "packet_curves": lambda: plots.packet_curves(
            bands_of, {name: np.abs(found) for name, found in bands_of.items()}
        ),
        "packet_maps": lambda: plots.packet_maps([plots.MapRow(ODD[1], "nats", bands_of)], title=ODD[4]),
        "pixel_saliency": lambda: plots.pixel_saliency(bands_of, title=ODD[5]),
        "samples": lambda: plots.samples(dict.fromkeys(ODD, photo[None])),
    }


@pytest.mark.parametrize("kind", odd_figures(np.random.default_rng(0)))
@pytest.mark.filterwarnings("error")
def test_names_are_drawn_as_they_stand_without_a_warning(kind, rng):
    with messages_of("matplotlib") as logged:  # of what fonts lack
        figure = odd_figures(rng)[kind]()
        assert plots.png(figure)
        said = plots.svg(figure).decode()
    assert "$x^2$ and $y_" in said
    assert r"C:\$dir" in said
    assert r"caf\xe9" in said
    assert r"a\nb\t\u202ec" in said
    assert "L" * 250 not in said
    assert not logged


def test_numbers_at_ticks_are_still_mathematics():
    figure = sheet()
    axes = figure.add_subplot()
    axes.plot([1, 1e6], [1, 1e6])
    axes.set_xscale("log")
    dress(axes, title="$5 and $6")
    said = plots.svg(figure).decode()
    assert "$5 and $6" in said
    assert ">$" not in said.replace(">$5", "")


def test_text_that_can_be_drawn_stays():
    text = "Łódź, Ωmega ‖Φ(x)‖ → ∞, 5 $"
    assert drawable(text, 80) == text
    assert drawable(drawable("写\n$", 80), 80) == drawable("写\n$", 80)
    assert drawable("abcdefgh", 5) == "ab…gh"
