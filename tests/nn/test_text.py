"""CLIP's text encoder as a context: agreement with transformers, what is missing, and learning from captions."""

import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from subband.errors import InvalidInput, MissingDependency
from subband.generate.diffusion import ClassifierFree, Denoiser, FlowPath, sample
from subband.nn import ClipText, Conditioner, DiT
from subband.training import generator, initialised

TEXTS = ["a red cat", "dogs", ""]


def test_says_what_to_type_without_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingDependency, match=r"need transformers: pip install 'subband\[hub\]'$"):
        ClipText("openai/clip-vit-large-patch14")


@pytest.fixture(scope="module")
def tiny():
    pytest.importorskip("transformers")
    return pytest.importorskip("tiny_pipelines")


@pytest.fixture
def folder(tiny, tmp_path):
    tiny.text_encoder().save_pretrained(tmp_path / "clip")
    tiny.tokenizer(tmp_path / "words").save_pretrained(tmp_path / "clip")
    return tmp_path / "clip"


def test_is_what_transformers_answers(tiny, folder):
    text = ClipText(folder)
    words = tiny.tokenizer(folder / "again")
    ids = words(TEXTS, padding="max_length", max_length=tiny.TOKENS, return_tensors="pt").input_ids
    with torch.no_grad():
        theirs = tiny.text_encoder()(ids).last_hidden_state
    ours = text(TEXTS)
    assert text.shape == (tiny.TOKENS, tiny.WIDTH)
    assert ours.shape == (3, *text.shape)
    assert not ours.requires_grad
    assert not any(p.requires_grad for p in text.model.parameters())
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(text(TEXTS[1:2]), ours[1:2])
    assert (ours[0] - ours[1]).abs().max() > 0.1


def test_long_texts_are_cut_to_the_models_length(folder):
    text = ClipText(folder)
    kept = "a" * (text.shape[0] - 2)  # between its first and its last mark
    torch.testing.assert_close(text([kept + "bcd " * 50]), text([kept + "b"]))
    assert not torch.allclose(text([kept[1:] + "b"]), text([kept]))
    text.tokenizer.model_max_length = int(1e30)  # what a tokenizer says that was saved without a length
    assert text([kept * 20]).shape == (1, *text.shape)


def test_weights_in_half_precision_are_computed_in_single(tiny, folder, tmp_path):
    tiny.text_encoder().half().save_pretrained(tmp_path / "half")
    tiny.tokenizer(tmp_path / "words").save_pretrained(tmp_path / "half")
    half, whole = ClipText(tmp_path / "half")(TEXTS), ClipText(folder)(TEXTS)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, whole, atol=2e-2, rtol=0)


def test_missing_weights_and_words_are_errors(tiny, folder, tmp_path):
    with pytest.raises(InvalidInput, match=r"no CLIP weights at nowhere/clip: .* download=True"):
        ClipText("nowhere/clip")
    file = folder / "model.safetensors"
    weights = load_file(file)
    save_file(dict(list(weights.items())[1:]), file, {"format": "pt"})
    with pytest.raises(InvalidInput, match=r"no CLIP weights at .*missing from its files: embeddings"):
        ClipText(folder)
    file.write_bytes(b"\x08")
    with pytest.raises(InvalidInput, match="no CLIP weights"):
        ClipText(folder)
    file.unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(InvalidInput, match="as safetensors"):
        ClipText(folder)
    tiny.text_encoder().save_pretrained(tmp_path / "wordless")
    with pytest.raises(InvalidInput, match="tokens and the text encoder 54: fetch"):
        ClipText(tmp_path / "wordless")


@pytest.mark.slow
def test_a_denoiser_learns_what_captions_mean(folder):
    """Two captions, two pictures in noise: what is drawn of each caption is nearer to its picture."""
    text, random = ClipText(folder), generator(0)
    captions = ["lying stripes", "standing stripes"]
    context = text(captions)
    wave = torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat(2)
    means = torch.stack([wave[:, None].expand(8, 8), wave.expand(8, 8)])[:, None]
    with initialised(0):
        net = DiT(1, width=32, depth=2, heads=2, context=text.shape[1])
        denoiser = Denoiser(
            net, FlowPath(), "v", conditioner=Conditioner(net.embedding, context=text.shape, drop=0.2)
        )
    optimizer = torch.optim.Adam(denoiser.parameters(), 3e-3)
    for _ in range(150):
        told = torch.randint(0, 2, (32,), generator=random)
        images = means[told] + 0.3 * torch.randn(32, 1, 8, 8, generator=random)
        loss = denoiser.loss(
            images,
            torch.randn(images.shape, generator=random),
            denoiser.path.draw_times(32, random),
            {"context": context[told]},
            denoiser.conditioner.drawn_keep(32, random),
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    told = torch.arange(40) % 2
    guided = ClassifierFree(denoiser, {"context": context[told]}, scale=2.0)
    drawn = sample(guided, torch.randn(40, 1, 8, 8, generator=random), "heun", steps=8)
    distance = (drawn[:, None] - means[None]).square().mean(dim=(2, 3, 4)).sqrt()
    assert torch.equal(distance.argmin(dim=1), told)
    assert float(distance[torch.arange(40), told].max()) < 0.7  # the two pictures are 1.41 apart
