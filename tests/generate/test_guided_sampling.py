"""Guidance by name, from Python and from the command line: by a classifier, or by a weaker model."""

from typing import get_args

import numpy as np
import pytest
import torch
from digits import digits
from typer.testing import CliRunner

from subband.cli import app
from subband.errors import CheckpointError, InvalidInput
from subband.generate import GENERATORS, load_generator, train_generator
from subband.generate.diffusion import GUIDANCE
from subband.generate.pixels import to_signal
from subband.training import generator, settings_of

SMALL = {"width": 16, "batch": 16, "flip": False}


@pytest.fixture(scope="module")
def data():
    """Noughts and ones."""
    examples = digits()
    chosen = examples.take(np.flatnonzero(examples.labels < 2))
    return type(chosen)(chosen.pixels, chosen.labels, ("0", "1"))


@pytest.fixture(scope="module")
def trained(data):
    return train_generator("diffusion", data, steps=150, classifier=True, **SMALL)


@pytest.fixture(scope="module")
def begun(data):
    """One that has learnt next to nothing, for what doesn't depend on it."""
    return train_generator("diffusion", data, steps=3, classifier=True, **SMALL)


def ones(images):
    """How much more ink is in the middle than around it, which is what tells ones from noughts."""
    signal = images[..., 0].astype(float)
    return signal[:, 6:10, 6:10].mean(axis=(1, 2)) - signal[:, 6:10, 2:5].mean(axis=(1, 2))


def test_the_settings_name_every_kind_of_guidance():
    (setting,) = (s for s in settings_of(GENERATORS["diffusion"].config) if s.name == "guide")
    assert set(get_args(setting.type)) == set(GUIDANCE)


@pytest.mark.slow
def test_the_classifier_knows_images_of_some_noise(trained, data):
    network = trained.network
    x0 = network.space.encode(to_signal(torch.from_numpy(data.pixels[:100].transpose(0, 3, 1, 2).copy())))
    eps, t = torch.randn(x0.shape, generator=generator(0)), torch.full((100,), 0.3)
    with torch.no_grad():
        seen = network.classifier(0.7 * x0 + 0.3 * eps, t).argmax(dim=1)
    assert (seen.numpy() == data.labels[:100]).mean() > 0.9
    losses = trained.history.losses["classifier"]
    assert losses[-20:].mean() < 0.7 * losses[:10].mean()


@pytest.mark.slow
def test_a_classifier_guides_and_more_of_it_does_more(trained):
    labels = np.repeat([0, 1], 32)
    apart = []
    for w in (0.0, 1.0, 4.0):
        seen = ones(trained.sample(64, seed=0, labels=labels, guide="classifier", guidance=w))
        apart.append(seen[32:].mean() - seen[:32].mean())
    assert abs(apart[0]) < apart[1] / 2
    assert apart[2] > apart[1] > 10


def test_any_class_is_guided_by_nothing(begun):
    drawn = begun.sample(4, seed=0, guide="classifier", guidance=5.0)
    np.testing.assert_array_equal(drawn, begun.sample(4, seed=0, guidance=1.0))


@pytest.mark.slow
def test_a_weaker_model_guides(trained, data, tmp_path):
    train_generator("diffusion", data, steps=20, **SMALL).save(tmp_path / "weak")
    labels = np.repeat([0, 1], 4)
    options = {"labels": labels, "seed": 0, "guide": "auto", "guide_with": str(tmp_path / "weak")}
    plain = trained.sample(8, labels=labels, seed=0, guidance=1.0)
    np.testing.assert_array_equal(trained.sample(8, guidance=1.0, **options), plain)
    weak = load_generator(tmp_path / "weak").sample(8, labels=labels, seed=0, guidance=1.0)
    np.testing.assert_allclose(trained.sample(8, guidance=0.0, **options), weak, atol=1)
    assert not np.array_equal(trained.sample(8, guidance=2.0, **options), plain)
    # A model guided by itself is itself, and a folder that is written anew is read anew.
    trained.save(tmp_path / "weak")
    np.testing.assert_allclose(trained.sample(8, guidance=2.0, **options), plain, atol=2)


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_guide_is_explained(begun, data, tmp_path):
    plain = train_generator("diffusion", data, steps=1, **SMALL)
    with pytest.raises(InvalidInput, match=r"train with --classifier"):
        plain.sample(1, seed=0, labels=np.array([0]), guide="classifier")
    with pytest.raises(InvalidInput, match="images without classes"):
        train_generator("diffusion", data.pixels, steps=1, classifier=True, **SMALL)
    with pytest.raises(InvalidInput, match="classifier-free, classifier, auto"):
        plain.sample(1, seed=0, guide="faith")
    with pytest.raises(InvalidInput, match="name its folder by guide_with"):
        plain.sample(1, seed=0, guide="auto")
    with pytest.raises(CheckpointError, match="no checkpoint in"):
        plain.sample(1, seed=0, guide="auto", guide_with=str(tmp_path / "gone"))
    for settings, what in ({"level": 0}, "level"), ({"path": "edm"}, "path"):
        train_generator("diffusion", data, steps=1, **settings, **SMALL).save(tmp_path / what)
        with pytest.raises(InvalidInput, match=f"{what} differ"):
            begun.sample(1, seed=0, guide="auto", guide_with=str(tmp_path / what))
    train_generator("diffusion", data.take(slice(40)), steps=1, **SMALL).save(tmp_path / "others")
    with pytest.raises(InvalidInput, match="images differ"):
        begun.sample(1, seed=0, guide="auto", guide_with=str(tmp_path / "others"))
    train_generator("vae", data, steps=1).save(tmp_path / "vae")
    with pytest.raises(CheckpointError, match="holds 'vae'"):
        begun.sample(1, seed=0, guide="auto", guide_with=str(tmp_path / "vae"))


@pytest.mark.slow
def test_both_from_the_command_line(data, tmp_path):
    np.savez(tmp_path / "a.npz", x_train=data.pixels, y_train=data.labels)
    run = tmp_path / "run"

    def say(*words):
        result = CliRunner().invoke(app, list(map(str, words)), env={"TERM": "dumb"})
        assert result.exit_code == 0, result.output

    train = ("train", "diffusion", "--data", tmp_path / "a.npz", "--steps", 6, "--width", 8, "--out", run)
    say(*train, "--classifier", "--snapshots", 2, "--save-every", 0)
    say("sample", run, "--guide", "classifier", "--guidance", 3, "--count", 2, "--out", tmp_path / "c.png")
    weak = sorted((run / "snapshots").iterdir())[0]
    words = ("--guide", "auto", "--guide-with", weak, "--count", 2, "--out", tmp_path / "a.png")
    say("sample", run, *words)
    assert (tmp_path / "c.png").is_file()
    assert (tmp_path / "a.png").is_file()
