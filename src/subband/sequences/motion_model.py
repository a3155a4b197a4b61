"""Predicting the poses of a moving body by a recurrent network."""

from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn.complex.gru import ComplexGRU
from subband.nn.complex.linear import real_features

CELLS = ("gru", "complex")


@final
class MotionModel(nn.Module):
    """One recurrent layer reads poses and then goes on from its own output; each pose is the last plus a change.

    Encoder and decoder share their weights, and errors of predictions are seen in training, for they are fed back.

    Args:
        features: Coordinates of a pose.
        hidden: States.
        cell: "gru", or "complex" for the complex gated cell, which has two numbers in a state.

    Raises:
        InvalidInput: sizes below 1, or an unknown cell.

    Source: J. Martinez, M. J. Black, J. Romero, On human motion prediction using recurrent neural networks, 2017,
    §3; with the cell of M. Wolter, A. Yao, 2018.

    Example:
        >>> import torch
        >>> from subband.sequences import MotionModel
        >>> model, poses = MotionModel(features=6, hidden=16), torch.ones(2, 10, 6)
        >>> found = model(poses, horizon=4)
        >>> found.shape, bool((found - poses[:, -1:]).abs().max() < 0.1)  # untrained, it holds the last pose
        (torch.Size([2, 4, 6]), True)
    """

    def __init__(self, features: int, hidden: int, *, cell: str = "gru") -> None:
        super().__init__()
        if min(features, hidden) < 1 or cell not in CELLS:
            raise InvalidInput(
                f"features={features}, hidden={hidden}, cell={cell!r}: give sizes of 1 or more, and gru or complex"
            )
        self.rnn: nn.Module = nn.GRU(features, hidden) if cell == "gru" else ComplexGRU(features, hidden)
        self.out = nn.Linear(hidden if cell == "gru" else 2 * hidden, features)
        with torch.no_grad():
            for p in self.out.parameters():
                p.mul_(0.01)

    def forward(self, poses: Tensor, horizon: int) -> Tensor:
        """(batch, T, features) with T ≥ 1 → (batch, horizon, features).

        Raises:
            InvalidInput: no pose, or no horizon.
        """
        if poses.ndim != 3 or poses.shape[1] < 1 or horizon < 1:
            raise InvalidInput(
                f"poses of shape {tuple(poses.shape)} and horizon {horizon}: give (batch, T, features)"
            )
        states, h = self.rnn(poses.transpose(0, 1))
        now, pose, made = states[-1], poses[:, -1], []
        for k in range(horizon):
            pose = pose + self.out(real_features(now) if now.is_complex() else now)
            made.append(pose)
            if k + 1 < horizon:
                output, h = self.rnn(pose[None], h)
                now = output[0]
        return torch.stack(made, 1)
