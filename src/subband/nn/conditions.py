"""Conditions of generator networks: labels, vectors, codes, token sequences, images."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput


class Conditioning(nn.Module, ABC):
    """Turns conditions into keyword arguments of a network, and drops them for classifier-free guidance.

    Attributes:
        kinds: names of the conditions, all of which are required.
        drop: probability with which `drawn_keep` drops an image's conditions, all kinds jointly.

    Example:
        >>> import torch
        >>> from subband.nn import Conditioner
        >>> conditioner, x = Conditioner(16, classes=10), torch.zeros(2, 3, 8, 8)
        >>> conditioner.kinds, conditioner({"label": torch.tensor([7, 2])}, None, x)["embedding"].shape
        (('label',), torch.Size([2, 16]))
        >>> conditioner.drawn_keep(4, torch.Generator().manual_seed(0)).dtype  # which conditions are kept
        torch.bool
    """

    def __init__(self, kinds: tuple[str, ...], drop: float):
        super().__init__()
        if not 0 <= drop < 1:
            raise InvalidInput(f"can't drop conditions with probability {drop}: take 0 or more, below 1")
        self.kinds = kinds
        self.drop = drop

    @abstractmethod
    def forward(self, condition: dict[str, Tensor] | None, keep: Tensor | None, x: Tensor) -> dict[str, Any]:
        """Keyword arguments of the network; "image" is concatenated to its input instead.

        Args:
            condition: a tensor of N rows for each of `kinds`; None drops the conditions of all images.
            keep: mask of the images whose conditions are kept, bool (N,); None for all.
            x: the network's input, (N, C, H, W).

        Raises:
            InvalidInput: if kinds, numbers, shapes or labels are not those that it was built for.
        """

    def drawn_keep(self, count: int, source: torch.Generator) -> Tensor:
        """Random mask of kept conditions for training, True with probability 1 - drop: bool (count,)."""
        return torch.rand(count, generator=source) >= self.drop

    def given(
        self,
        condition: dict[str, Tensor] | None,
        keep: Tensor | None,
        x: Tensor,
        shapes: dict[str, tuple[int, ...]],
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Checked conditions and mask of the kept ones, on x's device; zeros and all False for None."""
        if condition is None:
            keep = torch.zeros(len(x), dtype=torch.bool)
            condition = {name: torch.zeros(shapes[name]) for name in self.kinds}
        if set(condition) != set(self.kinds):
            raise InvalidInput(
                f"can't condition on {', '.join(condition) or 'nothing'}: "
                f"this network takes {', '.join(self.kinds)}"
            )
        for name, value in condition.items():
            if tuple(value.shape) != shapes[name]:
                raise InvalidInput(
                    f"can't use {name} of shape {tuple(value.shape)}: expected {shapes[name]} for these images"
                )
        kept = torch.ones(len(x), dtype=torch.bool) if keep is None else keep
        if kept.shape != (len(x),):
            raise InvalidInput(
                f"can't keep conditions by {tuple(kept.shape)}: give one for each of {len(x)} images"
            )
        return {name: value.to(x.device) for name, value in condition.items()}, kept.to(x.device)


class Conditioner(Conditioning):
    """Conditioning for the networks of `subband.nn`.

    A dropped condition is replaced by a learned null condition of its kind (by zeros, if it is an image), so
    that one network learns the conditional and the unconditional distribution, for classifier-free guidance.

    Args:
        embedding: length of the vector that is added to the network's time embedding.
        classes: number of labels, "label" (N,), where -1 is the null label; 0 for none.
        vector: length of a vector, "vector" (N, vector); 0 for none.
        code: length of a vector that is passed on unchanged, "code" (N, code), for networks whose features it
            scales; 0 for none.
        context: (tokens, width) of a sequence, "context" (N, tokens, width), e.g. from a text encoder.
        image: channels of an image of the input's size, "image" (N, image, H, W); 0 for none.
        drop: probability with which `drawn_keep` drops an image's conditions.

    Raises:
        InvalidInput: if there is no condition, or drop is not in [0, 1).

    Source: Ho and Salimans 2022, "Classifier-free diffusion guidance", algorithm 1.
    """

    def __init__(
        self,
        embedding: int,
        *,
        classes: int = 0,
        vector: int = 0,
        code: int = 0,
        context: tuple[int, int] | None = None,
        image: int = 0,
        drop: float = 0.1,
    ):
        sizes = {"label": classes, "vector": vector, "code": code, "context": context, "image": image}
        super().__init__(tuple(name for name, size in sizes.items() if size), drop)
        if not self.kinds:
            raise InvalidInput("can't condition on nothing: give classes, vector, code, context or image")
        self.classes, self.vector, self.code, self.context, self.image = classes, vector, code, context, image
        if classes:
            self.of_label = nn.Embedding(classes + 1, embedding)  # the last row is the null label
        if vector:
            self.of_vector = nn.Linear(vector, embedding)
            self.no_vector = nn.Parameter(torch.zeros(vector))
        if code:
            self.no_code = nn.Parameter(torch.zeros(code))
        if context:
            self.no_context = nn.Parameter(torch.zeros(context))

    def forward(self, condition: dict[str, Tensor] | None, keep: Tensor | None, x: Tensor) -> dict[str, Any]:
        """Those of "embedding" (N, embedding), "code", "context" and "image" that it has, shapes as above."""
        n = len(x)
        shapes = {
            "label": (n,),
            "vector": (n, self.vector),
            "code": (n, self.code),
            "context": (n, *(self.context or ())),
            "image": (n, self.image, *x.shape[2:]),
        }
        condition, kept = self.given(condition, keep, x, shapes)
        made: dict[str, Any] = {}
        if self.classes:
            check_labels(condition["label"], self.classes)
            label = condition["label"].long()
            made["embedding"] = self.of_label(torch.where(kept & (label >= 0), label, self.classes))
        if self.vector:
            vector = torch.where(kept[:, None], condition["vector"].to(self.no_vector), self.no_vector)
            made["embedding"] = made.get("embedding", 0) + self.of_vector(vector)
        if self.code:
            made["code"] = torch.where(kept[:, None], condition["code"].to(self.no_code), self.no_code)
        if self.context:
            context = condition["context"].to(self.no_context)
            made["context"] = torch.where(kept[:, None, None], context, self.no_context)
        if self.image:
            made["image"] = condition["image"] * kept[:, None, None, None]
        return made


def check_labels(label: Tensor, classes: int) -> None:
    """Raise InvalidInput unless labels are integers from 0 to classes - 1, or -1, the null label."""
    if label.is_floating_point() and not torch.equal(label, label.round()):
        raise InvalidInput("can't use labels with fractions: they are whole numbers")
    if len(label) and not -1 <= int(label.min()) <= int(label.max()) < classes:
        raise InvalidInput(
            f"can't use labels {int(label.min())} to {int(label.max())}: "
            f"they go from 0 to {classes - 1}, and -1 is any"
        )
