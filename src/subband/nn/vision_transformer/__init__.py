"""The vision transformer, its tokens, and its insides."""

from subband.nn.vision_transformer.from_transformers import from_transformers
from subband.nn.vision_transformer.insides import (
    FilterComponents,
    attention_distance,
    attention_rollout,
    filter_components,
    position_similarity,
)
from subband.nn.vision_transformer.model import VisionTransformer
from subband.nn.vision_transformer.tokens import ConvolutionTokens, PacketTokens, PixelTokens, Tokenise

__all__ = [
    "ConvolutionTokens",
    "FilterComponents",
    "PacketTokens",
    "PixelTokens",
    "Tokenise",
    "VisionTransformer",
    "attention_distance",
    "attention_rollout",
    "filter_components",
    "from_transformers",
    "position_similarity",
]
