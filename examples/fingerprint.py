"""The fingerprint of up-sampling
==============================

See what up-sampling leaves behind: mean ln-packets of photographs, before and after being enlarged.
"""

import numpy as np
from skimage import data

import subband as sb


def mean_packets(image: np.ndarray) -> np.ndarray:
    """Mean of ln |c| over each of the 8 × 8 packets, by rising frequency."""
    p = sb.packets(image.astype(float), "haar", level=3, axes=(0, 1)).array
    return np.log(np.abs(p) + 1e-2).mean(axis=(-2, -1))


photographs = [data.camera(), data.coffee()[..., 1], data.astronaut()[..., 1]]
enlarged = [np.kron(image[::2, ::2], np.ones((2, 2))) for image in photographs]
difference = np.mean(
    [mean_packets(e) - mean_packets(p) for e, p in zip(enlarged, photographs, strict=True)], 0
)

print("ln-packets of enlarged minus original photographs (rows: vertical frequency, columns: horizontal)")
print("\n".join(" ".join(f"{value:5.1f}" for value in row) for row in difference))
# Every second row and column is a copy, so no detail of the finest scale is left.
assert difference[4:, 4:].max() < difference[:4, :4].min()
