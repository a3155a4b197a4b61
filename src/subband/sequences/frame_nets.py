"""Recurrent networks that predict pixels, for comparison: both blur what they are not sure of."""

from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.sequences.segments import check_frames


@final
class GRUFrames(nn.Module):
    """A gated recurrent cell on all pixels; each frame is the last one plus a linear map of the state.

    Args:
        shape: (H, W) of the frames.
        hidden: States.

    Raises:
        InvalidInput: a side or a number of states below 1.

    Example:
        >>> import torch
        >>> from subband.sequences import GRUFrames
        >>> net = GRUFrames((8, 8), hidden=10)
        >>> net(torch.zeros(2, 5, 8, 8), horizon=3).shape
        torch.Size([2, 3, 8, 8])
    """

    def __init__(self, shape: tuple[int, int], hidden: int = 100) -> None:
        super().__init__()
        if min(*shape, hidden) < 1:
            raise InvalidInput(f"frames of {shape} with {hidden} states: give 1 or more")
        pixels = shape[0] * shape[1]
        self.cell, self.out = nn.GRUCell(pixels, hidden), nn.Linear(hidden, pixels)

    def forward(self, frames: Tensor, horizon: int) -> Tensor:
        """(batch, T, H, W) → (batch, horizon, H, W)."""
        check_frames(frames, horizon)
        batch, T, H, W = frames.shape
        rows, h, made = frames.flatten(2), None, []
        for k in range(T):
            h = self.cell(rows[:, k], h)
        for _ in range(horizon):
            frame = torch.sigmoid(self.out(h))
            made.append(frame)
            h = self.cell(frame, h)
        return torch.stack(made, 1).view(batch, horizon, H, W)


@final
class ConvGRUFrames(nn.Module):
    """A gated recurrent layer whose products are convolutions (Ballas et al. 2016).

    Args:
        hidden: Channels of the state.
        kernel: Side of the filters, odd.

    Raises:
        InvalidInput: sizes below 1, or an even side.

    Example:
        >>> import torch
        >>> from subband.sequences import ConvGRUFrames
        >>> net = ConvGRUFrames(hidden=4, kernel=3)  # of frames of any size
        >>> net(torch.zeros(2, 5, 8, 12), horizon=3).shape
        torch.Size([2, 3, 8, 12])
    """

    def __init__(self, hidden: int = 16, kernel: int = 5) -> None:
        super().__init__()
        if hidden < 1 or kernel < 1 or kernel % 2 == 0:
            raise InvalidInput(f"hidden={hidden}, kernel={kernel}: give 1 or more, and an odd side")
        self.hidden = hidden
        self.gates = nn.Conv2d(1 + hidden, 2 * hidden, kernel, padding="same", padding_mode="circular")
        self.candidate = nn.Conv2d(1 + hidden, hidden, kernel, padding="same", padding_mode="circular")
        self.out = nn.Conv2d(hidden, 1, kernel, padding="same", padding_mode="circular")

    def forward(self, frames: Tensor, horizon: int) -> Tensor:
        """(batch, T, H, W) → (batch, horizon, H, W)."""
        check_frames(frames, horizon)
        batch, T, H, W = frames.shape
        h = frames.new_zeros(batch, self.hidden, H, W)
        for k in range(T):
            h = self._step(frames[:, k, None], h)
        made = []
        for k in range(horizon):
            frame = torch.sigmoid(self.out(h))
            made.append(frame)
            if k + 1 < horizon:
                h = self._step(frame, h)
        return torch.cat(made, 1)

    def _step(self, x: Tensor, h: Tensor) -> Tensor:
        r, z = torch.sigmoid(self.gates(torch.cat([x, h], 1))).chunk(2, 1)
        return torch.lerp(h, torch.tanh(self.candidate(torch.cat([x, r * h], 1))), z)
