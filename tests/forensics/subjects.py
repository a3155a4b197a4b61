"""Detectors with a known answer, to be explained."""

import numpy as np
import torch
from torch import nn

from subband.forensics import Subject
from subband.transforms.packets import packets


class Brightness(nn.Module):
    """Log-odds = mean of the red channel / 10 − 10: bright squares are "generated"."""

    def forward(self, x):
        return torch.stack([torch.zeros(len(x)), x[:, 0].mean((-2, -1)) / 10 - 10], 1)


class BandEnergy(nn.Module):
    """Log-odds = ln(energy of chosen packets of level 3, a coefficient) − offset."""

    def __init__(self, bands: np.ndarray, offset: float = 0.0):
        super().__init__()
        self.bands, self.offset = torch.from_numpy(bands), offset

    def forward(self, x):
        p = packets(x, "haar", level=3, mode="symmetric", axes=(-2, -1), order="frequency").array
        energy = (p[:, :, self.bands] ** 2).mean((1, 2, 3, 4))
        return torch.stack([torch.zeros(len(x)), torch.log(energy + 0.01) - self.offset], 1)


def subject(net: nn.Module, size: int = 16, *, unsure: float = 0.0, temperature: float = 1.0) -> Subject:
    """A subject with the thresholds ± `unsure`."""

    def decide(log_odds: float):
        if abs(log_odds) < unsure:
            return "can't tell"
        return "generated" if log_odds >= 0 else "real"

    return Subject(net.eval(), size, lambda square: square, temperature, decide)
