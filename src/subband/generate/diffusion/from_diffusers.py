"""Networks of diffusers as the network of a `Denoiser`."""

from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn import Conditioning, check_labels


class FromDiffusers(nn.Module):
    """A `UNet2DModel`, `DiTTransformer2DModel` or whatever else takes (sample, timestep) and answers `.sample`.

    Args:
        model: the network. Where it takes labels, pair it with a `LabelsForDiffusers` as conditioner.
        steps: of the schedule that it counts its time by: at t = k / steps it is told k - 1.

    Example:
        net = FromDiffusers(diffusers.UNet2DModel.from_pretrained("google/ddpm-cifar10-32"))
        denoiser = Denoiser(net, StepPath(linear_betas(1000)), "eps")

    The models' schedules are `linear_betas` (DDPM) and `root_betas` (latent diffusion), or what the
    `scheduler_config.json` beside them says in `trained_betas`.
    """

    def __init__(self, model: nn.Module, steps: int = 1000):
        super().__init__()
        if steps < 1:
            raise InvalidInput(f"can't count time in {steps} steps: take 1 or more")
        self.model = model
        self.steps = steps

    def forward(self, x: Tensor, t: Tensor, **told: Any) -> Tensor:
        """x (N, C, H, W), t (N,) in [1 / steps, 1] -> the network's output."""
        # A whole number of steps is told as one: some networks look it up in a table.
        step = t.double() * self.steps - 1
        whole = step.round()
        timestep = whole.long() if bool(torch.isclose(step, whole, atol=1e-3).all()) else step.to(x.dtype)
        return self.model(x, timestep, **told).sample


class LabelsForDiffusers(Conditioning):
    """The conditioner of networks that embed labels themselves, "not told" being the label after the last.

    Args:
        classes: number of labels, without "not told".
        drop: probability with which `drawn_keep` drops a label; 0 for a network that was always told.
    """

    def __init__(self, classes: int, *, drop: float = 0.1):
        super().__init__(("label",), drop)
        self.classes = classes

    def forward(
        self, condition: dict[str, Tensor] | None, keep: Tensor | None, x: Tensor
    ) -> dict[str, Tensor]:
        """What to hand to the network: "class_labels" (N,). Arguments and errors as for `nn.Conditioner`."""
        condition, told = self.given(condition, keep, x, {"label": (len(x),)})
        check_labels(condition["label"], self.classes)
        label = condition["label"].long()
        return {"class_labels": torch.where(told & (label >= 0), label, self.classes)}
