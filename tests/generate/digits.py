"""Real handwritten digits that come with scikit-learn, 8 x 8, scaled up."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from subband.data import Examples


def digits(size: int = 16) -> Examples:
    """1797 grey digits of ten classes, uint8 (N, size, size, 1)."""
    loaded = load_digits()
    images = torch.from_numpy(loaded.images.astype(np.float32))[:, None]
    grown = interpolate(images * 255 / 16, size=(size, size), mode="bilinear").clamp(0, 255)
    pixels = grown.round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return Examples(pixels, loaded.target.astype(np.int64), tuple("0123456789"))
