"""The synthesis network: Fourier features, then layers of modulated convolutions and filtered leaky ReLUs."""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from subband.generate.stylegan3.fourier_input import FourierInput
from subband.generate.stylegan3.schedule import Grid, LayerPlan, Rung
from subband.kernels.filtered_relu import filtered_relu
from subband.nn.equalised import EqualisedConv, EqualisedLinear, activated
from subband.nn.resample import double

IMAGE_GAIN = 0.25
HALF_LIFE = 20_000  # images, of the running mean of squares


def modulated_conv(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    padding: int,
    demodulate: bool = True,
    gain: Tensor | float = 1.0,
) -> Tensor:
    """Convolution with the weights W[o, i] s[i], each output channel of which is scaled to norm 1.

    The styles s scale the input channels and the norms the output channels, so all images share one convolution.

    Args:
        x: (N, I, H, W).
        weight: (O, I, k, k).
        styles: (N, I).
        padding: zeros around the map.
        demodulate: whether output channels are scaled.
        gain: factor of the input.

    Source: Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN", section 2.2.
    """
    if demodulate:
        weight = weight * weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
        norms = (styles.square() @ weight.square().sum(dim=(2, 3)).T + 1e-8).rsqrt()
    y = F.conv2d(x * (styles * gain)[:, :, None, None].to(x.dtype), weight, padding=padding)
    return y * norms[:, :, None, None].to(y.dtype) if demodulate else y


class SynthesisLayer(nn.Module):
    """One layer of a plan.

    Args:
        plan: its grids and filters.
        latent: length of w.
        noise: whether noise is added before the leaky ReLU.
        normalised: whether the input is divided by the root of its running mean square.
    """

    magnitude: Tensor

    def __init__(self, plan: LayerPlan, latent: int, *, noise: bool = False, normalised: bool = True):
        super().__init__()
        self.plan, self.normalised = plan, normalised
        k, before, after = plan.kernel, plan.before.channels, plan.after.channels
        self.affine = EqualisedLinear(latent, before, bias=1.0)
        self.weight = nn.Parameter(torch.randn(after, before, k, k))
        self.bias = nn.Parameter(torch.zeros(after))
        self.strength = nn.Parameter(torch.zeros(())) if noise else None
        self.register_buffer("magnitude", torch.ones(()))
        self.rectify = None if plan.image else plan.relu()
        self.rise = None if plan.image else plan.relu(slope=1.0, gain=1.0)

    def forward(self, x: Tensor, w: Tensor, random: torch.Generator | None = None) -> Tensor:
        """x on the grid before, w (N, latent) -> the map on the grid after. Noise is of `random`, or left out."""
        styles, gain = self.affine(w), 1.0
        if self.normalised:
            if self.training and torch.is_grad_enabled():
                keep = 0.5 ** (len(x) / HALF_LIFE)
                self.magnitude.copy_(x.detach().float().square().mean().lerp(self.magnitude, keep))
            gain = self.magnitude.rsqrt()
        if self.rectify is None or self.rise is None:
            styles = styles / math.sqrt(self.plan.before.channels)
            y = modulated_conv(x, self.weight, styles, padding=0, demodulate=False, gain=gain)
            return y + self.bias[:, None, None].to(y.dtype)
        y = modulated_conv(x, self.weight, styles, padding=self.plan.padding, gain=gain)
        if self.plan.oversampling > 1:
            return filtered_relu(y, self.bias, self.rectify)
        y = filtered_relu(y, None, self.rise)
        if self.strength is not None and random is not None:
            y = y + self.strength * torch.randn(len(y), 1, *y.shape[2:], generator=random).to(y)
        return activated(y + self.bias[:, None, None].to(y.dtype))


class Synthesis(nn.Module):
    """w -> image.

    Args:
        start: grid of the input.
        plans: the layers; the last makes the image.
        latent: length of w.
        rung: what the generator has.
    """

    def __init__(self, start: Grid, plans: tuple[LayerPlan, ...], latent: int, rung: Rung):
        super().__init__()
        self.input = FourierInput(start, latent, transformed=rung.transformed)
        normalised = not rung.skips
        self.layers = nn.ModuleList(
            [SynthesisLayer(p, latent, noise=rung.noise, normalised=normalised) for p in plans]
        )
        # One image on each grid, of which the last layer makes the finest.
        self.skips = nn.ModuleDict()
        if rung.skips:
            for i, (plan, after) in enumerate(pairwise(plans)):
                if after.after.rate > plan.after.rate:
                    self.skips[str(i)] = EqualisedConv(plan.after.channels, plans[-1].after.channels, 1)

    def forward(
        self,
        w: Tensor,
        transform: Tensor | None = None,
        random: torch.Generator | None = None,
        see: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """w (N, latent) -> (N, C, size, size), about in [-1, 1].

        Args:
            w: latents.
            transform: of the plane that the image shows, (N, 3, 3) or (3, 3): homogeneous coordinates, in image
                sides from the centre, x to the right and y down.
            random: of the noise, in generators that have some.
            see: called with the number of each layer and what comes out of it.
        """
        # Channels last: filters work on whole registers of channels, whatever the size of the map.
        x = self.input(w, transform).to(w.dtype).contiguous(memory_format=torch.channels_last)
        image: Tensor | None = None
        for i, layer in enumerate(self.layers):
            if image is not None and image.shape[-1] < x.shape[-1]:
                image = double(image)
            x = layer(x, w, random)
            if see is not None:
                see(i, x)
            if str(i) in self.skips:
                made = self.skips[str(i)](x)
                image = made if image is None else image + made
        if image is not None and image.shape[-1] < x.shape[-1]:
            image = double(image)
        return (x if image is None else x + image) * IMAGE_GAIN
