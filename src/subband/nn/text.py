"""Text as tokens for a network's context, by CLIP's text encoder through transformers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from subband.errors import InvalidInput, MissingDependency


class ClipText:
    """Texts to their last hidden states: the context of `Conditioner(context=(tokens, width))`.

    Args:
        model: folder or name of a CLIP model on the Hub, e.g. "openai/clip-vit-base-patch32". Nothing is
            fetched unless `download` is set.
        download: whether the weights may be fetched.

    Raises:
        MissingDependency: if transformers is not installed.
        InvalidInput: if the weights are not there.

    Source: Radford et al. 2021, "Learning transferable visual models from natural language supervision".
    """

    def __init__(self, model: str | Path, *, download: bool = False):
        try:
            from transformers import CLIPTextModel, CLIPTokenizer  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise MissingDependency(
                "text conditions need transformers: pip install 'subband[hub]' transformers"
            ) from error
        local = not download
        try:
            self.tokenizer: Any = CLIPTokenizer.from_pretrained(model, local_files_only=local)
            self.model: Any = CLIPTextModel.from_pretrained(model, local_files_only=local)
        except OSError as error:
            raise InvalidInput(
                f"no CLIP weights at {model}: give a folder that has them, or download=True"
            ) from error
        self.model.eval().requires_grad_(False)

    @property
    def shape(self) -> tuple[int, int]:
        """(tokens, width) of each text."""
        return self.tokenizer.model_max_length, self.model.config.hidden_size

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """N texts -> (N, tokens, width); texts beyond the model's length are cut."""
        ids = self.tokenizer(
            list(texts), padding="max_length", truncation=True, max_length=self.shape[0], return_tensors="pt"
        )
        return self.model(ids.input_ids.to(self.model.device)).last_hidden_state
