"""The linear part of a plane's map, and its spectral radius."""

import numpy as np

from subband.kernels.fractal import SIZES, Drawing, Leaves

STEPS, COUNTED = 60, 20


class LinearPart:
    """x ↦ s (isometry of a domain of the reduced x − its mean), on the whole plane.

    Args:
        drawing: Of the plane.
        leaves: (k, LEAF) int32.
    """

    def __init__(self, drawing: Drawing, leaves: Leaves) -> None:
        self.shape = drawing.height, drawing.width
        wide = drawing.width // 2
        self._groups: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for level, size in enumerate(SIZES):
            chosen = leaves[(leaves[:, 2] == level) & (leaves[:, 3] != 0)]
            if not len(chosen):
                continue
            y, x, _, contrast, isometry, row, column = (chosen[:, k, None, None] for k in range(7))
            i, j = np.arange(size)[:, None], np.arange(size)
            across, down = np.where(isometry & 1, size - 1 - j, j), np.where(isometry & 2, size - 1 - i, i)
            a, b = np.where(isometry & 4, across, down), np.where(isometry & 4, down, across)
            spacing = drawing.spacing[level]
            source = (row * spacing + a) * wide + column * spacing + b
            target = (y + i) * drawing.width + x + j
            self._groups.append((source, target, contrast * drawing.contrast / 64))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(h, w) float64 → (h, w)."""
        h, w = self.shape
        small = x.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3)).ravel()
        out = np.zeros(h * w)
        for source, target, s in self._groups:
            cut = small[source]
            out[target] = s * (cut - cut.mean(axis=(1, 2), keepdims=True))
        return out.reshape(h, w)


def spectral_radius(drawing: Drawing, leaves: Leaves) -> float:
    """Spectral radius of the linear part, by Gelfand's formula: ‖Lᵏx‖ grows like its k-th power for almost every x.

    The mean growth of the last of 60 applications to a random image; 0 where nothing is copied in the end.
    """
    linear = LinearPart(drawing, leaves)
    x = np.random.default_rng(0).standard_normal(linear.shape)
    growth = []
    for _ in range(STEPS):
        x = linear(x)
        norm = float(np.linalg.norm(x))
        if norm == 0:
            return 0.0
        growth.append(np.log(norm))
        x /= norm
    return float(np.exp(np.mean(growth[-COUNTED:])))
