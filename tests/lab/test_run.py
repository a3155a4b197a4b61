"""The lab from end to end, small: real training, real report."""

import base64
import errno
import json
import os
import re
import shutil
import signal
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from subband.data.imageset import from_arrays, split
from subband.errors import BudgetError, DataError, OutputError, TrainingError
from subband.forensics import DETECTORS, Detector
from subband.generate import load_generator
from subband.generate.unlabelled import TONES
from subband.lab import LabSettings, run_lab
from subband.lab.figures import READINGS
from subband.lab.inputs import chain, translations
from subband.lab.shares import smallest
from subband.runs.progress import Lines, Silent

CROPS = 60


def tiny(out: Path, **changes) -> LabSettings:
    """The smallest run there is, plus a second."""
    chosen = LabSettings(
        families=("gan", "vae"), size=32, images=CROPS, seeds=1, threads=1, out=out, budget=1e3
    )
    chosen = replace(chosen, **changes)
    return replace(chosen, budget=smallest(chosen, CROPS) + 1)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished")
    return run_lab(tiny(out, name="first"))


@pytest.mark.slow
def test_families_that_need_classes_or_a_second_set_are_trained_on_photographs_too(tmp_path):
    run = run_lab(tiny(tmp_path, name="more", families=("cgan", "cyclegan")))
    sources = run.results["figures"]["sources"]
    assert "at a quarter of their resolution" in sources["cyclegan"]["origin"]
    for part in ("train", "val", "test"):
        assert sources["cyclegan"][part] == sources["real"][part] > 0
    assert load_generator(run.folder / "generators" / "cgan").config.classes == TONES


def test_translations_stay_in_the_part_of_their_originals(rng):
    pixels = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    settings = LabSettings(size=32)
    real = split(from_arrays("real", pixels, chain(settings)), rng=rng)
    found = translations(settings, "inverted", "here", lambda pixels: 255 - pixels, real)
    for name in ("train", "val", "test"):
        ours, theirs = (getattr(of, name).pixels for of in (found.split, real))
        np.testing.assert_array_equal(ours, 255 - theirs)
    assert len(found.images) == 40


class StopAt(Silent):
    """Presses Ctrl-C when a stage, or a part of one, is reached."""

    def __init__(self, words: str) -> None:
        self.words = words

    @contextmanager
    def stage(self, title):
        def advance(done, total, now=""):
            if self.words in f"{title}: {now}":
                self.words = "\0"
                self.press()

        yield advance

    def press(self) -> None:
        raise KeyboardInterrupt


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_leaves_report_results_figures_and_detector(finished):
    names = set(everything(finished.folder))
    assert {"report.html", "results.json", "detector/config.json", "detector/model.safetensors"} <= names
    assert {f"figures/{key}.png" for key in READINGS} <= names
    assert {f"generators/{family}/model.safetensors" for family in ("gan", "vae")} <= names
    assert [path.name for path in finished.folder.parent.iterdir()] == ["first"]


def test_every_figure_is_embedded_in_the_report(finished):
    html = (finished.folder / "report.html").read_text("utf-8")
    embedded = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    on_disk = [(finished.folder / "figures" / f"{key}.png").read_bytes() for key in READINGS]
    assert [base64.b64decode(text) for text in embedded] == on_disk
    assert all(np.asarray(Image.open(path)).std() > 1 for path in finished.folder.glob("figures/*.png"))


def test_the_table_of_the_report_equals_results_json(finished):
    html = (finished.folder / "report.html").read_text("utf-8")
    figures = json.loads((finished.folder / "results.json").read_text("utf-8"))["figures"]
    assert len(figures["detectors"]) >= 4
    for name, row in figures["detectors"].items():
        line = re.search(rf'<th scope="row">{name}(<span[^>]*>[^<]*</span>)?</th>.*?</tr>', html, re.DOTALL)[
            0
        ]
        cells = re.findall(r"<b>([^<]+)</b><small>([^<]+)</small>", line)
        for (mean, interval), score in zip(cells, (row["balanced_accuracy"], row["auroc"]), strict=True):
            assert mean == f"{100 * score['mean']:.1f}"
            low, high = score["interval"]
            assert interval == f"{100 * low:.1f} to {100 * high:.1f}"
            assert f"{mean} [{100 * low:.1f}, {100 * high:.1f}]" in finished.table


def test_results_tell_what_a_reader_needs_to_repeat_them(finished):
    results = json.loads((finished.folder / "results.json").read_text("utf-8"))
    assert results == json.loads(json.dumps(finished.results))
    assert results["command"].startswith("subband lab --size 32 --seeds 1")
    assert results["interrupted"] is None
    assert results["versions"]["torch"] == torch.__version__
    for source in results["figures"]["sources"].values():
        assert source["train"] + source["val"] + source["test"] == source["crops"] == CROPS
    assert results["figures"]["controls"]["stored"]["at_chance"]
    assert {"read real images", "train gan", "train vae", "detectors", "report"} <= set(
        results["clock"]["seconds"]
    )


def test_the_kept_detector_and_generators_can_be_used(finished):
    detector = Detector.load(finished.folder / "detector")
    assert detector.config.classes == ("real", "gan", "vae")
    images = load_generator(finished.folder / "generators" / "vae").sample(3, seed=0)
    opinions = detector.judge_many(list(images))
    assert sum(opinion.probability_generated > 0.5 for opinion in opinions) >= 2


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures(finished, tmp_path):
    again = run_lab(tiny(tmp_path, name="second"))
    assert again.results["figures"] == finished.results["figures"]
    assert again.results["settings"] == finished.results["settings"]
    first, second = (
        {name: content for name, content in everything(run.folder).items() if name.startswith("figures/")}
        for run in (finished, again)
    )
    assert first == second


def test_threads_are_given_back(finished):
    before = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        run_lab(tiny(finished.folder.parent, name="x", threads=before + 1), StopAt("read real"))
    assert torch.get_num_threads() == before


@pytest.mark.slow
def test_a_failure_halfway_never_harms_an_earlier_run(finished, monkeypatch):
    before = everything(finished.folder)

    def fail(*arguments, **more):
        raise TrainingError("loss is not finite")

    monkeypatch.setattr("subband.lab.run.study", fail)
    out = finished.folder.parent
    with pytest.raises(TrainingError) as caught:
        run_lab(tiny(out, name="first", families=("vae",), overwrite=True))
    assert everything(finished.folder) == before
    kept = out / "first.unfinished"
    assert f"subband sample {kept}/generators/vae" in caught.value.__notes__[0]
    assert {path.name for path in out.iterdir()} == {"first", "first.unfinished"}
    assert [path.name for path in kept.iterdir()] == ["generators"]
    assert len(load_generator(kept / "generators" / "vae").sample(1, seed=0)) == 1
    shutil.rmtree(kept)


@pytest.mark.slow
def test_detectors_and_numbers_outlive_a_report_that_fails(tmp_path, monkeypatch):
    def full(results, panels):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    monkeypatch.setattr("subband.lab.run.render", full)
    with pytest.raises(OSError, match="No space") as caught:
        run_lab(tiny(tmp_path, families=("vae",)))
    kept = tmp_path / "lab-1.unfinished"
    assert f"subband detect IMAGE --model {kept}" in caught.value.__notes__[0]
    assert list(tmp_path.iterdir()) == [kept]
    assert Detector.load(kept / "detector").config.classes == ("real", "vae")
    assert json.loads((kept / "results.json").read_text("utf-8"))["figures"]["detectors"]


def test_an_existing_name_is_refused_before_any_work(finished, monkeypatch):
    monkeypatch.setattr("subband.lab.run.delivered", None)
    with pytest.raises(OutputError, match="--overwrite"):
        run_lab(tiny(finished.folder.parent, name="first"))


@pytest.mark.slow
def test_ctrl_c_while_generators_train_reports_what_is_finished(tmp_path):
    run = run_lab(tiny(tmp_path), StopAt("train vae"))
    assert run.folder == tmp_path / "lab-1"
    assert run.results["interrupted"] == "train vae"
    assert set(run.results["figures"]["sources"]) == {"real", "gan"}
    html = (run.folder / "report.html").read_text("utf-8")
    assert "This run was stopped early" in html
    assert html.count("data:image/png") == 1
    assert not (run.folder / "detector").exists()


@pytest.mark.slow
def test_ctrl_c_while_detectors_train_keeps_the_finished_ones(tmp_path):
    first, second, *_ = DETECTORS
    run = run_lab(tiny(tmp_path, families=("vae",)), StopAt(f"detectors: {second}"))
    assert second in run.results["interrupted"]
    assert set(run.results["figures"]["detectors"]) == {first}
    assert Detector.load(run.folder / "detector").config.name == first
    assert "This run was stopped early" in (run.folder / "report.html").read_text("utf-8")


def test_ctrl_c_before_anything_is_finished_leaves_no_trace(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_lab(tiny(tmp_path), StopAt("read real images"))
    assert list(tmp_path.iterdir()) == []


def test_the_second_ctrl_c_quits(tmp_path):
    class Twice(StopAt):
        @contextmanager
        def stage(self, title):
            if title == "report":
                raise KeyboardInterrupt
            with super().stage(title) as advance:
                yield advance

    with pytest.raises(KeyboardInterrupt):
        run_lab(tiny(tmp_path), Twice("train gan"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_given_images_are_studied_and_broken_files_counted(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("real", "made"):
        (tmp_path / name).mkdir()
        for k in range(30):
            noise = rng.normal(128, 40 if name == "real" else 20, (32, 32, 3)).clip(0, 255)
            ending = "png" if name == "real" else "jpg"
            Image.fromarray(noise.astype(np.uint8)).save(tmp_path / name / f"{k:02d}.{ending}")
    (tmp_path / "made" / "broken.jpg").write_bytes(b"no image")
    (tmp_path / "made" / os.fsdecode(b"caf\xe9\n.jpg")).write_bytes(b"no image")
    lines = []
    watcher = Lines(
        type("Stream", (), {"write": lambda self, text: lines.append(text), "flush": lambda self: None})()
    )
    settings = tiny(
        tmp_path / "runs", real=str(tmp_path / "real"), generated={"made": str(tmp_path / "made")}
    )
    run = run_lab(settings, watcher)
    figures = run.results["figures"]
    figures = json.loads((run.folder / "results.json").read_text("utf-8"))["figures"]
    odd, broken = sorted(figures["skipped"], key=len, reverse=True)
    assert broken["name"] == "broken.jpg"
    assert odd["name"] == r"caf\xe9\n.jpg"
    assert base64.b64decode(odd["name_base64"]) == b"caf\xe9\n.jpg"
    assert figures["sources"]["made"]["delivered"] == {"JPEG": 30}
    assert not figures["controls"]["delivered"]["at_chance"]
    assert figures["controls"]["stored"]["at_chance"]
    html = (run.folder / "report.html").read_text("utf-8")
    assert 'class="alert amber"' in html
    assert "broken.jpg" in html
    assert r"caf\xe9\n.jpg" in html
    assert any("read made: done" in line for line in lines)
    (said,) = (k for k, line in enumerate(lines) if line.startswith("plan: about "))
    assert said < min(k for k, line in enumerate(lines) if line.startswith("detectors:"))
    assert run.results["clock"]["expected"] > 0
    assert "expected duration" in html


def textures(folder, count, seed, suffix, **options):
    """Smooth random pictures: white noise, averaged over 4×4 pixels."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for k in range(count):
        noise = rng.normal(0, 140, (99, 99, 3))
        total = sum(noise[i : i + 96, j : j + 96] for i in range(4) for j in range(4)) / 4
        pixels = np.clip(np.rint(total + 128), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{k:03d}.{suffix}", **options)


class Told(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stages: list[str] = []

    @contextmanager
    def stage(self, title):
        self.stages.append(title)
        yield lambda done, total, now="": None

    def say(self, line):
        self.lines.append(f"{len(self.stages)} {line}")


@pytest.mark.slow
def test_photographs_as_jpeg_against_the_like_as_png_are_no_claim(tmp_path):
    """No generator at all: what differs is how the files were saved."""
    textures(tmp_path / "real", 40, 0, "jpg", quality=50)
    textures(tmp_path / "made", 40, 1, "png")
    told = Told()
    settings = tiny(
        tmp_path / "runs", real=str(tmp_path / "real"), generated={"made": str(tmp_path / "made")}, images=120
    )
    run = run_lab(replace(settings, budget=settings.budget + 5), told)
    compression = run.results["figures"]["compression"]
    assert compression["differs"]
    assert not compression["levelled"]["above_chance"]
    assert "No verdict: the files of the classes were compressed differently" in run.table
    assert "can be told" not in run.table
    html = (run.folder / "report.html").read_text("utf-8")
    assert "Do not trust the table: the classes were compressed differently." in html
    assert "read made, compressed alike" in told.stages


@pytest.mark.slow
def test_the_same_pictures_on_both_sides_are_said_before_the_training(tmp_path):
    """Other crops of the same pictures: no crop is equal."""
    textures(tmp_path / "real", 30, 0, "png")
    shutil.copytree(tmp_path / "real", tmp_path / "made")
    told = Told()
    settings = tiny(
        tmp_path / "runs", real=str(tmp_path / "real"), generated={"made": str(tmp_path / "made")}
    )
    run = run_lab(settings, told)
    figures = run.results["figures"]
    assert figures["sources"]["made"]["copies"]["equal"] == 30
    (warned,) = (
        line for line in told.lines if "pictures of made, 30 are pictures of the real source" in line
    )
    assert int(warned.split()[0]) <= told.stages.index("detectors")
    assert "No verdict: the images of made are the photographs themselves" in run.table


@pytest.mark.slow
def test_the_recorded_steps_repeat_a_measured_run(tmp_path):
    measured = replace(tiny(tmp_path, families=("vae",), name="a"), budget=30.0, measured=True)
    first = run_lab(measured)
    assert first.results["steps"]["detectors"].count("x") == 2
    again = run_lab(replace(measured, name="b", steps=first.results["steps"]))
    assert again.results["figures"] == first.results["figures"]
    assert again.results["settings"] == first.results["settings"]
    assert f"--steps vae={first.results['steps']['vae']}" in first.results["command"]


def test_what_cannot_work_is_said_before_the_training(tmp_path):
    with pytest.raises(BudgetError, match="--budget"):
        run_lab(LabSettings(budget=1.0, out=tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no images"):
        run_lab(tiny(tmp_path / "runs", real=str(tmp_path / "empty")))
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "empty" / "one.png")
    with pytest.raises(DataError, match="add photographs"):
        run_lab(tiny(tmp_path / "runs", real=str(tmp_path / "empty")))
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
def test_sigterm_ends_a_run_like_ctrl_c_and_is_told_from_it(tmp_path):
    class Sigterm(StopAt):
        def press(self):
            os.kill(os.getpid(), signal.SIGTERM)

    run = run_lab(tiny(tmp_path), Sigterm("train vae"))
    assert run.results["interrupted"] == "train vae"
    assert run.signal == signal.SIGTERM
    assert set(run.results["figures"]["sources"]) == {"real", "gan"}
    assert [path.name for path in tmp_path.iterdir()] == ["lab-1"]
