"""The generator's input: sinusoids of a continuous plane, which can be moved and turned exactly."""

import math

import torch
from torch import Tensor, nn

from subband.generate.stylegan3.schedule import Grid
from subband.nn.equalised import EqualisedLinear


class FourierInput(nn.Module):
    """Sinusoids of random frequency and phase, turned and moved, sampled on a grid, and mixed.

    Channel c is sin(2π (f_c · T⁻¹ p + φ_c)) at the places p of the grid, in image sides from the centre. T
    first turns and moves the plane as the latent says (initially not at all), and then as the caller says.
    Frequencies are uniform in the disc |f| ≤ f_c of the grid; where T shrinks the plane, those beyond f_c fade
    to 0 at the grid's Nyquist frequency.

    Args:
        grid: where it is sampled; its channels come out.
        latent: length of w.
        transformed: whether the latent turns and moves the plane.

    Source: Karras et al. 2021, section 3.3 and appendix F.
    """

    frequencies: Tensor
    phases: Tensor
    places: Tensor

    def __init__(self, grid: Grid, latent: int, *, transformed: bool):
        super().__init__()
        self.grid = grid
        direction = torch.randn(grid.channels, 2)
        radius = torch.rand(grid.channels, 1).sqrt() * grid.cutoff
        self.register_buffer("frequencies", direction / direction.norm(dim=1, keepdim=True) * radius)
        self.register_buffer("phases", torch.rand(grid.channels) - 0.5)
        along = (torch.arange(grid.size) + 0.5 - grid.size / 2) / grid.rate
        x, y = torch.meshgrid(along, along, indexing="xy")
        self.register_buffer("places", torch.stack([x, y], dim=2), persistent=False)
        self.weight = nn.Parameter(torch.randn(grid.channels, grid.channels))
        self.affine = None
        if transformed:
            self.affine = EqualisedLinear(latent, 4)
            nn.init.zeros_(self.affine.weight)
            with torch.no_grad():
                self.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))

    def forward(self, w: Tensor, transform: Tensor | None = None) -> Tensor:
        """w (N, latent), transform of the plane (N, 3, 3) or (3, 3) -> (N, channels, size, size)."""
        n = len(w)
        f = self.frequencies.expand(n, -1, -1)
        phases = self.phases.expand(n, -1)
        if transform is not None:
            back = torch.linalg.inv(transform.to(f)).expand(n, 3, 3)
        else:
            back = torch.eye(3, device=f.device, dtype=f.dtype).expand(n, 3, 3)
        if self.affine is not None:
            row = self.affine(w).to(f)
            cosine, sine, x, y = (row / row[:, :2].norm(dim=1, keepdim=True)).unbind(dim=1)
            # The inverse of "turn, then move": move back, then turn back.
            turn = torch.stack([torch.stack([cosine, sine], 1), torch.stack([-sine, cosine], 1)], 1)
            moved = torch.stack([x, y], 1)
            phases = phases - torch.einsum("nci,ni->nc", f @ turn, moved)
            f = f @ turn
        phases = phases + torch.einsum("nci,ni->nc", f, back[:, :2, 2])
        f = f @ back[:, :2, :2]
        amplitude = 1 - (f.norm(dim=2) - self.grid.cutoff) / (self.grid.rate / 2 - self.grid.cutoff + 1e-8)
        angle = torch.einsum("hwi,nci->nchw", self.places, f) + phases[:, :, None, None]
        features = torch.sin(2 * math.pi * angle) * amplitude.clamp(0, 1)[:, :, None, None]
        mix = self.weight / math.sqrt(self.grid.channels)
        return torch.einsum("oc,nchw->nohw", mix, features)
