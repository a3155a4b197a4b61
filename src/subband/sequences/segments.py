"""The next frames by moving what was seen: segments, their motions, and corrections by a recurrent network."""

from math import pi
from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.transforms.fourier import phase_correlation, register_images, rotate, shift

SLACK = 0.05
SPREAD = 8.0
"""Width of a segment's edge, pixels: memberships fall with the squares of the distances to the centres."""


@final
class SegmentMotion(nn.Module):
    """Frames go on as their segments moved before: by Fourier shifts and rotations, which keep them sharp.

    For each segment, displacement and turn between successive frames are measured by normalised phase correlation
    with sub-pixel peaks. A recurrent cell that sees centres and motions, not pixels, corrects them; without
    training it
    corrects nothing. Every predicted frame is made of the last seen one, by the sum of all motions, so that errors
    of interpolation don't add up.

    Args:
        objects: Segments; with 1 the whole frame is one.
        hidden: States of the cell; 0 for no corrections, and no parameters.
        rotation: Whether turns are measured too.

    Raises:
        InvalidInput: fewer than 1 object.

    Source: M. Wolter, A. Yao, S. Behnke, Object-centered Fourier Motion Estimation and Segment-Transformation
    Prediction, ESANN 2020. Other than there, correlations are normalised by their modulus, peaks lie between
    pixels, and displacements are resolved for each item.
    """

    def __init__(self, objects: int = 1, hidden: int = 100, *, rotation: bool = True) -> None:
        super().__init__()
        if objects < 1 or hidden < 0:
            raise InvalidInput(f"objects={objects}, hidden={hidden}: give 1 object or more")
        self.objects, self.rotation = objects, rotation
        self.cell = nn.GRUCell(5, hidden) if hidden else None
        self.out = nn.Linear(hidden, 3) if hidden else None
        if self.out is not None:
            nn.init.zeros_(self.out.weight)
            nn.init.zeros_(self.out.bias)

    def forward(self, frames: Tensor, horizon: int) -> Tensor:
        """Predict what follows.

        Args:
            frames: (batch, T, H, W) with T ≥ 2, finite.
            horizon: Frames to predict.

        Returns:
            (batch, horizon, H, W), within the range of `frames` and a twentieth of it.

        Raises:
            InvalidInput: fewer than two frames, or no horizon.
        """
        check_frames(frames, horizon)
        batch, T, H, W = frames.shape
        masks, centres = self._followed(frames)
        parts = (frames[:, :, None] * masks).flatten(0, 2).view(batch, T, self.objects, H, W).transpose(1, 2)
        parts, centres = parts.flatten(0, 1), centres.transpose(1, 2).flatten(0, 1)
        moved, turned = self._measured(parts)
        state = frames.new_zeros(len(parts), self.cell.hidden_size) if self.cell is not None else None
        size = frames.new_tensor([H, W])
        for k in range(T - 1):
            state = self._remember(centres[:, k + 1] / size, moved[:, k], turned[:, k], state)
        velocity, spin = moved.mean(1) if T == 2 else moved[:, -1], turned[:, -1]
        centre, place, angle, made = centres[:, -1], torch.zeros_like(velocity), torch.zeros_like(spin), []
        middle = (size - 1) / 2
        for _ in range(horizon):
            if self.out is not None and state is not None:
                change = self.out(state)
                velocity, spin = velocity + change[:, :2], spin + 0.1 * change[:, 2]
            place, angle = place + velocity, angle + spin
            if self.rotation:
                upright = shift(parts[:, -1], middle - centre, axes=(-2, -1))
                frame = shift(rotate(upright, angle), centre - middle + place, axes=(-2, -1))
            else:
                frame = shift(parts[:, -1], place, axes=(-2, -1))
            made.append(frame)
            state = self._remember(torch.remainder(centre + place, size) / size, velocity, spin, state)
        together = torch.stack(made, 1).view(batch, self.objects, horizon, H, W).sum(1)
        # Between its samples, a frame may exceed their range a little.
        low, high = (f(frames, (1, 2, 3), keepdim=True) for f in (torch.amin, torch.amax))
        low, high = low - SLACK * (high - low), high + SLACK * (high - low)
        return torch.minimum(torch.maximum(together, low), high)

    def _remember(
        self, centre: Tensor, velocity: Tensor, spin: Tensor, state: Tensor | None
    ) -> Tensor | None:
        if self.cell is None:
            return None
        return self.cell(torch.cat([centre, velocity, spin[:, None]], 1), state)

    @torch.no_grad()
    def _measured(self, parts: Tensor) -> tuple[Tensor, Tensor]:
        """(items, T − 1, 2) displacements and (items, T − 1) turns between successive frames of each segment."""
        a, b = parts[:, :-1].flatten(0, 1), parts[:, 1:].flatten(0, 1)
        items, T = parts.shape[:2]
        if self.rotation:
            found = register_images(a, b)
            # Of the turn about the segment's centre only; its displacement is that of the centre.
            angle = torch.where(found.angle.abs() < pi / 6, found.angle, torch.zeros_like(found.angle))
            b = _turned_back(b, -angle)
        else:
            angle = a.new_zeros(len(a))
        displacement = phase_correlation(a, b).shift
        return displacement.view(items, T - 1, 2), angle.view(items, T - 1)

    @torch.no_grad()
    def _followed(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, T, objects, H, W) memberships that sum to 1, and (batch, T, objects, 2) centres."""
        T, H, W = frames.shape[1:]
        weight = (frames - frames.amin((-2, -1), keepdim=True)).clamp_min(0)
        masks, centres, centre = [], [], _first_centres(weight[:, 0], self.objects)
        for k in range(T):
            for _ in range(8 if k == 0 else 3):
                mask = _memberships(centre, H, W)
                centre = _centres(weight[:, k, None] * mask)
            masks.append(torch.ones_like(mask) if self.objects == 1 else mask)
            centres.append(centre)
        return torch.stack(masks, 1), torch.stack(centres, 1)


def check_frames(frames: Tensor, horizon: int) -> None:
    """Raise InvalidInput unless there are two frames or more, all finite, and a horizon."""
    if frames.ndim != 4 or frames.shape[1] < 2:
        raise InvalidInput(
            f"frames of shape {tuple(frames.shape)}: motion needs two frames or more, (batch, T, H, W)"
        )
    if horizon < 1:
        raise InvalidInput(f"horizon={horizon}: give 1 frame or more")
    if not torch.isfinite(frames).all():
        raise InvalidInput("frames have NaN or infinite pixels: fill or leave out these frames")


def _turned_back(b: Tensor, angle: Tensor) -> Tensor:
    """Frames turned about their own centres of mass."""
    size = b.new_tensor(b.shape[-2:])
    centre, middle = _centres(b.clamp_min(0)[:, None])[:, 0], (size - 1) / 2
    upright = shift(b, middle - centre, axes=(-2, -1))
    return shift(rotate(upright, angle), centre - middle, axes=(-2, -1))


def _first_centres(weight: Tensor, objects: int) -> Tensor:
    """(batch, objects, 2) the brightest place, then the brightest ones far from those before."""
    H, W = weight.shape[1:]
    low = nn.functional.avg_pool2d(weight[:, None], 9, 1, 4)[:, 0]
    centres: list[Tensor] = []
    for _ in range(objects):
        best = low.flatten(1).argmax(1)
        centre = torch.stack([best // W, best % W], 1).to(weight.dtype)
        centres.append(centre)
        low = low * (1 - torch.exp(-_distances(centre[:, None], H, W)[:, 0] / (2 * 14.0**2)))
    return torch.stack(centres, 1)


def _memberships(centres: Tensor, H: int, W: int) -> Tensor:
    """(batch, objects, H, W)."""
    return torch.softmax(-_distances(centres, H, W) / (2 * SPREAD**2), dim=1)


def _distances(centres: Tensor, H: int, W: int) -> Tensor:
    """(batch, objects, H, W) squared distances to the centres, on a plane that wraps round."""
    found = []
    for axis, n in enumerate((H, W)):
        off = torch.arange(n, device=centres.device, dtype=centres.dtype) - centres[..., axis, None]
        found.append((off - n * torch.round(off / n)).square())
    return found[0][..., :, None] + found[1][..., None, :]


def _centres(weight: Tensor) -> Tensor:
    """(batch, objects, H, W) → (batch, objects, 2): centres of mass on a plane that wraps round."""
    found = []
    for dim in (-1, -2):
        row = weight.sum(dim)
        n = row.shape[-1]
        angle = 2 * pi / n * torch.arange(n, device=weight.device, dtype=weight.dtype)
        middle = torch.atan2((row * angle.sin()).sum(-1), (row * angle.cos()).sum(-1))
        found.append(torch.remainder(middle * n / (2 * pi), n))
    return torch.stack(found, -1)
