"""Pipelines of diffusers as generators: the images are the pipelines' own, and nothing goes wrong in silence."""

import json
import logging
import shutil
import sys

import numpy as np
import pytest
import torch

from subband.errors import CheckpointError, InvalidInput, MissingDependency, SubbandWarning
from subband.generate.diffusion import (
    ClassifierFree,
    Denoiser,
    FromDiffusers,
    LabelsForDiffusers,
    StepPath,
    ddim,
    root_betas,
)
from subband.generate.pretrained import SCHEDULERS, Pretrained
from subband.training import generator

diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")
tiny = pytest.importorskip("tiny_pipelines")

TEXTS = ["a red cat", "dogs"]
GIVEN = {"sd": {"prompts": TEXTS}, "ddpm": {}, "dit": {"labels": ["goldfish", 7]}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pipelines")
    return {
        "sd": tiny.stable_diffusion(root / "sd"),
        "ddpm": tiny.ddpm(root / "ddpm"),
        "dit": tiny.dit(root / "dit"),
    }


def draws(seed, n):
    """The generators of the first n images, as `Pretrained.sample` makes them."""
    return [generator(seed, 4, k) for k in range(n)]


def levels(images):
    return (images * 255).round().astype(np.uint8)


def near(ours, theirs):
    """Equal but for rounding: the same sums in another order move a number by one of 256 levels."""
    assert ours.shape == theirs.shape
    assert ours.dtype == np.uint8
    assert np.abs(ours.astype(int) - theirs).max() <= 1


BY_HAND = {
    "sd": {
        "prompt": TEXTS,
        "negative_prompt": ["fog", "fog"],
        "guidance_scale": 5.0,
        "height": 16,
        "width": 24,
    },
    "ddpm": {"batch_size": 2},
    "dit": {"class_labels": [1, 7], "guidance_scale": 3.0},
}
OURS = {
    "sd": {"prompts": TEXTS, "negative": "fog", "guidance": 5.0, "height": 16, "width": 24},
    "ddpm": {},
    "dit": {"labels": ["goldfish", 7], "guidance": 3.0},
}


@pytest.mark.parametrize("kind", GIVEN)
def test_images_are_those_of_the_pipeline_called_by_hand(folders, kind):
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folders[kind], local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(**BY_HAND[kind], num_inference_steps=4, generator=draws(5, 2), output_type="np").images
    ours = Pretrained(folders[kind], device="cpu").sample(2, seed=5, steps=4, **OURS[kind])
    np.testing.assert_array_equal(ours, levels(theirs))
    assert ours.std(axis=(1, 2, 3)).min() > 5
    assert (ours[0] != ours[1]).mean() > 0.5


LARGE = ("euler", "heun")
"""Schedulers whose levels are larger than the variance 1 that some pipelines are made for."""

WALKS = [
    # The default, and the one that draws noise at every step; the rest take minutes.
    pytest.param(kind, scheduler, marks=() if scheduler in (None, "dpm-solver-sde") else pytest.mark.slow)
    for scheduler in (None, *SCHEDULERS)
    for kind in GIVEN
    if kind == "sd" or scheduler not in LARGE
]


@pytest.mark.parametrize("kind", ["ddpm", "dit"])
@pytest.mark.parametrize("scheduler", LARGE)
def test_a_scheduler_of_other_levels_is_refused(folders, kind, scheduler):
    with pytest.raises(InvalidInput, match=f"variance 1, and '{scheduler}' needs more: choose one of ddim"):
        Pretrained(folders[kind], scheduler=scheduler)


@pytest.mark.parametrize(("kind", "scheduler"), WALKS)
def test_an_image_depends_on_seed_and_place_alone(folders, kind, scheduler):
    """Not on the batch, nor on torch's global stream, for every pipeline with every scheduler it can go by."""
    model = Pretrained(folders[kind], scheduler=scheduler, device="cpu")
    torch.manual_seed(1)
    both = model.sample(2, seed=3, steps=3, **GIVEN[kind])
    torch.manual_seed(2)
    near(model.sample(2, seed=3, steps=3, at_once=1, **GIVEN[kind]), both)
    others = model.sample(2, seed=4, steps=3, **GIVEN[kind])
    assert (others != both).mean() > 0.5


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_schedulers_of_our_names(folders, scheduler):
    """That they walk as our samplers do is tested in test_against_diffusers.py."""
    model = Pretrained(folders["sd"], scheduler=scheduler, device="cpu")
    theirs, settings = SCHEDULERS[scheduler]
    assert type(model.pipeline.scheduler) is getattr(diffusers, theirs)
    assert dict(model.pipeline.scheduler.config).items() >= settings.items()
    assert model.pipeline.scheduler.config.beta_end == 0.012  # the schedule of the training is kept


def test_a_guided_transformer_is_our_guided_denoiser(folders):
    """w is the same: DiTPipeline against `ClassifierFree`, our path, our sampler."""
    model = Pretrained(folders["dit"], device="cpu")
    parts, labels = model.pipeline.components, torch.tensor([1, 7])
    denoiser = Denoiser(
        FromDiffusers(parts["transformer"]),
        StepPath(root_betas(1000)),
        "eps",
        conditioner=LabelsForDiffusers(1000),
        learn_variance=True,
    )
    scheduler = parts["scheduler"]
    scheduler.set_timesteps(5)
    # Their last step goes to the first of the thousand levels and not to the image (set_alpha_to_one=False).
    grid = torch.cat([(scheduler.timesteps.double() + 1) / 1000, torch.tensor([0.001])])
    noise = torch.cat([torch.randn(1, 4, 8, 8, generator=random) for random in draws(0, 2)])
    with torch.no_grad():
        latents = ddim(ClassifierFree(denoiser, {"label": labels}, scale=4.0), noise, grid)
        image = parts["vae"].decode(latents / parts["vae"].config.scaling_factor).sample
    near(
        model.sample(2, seed=0, labels=[1, 7], steps=5, guidance=4.0),
        levels((image / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()),
    )


def test_guidance_of_texts_is_u_plus_w_times_c_minus_u(folders):
    """One step of DDIM is linear in the prediction, so the law shows in the latents.

    In double precision: a step from noise alone divides by √ᾱ = 0.07, and single precision's rounding of the
    networks, 1e-6, would come out a hundred times as large.
    """
    pipeline = Pretrained(folders["sd"], device="cpu").pipeline.to(torch.float64)
    at_once = diffusers.DDIMScheduler.from_config(pipeline.scheduler.config, timestep_spacing="trailing")
    pipeline.scheduler = at_once  # the one step goes from noise to the image

    def latents(text, w):
        given = {"num_inference_steps": 1, "generator": draws(0, 1), "output_type": "latent"}
        return pipeline([text], guidance_scale=w, **given).images

    c, u = latents(TEXTS[0], 1.0), latents("", 1.0)
    assert (c - u).abs().max() > 0.05
    torch.testing.assert_close(latents(TEXTS[0], 3.0), u + 3 * (c - u), atol=1e-9, rtol=0)


def test_every_image_shows_its_own_text_and_class(folders):
    model = Pretrained(folders["sd"], device="cpu")
    turned = model.sample(2, seed=0, prompts=TEXTS[::-1], steps=2, guidance=9.0)
    drawn = model.sample(2, seed=0, prompts=TEXTS, steps=2, guidance=9.0)
    assert (turned != drawn).mean(axis=(1, 2, 3)).min() > 0.1
    near(model.sample(2, seed=0, prompts=TEXTS[0], steps=2, guidance=9.0)[:1], drawn[:1])
    model = Pretrained(folders["dit"], device="cpu")
    near(
        model.sample(2, seed=0, labels=["white shark", "1"], steps=2),
        model.sample(2, seed=0, labels=np.array([2, 1]), steps=2),
    )
    assert (
        model.sample(1, seed=0, labels=[2], steps=2) != model.sample(1, seed=0, labels=[5], steps=2)
    ).any()


def test_progress_counts_the_steps_of_all_batches(folders):
    seen = []
    model = Pretrained(folders["sd"], scheduler="heun", device="cpu")
    model.sample(
        3, seed=0, prompts="a", steps=3, at_once=2, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(k, 10) for k in range(1, 11)]  # Heun asks twice but for the last step


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("sd", {}, "give prompts \\(--prompt TEXT\\)"),
        ("sd", {"prompts": "a", "labels": [1]}, "trained without classes: leave out labels"),
        ("sd", {"prompts": ["a", "b", "c"]}, "can't draw 2 images by 3 of prompt"),
        ("sd", {"prompts": "a", "height": 16}, "give both"),
        ("sd", {"prompts": "a", "height": 15, "width": 16}, "Pipeline can't draw that: .* divisible by 8"),
        ("sd", {"prompts": "a", "guidance": 0.5}, "1, which is none, or more"),
        ("sd", {"prompts": "a", "guidance": float("nan")}, "1, which is none, or more"),
        ("sd", {"prompts": "a", "guidance": 1.0, "negative": "b"}, "says nothing without guidance"),
        ("sd", {"prompts": "a", "steps": 0}, "1 or more"),
        ("ddpm", {"prompts": "a"}, "takes no text: leave out prompts"),
        ("ddpm", {"guidance": 2.0}, "takes no guidance_scale"),
        ("ddpm", {"negative": "a"}, "takes no negative_prompt"),
        ("ddpm", {"height": 8, "width": 8}, "takes no height, width"),
        ("ddpm", {"at_once": 0}, "ask for 1 or more"),
        ("dit", {}, "give labels \\(--label NAME\\)"),
        ("dit", {"labels": ["unicorn", 1]}, "no class unicorn: .* 0 to 999 and names such as Tinca tinca"),
        ("dit", {"labels": [1, 1000]}, "no class 1000"),
        ("dit", {"labels": [1, -1]}, "no class -1"),
        ("dit", {"labels": [1]}, "can't draw 2 images by 1 of class_labels"),
    ],
)  # fmt: skip
def test_what_a_pipeline_does_not_take_is_refused(folders, kind, given, says):
    with pytest.raises(InvalidInput, match=says):
        Pretrained(folders[kind], device="cpu").sample(2, seed=0, **given)


def test_other_limits_of_pipelines_are_told(folders, tmp_path):
    model = Pretrained(folders["ddpm"], device="cpu")
    with pytest.raises(InvalidInput, match="seeds are whole numbers, 0 or more"):
        model.sample(1, seed=-1)
    with pytest.raises(
        InvalidInput, match="no scheduler 'magic' for DDPMPipeline: choose one of ancestral, ddim"
    ):
        Pretrained(folders["ddpm"], scheduler="magic")
    few = Pretrained(tiny.dit(tmp_path / "few", classes=5), device="cpu")
    with pytest.raises(InvalidInput, match="guides models of 1000 classes only, and this one has 5"):
        few.sample(1, seed=0, labels=[4])
    assert few.sample(1, seed=0, labels=[4], guidance=1.0, steps=1).shape == (1, 16, 16, 3)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folders["sd"])
    painting = diffusers.StableDiffusionInpaintPipeline(**pipeline.components, requires_safety_checker=False)
    painting.save_pretrained(tmp_path / "painting")
    with pytest.raises(InvalidInput, match="can't draw that"):
        Pretrained(tmp_path / "painting", device="cpu").sample(1, seed=0, prompts="a")


def test_flow_matching_has_schedulers_of_its_own(folders, tmp_path):
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folders["sd"])
    pipeline.scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)
    pipeline.save_pretrained(tmp_path / "flow")
    for name, theirs in {"euler": "FlowMatchEulerDiscrete", "heun": "FlowMatchHeunDiscrete"}.items():
        scheduler = Pretrained(tmp_path / "flow", scheduler=name).pipeline.scheduler
        assert (type(scheduler).__name__, scheduler.config.shift) == (f"{theirs}Scheduler", 3.0)
    with pytest.raises(InvalidInput, match=r"no scheduler 'ddim' for .*: choose one of euler, heun"):
        Pretrained(tmp_path / "flow", scheduler="ddim")
    pipeline.scheduler = diffusers.EDMEulerScheduler()
    pipeline.save_pretrained(tmp_path / "edm")
    with pytest.raises(InvalidInput, match="EDMEulerScheduler, which no other scheduler can replace"):
        Pretrained(tmp_path / "edm", scheduler="euler")


def test_distilled_guidance_is_no_guidance_of_ours(folders):
    model = Pretrained(folders["sd"], device="cpu")
    model.pipeline.unet.register_to_config(time_cond_proj_dim=8)
    for given in ({"guidance": 2.0}, {"negative": "fog"}):
        with pytest.raises(InvalidInput, match="does not make u"):
            model.sample(1, seed=0, prompts="a", **given)


def test_images_that_are_no_numbers_are_an_error(folders):
    model = Pretrained(folders["ddpm"], device="cpu")
    with torch.no_grad():
        model.pipeline.unet.conv_out.bias.fill_(float("nan"))
    with pytest.raises(CheckpointError, match="gave no 1 images"):
        model.sample(1, seed=0, steps=1)


def test_black_images_of_a_safety_checker_are_told(tmp_path):
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

    config = transformers.CLIPConfig(
        vision_config={
            "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
            "image_size": 16, "patch_size": 8, "projection_dim": 8,
        },
        projection_dim=8,
    )  # fmt: skip
    checker = StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.data.fill_(-2.0)  # no cosine is less, so everything is unsafe
    looks = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
    )
    folder = tiny.stable_diffusion(tmp_path / "checked", safety_checker=checker, feature_extractor=looks)
    index = json.loads((folder / "model_index.json").read_text())
    index["feature_extractor"] = ["transformers", "CLIPImageProcessor"]  # the name in the models on the Hub
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.warns(SubbandWarning, match="checked replaced 3 of 3 images by black ones: 0, 1, 2"):
        pixels = Pretrained(folder, device="cpu").sample(3, seed=0, prompts="a", steps=1, at_once=2)
    assert not pixels.any()


@pytest.mark.parametrize("package", ["diffusers", "transformers"])
def test_a_missing_package_says_what_to_type(package, folders, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match=r"pip install 'subband\[hub\]'"):
        Pretrained(folders["ddpm"])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere/at-all", "no pipeline nowhere/at-all on this machine: .* --download \\(download=True\\)"),
        ("not/a/name", "can't load the pipeline not/a/name"),
        (".", "no pipeline in .: a saved DiffusionPipeline has a model_index.json"),
    ],
)
def test_a_missing_pipeline_says_what_to_type(name, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=says):
        Pretrained(name)


@pytest.mark.parametrize("part", ["unet/diffusion_pytorch_model", "text_encoder/model"])
def test_only_whole_safetensors_are_read(folders, part, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "damaged"
    shutil.copytree(folders["sd"], folder)
    file = folder / f"{part}.safetensors"
    weights = load_file(file)
    save_file(dict(list(weights.items())[1:]), file, {"format": "pt"})
    level = logging.getLogger("transformers").level
    try:
        for logs in (transformers.logging, diffusers.utils.logging):
            logs.set_verbosity_error()  # then neither says a word
        with pytest.raises(CheckpointError, match="weights are missing from its files"):
            Pretrained(folder)
    finally:
        for logs in (transformers.logging, diffusers.utils.logging):
            logs.set_verbosity(level)
    file.write_bytes(b"\x08")
    with pytest.raises(CheckpointError, match="can't load the pipeline"):
        Pretrained(folder)
    file.unlink()
    name = "pytorch_model.bin" if "text" in part else "diffusion_pytorch_model.bin"
    torch.save(weights, file.with_name(name))
    with pytest.raises(CheckpointError, match="only safetensors are read"):
        Pretrained(folder)


def test_weights_in_half_precision_are_computed_in_single(folders, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(folders["sd"], tmp_path / "half")
    for file in (tmp_path / "half").rglob("*.safetensors"):
        save_file({name: w.half() for name, w in load_file(file).items()}, file, {"format": "pt"})
    file = tmp_path / "half" / "text_encoder" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"dtype": "float16"}))
    draw = {"seed": 0, "prompts": "a", "steps": 2, "guidance": 1.0}
    whole, half = (Pretrained(f, device="cpu").sample(1, **draw) for f in (folders["sd"], tmp_path / "half"))
    assert 0 < np.abs(whole.astype(float) - half).mean() < 2


def test_a_tokenizer_without_words_is_an_error(folders, tmp_path):
    shutil.copytree(folders["sd"], tmp_path / "sd")
    (tmp_path / "sd" / "tokenizer" / "tokenizer.json").unlink()
    with pytest.raises(InvalidInput, match="tokens and the text encoder 54"):
        Pretrained(tmp_path / "sd")


@pytest.mark.parametrize("download", [False, True])
def test_nothing_is_fetched_unless_asked_for(monkeypatch, folders, download):
    load, asked = diffusers.DiffusionPipeline.from_pretrained, {}

    def watched(name, **options):
        asked.update(options, name=name)
        return load(folders["ddpm"])

    monkeypatch.setattr(diffusers.DiffusionPipeline, "from_pretrained", watched)
    Pretrained("google/ddpm-cifar10-32", download=download, device="cpu")
    assert asked.pop("name") == "google/ddpm-cifar10-32"
    assert asked.items() >= {"local_files_only": not download, "use_safetensors": True}.items()
    assert asked["trust_remote_code"] is False
