"""Input that can't work is refused, and the words say what came, what is allowed and what to type."""

import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
import torch
from learnable import learn
from safetensors.torch import save_file
from typer.testing import CliRunner

from subband.cli import app
from subband.errors import BudgetError, CheckpointError, InvalidInput, SubbandError
from subband.generate import GENERATORS, TrainSettings, load_generator, train_generator
from subband.generate.diffusion import (
    AutoGuidance,
    ClassifierFree,
    ClassifierGuidance,
    Denoiser,
    FlowPath,
    GaussianMixture,
    LinearPath,
    sample,
)
from subband.nn import Conditioner, UNet
from subband.training import check_finite, generator, load_checkpoint, save_checkpoint, settings_of

FAMILIES = sorted(GENERATORS)
pytestmark = pytest.mark.usefixtures("unchecked")


def stripes(size=16, count=16):
    pixels = np.zeros((count, size, size, 1), dtype=np.uint8)
    pixels[:, ::4] = np.arange(count, dtype=np.uint8)[:, None, None, None] + 200
    return pixels


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny diffusion model without classes, in a folder."""
    folder = tmp_path_factory.mktemp("model")
    train_generator("diffusion", stripes(), steps=1, width=8, batch=4).save(folder)
    return folder


@pytest.fixture
def model(saved, tmp_path):
    """A copy of it that may be broken."""
    for file in saved.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def settings_with(kind):
    """Every (family, setting) of a type."""
    return [
        (family, setting.name)
        for family in FAMILIES
        for setting in settings_of(GENERATORS[family].config)
        if setting.type is kind and setting.role != "data"
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("family", "name"), settings_with(float))
def test_no_setting_of_any_family_takes_what_is_no_number(family, name, value):
    with pytest.raises(InvalidInput, match=f"{name}=|time .*{value}"):
        learn(family, stripes(), steps=1, **{name: value})


@pytest.mark.parametrize("name", ["minutes", "clip", "rate_warmup", "save_every"])
def test_no_setting_of_a_training_is_without_end(name):
    for value in (math.nan, math.inf):
        with pytest.raises(InvalidInput, match=name):
            TrainSettings(**{name: value})


@pytest.mark.parametrize("family", ["diffae", "diffusion"])
@pytest.mark.parametrize("name", ["width", "multipliers", "blocks", "patch", "batch", "sampling_steps"])
def test_sizes_of_networks_are_above_0(family, name):
    config = GENERATORS[family].configure(32)
    for value in ((), (1, 0)) if name == "multipliers" else (0, -1):
        with pytest.raises(InvalidInput, match=name):
            dataclasses.replace(config, **{name: value})


def test_finite_looks_into_tuples():
    check_finite(TrainSettings(profiles=(0.1, 0.2)))
    with pytest.raises(InvalidInput, match="profiles"):
        TrainSettings(profiles=(0.1, math.nan))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"guidance_from": 0.8, "guidance_to": 0.2}, "from time 0.8 to 0.2"),
        ({"path": "ddpm", "learn_variance": True, "measure": "x0"}, "leave out one"),
        ({"path": "ddpm", "chain": 0}, "chain=0"),
        ({"path": "leap"}, "choose one of"),
        ({"predict": "noise"}, "choose one of x0, eps"),
        ({"sampler": "leapfrog"}, "choose one of adaptive"),
        ({"sampling_steps": 0}, "sampling_steps=0"),
    ],
)
def test_settings_that_do_not_go_together(settings, says):
    with pytest.raises(InvalidInput, match=says):
        train_generator("diffusion", stripes(), steps=1, **settings)


def told(drop):
    net = UNet(1, width=8)
    return Denoiser(net, FlowPath(), conditioner=Conditioner(net.embedding, classes=2, drop=drop))


def test_guidance_needs_untold_images_a_finite_scale_and_times_in_order():
    label = {"label": torch.zeros(1)}
    with pytest.raises(InvalidInput, match=r"guidance 1, or train it with drop=0\.1"):
        ClassifierFree(told(0.0), label)
    mixture = GaussianMixture(FlowPath(), torch.zeros(1, 2), torch.ones(1))
    for scale, interval, says in (
        (math.nan, None, "finite number, 1 for no guidance"),
        (math.inf, None, "finite number, 1 for no guidance"),
        (2.0, (0.9, 0.1), "the first must be the lower"),
        (2.0, (0.5, 0.5), "the first must be the lower"),
        (2.0, (math.nan, 1.0), "the first must be the lower"),
    ):
        for guided in (
            lambda s, i: ClassifierFree(told(0.1), label, s, i),
            lambda s, i: AutoGuidance(mixture, mixture, s, i),
            lambda s, i: ClassifierGuidance(mixture, lambda x, t: x[:, 0], s, i),
        ):
            with pytest.raises(InvalidInput, match=says):
                guided(scale, interval)
    with pytest.raises(InvalidInput, match="can't guide a denoiser on"):
        AutoGuidance(mixture, GaussianMixture(LinearPath(), torch.zeros(1, 2), torch.ones(1)))


def test_a_model_that_is_always_told_is_drawn_from_without_guidance():
    config = GENERATORS["diffusion"].configure(16, classes=("a", "b"), drop=0.0)
    assert config.guidance == 1
    with pytest.raises(InvalidInput, match=r"guidance=3\.0 with drop=0: take drop=0\.1, or guidance=1"):
        GENERATORS["diffusion"].configure(16, classes=("a", "b"), drop=0.0, guidance=3.0)


def test_networks_and_images_that_do_not_fit():
    denoiser = Denoiser(UNet(3, width=8, patch=2), FlowPath())
    for shape, says in (
        ((2, 1, 16, 16), r"takes \(N, 3, H, W\)"),
        ((2, 3, 15, 16), "multiples of 4"),
        ((3, 16, 16), "can't run this U-Net on shape"),
    ):
        with pytest.raises(InvalidInput, match=says):
            sample(denoiser, torch.randn(shape, generator=generator(0)), "euler", steps=1)
    wide = Denoiser(UNet(3, outputs=6, width=8), FlowPath())
    with pytest.raises(InvalidInput, match="learn_variance=False"):
        sample(wide, torch.randn(1, 3, 16, 16, generator=generator(0)), "euler", steps=1)
    x = torch.zeros(1, 3, 16, 16)
    for options, says in (
        ({"steps": 0}, "1 step or more"),
        ({"name": "leapfrog"}, "choose one of"),
        ({"name": "ancestral"}, r"random=torch\.Generator\(\)"),
        ({"name": "ancestral", "reverse": True}, "choose one of euler"),
        ({"name": "euler", "eta": 1.0}, "takes no eta"),
        ({"grid": torch.tensor([0.5, 0.5])}, "falling times"),
    ):
        with pytest.raises(InvalidInput, match=says):
            sample(denoiser, x, **options)


def test_a_file_cut_off_anywhere_is_called_truncated(model):
    path = model / "model.safetensors"
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    for kept in (0, 1, 7, 8, 9, header // 2, header - 1, header, header + 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:kept])
        with pytest.raises(CheckpointError, match="truncated or not a safetensors file"):
            load_generator(model)
    path.write_bytes(whole + b"more")
    with pytest.raises(CheckpointError, match="truncated or not a safetensors file"):
        load_generator(model)


class _Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_a_pickle_is_not_run(model):
    (model / "model.safetensors").write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_generator(model)


def test_checkpoints_from_elsewhere(model):
    path = model / "model.safetensors"
    kept = load_checkpoint(model)
    for header, says in (
        ({"format": 2}, "this version reads 1: update Subband"),
        ({"format": "2b"}, "this version reads 1: update Subband"),
        ({"format": 0}, "this version reads 1: train it again"),
        ({"format": 1}, "is no model"),
        ([], "not written by Subband"),
        ({"format": 1, "kind": "vae", "config": kept.config}, "settings don't fit"),
        ({"format": 1, "kind": "pixelcnn", "config": {}}, "not a generator: those are autoencoder"),
        ({"format": 1, "kind": "diffusion", "config": []}, "settings don't fit"),
        ({"format": 1, "kind": "diffusion", "config": kept.config | {"new": 1}}, "settings don't fit"),
        ({"format": 1, "kind": "diffusion", "config": kept.config | {"size": "big"}}, "are impossible"),
        ({"format": 1, "kind": "diffusion", "config": kept.config | {"width": 16}}, "weights don't fit"),
        ({"format": 1, "kind": "diffusion", "config": kept.config | {"channels": 3}}, "weights don't fit"),
    ):
        save_file(kept.tensors, path, metadata={"subband": json.dumps(header)})
        with pytest.raises(CheckpointError, match=says) as caught:
            load_generator(model)
        assert len(str(caught.value)) < 600
    save_checkpoint(model, "diffusion", GENERATORS["diffusion"].configure(16, channels=1), {})
    with pytest.raises(CheckpointError, match="weights don't fit"):
        load_generator(model)


def say(*words):
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "400", "TERM": "dumb"})
    return result.exit_code, " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--sampler", "leapfrog"), "choose one of adaptive"),
        (("--guidance", "nan"), "can't use guidance=nan"),
        (("--guidance-from", "0.9", "--guidance-to", "0.1"), "from time 0.9 to 0.1"),
        (("--sampling-steps", "0"), "sampling_steps=0"),
        (("--count", "0"), "--count is 0: use 1 or more"),
        (("--seed", "-1"), "0 or more"),
        (("--label", "cat"), "has no class cat"),
        (("--path", "edm"), "No such option"),
    ],
)
def test_sample_explains(words, says, saved, tmp_path):
    code, text = say("sample", saved, "--out", tmp_path / "x.png", *words)
    assert (code, says in text, (tmp_path / "x.png").exists()) == (2, True, False), text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--minutes", "inf"), "can't use minutes=inf"),
        (("--minutes", "nan"), "can't use minutes=nan"),
        (("--rate", "nan"), "rate=nan"),
        (("--rate", "inf"), "rate=inf"),
        (("--average", "-1"), "width=-1"),
        (("--predict", "noise"), "choose one of x0, eps"),
        (("--path", "leap"), "choose one of ddpm"),
        (("--learn-variance",), "take ddpm or iddpm"),
        (("--consistency", "1"), "0 or more, below 1"),
        (("--drop", "0", "--guidance", "2"), "take drop=0.1, or guidance=1"),
        (("--size", "20"), "multiple of 8"),
        (("--precision", "float8"), "float8"),
    ],
)
def test_train_explains(words, says, tmp_path):
    labels = np.arange(16) % 2
    np.savez(tmp_path / "a.npz", x_train=stripes(32), y_train=labels)
    code, text = say(
        "train", "diffusion", "--data", tmp_path / "a.npz", "--steps", 1, "--out", tmp_path / "o", *words
    )
    assert (code, says in text) == (2, True), text
    assert not list(tmp_path.rglob("*.safetensors"))


def test_no_step_no_error_of_another_kind():
    for seconds in (math.nan, math.inf, 0.0):
        with pytest.raises(BudgetError, match="one step takes"):
            train_generator("diffusion", stripes(), seconds=seconds)
    assert issubclass(BudgetError, SubbandError)
