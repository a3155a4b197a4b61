"""Claims about detectors: copies and splits, equal time, scores, images after one chain, and what is drawn."""

import io
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from subband import forensics, plots
from subband.data import FileFacts
from subband.errors import InvalidInput
from subband.experiments import EXPERIMENTS
from subband.experiments.claims import attribution, guided_diffusion_saliency, jpeg_robustness, sd14_detection
from subband.experiments.methods import detectors, lab_generators
from subband.experiments.methods.copies import groups_of_copies, held_out
from subband.experiments.methods.detectors import Run, run_detector, scores
from subband.experiments.methods.lab_generators import MODELS, Sources, resaved
from subband.forensics import Convergence, Examples, Recipe
from subband.generate import GENERATORS
from subband.runs.progress import Silent

QUICK = Recipe(batch=16, points=2, parameters=8_000, rate=3e-3)


def pictures(count: int, side: int = 32, seed: int = 0) -> np.ndarray:
    """Smooth random pictures, no two of them alike."""
    small = np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    return np.stack(
        [np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)) for image in small]
    )


def planted(count: int, seed: int = 0) -> Examples:
    """Smooth pictures, and as many with a checkerboard."""
    pixels = pictures(2 * count, 16, seed)
    board = 12 * (np.indices((16, 16)).sum(0) % 2)[..., None]
    pixels[count:] = np.clip(pixels[count:].astype(int) + board, 0, 255)
    return Examples(pixels, np.repeat([0, 1], count), np.arange(2 * count))


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def test_copies_share_a_group_and_other_pictures_do_not():
    some = pictures(60)
    copies = [
        some[3],
        np.ascontiguousarray(some[7][:, ::-1]),
        saved(some[11], 50),
        (20 + 0.7 * some[19]).astype(np.uint8),
        saved(np.ascontiguousarray(some[11][:, ::-1]), 80),  # a mirrored copy of a copy
    ]
    groups = groups_of_copies(np.concatenate([some, np.stack(copies)]))
    assert len(set(groups[:60])) == 60
    assert groups[60:].tolist() == groups[[3, 7, 11, 19, 11]].tolist()


def test_equal_flat_images_are_copies():
    flat = np.zeros((3, 32, 32, 3), np.uint8)
    flat[2] = 9
    groups = groups_of_copies(flat)
    assert groups[0] == groups[1] != groups[2]


def test_no_copy_is_held_out():
    groups = np.array([0, 0, *range(1, 99)] * 2) + np.repeat([0, 1000], 100)
    groups[150] = groups[50]  # a copy in the other class
    labels = np.repeat([0, 1], 100)
    train, val, test = held_out(groups, labels, (70, 10, 15), np.random.default_rng(0))
    assert [np.bincount(labels[part]).tolist() for part in (train, val, test)] == [
        [70, 70],
        [10, 10],
        [15, 15],
    ]
    assert not set(groups[train]) & set(groups[np.concatenate([val, test])])
    assert not set(groups[val]) & set(groups[test])
    assert not {0, 1, 50, 100, 101, 150} & set(np.concatenate([val, test]).tolist())


def test_scores_of_known_answers():
    generated = np.repeat([0, 1], 200)
    sure = np.stack([-20.0 * generated, 20.0 * generated - 10], axis=1)
    perfect = scores("x", generated, [sure])
    assert perfect.ours["x, accuracy"] == perfect.ours["x, AUROC"] == 1
    assert perfect.ours["x, ECE"] == pytest.approx(0, abs=1e-4)
    assert perfect.uncertainty["x, accuracy"] == (1, 1)
    coin = np.tile([0.0, np.log(3)], (400, 1))  # "generated with probability 3/4", of half of them
    half = scores("x", generated, [sure, coin])
    assert half.ours["x, accuracy"] == pytest.approx(0.75)
    assert half.ours["x, AUROC"] == pytest.approx(0.75)
    assert half.ours["x, ECE"] == pytest.approx(0.125, abs=1e-4)
    assert half.ours["x, accuracy, std over seeds"] == pytest.approx(np.std([1, 0.5], ddof=1))
    low, high = half.uncertainty["x, accuracy"]
    assert 0.7 < low < 0.75 < high < 0.8


def test_a_detector_is_trained_for_the_time_and_judges_mirror_images_alike(monkeypatch):
    ticks = iter(np.arange(0, 10_000) / 4)  # a quarter of a second passes between two looks at the clock
    monkeypatch.setattr(detectors, "time", SimpleNamespace(process_time=lambda: next(ticks)))
    train, val = planted(64), planted(32, 1)
    judged = {"straight": val.pixels, "mirrored": np.ascontiguousarray(val.pixels[:, :, ::-1])}
    run = run_detector("residual CNN on packets", train, val, judged, QUICK, 10.0, seed=0)
    assert run.steps == 40
    assert run.classifier is None
    np.testing.assert_allclose(run.logits["straight"], run.logits["mirrored"], rtol=1e-5, atol=1e-5)
    assert run.curve.steps[-1] == 40
    assert run.curve.accuracy[-1] > 0.9


@pytest.mark.parametrize("first", ["timing run", "training"])
def test_a_training_that_a_signal_ends_is_no_result(first, monkeypatch):
    train, fits = planted(64), iter(["timing run", "training"])

    def fit_classifier(*args, progress=None, **settings):
        stops = next(fits) == first

        def stop(fraction):
            if stops and fraction > 0.5:
                os.kill(os.getpid(), signal.SIGINT)
            elif progress is not None:
                progress(fraction)

        return forensics.fit_classifier(*args, progress=stop, **settings)

    monkeypatch.setattr(detectors, "fit_classifier", fit_classifier)
    with pytest.raises(KeyboardInterrupt):
        run_detector("linear on packets", train, planted(32, 1), {}, QUICK, 0.1, seed=0)


def test_sources_come_back_with_their_labels(tmp_path):
    names = ("real", "a", "b")
    pixels = {
        part: {name: pictures(2 + k, 16, k) for k, name in enumerate(names)} for part in lab_generators.PARTS
    }
    Sources(names, pixels).save(tmp_path)
    found = Sources.load(tmp_path, names)
    examples = found.examples("val", ("real", "b"))
    assert examples.labels.tolist() == [0] * 2 + [1] * 4
    np.testing.assert_array_equal(examples.pixels[2:], pixels["val"]["b"])


def test_each_image_is_saved_again_with_its_own_quality():
    some = pictures(3)
    again = resaved(some, [30, 75, 95])
    for image, quality, made in zip(some, (30, 75, 95), again, strict=True):
        np.testing.assert_array_equal(made, saved(image, quality))


def test_photographs_and_generated_images_take_the_same_chain(monkeypatch):
    photos = pictures(12, 64)
    monkeypatch.setattr(lab_generators, "photographs", lambda counts: np.split(photos, [6, 9]))
    monkeypatch.setattr(
        lab_generators, "in_processes", lambda work, jobs, watcher, title: {name: photos for name, _ in jobs}
    )
    found = lab_generators.sources(("gan",), Silent(), seconds=1, real=(6, 3, 3), generated=(6, 3, 3))
    assert found.names == ("real", "gan")
    for part in lab_generators.PARTS:
        np.testing.assert_array_equal(found.pixels[part]["real"], found.pixels[part]["gan"])
    np.testing.assert_array_equal(found.pixels["train"]["real"][0], saved(photos[0], 75))


def test_all_families_of_coloured_images_are_attributed():
    families = {family for family, _ in MODELS.values()}
    assert families == set(GENERATORS) - set(lab_generators.OMITTED)
    assert all(lab_generators.OMITTED.values())


@pytest.mark.parametrize("module", [attribution, jpeg_robustness, sd14_detection, guided_diffusion_saliency])
def test_a_detector_of_the_full_run_takes_at_most_an_hour(module):
    assert module.CLAIM is EXPERIMENTS[module.CLAIM.name]
    each = {
        "sd14-detection": lambda: sd14_detection.EACH,
        "attribution": lambda: attribution.ATTRIBUTION,
        "jpeg-robustness": lambda: jpeg_robustness.EACH,
        "guided-diffusion-saliency": lambda: guided_diffusion_saliency.DETECTOR,
    }[module.CLAIM.name]()
    assert 60 <= each <= 3600


def run(logits: dict[str, np.ndarray]) -> Run:
    curve = Convergence(np.array([1, 10]), np.array([0.5, 0.9]), np.array([0.7, 0.2]))
    return Run(curve, logits, 1.0, 10, 60.0, 1000)


def test_what_attribution_makes_of_its_runs(monkeypatch):
    names = ("real", "a", "b")
    pixels = {
        part: {name: pictures(20, 16, k) for k, name in enumerate(names)} for part in lab_generators.PARTS
    }

    def sure(k: int, of: int) -> np.ndarray:
        return np.tile(10.0 * np.eye(of)[k], (20, 1))

    right = run({name: sure(k, 3) for k, name in enumerate(names)})
    wrong = run({name: sure(0, 3) for name in names})
    blind = run({name: np.zeros((20, 2)) for name in names})
    sharp = run({"real": sure(0, 2), "a": sure(1, 2), "b": np.tile([4.0, 0.0], (20, 1))})
    done = {
        "all, seed 0": right, "all, seed 1": wrong, "only a": sharp, "only b": blind, "all but a": sharp,
        "all but b": blind,
    }  # fmt: skip
    found = Sources(names, pixels)
    ours, uncertainty = attribution._summary(done, found)
    assert ours["attribution, balanced accuracy"] == pytest.approx((1 + 1 / 3) / 2)
    assert ours["unknown generator a, AUROC"] == 1
    assert ours["unknown generator b, AUROC"] == ours["unknown generator, smallest AUROC"] == 0.5
    assert ours["trained on a, tested on b, AUROC"] == 1
    assert ours["trained on b, tested on a, AUROC"] == 0.5
    assert all(low <= ours[key] <= high for key, (low, high) in uncertainty.items())
    shown = {name: pixels["test"][name][:4] for name in names}
    assert attribution._figure(done, found, shown).startswith(b"\x89PNG")


def test_versions_keep_their_labels_and_are_saved_again():
    some = Examples(pictures(4, 64), np.array([0, 0, 1, 2]), np.arange(4))
    found = jpeg_robustness._with_versions(some, np.random.default_rng(0))
    assert found.labels.tolist() == [0, 0, 1, 2] * 4
    assert found.scenes.tolist() == [0, 1, 2, 3] * 4
    np.testing.assert_array_equal(found.pixels[:4], some.pixels)
    assert all((found.pixels[k] != some.pixels[k % 4]).any() for k in range(4, 16))


def test_what_robustness_makes_of_its_runs(monkeypatch):
    names = ("real", *jpeg_robustness.MODELS)
    pixels = {
        part: {name: pictures(8, 64, k) for k, name in enumerate(names)} for part in lab_generators.PARTS
    }
    labels = np.repeat(np.arange(5), 8)
    monkeypatch.setattr(jpeg_robustness, "sources", lambda *_, **__: Sources(names, pixels))

    def judged(work, jobs, watcher, title):
        right = 10.0 * np.eye(5)[labels]
        done = {}
        for name, (_, augmented, *_) in jobs:
            logits = {
                str(q): right if augmented or q > 60 else right[::-1] for q in jpeg_robustness.QUALITIES
            }
            done[name] = run(logits | {jpeg_robustness.DELIVERED: right})
        return done

    monkeypatch.setattr(jpeg_robustness, "in_processes", judged)
    outcome = jpeg_robustness._run(60.0, Silent())
    for kind in jpeg_robustness.KINDS:
        assert outcome.ours[f"{kind}, with augmentation, q50, accuracy"] == 1
        assert outcome.ours[f"{kind}, without augmentation, q50, accuracy"] < 1
        assert outcome.ours[f"{kind}, without augmentation, as delivered, accuracy"] == 1
    assert set(jpeg_robustness.CLAIM.shown) <= set(outcome.ours)
    assert outcome.figure.startswith(b"\x89PNG")


def test_detectors_without_a_part_of_the_frequencies_see_the_rest():
    assert guided_diffusion_saliency.high().mean() == 0.75
    assert not guided_diffusion_saliency.high()[:4, :4].any()


def test_figures_refuse_what_does_not_fit_together():
    race = plots.Race(np.arange(3), np.zeros((1, 2)), 0.1, "packets", *np.zeros((3, 4)))
    with pytest.raises(InvalidInput, match="3 times but 2 errors"):
        plots.detection_race({"a": race})
    with pytest.raises(InvalidInput, match="at least one"):
        plots.detection_race({})
    with pytest.raises(InvalidInput, match="each with 2 accuracies"):
        plots.treated_accuracy(np.arange(2), {"a": plots.Treated(np.zeros(3), np.zeros((3, 2)))}, x="quality")
    with pytest.raises(InvalidInput, match="3 sources need counts"):
        plots.attribution(np.zeros((2, 2)), ("real", "a", "b"), {"a": np.zeros(2)}, {})
    with pytest.raises(InvalidInput, match="nothing to draw"):
        plots.packet_saliency([], {})


@pytest.mark.slow
def test_stable_diffusion_at_a_tiny_budget(monkeypatch):
    train = planted(300)
    pixels = train.pixels.repeat(2, axis=1).repeat(2, axis=2)
    facts = (FileFacts(1, 32, 32, "JPEG"),) * len(pixels)
    images = sd14_detection.Images(pixels, train.labels, np.arange(len(pixels)), facts)
    monkeypatch.setattr(sd14_detection, "images", lambda: images)
    monkeypatch.setattr(sd14_detection, "COUNTS", (150, 50, 100))
    small = replace(sd14_detection.RECIPE, batch=16, parameters=60_000, points=2)
    monkeypatch.setattr(sd14_detection, "RECIPE", small)
    monkeypatch.setattr(  # in this process, which has the small recipe
        sd14_detection, "in_processes", lambda work, jobs, *_: {name: work(*given) for name, given in jobs}
    )
    outcome = sd14_detection._run(sd14_detection.FULL * 2 / sd14_detection.EACH, Silent())
    for kind in sd14_detection.KINDS:
        assert 0 <= outcome.ours[f"{kind}, accuracy"] <= 1
        assert outcome.ours[f"{kind}, processor minutes"] > 0
    assert outcome.ours["format only, files with their lengths, AUROC"] == 0.5
    assert outcome.figure.startswith(b"\x89PNG")
    assert replace(outcome, figure=b"").settings["seeds"] == 2
