"""Adapters that use networks of diffusers as the network of a `Denoiser`."""

from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn import Conditioning, check_labels


class FromDiffusers(nn.Module):
    """Adapter for a `UNet2DModel`, `DiTTransformer2DModel` or other (sample, timestep) -> `.sample` network.

    Args:
        model: the network; one that takes labels goes with a `LabelsForDiffusers` as conditioner.
        steps: steps of the model's noise schedule: at t = k / steps its timestep is k - 1.

    The models' schedules are `linear_betas` (DDPM), `root_betas` (latent diffusion), or `trained_betas` in
    their `scheduler_config.json`.

    Example:
        >>> import torch
        >>> from diffusers import UNet2DModel
        >>> from subband.generate.diffusion import Denoiser, FromDiffusers, StepPath, linear_betas
        >>> blocks = {"down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2}
        >>> model = UNet2DModel(block_out_channels=(8, 8), norm_num_groups=4, **blocks)  # or from_pretrained(NAME)
        >>> denoiser = Denoiser(FromDiffusers(model), StepPath(linear_betas(1000)), "eps")
        >>> denoiser(torch.zeros(2, 3, 16, 16), torch.tensor([0.5, 1.0])).x0.shape
        torch.Size([2, 3, 16, 16])
    """

    def __init__(self, model: nn.Module, steps: int = 1000):
        super().__init__()
        if steps < 1:
            raise InvalidInput(f"can't count time in {steps} steps: take 1 or more")
        self.model = model
        self.steps = steps

    def forward(self, x: Tensor, t: Tensor, **conditions: Any) -> Tensor:
        """x (N, C, H, W), t (N,) in [1 / steps, 1] -> the network's output."""
        # Integral timesteps are passed as integers: some networks look them up in a table.
        step = t.double() * self.steps - 1
        whole = step.round()
        timestep = whole.long() if bool(torch.isclose(step, whole, atol=1e-3).all()) else step.to(x.dtype)
        return self.model(x, timestep, **conditions).sample


class LabelsForDiffusers(Conditioning):
    """Conditioner for networks that embed labels themselves and take label `classes` as the null label.

    Args:
        classes: number of labels, without the null label.
        drop: probability with which `drawn_keep` drops a label; 0 for a network trained without dropping.

    Example:
        >>> import torch
        >>> from subband.generate.diffusion import LabelsForDiffusers
        >>> labels, x = LabelsForDiffusers(10), torch.zeros(3, 3, 8, 8)
        >>> labels({"label": torch.tensor([7, 2, -1])}, None, x)["class_labels"].tolist()  # 10: no label
        [7, 2, 10]
    """

    def __init__(self, classes: int, *, drop: float = 0.1):
        super().__init__(("label",), drop)
        self.classes = classes

    def forward(
        self, condition: dict[str, Tensor] | None, keep: Tensor | None, x: Tensor
    ) -> dict[str, Tensor]:
        """The network's argument "class_labels" (N,); arguments and errors as for `nn.Conditioner`."""
        condition, kept = self.given(condition, keep, x, {"label": (len(x),)})
        check_labels(condition["label"], self.classes)
        label = condition["label"].long()
        return {"class_labels": torch.where(kept & (label >= 0), label, self.classes)}
