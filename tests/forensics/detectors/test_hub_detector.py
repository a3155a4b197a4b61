"""A classifier of transformers under the same calibration and abstention: a tiny one, made here."""

import json

import numpy as np
import pytest
from PIL import Image, ImageFilter
from synthetic import GENERATORS, photographs

from subband.errors import CheckpointError, InvalidInput
from subband.forensics import explain_picture, subject_of
from subband.forensics.detectors.hub import HubDetector, real_labels

transformers = pytest.importorskip("transformers", reason="the extra `hub` is not installed")
tiny = pytest.importorskip("tiny_pipelines", reason="the extra `hub` is not installed").classifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tiny(tmp_path_factory.mktemp("vit")))


def labelled(n, seed, size=40):
    """Photographs and pictures with a coarse grid; the random net sees some difference."""
    made = GENERATORS["patterned"](n, seed, size)
    made = np.clip(made.astype(int) + 60, 0, 255).astype(np.uint8)
    return [*((p, 0) for p in photographs(n, seed + 1, size)), *((p, 1) for p in made)]


def test_without_calibration_it_gives_a_probability_and_no_verdict(folder):
    detector = HubDetector.of(folder)
    assert detector.config.classes == ("real", "artificial")
    found = detector.judge(photographs(1, 0, 48)[0])
    assert found.verdict == "can't tell"
    assert "never calibrated" in found.reason
    assert sum(found.sources.values()) == pytest.approx(1)
    assert found.detector == f"hf:{folder}"
    assert detector.judge(photographs(1, 0, 48)[0], threshold=0.5).verdict in (
        "real",
        "generated",
        "can't tell",
    )


def test_its_probabilities_are_those_of_the_classifier(folder):
    import torch

    pixels = photographs(1, 3, 48)[0]
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    model = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        p = model(**processor(images=[pixels], return_tensors="pt")).logits.softmax(-1)[0]
    assert HubDetector.of(folder).judge(pixels).probability_generated == pytest.approx(float(p[0]), abs=1e-6)


def test_calibrated_it_is_saved_loaded_and_firm_at_stated_rates(folder, tmp_path):
    detector = HubDetector.of(folder).calibrated(labelled(140, 10), false_alarms=0.05, misses=0.05)
    rule = detector.config.abstention
    assert (rule.photographs, rule.generated) == (70, 70)
    new = labelled(100, 300)
    opinions = [detector.judge(pixels, stable=False) for pixels, _ in new]
    truth = np.array([label for _, label in new])
    said = np.array([opinion.verdict for opinion in opinions])
    assert (said[truth == 0] == "generated").mean() <= 0.12  # 5 % stated; bound of 70 photographs: 9 %
    assert (said[truth == 1] == "real").mean() <= 0.12
    detector.save(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["config"]["model"] == folder
    again = HubDetector.load(tmp_path)
    assert [again.judge(p, stable=False).verdict for p, _ in new[::40]] == [o.verdict for o in opinions[::40]]


def test_several_labels(tmp_path):
    folder = str(tiny(tmp_path, ("camera photo", "gan fake", "diffusion fake", "real scan")))
    detector = HubDetector.of(folder)
    assert detector.config.real == ("camera photo", "real scan")
    assert detector.config.classes == ("real", "gan fake", "diffusion fake")
    assert set(detector.judge(photographs(1, 0, 48)[0]).sources) == set(detector.config.classes)


@pytest.mark.parametrize(
    ("labels", "real"),
    [
        (("artificial", "human"), ("human",)),
        (("Fake", "Real"), ("Real",)),
        (("ai", "not_ai"), ("not_ai",)),
        (("Deepfake", "Realism"), ("Realism",)),
        (("nature", "sdv5", "generated"), None),
        (("LABEL_0", "LABEL_1"), None),
        (("cat", "dog"), None),
        (("real", "human"), None),
    ],
)
def test_which_labels_mean_real(labels, real):
    if real is not None:
        assert real_labels(labels) == real
        return
    with pytest.raises(InvalidInput, match="--real-label"):
        real_labels(labels)
    assert real_labels(labels, labels[0]) == labels[:1]
    with pytest.raises(InvalidInput, match="--real-label"):
        real_labels(labels, "other")


def test_its_answer_is_explained_by_covering_parts_of_the_picture(folder):
    detector = HubDetector.of(folder)
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    subject = subject_of(detector)
    found = explain_picture(subject, pixels)
    p = detector.judge(pixels, stable=False).probability_generated
    assert found.removal.log_odds == pytest.approx(np.log(p / (1 - p)), abs=1e-5)
    assert found.heat.covered
    assert found.heat.squares.shape == (7, 9)  # parts of 12 pixels, half of it apart
    assert found.cut == 0
    assert np.array_equal(found.square, pixels)
    assert found.packet_saliency is None
    assert np.abs(found.removal.effects).max() > 0
    assert found.sentence.startswith("The detector leans to")

    covered = pixels.copy()
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(3)))
    covered[:12, :12] = blurred[:12, :12]
    q = detector.judge(covered, stable=False).probability_generated
    assert found.heat.squares[0, 0] == pytest.approx(np.log(p / (1 - p)) - np.log(q / (1 - q)), abs=1e-5)


def test_large_pictures_are_reduced_to_be_explained(folder):
    pixels = np.zeros((700, 1400, 3), np.uint8)
    assert subject_of(HubDetector.of(folder)).squares(pixels, [(0, 0)]).shape == (1, 512, 1024, 3)


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(CheckpointError, match="can't load the classifier"):
        HubDetector.of(str(tmp_path / "nowhere"))
    with pytest.raises(CheckpointError, match="no checkpoint"):
        HubDetector.load(tmp_path)


def test_a_classifier_without_all_its_weights_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    file = tiny(tmp_path) / "model.safetensors"
    weights = load_file(file)
    save_file({k: v for k, v in weights.items() if "classifier" not in k}, file, {"format": "pt"})
    with pytest.raises(
        CheckpointError, match=r"can't load the classifier hf:.*missing from its files: classifier"
    ):
        HubDetector.of(str(tmp_path))
