"""The next frames of a video."""

from typing import Any

import numpy as np
import torch

from subband.errors import InvalidInput
from subband.sequences.segments import SegmentMotion


def predict_frames(
    frames: Any, horizon: int, *, objects: int = 1, rotation: bool = False, model: SegmentMotion | None = None
) -> np.ndarray:
    """Frames that follow, as the motion goes on.

    Args:
        frames: (T, H, W) or (T, H, W, 3) with T ≥ 2; motions of colours are those of their mean.
        horizon: Frames to predict.
        objects: Segments with motions of their own; 1 moves whole frames.
        rotation: Whether turns are measured too.
        model: A trained one, for its corrections; its own settings count.

    Returns:
        (horizon, H, W) or (horizon, H, W, 3) float.

    Raises:
        InvalidInput: one frame, NaN, other shapes, or no horizon.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.sequences import predict_frames
        >>> a = np.random.default_rng(0).random((33, 33))
        >>> clip = np.stack([sb.shift(a, (1.25 * k, -0.5 * k), axes=(0, 1)) for k in range(6)])
        >>> bool(np.abs(predict_frames(clip[:3], 3) - clip[3:]).mean() < 1e-2)
        True
    """
    video = np.asarray(frames, dtype=np.float64)
    if video.ndim not in (3, 4) or (video.ndim == 4 and video.shape[-1] not in (1, 3)):
        raise InvalidInput(f"frames of shape {video.shape}: give (T, H, W) or (T, H, W, 3)")
    used = SegmentMotion(objects, 0, rotation=rotation) if model is None else model
    dtype = torch.float64 if model is None else torch.float32
    if video.ndim == 3:
        return _predicted(used, video[None], horizon, dtype)[0]
    if used.objects > 1 or used.rotation:
        # Segments and turns of each colour would differ; one motion for all needs one grey picture.
        raise InvalidInput(
            "segments and turns are followed in grey frames: give frames.mean(-1), or objects=1 without rotation"
        )
    grey = video.mean(-1)
    moved, _ = used._measured(torch.as_tensor(grey, dtype=dtype)[None])
    velocity = moved[0, -1]
    return np.stack([_shifted(video[-1], velocity.numpy() * (k + 1)) for k in range(horizon)])


def _predicted(model: SegmentMotion, clips: np.ndarray, horizon: int, dtype: torch.dtype) -> np.ndarray:
    with torch.no_grad():
        return model(torch.as_tensor(clips, dtype=dtype), horizon).numpy().astype(np.float64)


def _shifted(frame: np.ndarray, by: np.ndarray) -> np.ndarray:
    from subband.transforms.fourier import shift

    moved = shift(np.moveaxis(frame, -1, 0), tuple(map(float, by)), axes=(-2, -1))
    room = 0.05 * (frame.max() - frame.min())
    return np.clip(np.moveaxis(moved, 0, -1), frame.min() - room, frame.max() + room)
