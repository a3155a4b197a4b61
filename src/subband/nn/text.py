"""Text conditions: hidden states of CLIP's text encoder, by transformers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from subband.errors import CheckpointError, InvalidInput, MissingDependency
from subband.nn.whole import load_whole


class ClipText:
    """Last hidden states of texts, the context of `Conditioner(context=(tokens, width))`.

    Args:
        model: folder or name of a CLIP model on the Hub, e.g. "openai/clip-vit-large-patch14". Only safetensors
            are read, and nothing is fetched unless `download` is set.
        download: whether the weights may be fetched.

    Raises:
        MissingDependency: if transformers is not installed.
        InvalidInput: if weights or the vocabulary are missing.

    Source: Radford et al. 2021, "Learning transferable visual models from natural language supervision".

    Example:
        >>> import json
        >>> from pathlib import Path
        >>> from string import ascii_lowercase
        >>> from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
        >>> from subband.nn import ClipText
        >>> words = [*ascii_lowercase, *(x + "</w>" for x in ascii_lowercase), "<|startoftext|>", "<|endoftext|>"]
        >>> _ = Path("vocab.json").write_text(json.dumps({word: k for k, word in enumerate(words)}))
        >>> _ = Path("merges.txt").write_text("#version: 0.2\\n")
        >>> _ = CLIPTokenizer("vocab.json", "merges.txt", model_max_length=8).save_pretrained("clip")
        >>> sizes = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
        >>> marks = dict(bos_token_id=52, eos_token_id=53, pad_token_id=53)
        >>> config = CLIPTextConfig(vocab_size=54, max_position_embeddings=8, **sizes, **marks)
        >>> CLIPTextModel(config).save_pretrained("clip")  # untrained, of single letters
        >>> ClipText("clip")(["a lighthouse", "fog"]).shape
        torch.Size([2, 8, 16])
    """

    def __init__(self, model: str | Path, *, download: bool = False):
        try:
            from transformers import CLIPTextModel, CLIPTokenizer
        except ImportError as error:
            raise MissingDependency(
                "text conditions need transformers: pip install 'subband[hub]'"
            ) from error
        local = not download
        try:
            self.tokenizer: Any = CLIPTokenizer.from_pretrained(model, local_files_only=local)
            self.model: Any = load_whole(CLIPTextModel, model, local_files_only=local, dtype=torch.float32)
        except (OSError, CheckpointError) as error:
            raise InvalidInput(
                f"no CLIP weights at {model}: give a folder that has them as safetensors, or download=True; {error}"
            ) from error
        check_vocabulary(self.tokenizer, self.model, model)
        self.model.eval().requires_grad_(False)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the context of a text, (tokens, width)."""
        config = self.model.config
        return min(self.tokenizer.model_max_length, config.max_position_embeddings), config.hidden_size

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """N texts -> (N, tokens, width); longer texts are truncated."""
        encoded = self.tokenizer(
            list(texts), padding="max_length", truncation=True, max_length=self.shape[0], return_tensors="pt"
        )
        return self.model(encoded.input_ids.to(self.model.device)).last_hidden_state


def check_vocabulary(tokenizer: Any, model: Any, place: str | Path) -> None:
    """Raise InvalidInput unless a CLIP tokenizer and its text encoder have equally many tokens.

    From a folder without a vocabulary, transformers makes an empty tokenizer without a warning.

    Args:
        tokenizer: the tokenizer.
        model: the text encoder.
        place: folder or name of the model, for the message.
    """
    if len(tokenizer) != model.config.vocab_size:
        raise InvalidInput(
            f"the tokenizer at {place} has {len(tokenizer)} tokens and the text encoder {model.config.vocab_size}: "
            "fetch vocab.json and merges.txt, or tokenizer.json, again"
        )
