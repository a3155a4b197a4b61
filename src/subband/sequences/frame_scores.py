"""How near predicted frames come, and whether they stay sharp."""

import numpy as np

from subband.errors import InvalidInput


def mean_squared(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(…, H, W) twice → (…,): mean squared error over the pixels."""
    _check(predicted, true)
    return np.square(predicted - true).mean((-2, -1))


def structural_similarity(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(…, H, W) twice, in 0 … 1 → (…,): SSIM with windows of 7 pixels, by scikit-image.

    Source: Z. Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    from skimage.metrics import structural_similarity as ssim

    _check(predicted, true)
    pairs = zip(predicted.reshape(-1, *predicted.shape[-2:]), true.reshape(-1, *true.shape[-2:]), strict=True)
    values = [ssim(a, b, data_range=1.0) for a, b in pairs]
    return np.array(values).reshape(predicted.shape[:-2])


def gradient_energy(frames: np.ndarray) -> np.ndarray:
    """(…, H, W) → (…,): mean of |∇|², which blur makes smaller; to compare with that of the true frames."""
    down, across = np.diff(frames, axis=-2), np.diff(frames, axis=-1)
    return np.square(down).mean((-2, -1)) + np.square(across).mean((-2, -1))


def _check(predicted: np.ndarray, true: np.ndarray) -> None:
    if np.shape(predicted) != np.shape(true):
        raise InvalidInput(
            f"frames of shapes {np.shape(predicted)} and {np.shape(true)} can't be compared: give equal ones"
        )
