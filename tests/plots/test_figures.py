"""Figures say what they show: titles, axis names, units, legends; wrong shapes are refused."""

import io
import itertools
from collections.abc import Callable

import claim_figures
import detector_figures
import explained
import generator_figures
import matplotlib
import numpy as np
import pytest
import sequence_figures
from matplotlib.figure import Figure
from PIL import Image

import subband as sb
from subband import plots
from subband.errors import InvalidInput
from subband.metrics import EnergyDensity
from subband.plots import bands
from subband.plots.packet_curves import frequency_path
from subband.plots.style import colours, strokes

SOURCES = ("real", "diffusion", "gan")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def planes(rng, *shape):
    return {source: rng.normal(size=shape) for source in SOURCES}


def density(cone=(2.0, 0.5, 0.2), duration: float = 4.0) -> EnergyDensity:
    """A tone in the middle of three rows: all of the energy in a third of the plane."""
    power = np.zeros((3, 4))
    power[1] = 1 / (duration * 2)
    edges = np.array([0.0, 2.0, 4.0, 6.0])
    times = np.arange(4) * duration / 4
    return EnergyDensity(
        power,
        edges[:-1] + 1,
        times,
        edges,
        np.linspace(0, duration, 5),
        None if cone is None else np.array(cone),
        duration,
    )


def drawings(rng) -> dict[str, Callable[[], Figure]]:
    """How to draw one figure of every kind."""
    steps, bins = np.arange(10, 60, 10), np.linspace(0.05, 0.95, 10)
    pixels = {source: rng.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8) for source in SOURCES}
    curves = {
        name: plots.Curve(steps, rng.uniform(0.5, 1, (3, 5)), *name.split(" on ")[::-1])
        for name in ("CNN on packets", "linear on pixels")
    }
    rows = [
        plots.MapRow("mean", "ln |c| (nats)", planes(rng, 8, 8, 2, 2)),
        plots.MapRow("minus real", "nats", {"gan": rng.normal(size=(8, 8))}, "change"),
    ]
    return {
        "convergence": lambda: plots.convergence(curves, chance=0.5),
        "packet_maps": lambda: plots.packet_maps(rows, title="Packets"),
        "packet_curves": lambda: plots.packet_curves(planes(rng, 8, 8), planes(rng, 8, 8)),
        "confusion": lambda: plots.confusion(rng.integers(0, 99, (3, 3)), SOURCES),
        "samples": lambda: plots.samples(pixels, columns=5, title="Samples"),
        "reliability": lambda: plots.reliability(bins, bins, rng.integers(1, 9, 10), error=0.031),
        "pixel_saliency": lambda: plots.pixel_saliency(
            {source: rng.random((16, 16)) for source in SOURCES}, title="Saliency"
        ),
        "time_frequency": lambda: plots.time_frequency(
            {"CWT": density(), "packets\nin order": density(cone=None)},
            law=(np.array([0.0, 2.0]), np.array([1.0, 4.0])),
            title="A chirp",
        ),
        "coherence": lambda: plots.coherence(
            sb.wavelet_coherence(*rng.standard_normal((2, 64)), fs=4.0), names=("A", "B"), title="Two signals"
        ),
        "rate_scale": lambda: plots.rate_scale(
            {
                "A siren": plots.Moving(
                    rng.random((6, 8)),
                    np.geomspace(800, 100, 6),
                    np.arange(8) / 4,
                    rng.random((2, 3, 4)),
                    np.array([2.8, 1.4, 0.7]),
                    np.array([8.0, 4.0, 2.0, 1.0]),
                )
            },
            title="Moving",
        ),
        "error_curves": lambda: plots.error_curves(
            {"a method": plots.ErrorCurve(np.array([300, 60_000]), np.array([4.0, 0.5]), np.ones((2, 2)))},
            {"a method": plots.ErrorCurve(np.array([300]), np.array([5.0]))},
            title="Errors",
        ),
        "error_bars": lambda: plots.error_bars(
            {"new": {"a": (20.0, 15.0, 30.0)}, "known": {"a": (2.0, 2.0, 2.0), "b": (4.5, 3.0, 6.0)}},
            title="Bars",
        ),
        "stability": lambda: plots.stability(
            [0.01, 0.02],
            {"low": {"scattering": np.array([0.1, 0.2])}},
            [1, 2],
            {"J=4": np.array([0.1, 0.2]), "signal": np.ones(2)},
            {"noise": np.array([0.7, 0.2])},
            title="Stable",
        ),
        "filter_bank": lambda: plots.filter_bank(sb.filter_bank(ndim=2, J=2, L=3), title="A bank"),
        "littlewood_paley": lambda: plots.littlewood_paley(
            {name: sb.filter_bank(name, J=4, Q=2) for name in ("morlet", "meyer")}, 128, title="Sums"
        ),
        **claim_figures.drawings(rng, rows, pixels, SOURCES),
        **sequence_figures.drawings(rng),
        **detector_figures.drawings(rng),
        **explained.drawings(rng),
        **generator_figures.drawings(rng),
    }


def words(figure: Figure) -> str:
    return plots.svg(figure).decode()


OWN = {
    "convergence": (
        "training step (batches) · balanced accuracy, validation (%) · CNN on packets · linear on pixels"
        " · mean ± std over 3 seeds · chance"
    ),
    "packet_maps": "Packets · real · horizontal frequency · cycles per pixel · ln |c| (nats) · minus real",
    "packet_curves": "mean of ln |c| (nats) · std of ln |c| (nats) · low to high frequency · real · diagonal",
    "confusion": "true source · predicted source · share of the true source (%) · gan",
    "samples": "Samples · real · gan",
    "reliability": "predicted probability · fraction generated · images · 3.1 %",
    "pixel_saliency": "Saliency · column (pixels) · row (pixels) · saliency",
    "time_frequency": (
        "A chirp · CWT · packets · in order · time (s) · frequency (Hz) · energy density (dB; 0 = uniform)"
        " · true frequency · cone of influence"
    ),
    "coherence": (
        "Two signals · time (s) · frequency (Hz) · coherence · cone of influence · in phase · A leads by 90°"
    ),
    "rate_scale": (
        "Moving · A siren · time (s) · frequency (Hz) · falling  |  rising · rate (Hz) · scale (cycles/octave)"
    ),
    "error_curves": "Errors · training images · test error (%) · a method · a method, published · 300 · 60k",
    "error_bars": "Bars · new · known · a · b · class-wise error (%) · 20 · 4.5",
    "stability": (
        "Stable · slope s · shift c (samples) · low · scattering · J=4 · signal · noise · 70.0 · order 1 · 90.0"
    ),
    "filter_bank": "A bank · second axis (cycles per sample) · first axis · A(ω) · j = 0 · j = 1 · real · imag.",
    "littlewood_paley": "Sums · frequency (cycles per sample) · A(ω) · morlet · meyer",
}
EXPECTED = (
    OWN
    | detector_figures.EXPECTED
    | claim_figures.EXPECTED
    | sequence_figures.EXPECTED
    | explained.EXPECTED
    | generator_figures.EXPECTED
)


@pytest.mark.parametrize("kind", EXPECTED)
def test_every_figure_names_what_it_shows_and_equal_input_gives_equal_bytes(kind):
    drawn = [plots.svg(drawings(np.random.default_rng(1))[kind]()) for _ in range(2)]
    assert drawn[0] == drawn[1]
    text = drawn[0].decode()
    missing = [phrase for phrase in EXPECTED[kind].split(" · ") if phrase not in text]
    assert not missing


def test_the_list_of_expectations_is_complete(rng):
    public = {name for name in plots.__all__ if name.islower()} - {"png", "svg", "gif", "mosaic", "beside"}
    public -= {"darkened", "overlay", "tinted", "flight_frames", "pose_frames"}
    public -= {"rate_distortion", "self_similar"}  # in test_fractal_figures.py
    # In test_transformer_figures.py:
    public -= {"filter_components", "position_similarity", "attention_rollout", "transformer_insides"}
    assert set(drawings(rng)) == set(EXPECTED) == public


def test_the_bank_of_a_line_is_drawn_with_its_average_and_its_sum():
    bank = sb.filter_bank(J=4, Q=2, normalise="tight")
    figure = plots.filter_bank(bank, 128)
    modulus, total, *waves = figure.axes
    assert len(modulus.lines) == len(bank.filters) + 1
    np.testing.assert_allclose(total.lines[0].get_ydata(), 1, atol=1e-12)
    for axes in waves:
        real, imaginary = (line.get_ydata() for line in axes.lines)
        assert np.argmax(np.hypot(real, imaginary)) == axes.lines[0].get_xdata().tolist().index(0)


def test_what_has_nothing_to_draw_says_so():
    with pytest.raises(InvalidInput, match="at least one"):
        plots.error_curves({}, {})
    with pytest.raises(InvalidInput, match="2 sizes but 1 errors"):
        plots.error_curves({"a": plots.ErrorCurve(np.array([1, 2]), np.array([1.0]))}, {})
    with pytest.raises(InvalidInput, match="at least one"):
        plots.error_bars({})
    with pytest.raises(InvalidInput, match="at least one generator"):
        plots.contest({"32 px": {}}, measure="KID")
    with pytest.raises(InvalidInput, match="nothing to draw"):
        plots.stability([], {}, [], {}, {})
    with pytest.raises(InvalidInput, match="the lines of one model"):
        plots.latent_regularity({}, {"score": 1.0})


def test_sums_are_of_banks_of_the_line():
    with pytest.raises(InvalidInput, match="only banks of one axis"):
        plots.littlewood_paley({"images": sb.filter_bank(ndim=2, J=2)}, 64)


def test_png_is_an_image_of_the_asked_resolution(rng):
    figure = drawings(rng)["convergence"]()
    width, height = figure.get_size_inches()
    image = Image.open(io.BytesIO(plots.png(figure, dpi=50)))
    assert image.size == (int(width * 50), int(height * 50))
    assert len(np.unique(np.asarray(image))) > 10, "the picture is not blank"


def test_encoding_twice_gives_the_same_bytes(rng):
    figure = drawings(rng)["packet_maps"]()
    assert plots.png(figure, dpi=40) == plots.png(figure, dpi=40)
    assert plots.svg(figure) == plots.svg(figure)


def test_a_mosaic_has_each_image_at_its_place_and_white_between(rng):
    images = rng.integers(0, 255, (5, 4, 4, 1), dtype=np.uint8)
    sheet = plots.mosaic(images)
    assert sheet.shape == (10, 14, 1)
    for k, image in enumerate(images):
        row, column = divmod(k, 3)
        np.testing.assert_array_equal(sheet[5 * row : 5 * row + 4, 5 * column : 5 * column + 4], image)
        sheet[5 * row : 5 * row + 4, 5 * column : 5 * column + 4] = 255
    assert (sheet == 255).all()
    with pytest.raises(InvalidInput, match="can't arrange"):
        plots.mosaic(images[:0])


def test_tiles_lie_in_frequency_order():
    packets = np.arange(2 * 2 * 3 * 3).reshape(2, 2, 3, 3)
    tiled = bands.tile(packets)
    assert tiled.shape == (6, 6)
    for v in range(2):
        for h in range(2):
            np.testing.assert_array_equal(tiled[3 * v : 3 * v + 3, 3 * h : 3 * h + 3], packets[v, h])


def test_convergence_draws_mean_and_one_standard_deviation(rng):
    accuracy = rng.uniform(0.6, 0.9, (4, 6))
    axes = plots.convergence({"CNN on packets": plots.Curve(np.arange(6), accuracy)}, chance=0.5).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 * accuracy.mean(axis=0))
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(100 * (accuracy.mean(axis=0) + accuracy.std(axis=0, ddof=1)).max())


def test_rows_of_one_statistic_share_a_scale_and_changes_are_centred(rng):
    maps = {"real": rng.normal(size=(8, 8)), "gan": 3 + rng.normal(size=(8, 8))}
    figure = plots.packet_maps(
        [plots.MapRow("mean", "nats", maps), plots.MapRow("change", "nats", maps, "change")], title="t"
    )
    limits = [axes.images[0].get_clim() for axes in figure.axes if axes.images][:4]
    assert limits[0] == limits[1]
    assert limits[2] == limits[3]
    assert limits[2][0] == -limits[2][1]


def test_densities_are_drawn_in_decibels_above_an_even_one():
    axes = plots.time_frequency({"a": density(), "b": density(cone=None)}).axes
    level = np.asarray(axes[0].collections[0].get_array())
    np.testing.assert_allclose(level[1], 10 * np.log10(3))
    assert level[0].max() < -60
    assert (
        [axes[0].get_xlim(), axes[0].get_ylim()]
        == [(0, 4), (0, 6)]
        == [axes[1].get_xlim(), axes[1].get_ylim()]
    )
    assert len(axes[0].collections) == 3, "colours and both halves of the cone"
    assert len(axes[1].collections) == 1


def test_coherent_signals_have_arrows_at_their_phase_within_a_line():
    t = np.arange(400) / 10
    x, y = np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)  # x leads by a quarter of a period
    c = sb.wavelet_coherence(x, y, fs=10.0, frequencies=np.geomspace(0.8, 1.25, 9)[::-1])
    for periods, label in ((False, "frequency (1/d)"), (True, "period (d)")):
        axes = plots.coherence(c, level=np.full(9, 0.9), periods=periods, unit="d").axes[0]
        assert axes.get_ylabel() == label
        low, high = axes.get_ylim()
        assert (low > high) == periods  # high frequencies are on top
        arrows = next(found for found in axes.collections if hasattr(found, "U"))
        middle = np.abs(arrows.X - 20) < 10
        assert middle.sum() > 20
        np.testing.assert_allclose(arrows.U[middle], 0, atol=1e-2)
        np.testing.assert_allclose(arrows.V[middle], 1, atol=1e-2)
    silent = sb.wavelet_coherence(x, 0 * y, fs=10.0, frequencies=[0.5, 1.0])
    assert not any(len(getattr(found, "U", ())) for found in plots.coherence(silent).axes[0].collections)
    with pytest.raises(InvalidInput, match="one pair of signals"):
        plots.coherence(sb.wavelet_coherence(np.ones((2, 9)), np.ones((2, 9))))
    with pytest.raises(InvalidInput, match=r"level has shape .3,.: give one for each of the 9"):
        plots.coherence(c, level=np.ones(3))
    with pytest.raises(InvalidInput, match="two or more"):
        plots.coherence(sb.wavelet_coherence(x, y, frequencies=[0.1]))


def test_places_without_a_panel_stay_empty():
    figure = plots.time_frequency({name: density() for name in "abc"}, columns=2)
    assert [bool(axes.collections) for axes in figure.axes[:4]] == [True, True, True, False]
    assert not figure.axes[3].axison


def test_the_frequency_path_visits_every_packet_once_and_never_steps_back():
    path = frequency_path(8)
    assert sorted(path) == list(range(64))
    radius = np.hypot(*np.divmod(path, 8))
    assert (np.diff(radius) >= 0).all()


def test_real_is_blue_everywhere_and_many_sources_stay_distinct():
    names = ["a", "real", *(f"g{k}" for k in range(12))]
    looks = [(colours(names)[name], strokes(names)[name]) for name in names]
    assert colours(names)["real"] == "#0072B2" == colours(["real"])["real"]
    assert len(set(looks)) == len(names)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.convergence({}, chance=0.5), "no curve"),
        (
            lambda: plots.convergence({"a": plots.Curve(np.arange(3), np.ones((1, 4)))}, chance=0.5),
            "3 steps but 4",
        ),
        (lambda: plots.packet_maps([], title=""), "no packet map"),
        (lambda: plots.packet_maps([plots.MapRow("a", "b", {})], title=""), "no packet map"),
        (lambda: bands.tile(np.zeros((8, 4))), r"\(8, 4\)"),
        (lambda: plots.packet_curves({"a": np.zeros((8, 8))}, {}), "both need the same"),
        (lambda: plots.packet_curves({"a": np.zeros((8, 8))}, {"a": np.zeros((4, 4))}), "one shape"),
        (lambda: plots.confusion(np.zeros((2, 3)), ["a", "b"]), r"\(2, 3\)"),
        *detector_figures.REFUSED,
        (lambda: plots.samples({}), "no source"),
        (lambda: plots.samples({"a": np.zeros((2, 8, 8, 3))}), "uint8"),
        (lambda: plots.samples({"a": np.zeros((0, 8, 8, 3), np.uint8)}), "N ≥ 1"),
        (lambda: plots.reliability(np.zeros(3), np.zeros(2), np.ones(3), error=0.0), "one length"),
        (lambda: plots.reliability(np.zeros(3), np.zeros(3), np.zeros(3), error=0.0), "some bin"),
        (lambda: plots.time_frequency({}), "no panel"),
        (lambda: plots.time_frequency({"a": density(), "b": density(duration=2.0)}), r"\[2.0, 4.0\] s"),
        (lambda: plots.pixel_saliency({}, title=""), "at least one"),
        (lambda: plots.pixel_saliency({"a": np.zeros((2, 2, 3))}, title=""), r"\(H, W\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(draw, message):
    with pytest.raises(InvalidInput, match=message):
        draw()


def test_drawing_leaves_matplotlibs_settings_alone(rng):
    before = dict(matplotlib.rcParams)
    plots.svg(drawings(rng)["explanation"]())
    assert dict(matplotlib.rcParams) == before


def test_long_names_of_rows_do_not_run_into_each_other(rng):
    rows = [
        plots.MapRow(name, "", {source: rng.random((4, 4, 8, 8)) for source in SOURCES})
        for name in ("fused CNN on packets", "normalised CNN on pixels")
    ]
    figure = plots.packet_maps(rows, title="")
    plots.png(figure)
    labels = [text for axes in figure.axes for text in axes.texts if text.get_rotation() == 90]
    assert [text.get_text() for text in labels] == ["packets", "fused CNN on", "on pixels", "normalised CNN"]
    boxes = [text.get_window_extent() for text in labels]
    assert not any(a.overlaps(b) for a, b in itertools.product(boxes[:2], boxes[2:]))
    assert all(box.x0 > -1 for box in boxes)  # pixels
