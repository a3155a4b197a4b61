"""YCbCr with full range (JFIF), and chroma at half the size."""

import numpy as np

# Rec. 601 luma, and differences scaled to the range of a byte around 128.
TO_YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
TO_RGB = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]], np.float32)
MIDDLE = 128.0


def to_planes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y (h, w), Cb and Cr (⌈h/2⌉, ⌈w/2⌉), float32, of (h, w, 3) pixels of 0 … 255; chroma is the mean of 2 × 2."""
    ycc = rgb.astype(np.float32) @ TO_YCBCR.T
    chroma = np.pad(ycc[..., 1:] + MIDDLE, [(0, rgb.shape[0] % 2), (0, rgb.shape[1] % 2), (0, 0)], "edge")
    h, w = chroma.shape[:2]
    half = chroma.reshape(h // 2, 2, w // 2, 2, 2).mean(axis=(1, 3))
    return ycc[..., 0], half[..., 0], half[..., 1]


def to_rgb(luma: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 from Y, and from Cb and Cr of half the size by linear interpolation."""
    shape = luma.shape
    cb, cr = (doubled(plane)[: shape[0], : shape[1]] - MIDDLE for plane in (blue, red))
    rgb = np.empty((*shape, 3), np.float32)
    rgb[..., 0] = luma + TO_RGB[0, 2] * cr
    rgb[..., 1] = luma + TO_RGB[1, 1] * cb + TO_RGB[1, 2] * cr
    rgb[..., 2] = luma + TO_RGB[2, 1] * cb
    return rgb


def doubled(plane: np.ndarray) -> np.ndarray:
    """Twice as many samples along both axes, at ¼ and ¾ between the old ones' centres: weights ¾ and ¼."""
    for axis in (0, 1):
        x = np.moveaxis(plane, axis, 0)
        before, after = np.concatenate([x[:1], x[:-1]]), np.concatenate([x[1:], x[-1:]])
        both = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis=1)
        plane = np.moveaxis(both.reshape(2 * len(x), *x.shape[1:]), 0, axis)
    return plane
