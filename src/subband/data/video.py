"""Videos as arrays: animated pictures by Pillow, other containers by PyAV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from subband.errors import DataError, MissingDependency
from subband.runs.names import printable

ANIMATED = (".gif", ".webp", ".png", ".apng")


def read_video(path: Path, *, most: int = 2000) -> tuple[np.ndarray, float]:
    """Frames of a video, and their rate.

    Args:
        path: An animated GIF, WebP or PNG, or any container that PyAV reads.
        most: Frames after which reading ends.

    Returns:
        (T, H, W, 3) uint8, and frames for each second.

    Raises:
        DataError: the file is missing or can't be read, has one frame only, or frames of several sizes.
        MissingDependency: PyAV is needed and not installed.
    """
    if not path.is_file():
        raise DataError(f"no video {printable(path)}: give a file")
    frames, rate = _animated(path, most) if path.suffix.lower() in ANIMATED else _coded(path, most)
    sizes = {frame.shape for frame in frames}
    if len(sizes) > 1:
        shown = " and ".join(sorted(f"{w} × {h}" for h, w, _ in sizes))
        raise DataError(f"{printable(path)} has frames of several sizes, {shown}: scale them to one")
    if len(frames) < 2:
        raise DataError(f"{printable(path)} has {len(frames)} frame: motion needs two or more")
    return np.stack(frames), rate


def _animated(path: Path, most: int) -> tuple[list[np.ndarray], float]:
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            milliseconds = float(picture.info.get("duration") or 100)
            frames = [
                np.asarray(frame.convert("RGB"))
                for _, frame in zip(range(most), ImageSequence.Iterator(picture), strict=False)
            ]
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise DataError(f"can't read {printable(path)}: it is no animated picture") from error
    return frames, 1000 / milliseconds


def _coded(path: Path, most: int) -> tuple[list[np.ndarray], float]:
    try:
        import av
        import av.error
    except ImportError as error:
        raise MissingDependency(
            f"reading {printable(path)} needs PyAV: pip install 'subband[video]', or give a GIF"
        ) from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise DataError(f"{printable(path)} has no pictures")
            stream = container.streams.video[0]
            rate = float(stream.average_rate or 25)
            frames = list(_decoded(container, most))
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise DataError(f"can't read {printable(path)}: it is no video that PyAV knows") from error
    return frames, rate


def _decoded(container: Any, most: int) -> Iterator[np.ndarray]:
    for _, frame in zip(range(most), container.decode(video=0), strict=False):
        yield frame.to_ndarray(format="rgb24")


def encode_video(frames: np.ndarray, rate: float) -> bytes:
    """(T, H, W, 3) uint8 as MP4 with H.264, or MPEG-4 where that isn't built in.

    Args:
        frames: Of even sides, or the last row or column is left out.
        rate: Frames for each second.

    Raises:
        MissingDependency: PyAV is not installed.
        DataError: no encoder.
    """
    try:
        import av
        import av.error
    except ImportError as error:
        raise MissingDependency(
            "writing MP4 needs PyAV: pip install 'subband[video]', or write a GIF"
        ) from error
    from fractions import Fraction
    from io import BytesIO

    H, W = frames.shape[1:3]
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        try:
            stream: Any = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        except (ValueError, av.error.FFmpegError):
            stream = container.add_stream("mpeg4", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = W - W % 2, H - H % 2, "yuv420p"
        for frame in frames[:, : H - H % 2, : W - W % 2]:
            for packet in stream.encode(
                av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            ):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file.getvalue()
