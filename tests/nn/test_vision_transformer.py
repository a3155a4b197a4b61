"""The vision transformer: agreement with transformers, tokens, its insides against hand-made cases."""

import numpy as np
import pytest
import torch
from torch import nn

import subband as sb
from subband.errors import CheckpointError, InvalidInput
from subband.nn.transformer import TransformerBlock
from subband.nn.vision_transformer import (
    PacketTokens,
    VisionTransformer,
    attention_distance,
    attention_rollout,
    filter_components,
    from_transformers,
    position_similarity,
)
from subband.training import initialised

KINDS = {
    "pixels": {"patch": 4},
    "convolution": {"patch": 4},
    "packets": {"patch": 4, "level": 2},
    "bands": {"patch": 4, "level": 1, "wavelet": "db2"},
}


def small(**changed) -> VisionTransformer:
    settings = {"size": (16, 24), "patch": 4, "width": 16, "depth": 2, "heads": 2} | changed
    with initialised(0):
        return VisionTransformer(1, 5, **settings)


def images(count: int = 3, channels: int = 1, size=(16, 24)) -> torch.Tensor:
    return torch.randn(count, channels, *size, generator=torch.Generator().manual_seed(0))


def theirs(kind: str, **changed):
    transformers = pytest.importorskip("transformers", reason="agreement with transformers' ViT")
    settings = {
        "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48,
        "image_size": 24, "patch_size": 8, "num_channels": 3, "num_labels": 5,
    }  # fmt: skip
    with initialised(1):
        model = getattr(transformers, kind)(transformers.ViTConfig(**(settings | changed))).eval()
        for p in model.parameters():  # all of them, biases and norms too, away from 0 and 1
            nn.init.normal_(p, std=0.3)
    return model


@pytest.mark.parametrize("changed", [{}, {"qkv_bias": False}, {"hidden_act": "gelu_pytorch_tanh"}])
def test_has_the_outputs_of_the_classifier_of_transformers(changed) -> None:
    model = theirs("ViTForImageClassification", **changed)
    x = images(4, 3, (24, 24))
    with torch.no_grad():
        wanted, found = model(x).logits, from_transformers(model)(x)
    assert wanted.abs().max() > 0.1
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_has_the_tokens_and_the_attention_of_the_model_of_transformers() -> None:
    model = theirs("ViTModel")
    ours = from_transformers(model)
    x = images(2, 3, (24, 24))
    model.set_attn_implementation("eager")
    with torch.no_grad():
        wanted = model(x, output_attentions=True)
        torch.testing.assert_close(ours.norm(ours.features(x)), wanted.last_hidden_state, atol=1e-5, rtol=0)
        torch.testing.assert_close(ours(x), wanted.last_hidden_state[:, 0], atol=1e-5, rtol=0)
        torch.testing.assert_close(
            ours.attention(x), torch.stack(wanted.attentions, dim=1), atol=1e-5, rtol=0
        )


def test_a_saved_classifier_of_transformers_is_read_from_its_folder(tmp_path) -> None:
    model = theirs("ViTForImageClassification")
    model.save_pretrained(tmp_path)
    x = images(2, 3, (24, 24))
    with torch.no_grad():
        torch.testing.assert_close(from_transformers(str(tmp_path))(x), model(x).logits, atol=1e-5, rtol=0)


def test_a_saved_model_without_a_head_is_read_from_its_folder(tmp_path) -> None:
    model = theirs("ViTModel")
    model.save_pretrained(tmp_path)
    x = images(2, 3, (24, 24))
    with torch.no_grad():
        wanted = model(x).last_hidden_state[:, 0]
        torch.testing.assert_close(from_transformers(str(tmp_path))(x), wanted, atol=1e-5, rtol=0)


def test_refuses_folders_without_a_whole_model(tmp_path) -> None:
    from safetensors.torch import load_file, save_file

    theirs("ViTForImageClassification").save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    weights = load_file(file)
    save_file({k: v for k, v in weights.items() if "classifier" not in k}, file, {"format": "pt"})
    with pytest.raises(
        CheckpointError, match=r"missing from its files: classifier\.bias, classifier\.weight$"
    ):
        from_transformers(str(tmp_path))
    with pytest.raises(CheckpointError, match="can't load nowhere"):
        from_transformers("nowhere")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InvalidInput, match="it is a bert, not a ViT"):
        from_transformers(str(tmp_path))


def test_refuses_other_models() -> None:
    with pytest.raises(InvalidInput, match="give a ViTForImageClassification"):
        from_transformers(nn.Linear(2, 2))
    with pytest.raises(InvalidInput, match="must be GELU"):
        from_transformers(theirs("ViTModel", hidden_act="relu"))
    broken = theirs("ViTModel")
    broken.layers = broken.layers[:2]
    with pytest.raises(CheckpointError, match="don't fit"):
        from_transformers(broken)


@pytest.mark.parametrize("tokens", KINDS)
@pytest.mark.parametrize(
    "form",
    [{}, {"pool": "mean"}, {"registers": 3}, {"positions": "sinusoidal", "pool": "mean", "registers": 1}],
)
def test_each_image_is_treated_alone_whatever_the_form(tokens, form) -> None:
    net = small(tokens=tokens, **(KINDS[tokens] | form)).double().eval()
    x = images().double()
    net.tokenise.take_statistics(x)
    prefix = (form.get("pool") != "mean") + form.get("registers", 0)
    assert net.features(x).shape == (3, prefix + net.tokenise.grid[0] * net.tokenise.grid[1], 16)
    assert net(x).shape == (3, 5)
    torch.testing.assert_close(net(x)[1:], net(x[1:]))
    assert (net(x) - net(x.roll(4, dims=2))).abs().max() > 1e-6  # it sees where things are


def test_registers_and_pooling_differ_in_what_is_read() -> None:
    x = images()
    net = small(registers=2, pool="mean")
    features = net.norm(net.features(x))
    torch.testing.assert_close(net.pooled(x), features[:, 2:].mean(dim=1))
    net = small(registers=2)
    torch.testing.assert_close(net.pooled(x), net.norm(net.features(x))[:, 0])


def test_the_plain_block_is_that_of_the_paper() -> None:
    """Equations 2 and 3 of Dosovitskiy et al., with PyTorch's own attention."""
    with initialised(3):
        block = TransformerBlock(8, 2, hidden=12, adaptive=False, gelu="none").double()
        other = nn.MultiheadAttention(8, 2, batch_first=True).double()
    assert sum(p.numel() for p in block.parameters() if p.ndim > 1) == 4 * 8**2 + 2 * 8 * 12
    other.load_state_dict(
        {
            "in_proj_weight": block.qkv.weight, "in_proj_bias": block.qkv.bias,
            "out_proj.weight": block.out.weight, "out_proj.bias": block.out.bias,
        }
    )  # fmt: skip
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    normed = block.norm1(x)
    y = x + other(normed, normed, normed)[0]
    y = y + block.shrink(nn.functional.gelu(block.grow(block.norm2(y))))
    torch.testing.assert_close(block(x), y)
    torch.testing.assert_close(block.attention(x).mean(dim=1), other(normed, normed, normed)[1])


@pytest.mark.parametrize("bands", ["tokens", "channels"])
def test_packet_tokens_are_patches_of_normalised_packets(bands) -> None:
    x = images(4, 2)
    with initialised(0):
        tokens = PacketTokens(2, (16, 24), 4, 3, wavelet="db2", level=1, bands=bands)
    tokens.take_statistics(x)
    p = sb.packets(x.numpy(), "db2", level=1, mode="periodization", axes=(-2, -1)).array
    normed = (p - p.mean(axis=(0, 4, 5), keepdims=True)) / p.std(axis=(0, 4, 5), ddof=1, keepdims=True)
    weight = tokens.embed.weight.detach().numpy().reshape(3, -1)
    bias = tokens.embed.bias.detach().numpy()
    found = tokens(x).detach().numpy()
    rows, columns = tokens.grid
    if bands == "tokens":  # band (1, 0), place (1, 2) of its 2 × 3 patches of 4 × 4
        assert (rows, columns) == (4, 6)
        patch = normed[1, :, 1, 0, 4:8, 8:12]
        token = found[1].reshape(rows, columns, 3)[2 + 1, 2]
    else:  # all four bands of place (3, 5)
        assert (rows, columns) == (4, 6)
        patch = normed[1, :, :, :, 6:8, 10:12]
        token = found[1].reshape(rows, columns, 3)[3, 5]
    np.testing.assert_allclose(token, weight @ patch.ravel() + bias, atol=1e-4)


def test_haar_packets_of_one_place_have_the_filters_of_pixels() -> None:
    """Filters on pixels, with their biases, give the tokens back: a patch in another basis."""
    with initialised(0):
        tokens = PacketTokens(1, (16, 16), 4, 6, level=2, bands="channels")
    x = images(2, 1, (16, 16))
    tokens.take_statistics(x)
    offset = tokens(torch.zeros(1, 1, 16, 16))[0, 0]
    patches = nn.functional.unfold(x, 4, stride=4).transpose(1, 2)
    torch.testing.assert_close(
        tokens(x), patches @ tokens.filters().flatten(1).T + offset, atol=1e-5, rtol=1e-4
    )


def test_equal_parameters_for_pixels_packets_and_bands() -> None:
    counts = {
        tokens: sum(p.numel() for p in small(size=(16, 16), tokens=tokens, patch=4, level=1).parameters())
        for tokens in ("pixels", "packets", "bands")
    }
    assert len(set(counts.values())) == 1


def test_components_are_those_of_the_filters() -> None:
    net = small()
    rng = np.random.default_rng(0)
    patterns = np.linalg.qr(rng.standard_normal((16, 16)))[0][:2]
    loads = rng.standard_normal((16, 2)) * (3, 1)
    loads -= loads.mean(axis=0)
    loads[:, 1] -= loads[:, 0] * (loads[:, 0] @ loads[:, 1]) / (loads[:, 0] @ loads[:, 0])
    weight = loads @ patterns + 0.7  # a common offset is no component
    with torch.no_grad():
        net.tokenise.embed.weight.copy_(torch.from_numpy(weight).reshape(16, 1, 4, 4))
    found = filter_components(net, 4)
    assert found.patterns.shape == (4, 1, 4, 4)
    np.testing.assert_allclose(np.abs(found.patterns[:2].reshape(2, 16) @ patterns.T), np.eye(2), atol=1e-5)
    variance = (loads**2).sum(axis=0)
    np.testing.assert_allclose(found.shares, [*(variance / variance.sum()), 0, 0], atol=1e-6)
    with pytest.raises(InvalidInput, match="1 or more"):
        filter_components(net, 0)


def test_similarity_of_sinusoidal_positions_depends_on_distance_alone() -> None:
    found = position_similarity(small(positions="sinusoidal"))
    assert found.shape == (4, 6, 4, 6)
    np.testing.assert_allclose(found[1, 2, 1, 2], 1)
    for dy, dx in ((0, 1), (2, 0), (1, 3)):
        same = [found[y, x, y + dy, x + dx] for y in range(4 - dy) for x in range(6 - dx)]
        np.testing.assert_allclose(same, same[0], rtol=1e-5)
        assert same[0] < 1


@pytest.mark.parametrize("pool", ["class", "mean"])
def test_rollout_is_the_product_of_half_attention_and_half_identity(pool) -> None:
    net = small(registers=1, pool=pool).double()
    x = images().double()
    attention = net.attention(x).mean(dim=2).numpy()
    np.testing.assert_allclose(attention.sum(axis=-1), 1)
    first = 2 if pool == "class" else 1
    for n in range(3):
        flow = np.eye(first + 24)
        for layer in attention[n]:
            flow = (0.5 * layer + 0.5 * np.eye(len(layer))) @ flow
        row = flow[0] if pool == "class" else flow[1:].mean(axis=0)
        np.testing.assert_allclose(attention_rollout(net, x)[n].ravel(), row[first:], atol=1e-12)


def test_rollout_of_even_attention_is_known() -> None:
    """Zero queries attend to all L tokens alike: after d blocks, 1 − 2^−d of the class token is their mean."""
    net = small(depth=3)
    with torch.no_grad():
        for block in net.blocks:
            block.qkv.weight[:32].zero_()
            block.qkv.bias[:32].zero_()
    for heads in ("mean", "max", "min"):
        found = attention_rollout(net, images(), heads=heads)
        np.testing.assert_allclose(found, (1 - 2**-3) / 25, rtol=1e-5)
    y, x = np.mgrid[:4, :6].reshape(2, -1)
    mean = np.hypot(y[:, None] - y, x[:, None] - x).mean()
    np.testing.assert_allclose(attention_distance(net, images()), np.full((3, 2), mean), rtol=1e-5)
    with pytest.raises(InvalidInput, match="mean, max, min"):
        attention_rollout(net, images(), heads="median")


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(patch=5), "into patches of 5: take one of 1, 2, 4, 8"),
        (lambda: small(patch=0), "patches of 0"),
        (lambda: small(heads=3), "multiple of the heads"),
        (lambda: small(depth=0), "1 or more"),
        (lambda: small(tokens="words"), "pixels, convolution, packets, bands"),
        (lambda: small(pool="max"), "class, mean"),
        (lambda: small(positions="none"), "learned, sinusoidal"),
        (lambda: small(positions="sinusoidal", width=18), "multiple of 4"),
        (lambda: small(registers=-1), "0 or more"),
        (lambda: small(tokens="convolution", patch=1), "take 2, 4, 8"),
        (lambda: small(tokens="packets", level=4), "2\\^level divides"),
        (lambda: small(tokens="packets", level=0), "1 or more"),
        (lambda: small(tokens="packets", level=3, patch=4), "give a multiple of 8"),
        (lambda: small(tokens="bands", level=1, patch=3), "bands of level 1"),
        (lambda: small()(images(2, 3)), "it takes"),
        (lambda: small()(images(2, 1, (24, 16))), "it takes"),
    ],
)  # fmt: skip
def test_says_what_it_takes(make, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
