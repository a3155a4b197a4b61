"""Weights of the vision transformers of Hugging Face's transformers."""

from typing import Any

import torch

from subband.errors import CheckpointError, InvalidInput, MissingDependency
from subband.nn.vision_transformer.model import VisionTransformer
from subband.nn.whole import load_whole, reading

OF_LAYER = {
    "norm1": "layernorm_before",
    "out": "attention.o_proj",
    "norm2": "layernorm_after",
    "grow": "mlp.fc1",
    "shrink": "mlp.fc2",
}
QKV = ("attention.q_proj", "attention.k_proj", "attention.v_proj")


def from_transformers(model: Any) -> VisionTransformer:
    """A vision transformer with the weights of one of transformers, and its outputs.

    Args:
        model: a `ViTForImageClassification` or a `ViTModel`, or the folder or the name on the Hub of one. Outputs
            are its logits; of a `ViTModel`, which has none, the class token `last_hidden_state[:, 0]`.

    Raises:
        InvalidInput: another kind of model, or an activation other than GELU.
        MissingDependency: a name, and transformers is not installed.
        CheckpointError: weights that are missing or do not fit.

    Source: T. Wolf et al. 2020, "Transformers"; weights as in version 5.

    Example:
        >>> import torch
        >>> from transformers import ViTConfig, ViTForImageClassification
        >>> from subband.nn.vision_transformer import from_transformers
        >>> sizes = dict(image_size=32, patch_size=8, hidden_size=16, intermediate_size=32, num_hidden_layers=1)
        >>> theirs = ViTForImageClassification(ViTConfig(num_attention_heads=2, num_labels=3, **sizes)).eval()
        >>> ours, x = from_transformers(theirs).eval(), torch.ones(1, 3, 32, 32)
        >>> torch.allclose(ours(x), theirs(x).logits, atol=1e-5)
        True
    """
    if isinstance(model, str):
        model = _loaded(model)
    config = getattr(model, "config", None)
    if config is None or getattr(config, "model_type", None) != "vit":
        raise InvalidInput(
            f"can't take the weights of a {type(model).__name__}: give a ViTForImageClassification or a ViTModel"
        )
    if config.hidden_act not in ("gelu", "gelu_pytorch_tanh"):
        raise InvalidInput(f"can't take a ViT with {config.hidden_act!r}: its activation must be GELU")
    weights = {name.removeprefix("vit."): value.detach() for name, value in model.state_dict().items()}
    classes = len(weights["classifier.weight"]) if "classifier.weight" in weights else 0
    height, width = (config.image_size,) * 2 if isinstance(config.image_size, int) else config.image_size
    if not isinstance(config.patch_size, int):
        raise InvalidInput(f"can't take a ViT with patches of {config.patch_size}: they must be square")
    made = VisionTransformer(
        config.num_channels, classes or config.hidden_size, size=(height, width), patch=config.patch_size,
        width=config.hidden_size, depth=config.num_hidden_layers, heads=config.num_attention_heads,
        hidden=config.intermediate_size, gelu="none" if config.hidden_act == "gelu" else "tanh",
        epsilon=config.layer_norm_eps,
    )  # fmt: skip
    try:
        made.load_state_dict(_translated(weights, config.num_hidden_layers, config.hidden_size))
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"the weights of this {type(model).__name__} don't fit: {error}") from error
    return made.eval()


def _loaded(name: str) -> Any:
    try:
        from transformers import AutoConfig, ViTForImageClassification, ViTModel
    except ImportError as error:
        raise MissingDependency(
            'loading a ViT by name needs transformers: pip install "subband[hub]"'
        ) from error
    with reading(name):
        config = AutoConfig.from_pretrained(name)
    if config.model_type != "vit":
        raise InvalidInput(f"can't take the weights of {name}: it is a {config.model_type}, not a ViT")
    if "ViTForImageClassification" in (config.architectures or ()):
        return load_whole(ViTForImageClassification, name)
    return load_whole(ViTModel, name, add_pooling_layer=False)


def _translated(weights: dict[str, torch.Tensor], depth: int, width: int) -> dict[str, torch.Tensor]:
    """Names and layouts of `VisionTransformer`; the class token's own position is added to it."""
    position = weights["embeddings.position_embeddings"][0]
    made = {
        "prefix": weights["embeddings.cls_token"][0] + position[:1],
        "position": position[1:],
        "tokenise.embed.weight": weights["embeddings.patch_embeddings.projection.weight"],
        "tokenise.embed.bias": weights["embeddings.patch_embeddings.projection.bias"],
        "norm.weight": weights["layernorm.weight"],
        "norm.bias": weights["layernorm.bias"],
        "head.weight": weights.get("classifier.weight", torch.eye(width)),
        "head.bias": weights.get("classifier.bias", torch.zeros(width)),
    }
    for k in range(depth):
        for part in ("weight", "bias"):
            for ours, theirs in OF_LAYER.items():
                made[f"blocks.{k}.{ours}.{part}"] = weights[f"layers.{k}.{theirs}.{part}"]
            parts = [weights.get(f"layers.{k}.{name}.{part}") for name in QKV]
            # qkv_bias=False has no such biases.
            filled = [torch.zeros(width) if p is None else p for p in parts]
            made[f"blocks.{k}.qkv.{part}"] = torch.cat(filled)
    return made
