"""Ridge regression from voxels to latents, the linear decoder that others are compared with."""

from collections.abc import Sequence
from typing import final

import numpy as np
import torch

from subband.data.brain import check_voxels
from subband.errors import InvalidInput
from subband.generate.families.diffusion import ImageDiffusion
from subband.generate.pixels import as_images, to_pixels, to_signal
from subband.generate.trained import TrainedGenerator

_AT_ONCE = 64
PENALTIES = tuple(10.0**k for k in range(-3, 3))


@final
class RidgeDecoder:
    """Linear regression from voxels to a generator's representation of images, which decodes it.

    The penalty is the one of lowest error on the last fifth of the examples; the regression is then fitted to all.

    Args:
        base: a generator of the family "diffusion", whose latents or packets are predicted.
        penalties: candidates, relative to the mean variance of a voxel.

    Attributes:
        penalty: the chosen one.

    Source: Takagi & Nishimoto 2023, "High-resolution image reconstruction with latent diffusion models from
    human brain activity", where z is predicted by ridge regression.

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, TrainedGenerator
        >>> from subband.generate.brain import RidgeDecoder
        >>> family, random = GENERATORS["diffusion"], np.random.default_rng(0)
        >>> config = family.configure(8, channels=1, width=8, multipliers=(1,))
        >>> base = TrainedGenerator("diffusion", config, family.build(config))  # of pixels: needs no training
        >>> images = random.integers(0, 256, (100, 8, 8, 1), dtype=np.uint8)
        >>> voxels = images.reshape(100, -1) @ random.normal(size=(64, 70))  # linear, without noise
        >>> decoded = RidgeDecoder(base).fit(voxels, images).sample(voxels[:5])
        >>> round(float(np.corrcoef(decoded.ravel(), images[:5].ravel())[0, 1]), 2)
        1.0
    """

    def __init__(self, base: TrainedGenerator, penalties: Sequence[float] = PENALTIES):
        if not isinstance(base.network, ImageDiffusion):
            raise InvalidInput("base must be a generator of the family 'diffusion'")
        self.space, self.size, self.penalties = base.network.space, base.size, tuple(penalties)

    @torch.no_grad()
    def fit(self, voxels: np.ndarray, images: np.ndarray) -> "RidgeDecoder":
        """Learn from (N, V) responses and uint8 (N, size, size, channels) pictures.

        Raises:
            InvalidInput: NaN, or numbers that differ.
        """
        check_voxels(voxels)
        if len(voxels) != len(images):
            raise InvalidInput(f"{len(voxels)} responses need as many pictures, not {len(images)}")
        parts = to_signal(as_images(images)).split(_AT_ONCE)
        z = torch.cat([self.space.encode(part) for part in parts]).flatten(1).double().numpy()
        x, cut = voxels.astype(np.float64), len(voxels) * 4 // 5
        errors = [np.square(_ridge(x[:cut], z[:cut], p)(x[cut:]) - z[cut:]).mean() for p in self.penalties]
        self.penalty = self.penalties[int(np.argmin(errors))]
        self._predict, self.count = _ridge(x, z, self.penalty), x.shape[1]
        return self

    @torch.no_grad()
    def sample(self, voxels: np.ndarray) -> np.ndarray:
        """Decoded predictions, uint8 (N, size, size, channels).

        Raises:
            InvalidInput: not fitted, NaN, or another number of voxels.
        """
        if not hasattr(self, "count"):
            raise InvalidInput("this decoder is not fitted: call fit(voxels, images) first")
        check_voxels(voxels)
        if voxels.shape[1] != self.count:
            raise InvalidInput(f"this decoder is of {self.count} voxels, and got {voxels.shape[1]}")
        z = torch.from_numpy(self._predict(voxels.astype(np.float64))).float()
        z = z.unflatten(1, self.space.shape(self.size))
        return np.concatenate([to_pixels(self.space.decode(part)) for part in z.split(_AT_ONCE)])


def _ridge(x: np.ndarray, y: np.ndarray, penalty: float):
    """The affine map of ‖X w − y‖² / N + penalty · v ‖w‖², v the mean variance of a column of X."""
    mean, target = x.mean(axis=0), y.mean(axis=0)
    a = x - mean
    gram = a.T @ a / len(a)
    gram[np.diag_indices_from(gram)] += penalty * max(np.trace(gram) / len(gram), 1e-12)
    w = np.linalg.solve(gram, a.T @ (y - target) / len(a))
    return lambda new: (new - mean) @ w + target
